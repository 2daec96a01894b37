//! `groups --delete`: whole groups, with their offsets, after asking.

use std::collections::BTreeSet;

use serde::Serialize;

use super::checks::Groups;
use super::describe_offsets::committed;
use super::list;
use crate::cli::Invocation;
use crate::cli::confirm::{ChangeArgs, Deed};
use crate::cli::dialect::exceptions::exception_text;
use crate::cli::failure::{ApacheForm, Failure, of_rejection};
use crate::cli::output::{OutputFormat, Render};
use crate::cli::usage::{counted, listed};
use crate::client::Admin;
use crate::client::admin::PerItem;
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub groups: Groups,
    pub change: ChangeArgs,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let names = match plan.groups {
        Groups::Named(names) => names,
        Groups::All => {
            let groups = invocation.block_on(list::consumer_groups(admin))?;
            groups.into_iter().map(|group| group.group).collect()
        }
    };
    if plan.change.dry_run {
        let report = Report { dry_run: true, ..invocation.block_on(preview(&names, admin))? };
        invocation.output.show(&report, format)?;
        return report.failure().map_or(Ok(()), |failure| Err(failure.into()));
    }
    if !names.is_empty() {
        invocation.confirm(plan.change.confirmed.yes, || invocation.block_on(deed(&names, admin)))?;
    }
    let answers = invocation.block_on(async { Ok(admin.delete_groups(&names).await) })?;
    let report = match answers {
        Ok(answers) => Report { answers, ..Report::default() },
        Err(error) => match Failure::from(anyhow::Error::from(error)) {
            Failure { apache: Some(ApacheForm::Answer { class, message }), .. } if invocation.dialect.is_apache() => {
                let text = format!("{class}: {message}");
                Report { all_failed: Some((names, text)), ..Report::default() }
            }
            failure => return Err(failure.into()),
        },
    };
    invocation.output.show(&report, format)?;
    match report.failure() {
        Some(failure) if !invocation.dialect.is_apache() => Err(failure.into()),
        _ => Ok(()),
    }
}

/// What would be lost with these groups.
async fn deed(names: &[String], admin: &Admin) -> anyhow::Result<Deed> {
    let what = match names {
        [name] => format!("delete group {name}"),
        names if names.len() <= 5 => format!("delete {} groups, {}", names.len(), listed(names, "and")),
        names => format!("delete {} groups", names.len()),
    };
    let mut lost = Vec::new();
    for name in names {
        let committed = committed(name, admin).await?;
        let offsets: Vec<&TopicPartition> = committed.keys().collect();
        lost.push(format!("{name}: {}", offsets_in_words(&offsets)));
    }
    Ok(Deed::new(what).losing(lost))
}

/// `committed offsets of 3 partitions in 2 topics`.
pub fn offsets_in_words(partitions: &[&TopicPartition]) -> String {
    let topics: BTreeSet<&str> = partitions.iter().map(|partition| partition.topic.as_str()).collect();
    match partitions.len() {
        0 => "no committed offsets".to_owned(),
        count => format!(
            "committed offsets of {} in {}",
            counted(count as i64, "partition"),
            counted(topics.len() as i64, "topic")
        ),
    }
}

/// Which of the groups a broker would delete: those that exist and have no members.
async fn preview(names: &[String], admin: &Admin) -> anyhow::Result<Report> {
    let answers = admin.describe_groups(names).await?.into_iter().map(|(name, answer)| {
        let verdict = answer.and_then(|group| match group.state.as_str() {
            "Empty" => Ok(()),
            "Dead" => Err(ErrorCode::GroupIdNotFound.into()),
            _ => Err(ErrorCode::NonEmptyGroup.into()),
        });
        (name, verdict)
    });
    Ok(Report { answers: answers.collect(), ..Report::default() })
}

#[derive(Default)]
struct Report {
    answers: PerItem<String, ()>,
    /// Groups of a call that failed as a whole, and the exception.
    all_failed: Option<(Vec<String>, String)>,
    dry_run: bool,
}

#[derive(Serialize)]
struct Item {
    group: String,
    deleted: bool,
    dry_run: bool,
}

impl Report {
    fn failure(&self) -> Option<Failure> {
        Failure::of_items(self.answers.iter().filter_map(|(group, answer)| {
            let rejection = answer.as_ref().err()?;
            let failure = of_rejection(rejection).about(format!("cannot delete group {group}"));
            Some(match rejection.code {
                ErrorCode::NonEmptyGroup => failure.hint("a group can be deleted once its consumers have stopped"),
                ErrorCode::GroupIdNotFound => failure.hint("`kavka groups --list` shows the groups of this cluster"),
                _ => failure,
            })
        }))
    }

    fn deleted(&self) -> Vec<&str> {
        self.answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(group, _)| group.as_str()).collect()
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |(group, answer): &(String, Result<(), Rejection>)| Item {
            group: group.clone(),
            deleted: answer.is_ok() && !self.dry_run,
            dry_run: self.dry_run,
        };
        self.answers.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let verb = if self.dry_run { "Would delete" } else { "Deleted" };
        self.deleted().into_iter().map(|group| format!("{verb} group {group}.\n")).collect()
    }

    fn apache(&self) -> String {
        let deleted: Vec<String> = self.deleted().into_iter().map(|group| format!("'{group}'")).collect();
        if deleted.len() == self.answers.len() && self.all_failed.is_none() {
            return format!("Deletion of requested consumer groups ({}) was successful.\n", deleted.join(", "));
        }
        let mut text = "\nError: Deletion of some consumer groups failed:\n".to_owned();
        if let Some((groups, exception)) = &self.all_failed {
            text.extend(
                groups.iter().map(|group| format!("* Group '{group}' could not be deleted due to: {exception}\n")),
            );
        }
        for (group, answer) in &self.answers {
            if let Err(rejection) = answer {
                text.push_str(&format!(
                    "* Group '{group}' could not be deleted due to: {}\n",
                    exception_text(rejection)
                ));
            }
        }
        if !deleted.is_empty() {
            let deleted = deleted.join(", ");
            text.push_str(&format!("\nThese consumer groups were deleted successfully: {deleted}\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apaches_text_names_what_failed_and_what_did_not() {
        let report = Report {
            answers: vec![("a".to_owned(), Err(ErrorCode::NonEmptyGroup.into())), ("b".to_owned(), Ok(()))],
            ..Report::default()
        };
        assert_eq!(
            report.apache(),
            "\nError: Deletion of some consumer groups failed:\n\
             * Group 'a' could not be deleted due to: \
             org.apache.kafka.common.errors.GroupNotEmptyException: The group is not empty.\n\
             \nThese consumer groups were deleted successfully: 'b'\n"
        );
        assert_eq!(report.failure().unwrap().messages.len(), 1);
    }
}

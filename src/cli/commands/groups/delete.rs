//! `groups --delete`: whole groups, with their offsets, after asking.

use serde::Serialize;

use super::checks::Groups;
use super::list;
use crate::cli::Invocation;
use crate::cli::dialect::exceptions::exception_text;
use crate::cli::failure::{ApacheForm, Failure, of_rejection};
use crate::cli::output::{OutputFormat, Render};
use crate::cli::usage::listed;
use crate::client::Admin;
use crate::client::admin::PerItem;
use crate::protocol::ErrorCode;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub groups: Groups,
    /// `--yes`: do it without asking.
    pub confirmed: bool,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let names = match plan.groups {
        Groups::Named(names) => names,
        Groups::All => {
            let groups = invocation.block_on(list::consumer_groups(admin))?;
            groups.into_iter().map(|group| group.group).collect()
        }
    };
    if !names.is_empty() {
        let confirmed = plan.confirmed || invocation.dialect.is_apache();
        let deed = format!("delete group {} with all committed offsets", listed(&names, "and"));
        invocation.output.confirm(&deed, confirmed)?;
    }
    let answers = invocation.block_on(async { Ok(admin.delete_groups(&names).await) })?;
    let report = match answers {
        Ok(answers) => Report { answers, all_failed: None },
        Err(error) => match Failure::from(anyhow::Error::from(error)) {
            Failure { apache: Some(ApacheForm::Answer { class, message }), .. } if invocation.dialect.is_apache() => {
                let text = format!("{class}: {message}");
                Report { answers: Vec::new(), all_failed: Some((names, text)) }
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

struct Report {
    answers: PerItem<String, ()>,
    /// Groups of a call that failed as a whole, and the exception.
    all_failed: Option<(Vec<String>, String)>,
}

#[derive(Serialize)]
struct Item {
    group: String,
    deleted: bool,
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
        self.answers.iter().map(|(group, answer)| Item { group: group.clone(), deleted: answer.is_ok() }).collect()
    }

    fn table(&self) -> String {
        self.deleted().into_iter().map(|group| format!("Deleted group {group}.\n")).collect()
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
            all_failed: None,
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

//! `topics --delete`: delete all matching topics, after asking.

use serde::Serialize;

use super::figures::{self, ByPartition};
use super::selection::Selection;
use crate::cli::Invocation;
use crate::cli::confirm::{ChangeArgs, Deed};
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::{OutputFormat, Render};
use crate::cli::usage::{counted, listed};
use crate::client::Admin;
use crate::client::admin::topics::TopicDescription;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub selection: Selection,
    pub if_exists: bool,
    pub change: ChangeArgs,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let names = invocation.block_on(find(&plan, admin))?;
    let held = || invocation.block_on(Held::of(&names, admin));
    if plan.change.dry_run {
        let report = Report { held: Some(held()?), topics: names };
        return invocation.output.show(&report, format);
    }
    if !names.is_empty() {
        invocation.confirm(plan.change.confirmed.yes, || Ok(held()?.deed("delete")))?;
    }
    let report = invocation.block_on(delete(names, admin))?;
    invocation.output.show(&report, format)
}

async fn find(plan: &Plan, admin: &Admin) -> anyhow::Result<Vec<String>> {
    let found = plan.selection.of_topics(admin.list_topics().await?, false);
    if !plan.if_exists {
        plan.selection.must_match(&found)?;
    }
    Ok(found.into_iter().map(|topic| topic.name).collect())
}

/// What topics hold now.
pub struct Held {
    pub topics: Vec<TopicDescription>,
    pub figures: ByPartition,
}

impl Held {
    pub async fn of(names: &[String], admin: &Admin) -> anyhow::Result<Held> {
        let topics = figures::described(names, admin).await?;
        let figures = figures::ranges(&topics.iter().collect::<Vec<_>>(), admin).await?;
        Ok(Held { topics, figures })
    }

    /// To `verb` all of them, such as "delete".
    pub fn deed(&self, verb: &str) -> Deed {
        let what = match self.topics.as_slice() {
            [topic] => format!("{verb} topic {}", topic.name),
            topics if topics.len() <= 5 => {
                let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
                format!("{verb} {} topics, {}", topics.len(), listed(&names, "and"))
            }
            topics => format!("{verb} {} topics", topics.len()),
        };
        Deed::new(what).losing(self.topics.iter().map(|topic| figures::in_words(topic, &self.figures)))
    }
}

struct Report {
    topics: Vec<String>,
    /// What they hold, if nothing was done but looking.
    held: Option<Held>,
}

async fn delete(names: Vec<String>, admin: &Admin) -> anyhow::Result<Report> {
    if names.is_empty() {
        return Ok(Report { topics: names, held: None });
    }
    let answers = admin.delete_topics(&names).await?;
    let failures = answers.iter().filter_map(|(topic, answer)| {
        Some(of_rejection(answer.as_ref().err()?).about(format!("cannot delete topic {topic}")))
    });
    match Failure::of_items(failures) {
        Some(failure) => Err(failure.into()),
        None => Ok(Report { topics: names, held: None }),
    }
}

#[derive(Serialize)]
struct Item {
    topic: String,
    deleted: bool,
    dry_run: bool,
    partitions: Option<usize>,
    records: Option<i64>,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |topic: &String| {
            let held = self.held.as_ref().and_then(|held| {
                let described = held.topics.iter().find(|each| each.name == *topic)?;
                Some((described.partitions.len(), figures::total(described, &held.figures).records))
            });
            Item {
                topic: topic.clone(),
                deleted: self.held.is_none(),
                dry_run: self.held.is_some(),
                partitions: held.map(|(partitions, _)| partitions),
                records: held.and_then(|(_, records)| records),
            }
        };
        self.topics.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let line = |item: Item| match (item.dry_run, item.records) {
            (false, _) => format!("Deleted topic {}.\n", item.topic),
            (true, None) => format!("Would delete topic {}.\n", item.topic),
            (true, Some(records)) => {
                let partitions = counted(item.partitions.unwrap_or_default() as i64, "partition");
                format!("Would delete topic {} with {partitions} and {}.\n", item.topic, counted(records, "record"))
            }
        };
        self.items().into_iter().map(line).collect()
    }

    /// Success is silent.
    fn apache(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::topics::figures::tests::topic;

    #[test]
    fn the_question_names_what_would_go_and_what_it_holds() {
        let held = |topics: Vec<TopicDescription>| Held { topics, figures: ByPartition::new() };
        let one = Deed::new("delete topic a").losing(["a: 1 partition".to_owned()]);
        assert_eq!(held(vec![topic("a", 1)]).deed("delete"), one);
        let two =
            Deed::new("empty 2 topics, a and b").losing(["a: 1 partition".to_owned(), "b: 3 partitions".to_owned()]);
        assert_eq!(held(vec![topic("a", 1), topic("b", 3)]).deed("empty"), two);
    }
}

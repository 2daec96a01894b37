//! `topics --empty`: delete every record of all matching topics and keep the topics, after asking.

use std::collections::BTreeMap;

use serde::Serialize;

use super::delete::Held;
use super::figures;
use super::selection::Selection;
use crate::cli::Invocation;
use crate::cli::confirm::ChangeArgs;
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::{OutputFormat, Render};
use crate::cli::usage::counted;
use crate::client::Admin;
use crate::client::admin::PerItem;
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub selection: Selection,
    pub if_exists: bool,
    pub change: ChangeArgs,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let held = invocation.block_on(find(&plan, admin))?;
    if !plan.change.dry_run && !held.topics.is_empty() {
        invocation.confirm(plan.change.confirmed.yes, || Ok(held.deed("empty")))?;
    }
    let answers = match plan.change.dry_run {
        true => Vec::new(),
        false => invocation.block_on(empty(&held, admin))?,
    };
    let report = Report { held, answers, dry_run: plan.change.dry_run };
    invocation.output.show(&report, format)?;
    report.failure().map_or(Ok(()), |failure| Err(failure.into()))
}

async fn find(plan: &Plan, admin: &Admin) -> anyhow::Result<Held> {
    let found = plan.selection.of_topics(admin.list_topics().await?, false);
    if !plan.if_exists {
        plan.selection.must_match(&found)?;
    }
    Held::of(&found.into_iter().map(|topic| topic.name).collect::<Vec<_>>(), admin).await
}

/// Up to the ends that were shown: what has arrived since then stays.
async fn empty(held: &Held, admin: &Admin) -> anyhow::Result<PerItem<TopicPartition, i64>> {
    let filled = held.figures.iter().filter(|(_, figures)| figures.records() != Some(0));
    let below: Vec<(TopicPartition, i64)> =
        filled.filter_map(|(partition, figures)| Some((partition.clone(), figures.end?))).collect();
    if below.is_empty() {
        return Ok(Vec::new());
    }
    Ok(admin.delete_records(&below).await?)
}

struct Report {
    held: Held,
    /// Of the partitions that held records.
    answers: PerItem<TopicPartition, i64>,
    dry_run: bool,
}

impl Report {
    fn failure(&self) -> Option<Failure> {
        let mut refused: BTreeMap<&str, Failure> = BTreeMap::new();
        for (partition, answer) in &self.answers {
            let Err(rejection) = answer else { continue };
            let failure = of_rejection(rejection).about(format!("cannot empty topic {}", partition.topic));
            let failure = match rejection.code {
                ErrorCode::PolicyViolation => {
                    failure.hint("records can only be deleted where cleanup.policy contains delete")
                }
                _ => failure,
            };
            refused.entry(&partition.topic).or_insert(failure);
        }
        Failure::of_items(refused.into_values())
    }

    fn is_emptied(&self, topic: &str) -> bool {
        !self.dry_run && !self.answers.iter().any(|(partition, answer)| partition.topic == topic && answer.is_err())
    }
}

#[derive(Serialize)]
struct Item {
    topic: String,
    emptied: bool,
    dry_run: bool,
    partitions: usize,
    records: Option<i64>,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let topics = self.held.topics.iter().map(|topic| Item {
            topic: topic.name.clone(),
            emptied: self.is_emptied(&topic.name),
            dry_run: self.dry_run,
            partitions: topic.partitions.len(),
            records: figures::total(topic, &self.held.figures).records,
        });
        topics.collect()
    }

    fn table(&self) -> String {
        let mut text = String::new();
        for item in self.items() {
            let verb = match (item.dry_run, item.emptied) {
                (true, _) => "Would empty",
                (false, true) => "Emptied",
                (false, false) => continue,
            };
            let lost = counted(item.records.unwrap_or_default(), "record");
            text.push_str(&format!("{verb} topic {} of {lost}.\n", item.topic));
        }
        text
    }

    /// Apache's tool has nothing like it.
    fn apache(&self) -> String {
        self.table()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::topics::figures::tests::topic;
    use crate::cli::commands::topics::figures::{ByPartition, Figures};

    #[test]
    fn a_topic_that_refuses_is_named_once_and_the_others_are_told() {
        let holds = |end| Figures { start: Some(0), end: Some(end), ..Figures::default() };
        let figures = ByPartition::from([
            (TopicPartition::new("a", 0), holds(1)),
            (TopicPartition::new("b", 0), holds(2)),
            (TopicPartition::new("b", 1), holds(2)),
        ]);
        let refused = || Err(ErrorCode::PolicyViolation.into());
        let answers = vec![
            (TopicPartition::new("a", 0), Ok(1)),
            (TopicPartition::new("b", 0), refused()),
            (TopicPartition::new("b", 1), refused()),
        ];
        let held = Held { topics: vec![topic("a", 1), topic("b", 2)], figures };
        let report = Report { held, answers, dry_run: false };
        assert_eq!(report.table(), "Emptied topic a of 1 record.\n");
        let failure = report.failure().unwrap();
        assert_eq!((failure.messages.len(), failure.hints.len()), (1, 1));
        let report = Report { answers: Vec::new(), dry_run: true, ..report };
        assert_eq!(report.table(), "Would empty topic a of 1 record.\nWould empty topic b of 4 records.\n");
    }
}

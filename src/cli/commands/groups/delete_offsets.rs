//! `groups --delete-offsets`: forget a group's offsets of topics that no member is subscribed to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::describe::not_found;
use super::describe_offsets::committed;
use super::topic_partitions::TopicPartitions;
use crate::cli::Invocation;
use crate::cli::confirm::{ChangeArgs, Deed};
use crate::cli::dialect::exceptions::{exception_text, generic_message};
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{OutputFormat, Render};
use crate::client::admin::PerItem;
use crate::client::{Admin, ClientError};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub group: String,
    pub topics: Vec<TopicPartitions>,
    pub change: ChangeArgs,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    if plan.change.dry_run {
        let report = invocation.block_on(preview(&plan, admin))?;
        invocation.output.show(&report, format)?;
        return report.failure().map_or(Ok(()), |failure| Err(failure.into()));
    }
    invocation.confirm(plan.change.confirmed.yes, || invocation.block_on(deed(&plan, admin)))?;
    let report = invocation.block_on(delete(plan, admin))?;
    invocation.output.show(&report, format)?;
    match report.failure() {
        Some(failure) if !invocation.dialect.is_apache() => Err(failure.into()),
        _ => Ok(()),
    }
}

async fn deed(plan: &Plan, admin: &Admin) -> anyhow::Result<Deed> {
    let (partitions, _) = partitions(&plan.topics, admin).await?;
    let committed = committed(&plan.group, admin).await?;
    let lost = partitions
        .iter()
        .filter_map(|partition| Some(format!("{partition}: committed offset {}", committed.get(partition)?.offset)));
    Ok(Deed::new(format!("delete offsets of group {}", plan.group)).losing(lost))
}

/// What would be deleted: offsets that are there, of partitions that are there.
async fn preview(plan: &Plan, admin: &Admin) -> anyhow::Result<Report> {
    let (partitions, mut answers) = partitions(&plan.topics, admin).await?;
    let committed = committed(&plan.group, admin).await?;
    let there = partitions.into_iter().filter(|partition| committed.contains_key(partition));
    answers.extend(there.map(|partition| (partition, Ok(()))));
    Ok(Report { group: plan.group.clone(), refused: None, answers, dry_run: true })
}

struct Report {
    group: String,
    /// Why nothing at all was done.
    refused: Option<Rejection>,
    /// Partition −1 stands for a topic that could not be looked up.
    answers: PerItem<TopicPartition, ()>,
    dry_run: bool,
}

async fn delete(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let (partitions, mut answers) = partitions(&plan.topics, admin).await?;
    let mut refused = None;
    match admin.delete_group_offsets(&plan.group, &partitions).await {
        Ok(deleted) => answers.extend(deleted),
        Err(ClientError::Rejected { rejection, .. }) => {
            answers.extend(partitions.into_iter().map(|partition| (partition, Err(rejection.clone()))));
            refused = Some(rejection);
        }
        Err(error) => return Err(error.into()),
    }
    answers.sort_by_key(|(partition, _)| format!("{}{}", partition.topic, partition.partition));
    Ok(Report { group: plan.group, refused, answers, dry_run: false })
}

/// The partitions that are meant, and the topics that cannot be looked up.
async fn partitions(
    topics: &[TopicPartitions],
    admin: &Admin,
) -> anyhow::Result<(Vec<TopicPartition>, PerItem<TopicPartition, ()>)> {
    let whole: Vec<String> = topics.iter().filter(|t| t.partitions.is_empty()).map(|t| t.topic.clone()).collect();
    let mut described: BTreeMap<String, _> = admin.describe_topics(&whole).await?.into_iter().collect();
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for topic in topics {
        let name = &topic.topic;
        match described.remove(name) {
            Some(Ok(found)) => known.extend(found.partitions.iter().map(|p| TopicPartition::new(name, p.partition))),
            Some(Err(rejection)) => unknown.push((TopicPartition::new(name, -1), Err(rejection))),
            None => known.extend(topic.partitions.iter().map(|partition| TopicPartition::new(name, *partition))),
        }
    }
    Ok((known, unknown))
}

impl Report {
    fn failure(&self) -> Option<Failure> {
        if let Some(rejection) = &self.refused {
            let failure = match rejection.code {
                ErrorCode::GroupIdNotFound => not_found(&self.group, rejection),
                _ => of_rejection(rejection),
            };
            return Some(failure.about(format!("cannot delete offsets of group {}", self.group)));
        }
        Failure::of_items(self.answers.iter().filter_map(|(partition, answer)| {
            let what = format!("cannot delete the offset of group {} for {}", self.group, place(partition));
            Some(of_rejection(answer.as_ref().err()?).about(what))
        }))
    }

    fn heading(&self) -> String {
        use ErrorCode::{GroupAuthorizationFailed, GroupIdNotFound, InvalidGroupId, NonEmptyGroup};
        match &self.refused {
            None if self.answers.iter().all(|(partition, answer)| answer.is_ok() || partition.partition < 0) => {
                format!("Request succeeded for deleting offsets from group {}.\n", self.group)
            }
            None => "\nError: Encountered some partition-level error, see the follow-up details.\n".to_owned(),
            Some(rejection) => match rejection.code {
                InvalidGroupId | GroupIdNotFound | GroupAuthorizationFailed | NonEmptyGroup => {
                    format!("\nError: {}\n", generic_message(rejection.code))
                }
                code => format!("\nError: Encountered some unknown error: {}\n", code.name()),
            },
        }
    }
}

fn place(partition: &TopicPartition) -> String {
    if partition.partition < 0 { format!("topic {}", partition.topic) } else { partition.to_string() }
}

#[derive(Serialize)]
struct Item {
    group: String,
    topic: String,
    partition: Option<i32>,
    deleted: bool,
    dry_run: bool,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |(partition, answer): &(TopicPartition, Result<(), Rejection>)| Item {
            group: self.group.clone(),
            topic: partition.topic.clone(),
            partition: Some(partition.partition).filter(|number| *number >= 0),
            deleted: answer.is_ok() && !self.dry_run,
            dry_run: self.dry_run,
        };
        self.answers.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let deleted = self.answers.iter().filter(|(_, answer)| answer.is_ok());
        let verb = if self.dry_run { "Would delete" } else { "Deleted" };
        deleted.map(|(partition, _)| format!("{verb} the offset of group {} for {partition}.\n", self.group)).collect()
    }

    fn apache(&self) -> String {
        let columns = [
            Column { heading: "TOPIC", width: Width::Longest(15) },
            Column { heading: "PARTITION", width: Width::Fixed(10) },
            Column { heading: "STATUS", width: Width::Fixed(15) },
        ];
        let row = |(partition, answer): &(TopicPartition, Result<(), Rejection>)| {
            let number = if partition.partition < 0 { "-".to_owned() } else { partition.partition.to_string() };
            let status = match answer {
                Ok(()) => "Successful".to_owned(),
                Err(rejection) => format!("Error: {}", exception_text(rejection)),
            };
            vec![partition.topic.clone(), number, status]
        };
        let rows: Vec<Vec<String>> = self.answers.iter().map(row).collect();
        format!("{}\n{}", self.heading(), fixed_columns(&columns, &rows))
    }
}

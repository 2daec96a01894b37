//! Which partitions are read without a group, from which offset, and where their ends are now.

use std::collections::BTreeMap;

use super::plan::{Plan, Source, Start};
use crate::cli::failure::Failure;
use crate::client::Admin;
use crate::client::admin::PerItem;
use crate::client::admin::offsets::{FoundOffset, IsolationLevel, OffsetSpec};
use crate::client::admin::topics::TopicDescription;
use crate::vocabulary::TopicPartition;

#[derive(Debug, Default)]
pub struct Positions {
    pub starts: Vec<(TopicPartition, i64)>,
    /// The offsets behind the last records, if they were asked for.
    pub ends: BTreeMap<TopicPartition, i64>,
}

/// Looks everything up. A topic that does not exist is an error, except that a pattern may match nothing.
pub async fn find(admin: &Admin, plan: &Plan, isolation: IsolationLevel) -> anyhow::Result<Positions> {
    let partitions = partitions(admin, plan).await?;
    let ends = match plan.until_end || matches!(plan.start, Start::Latest | Start::Default) {
        true => offsets(admin, &partitions, OffsetSpec::Latest, isolation).await?,
        false => BTreeMap::new(),
    };
    let starts = match plan.start {
        Start::Earliest => offsets(admin, &partitions, OffsetSpec::Earliest, isolation).await?,
        Start::Latest | Start::Default => ends.clone(),
        Start::At(offset) => partitions.into_iter().map(|partition| (partition, offset)).collect(),
    };
    Ok(Positions { starts: starts.into_iter().collect(), ends: if plan.until_end { ends } else { BTreeMap::new() } })
}

/// The names of the topics that are meant. One that is named is only checked by describing it.
pub async fn topics(admin: &Admin, source: &Source) -> anyhow::Result<Vec<String>> {
    match source {
        Source::Topic(topic) => Ok(vec![topic.clone()]),
        Source::Matching(pattern) => {
            let topics = admin.list_topics().await?.into_iter();
            Ok(topics.filter(|t| !t.is_internal && pattern.is_match(&t.name)).map(|t| t.name).collect())
        }
    }
}

/// What a topic is, or how the command fails without it.
pub async fn described(admin: &Admin, names: &[String]) -> anyhow::Result<Vec<TopicDescription>> {
    let described = admin.describe_topics(names).await?;
    described.into_iter().map(|(name, answer)| answer.map_err(|rejection| missing(&name, &rejection))).collect()
}

fn missing(topic: &str, rejection: &crate::protocol::Rejection) -> anyhow::Error {
    let failure = Failure::from(anyhow::Error::from(rejection.clone()));
    let messages = match failure.kind {
        crate::cli::failure::Kind::NotFound => vec![format!("topic '{topic}' does not exist")],
        _ => vec![format!("cannot read topic '{topic}': {rejection}")],
    };
    let hint = "`kavka topics --list` shows the topics there are";
    Failure { messages, ..failure }.hint(hint).into()
}

async fn partitions(admin: &Admin, plan: &Plan) -> anyhow::Result<Vec<TopicPartition>> {
    let names = topics(admin, &plan.source).await?;
    let mut partitions = Vec::new();
    for topic in described(admin, &names).await? {
        let numbers = topic.partitions.iter().map(|partition| partition.partition);
        let wanted: Vec<i32> = numbers.filter(|number| plan.partition.is_none_or(|only| only == *number)).collect();
        if let (Some(only), true) = (plan.partition, wanted.is_empty()) {
            let count = topic.partitions.len();
            let message = format!("topic '{}' has no partition {only}: it has {count}, counted from 0", topic.name);
            return Err(Failure::not_found(message).into());
        }
        partitions.extend(wanted.into_iter().map(|number| TopicPartition::new(&topic.name, number)));
    }
    Ok(partitions)
}

async fn offsets(
    admin: &Admin,
    partitions: &[TopicPartition],
    spec: OffsetSpec,
    isolation: IsolationLevel,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let wanted: Vec<_> = partitions.iter().map(|partition| (partition.clone(), spec)).collect();
    let found: PerItem<TopicPartition, FoundOffset> = admin.list_offsets(&wanted, isolation).await?;
    found.into_iter().map(|(partition, answer)| Ok((partition, answer?.offset))).collect()
}

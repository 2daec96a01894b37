//! Which partitions are reset.

use std::collections::{BTreeMap, BTreeSet};

use super::scenario::Scenario;
use crate::cli::commands::groups::Args;
use crate::cli::commands::groups::topic_partitions::{self, TopicPartitions};
use crate::cli::dialect::exceptions;
use crate::cli::failure::{Failure, Kind, of_rejection};
use crate::client::Admin;
use crate::client::admin::group_offsets::CommittedOffset;
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything the group has an offset for.
    Committed,
    Topics(Vec<TopicPartitions>),
    /// What the file of `--from-file` names.
    OfFile,
}

/// `--all-topics` wins over `--topic`, as with Apache's tool.
pub fn plan(args: &Args) -> Result<Scope, Failure> {
    if args.all_topics {
        return Ok(Scope::Committed);
    }
    if !args.topic.is_empty() {
        let topics = args.topic.iter().map(|text| topic_partitions::parse(text)).collect::<Result<Vec<_>, _>>()?;
        return Ok(Scope::Topics(topics));
    }
    if args.from_file.is_some() {
        return Ok(Scope::OfFile);
    }
    Err(Failure::usage("--reset-offsets needs --topic or --all-topics")
        .apache_usage("One of the reset scopes should be defined: --all-topics, --topic."))
}

pub async fn partitions(
    scope: &Scope,
    scenario: &Scenario,
    group: &str,
    committed: &BTreeMap<TopicPartition, CommittedOffset>,
    admin: &Admin,
) -> anyhow::Result<Vec<TopicPartition>> {
    let wanted = match (scope, scenario) {
        (Scope::Committed, _) => committed.keys().cloned().collect(),
        (Scope::Topics(topics), _) => of_topics(topics, admin).await?,
        (Scope::OfFile, Scenario::FromFile(file)) => {
            file.iter().filter(|line| line.is_for(group)).map(|line| line.partition.clone()).collect()
        }
        (Scope::OfFile, _) => Vec::new(),
    };
    let led = leaders(&wanted, admin).await?;
    check(&wanted, &led)
        .map_err(|failure| if *scope == Scope::OfFile { as_of_file(failure, &wanted, &led) } else { failure })?;
    Ok(wanted)
}

async fn of_topics(topics: &[TopicPartitions], admin: &Admin) -> anyhow::Result<Vec<TopicPartition>> {
    let whole: Vec<String> = topics.iter().filter(|t| t.partitions.is_empty()).map(|t| t.topic.clone()).collect();
    let mut found = Vec::new();
    for (name, answer) in admin.describe_topics(&whole).await? {
        let described = answer.map_err(|rejection| {
            let failure = of_rejection(&rejection).about(format!("cannot describe topic {name}"));
            failure.thrown(exceptions::class(rejection.code), exceptions::message(&rejection))
        })?;
        found.extend(described.partitions.iter().map(|p| TopicPartition::new(&name, p.partition)));
    }
    let named = topics.iter().flat_map(|t| t.partitions.iter().map(|p| TopicPartition::new(&t.topic, *p)));
    found.extend(named);
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether each partition that exists has a leader.
async fn leaders(partitions: &[TopicPartition], admin: &Admin) -> anyhow::Result<BTreeMap<TopicPartition, bool>> {
    let names: BTreeSet<&String> = partitions.iter().map(|partition| &partition.topic).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let mut leaders = BTreeMap::new();
    for (name, answer) in admin.describe_topics(&names).await? {
        let Ok(topic) = answer else { continue };
        leaders.extend(topic.partitions.iter().map(|p| (TopicPartition::new(&name, p.partition), p.leader.is_some())));
    }
    Ok(leaders)
}

/// Those of `partitions` that exist and have a leader.
pub async fn partitions_with_leader(
    partitions: &[TopicPartition],
    admin: &Admin,
) -> anyhow::Result<Vec<TopicPartition>> {
    let leaders = leaders(partitions, admin).await?;
    Ok(partitions.iter().filter(|partition| leaders.get(partition) == Some(&true)).cloned().collect())
}

fn check(wanted: &[TopicPartition], leaders: &BTreeMap<TopicPartition, bool>) -> Result<(), Failure> {
    let those = |wish: Option<bool>| {
        let found = wanted.iter().filter(|partition| leaders.get(partition).copied() == wish);
        found.map(ToString::to_string).collect::<Vec<String>>()
    };
    let missing = those(None);
    if !missing.is_empty() {
        return Err(Failure::not_found(format!("there is no partition {}", missing.join(", "))).thrown(
            "org.apache.kafka.common.errors.UnknownTopicOrPartitionException",
            format!("The partitions \"{}\" do not exist", missing.join(",")),
        ));
    }
    let leaderless = those(Some(false));
    if leaderless.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Kind::Unreachable, format!("partition {} has no leader", leaderless.join(", "))).thrown(
        "org.apache.kafka.common.errors.LeaderNotAvailableException",
        format!("The partitions \"{}\" have no leader", leaderless.join(",")),
    ))
}

/// Apache's tool does not look for the partitions of a file before it asks for their offsets.
fn as_of_file(failure: Failure, wanted: &[TopicPartition], leaders: &BTreeMap<TopicPartition, bool>) -> Failure {
    let is_known = |topic: &str| leaders.keys().any(|partition| partition.topic == topic);
    match wanted.iter().find(|partition| !is_known(&partition.topic)) {
        None => failure,
        Some(partition) => failure.thrown(
            "java.lang.RuntimeException",
            format!(
                "java.util.concurrent.ExecutionException: \
                 org.apache.kafka.common.errors.UnknownTopicOrPartitionException: Failed to fetch metadata for partition \
                 {partition} because metadata for topic `{}` could not be found",
                partition.topic
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_that_do_not_exist_or_have_no_leader_are_named() {
        let partition = |number| TopicPartition::new("t", number);
        let leaders = BTreeMap::from([(partition(0), true), (partition(1), false)]);
        let refusal = |wanted: &[TopicPartition]| check(wanted, &leaders).unwrap_err();
        assert_eq!(refusal(&[partition(7), partition(8)]).messages, ["there is no partition t-7, t-8"]);
        assert_eq!(refusal(&[partition(0), partition(1)]).messages, ["partition t-1 has no leader"]);
        assert!(check(&[partition(0)], &leaders).is_ok());
    }
}

//! How much a topic holds: offsets, records, bytes, the time of its newest record.
//!
//! One request to each leader for each kind of offset, one to each broker for sizes, whatever the number of topics. What a
//! cluster does not tell (it is old, a partition has no leader, or we may not know) stays unknown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cli::failure::of_rejection;
use crate::cli::usage::counted;
use crate::client::Admin;
use crate::client::ClientError;
use crate::client::admin::offsets::{FoundOffset, IsolationLevel, OffsetSpec};
use crate::client::admin::topics::TopicDescription;
use crate::clock::Timestamp;
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;

/// What one partition holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub start: Option<i64>,
    pub end: Option<i64>,
    /// Bytes of the leader's log.
    pub size: Option<i64>,
    pub newest: Option<Timestamp>,
}

impl Figures {
    /// So many offsets lie between the first and the end. Compaction and transactions leave gaps, so it is at most that.
    pub fn records(&self) -> Option<i64> {
        Some(self.end? - self.start?)
    }

    pub fn total(&self) -> Total {
        Total { records: self.records(), size: self.size, newest: self.newest }
    }
}

/// What a topic holds: of every number, the sum of those that are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    pub records: Option<i64>,
    pub size: Option<i64>,
    pub newest: Option<Timestamp>,
}

/// The same for programs: bytes and milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct FiguresItem {
    records: Option<i64>,
    size: Option<i64>,
    newest_timestamp_ms: Option<i64>,
}

impl From<Total> for FiguresItem {
    fn from(total: Total) -> FiguresItem {
        let newest_timestamp_ms = total.newest.map(Timestamp::millis);
        FiguresItem { records: total.records, size: total.size, newest_timestamp_ms }
    }
}

pub type ByPartition = BTreeMap<TopicPartition, Figures>;

pub fn total(topic: &TopicDescription, figures: &ByPartition) -> Total {
    let of_topic = || {
        let keys = topic.partitions.iter().map(|partition| TopicPartition::new(&topic.name, partition.partition));
        keys.filter_map(|key| figures.get(&key))
    };
    let sum = |values: Vec<i64>| (!values.is_empty()).then(|| values.into_iter().sum());
    Total {
        records: sum(of_topic().filter_map(Figures::records).collect()),
        size: sum(of_topic().filter_map(|figures| figures.size).collect()),
        newest: of_topic().filter_map(|figures| figures.newest).max(),
    }
}

/// First and end offsets of the partitions that have a leader.
pub async fn ranges(topics: &[&TopicDescription], admin: &Admin) -> Result<ByPartition, ClientError> {
    let mut figures = ByPartition::new();
    for (partition, found) in offsets(topics, OffsetSpec::Earliest, admin).await? {
        figures.entry(partition).or_default().start = Some(found.offset);
    }
    for (partition, found) in offsets(topics, OffsetSpec::Latest, admin).await? {
        figures.entry(partition).or_default().end = Some(found.offset);
    }
    Ok(figures)
}

/// Everything that is known of these topics.
pub async fn all(topics: &[&TopicDescription], admin: &Admin) -> Result<ByPartition, ClientError> {
    let mut figures = ranges(topics, admin).await?;
    match offsets(topics, OffsetSpec::MaxTimestamp, admin).await {
        Ok(newest) => {
            for (partition, found) in newest {
                let figures = figures.entry(partition).or_default();
                // A broker may still know the time of a record that has been deleted.
                let is_there = found.offset >= figures.start.unwrap_or(0);
                figures.newest = Some(found.timestamp).filter(|_| is_there);
            }
        }
        // Before 3.0 brokers do not look for it.
        Err(ClientError::Unsupported { .. }) => {}
        Err(error) => return Err(error),
    }
    add_sizes(topics, &mut figures, admin).await?;
    Ok(figures)
}

async fn offsets(
    topics: &[&TopicDescription],
    spec: OffsetSpec,
    admin: &Admin,
) -> Result<Vec<(TopicPartition, FoundOffset)>, ClientError> {
    let led = topics.iter().flat_map(|topic| {
        let led = topic.partitions.iter().filter(|partition| partition.leader.is_some());
        led.map(|partition| (TopicPartition::new(&topic.name, partition.partition), spec))
    });
    let wanted: Vec<_> = led.collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let answers = admin.list_offsets(&wanted, IsolationLevel::ReadUncommitted).await?;
    Ok(answers.into_iter().filter_map(|(partition, answer)| Some((partition, answer.ok()?))).collect())
}

async fn add_sizes(topics: &[&TopicDescription], figures: &mut ByPartition, admin: &Admin) -> Result<(), ClientError> {
    let mut leaders: BTreeMap<TopicPartition, i32> = BTreeMap::new();
    for topic in topics {
        let led = topic.partitions.iter().filter_map(|partition| Some((partition.partition, partition.leader?)));
        leaders.extend(led.map(|(number, leader)| (TopicPartition::new(&topic.name, number), leader)));
    }
    for broker in leaders.values().copied().collect::<BTreeSet<i32>>() {
        let directories = match admin.describe_log_dirs(broker).await {
            Ok(directories) => directories,
            Err(error) if hides_sizes(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let replicas = directories.into_iter().flat_map(|directory| directory.replicas);
        for replica in replicas.filter(|replica| !replica.is_future) {
            if leaders.get(&replica.partition) == Some(&broker) {
                figures.entry(replica.partition).or_default().size = Some(replica.size);
            }
        }
    }
    Ok(())
}

fn hides_sizes(error: &ClientError) -> bool {
    matches!(error, ClientError::Unsupported { .. }) || error.code() == Some(ErrorCode::ClusterAuthorizationFailed)
}

/// Descriptions of topics; the first that cannot be described ends the command.
pub async fn described(names: &[String], admin: &Admin) -> anyhow::Result<Vec<TopicDescription>> {
    let mut topics = Vec::new();
    for (name, answer) in admin.describe_topics(names).await? {
        let refused = |rejection| of_rejection(&rejection).about(format!("cannot describe topic {name}"));
        topics.push(answer.map_err(refused)?);
    }
    Ok(topics)
}

/// `orders: 3 partitions, 120 records`, for a question.
pub fn in_words(topic: &TopicDescription, figures: &ByPartition) -> String {
    let records =
        total(topic, figures).records.map_or_else(String::new, |count| format!(", {}", counted(count, "record")));
    format!("{}: {}{records}", topic.name, counted(topic.partitions.len() as i64, "partition"))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::client::admin::topics::PartitionDescription;
    use crate::vocabulary::Uuid;

    /// A topic of this many partitions, all led by broker 1.
    pub fn topic(name: &str, partitions: i32) -> TopicDescription {
        let partition = |partition| PartitionDescription {
            partition,
            leader: Some(1),
            leader_epoch: 0,
            replicas: vec![1],
            in_sync_replicas: vec![1],
            offline_replicas: Vec::new(),
            eligible_leader_replicas: None,
            last_known_eligible_leader_replicas: None,
        };
        TopicDescription {
            name: name.to_owned(),
            id: Uuid::ZERO,
            is_internal: false,
            partitions: (0..partitions).map(partition).collect(),
        }
    }

    #[test]
    fn a_total_adds_what_is_known_and_is_unknown_where_nothing_is() {
        let known = Figures { start: Some(5), end: Some(9), size: Some(100), newest: Some(Timestamp(7)) };
        let figures = ByPartition::from([
            (TopicPartition::new("t", 0), known),
            (TopicPartition::new("t", 1), Figures { start: Some(0), end: Some(1), size: None, newest: None }),
            (TopicPartition::new("other", 0), known),
        ]);
        let expected = Total { records: Some(5), size: Some(100), newest: Some(Timestamp(7)) };
        assert_eq!(total(&topic("t", 3), &figures), expected);
        assert_eq!(total(&topic("u", 1), &figures), Total::default());
        assert_eq!(in_words(&topic("t", 2), &figures), "t: 2 partitions, 5 records");
        assert_eq!(in_words(&topic("u", 1), &figures), "u: 1 partition");
    }
}

//! Committed offsets: hard state, one entry per group, topic and partition.
//!
//! An offset remembers the id of the topic that it was committed for. When the topic is deleted while this partition is
//! not loaded, that is how the offset is known to be of a topic that is gone: it is not shown, and the next expiration
//! removes it.
//!
//! Source: protocol reference 7.6 to 7.8; `OffsetMetadataManager` of Kafka 4.2.1.

mod commit;
mod delete;
mod expire;
mod fetch;

pub use commit::{CommitOffsets, CommitReply, CommittedTopic, NewOffset, TopicCommit};
pub use delete::{DeleteOffsets, DeleteOffsetsReply, TopicPartitions, TopicResults, TopicsDeleted};
pub use fetch::{FetchOffsets, FetchReply, FetchedOffset, FetchedTopic, TopicFetch};

use std::collections::BTreeMap;

use crate::metadata::ClusterImage;
use crate::records::group::{OffsetCommitKey, OffsetCommitValue};

/// The offsets of all groups of one partition, in the order of group, topic, partition.
#[derive(Debug, Default)]
pub struct Offsets {
    groups: BTreeMap<String, GroupOffsets>,
}

type GroupOffsets = BTreeMap<String, BTreeMap<i32, OffsetCommitValue>>;

impl Offsets {
    pub fn put(&mut self, key: &OffsetCommitKey, value: OffsetCommitValue) {
        let topics = self.groups.entry(key.group.clone()).or_default();
        topics.entry(key.topic.clone()).or_default().insert(key.partition, value);
    }

    pub fn remove(&mut self, key: &OffsetCommitKey) {
        let Some(topics) = self.groups.get_mut(&key.group) else { return };
        if let Some(partitions) = topics.get_mut(&key.topic) {
            partitions.remove(&key.partition);
            if partitions.is_empty() {
                topics.remove(&key.topic);
            }
        }
        if topics.is_empty() {
            self.groups.remove(&key.group);
        }
    }

    pub fn get(&self, group: &str, topic: &str, partition: i32) -> Option<&OffsetCommitValue> {
        self.groups.get(group)?.get(topic)?.get(&partition)
    }

    pub fn has_any(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// Everything that a group has committed.
    pub fn of_group(&self, group: &str) -> impl Iterator<Item = (OffsetCommitKey, &OffsetCommitValue)> {
        self.groups.get_key_value(group).into_iter().flat_map(|(group, topics)| keyed(group, topics))
    }

    /// Everything that was committed for a topic, by whomever.
    fn of_topic(&self, topic: &str) -> impl Iterator<Item = OffsetCommitKey> {
        self.groups.iter().filter_map(move |(group, topics)| Some((group, topics.get_key_value(topic)?))).flat_map(
            |(group, (topic, partitions))| {
                partitions.keys().map(|partition| OffsetCommitKey {
                    group: group.clone(),
                    topic: topic.clone(),
                    partition: *partition,
                })
            },
        )
    }
}

fn keyed<'a>(
    group: &'a str,
    topics: &'a GroupOffsets,
) -> impl Iterator<Item = (OffsetCommitKey, &'a OffsetCommitValue)> {
    topics.iter().flat_map(move |(topic, partitions)| {
        partitions.iter().map(move |(partition, value)| {
            (OffsetCommitKey { group: group.to_owned(), topic: topic.clone(), partition: *partition }, value)
        })
    })
}

/// Whether the topic that an offset was committed for is there no more.
fn is_of_a_deleted_topic(image: &ClusterImage, topic: &str, offset: &OffsetCommitValue) -> bool {
    match image.topic(topic) {
        Some(present) => !offset.topic_id.is_zero() && present.id != offset.topic_id,
        None => true,
    }
}

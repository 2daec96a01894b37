//! Partitions by topic id: what a member is to have, has, or gives back.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::messages::consumer_group_heartbeat as messages;
use crate::records::consumer_group as records;
use crate::vocabulary::Uuid;

/// No topic is ever kept without partitions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assignment {
    topics: BTreeMap<Uuid, BTreeSet<i32>>,
}

impl Assignment {
    pub fn insert(&mut self, topic: Uuid, partition: i32) {
        self.topics.entry(topic).or_default().insert(partition);
    }

    pub fn remove(&mut self, topic: Uuid, partition: i32) {
        let Some(partitions) = self.topics.get_mut(&topic) else { return };
        partitions.remove(&partition);
        if partitions.is_empty() {
            self.topics.remove(&topic);
        }
    }

    pub fn contains(&self, topic: Uuid, partition: i32) -> bool {
        self.topics.get(&topic).is_some_and(|partitions| partitions.contains(&partition))
    }

    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    pub fn len(&self) -> usize {
        self.topics.values().map(BTreeSet::len).sum()
    }

    pub fn topics(&self) -> impl Iterator<Item = (Uuid, &BTreeSet<i32>)> {
        self.topics.iter().map(|(topic, partitions)| (*topic, partitions))
    }

    pub fn iter(&self) -> impl Iterator<Item = (Uuid, i32)> {
        self.topics().flat_map(|(topic, partitions)| partitions.iter().map(move |partition| (topic, *partition)))
    }

    /// The part for which this holds.
    pub fn filtered(&self, mut keep: impl FnMut(Uuid, i32) -> bool) -> Assignment {
        self.iter().filter(|(topic, partition)| keep(*topic, *partition)).collect()
    }

    pub fn is_subset_of(&self, other: &Assignment) -> bool {
        self.iter().all(|(topic, partition)| other.contains(topic, partition))
    }

    pub fn intersects(&self, other: &Assignment) -> bool {
        self.iter().any(|(topic, partition)| other.contains(topic, partition))
    }

    pub fn to_records(&self) -> Vec<records::TopicPartitions> {
        let topic = |(topic_id, partitions): (Uuid, &BTreeSet<i32>)| records::TopicPartitions {
            topic_id,
            partitions: partitions.iter().copied().collect(),
        };
        self.topics().map(topic).collect()
    }

    pub fn from_records(topics: &[records::TopicPartitions]) -> Assignment {
        topics.iter().flat_map(|topic| topic.partitions.iter().map(|partition| (topic.topic_id, *partition))).collect()
    }

    pub fn to_message(&self) -> Vec<messages::TopicPartitions> {
        let topic = |(topic_id, partitions): (Uuid, &BTreeSet<i32>)| messages::TopicPartitions {
            topic_id,
            partitions: partitions.iter().copied().collect(),
        };
        self.topics().map(topic).collect()
    }

    pub fn from_message(topics: &[messages::TopicPartitions]) -> Assignment {
        topics.iter().flat_map(|topic| topic.partitions.iter().map(|partition| (topic.topic_id, *partition))).collect()
    }
}

impl Extend<(Uuid, i32)> for Assignment {
    fn extend<I: IntoIterator<Item = (Uuid, i32)>>(&mut self, partitions: I) {
        partitions.into_iter().for_each(|(topic, partition)| self.insert(topic, partition));
    }
}

impl FromIterator<(Uuid, i32)> for Assignment {
    fn from_iter<I: IntoIterator<Item = (Uuid, i32)>>(partitions: I) -> Assignment {
        let mut assignment = Assignment::default();
        assignment.extend(partitions);
        assignment
    }
}

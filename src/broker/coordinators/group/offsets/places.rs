//! Something for each group, topic and partition, in that order.

use std::collections::BTreeMap;

use crate::records::group::OffsetCommitKey;

/// No level of it is ever kept empty.
#[derive(Debug, Clone)]
pub struct Places<V> {
    groups: BTreeMap<String, Topics<V>>,
}

type Topics<V> = BTreeMap<String, BTreeMap<i32, V>>;

impl<V> Default for Places<V> {
    fn default() -> Places<V> {
        Places { groups: BTreeMap::new() }
    }
}

impl<V> Places<V> {
    pub fn put(&mut self, key: &OffsetCommitKey, value: V) {
        let topics = self.groups.entry(key.group.clone()).or_default();
        topics.entry(key.topic.clone()).or_default().insert(key.partition, value);
    }

    pub fn remove(&mut self, key: &OffsetCommitKey) -> Option<V> {
        let topics = self.groups.get_mut(&key.group)?;
        let partitions = topics.get_mut(&key.topic)?;
        let removed = partitions.remove(&key.partition);
        if partitions.is_empty() {
            topics.remove(&key.topic);
        }
        if topics.is_empty() {
            self.groups.remove(&key.group);
        }
        removed
    }

    pub fn get(&self, group: &str, topic: &str, partition: i32) -> Option<&V> {
        self.groups.get(group)?.get(topic)?.get(&partition)
    }

    pub fn at(&self, key: &OffsetCommitKey) -> Option<&V> {
        self.get(&key.group, &key.topic, key.partition)
    }

    pub fn at_mut(&mut self, key: &OffsetCommitKey) -> Option<&mut V> {
        self.groups.get_mut(&key.group)?.get_mut(&key.topic)?.get_mut(&key.partition)
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    pub fn has_any(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    pub fn iter(&self) -> impl Iterator<Item = (OffsetCommitKey, &V)> {
        self.groups.iter().flat_map(|(group, topics)| keyed(group, topics))
    }

    pub fn of_group(&self, group: &str) -> impl Iterator<Item = (OffsetCommitKey, &V)> {
        self.groups.get_key_value(group).into_iter().flat_map(|(group, topics)| keyed(group, topics))
    }

    /// In all groups.
    pub fn of_topic(&self, topic: &str) -> impl Iterator<Item = (OffsetCommitKey, &V)> {
        self.groups
            .iter()
            .filter_map(move |(group, topics)| Some((group, topics.get_key_value(topic)?)))
            .flat_map(|(group, (topic, partitions))| of(group, topic, partitions))
    }
}

fn keyed<'a, V>(group: &'a str, topics: &'a Topics<V>) -> impl Iterator<Item = (OffsetCommitKey, &'a V)> {
    topics.iter().flat_map(move |(topic, partitions)| of(group, topic, partitions))
}

fn of<'a, V>(
    group: &'a str,
    topic: &'a str,
    partitions: &'a BTreeMap<i32, V>,
) -> impl Iterator<Item = (OffsetCommitKey, &'a V)> {
    partitions.iter().map(move |(partition, value)| {
        (OffsetCommitKey { group: group.to_owned(), topic: topic.to_owned(), partition: *partition }, value)
    })
}

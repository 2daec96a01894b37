//! Offsets of open transactions: hard state, kept by producer until its marker decides about them.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Places;
use super::{Offset, OffsetCommitKey};

#[derive(Debug, Default)]
pub struct Pending {
    by_producer: BTreeMap<i64, Places<Offset>>,
    /// Which producers have one there: as long as there is any, the place is not stable.
    open: Places<BTreeSet<i64>>,
}

impl Pending {
    pub fn put(&mut self, producer: i64, key: &OffsetCommitKey, offset: Offset) {
        self.by_producer.entry(producer).or_default().put(key, offset);
        match self.open.at_mut(key) {
            Some(producers) => drop(producers.insert(producer)),
            None => self.open.put(key, BTreeSet::from([producer])),
        }
    }

    /// What a producer's transaction has come to, which is pending no longer.
    pub fn take(&mut self, producer: i64) -> Places<Offset> {
        let taken = self.by_producer.remove(&producer).unwrap_or_default();
        for (key, _) in taken.iter() {
            let Some(producers) = self.open.at_mut(&key) else { continue };
            producers.remove(&producer);
            if producers.is_empty() {
                self.open.remove(&key);
            }
        }
        taken
    }

    /// Forgets what is pending at a place, whoever's it is.
    pub fn clear(&mut self, key: &OffsetCommitKey) {
        for producer in self.open.remove(key).unwrap_or_default() {
            let Some(offsets) = self.by_producer.get_mut(&producer) else { continue };
            offsets.remove(key);
            if offsets.is_empty() {
                self.by_producer.remove(&producer);
            }
        }
    }

    pub fn is_at(&self, group: &str, topic: &str, partition: i32) -> bool {
        self.open.get(group, topic, partition).is_some()
    }

    pub fn is_in_group(&self, group: &str) -> bool {
        self.open.has_any(group)
    }

    /// Everything that is pending at a place.
    pub fn at(&self, key: &OffsetCommitKey) -> impl Iterator<Item = &Offset> {
        let producers = self.open.at(key).into_iter().flatten();
        producers.filter_map(|producer| self.by_producer.get(producer)?.at(key))
    }

    pub fn of_group(&self, group: &str) -> impl Iterator<Item = OffsetCommitKey> {
        self.open.of_group(group).map(|(key, _)| key)
    }

    pub fn of_topic(&self, topic: &str) -> impl Iterator<Item = OffsetCommitKey> {
        self.open.of_topic(topic).map(|(key, _)| key)
    }
}

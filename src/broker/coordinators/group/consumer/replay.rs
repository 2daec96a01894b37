//! What a record does to a consumer group: the only way in which one changes, live and on load.

use super::assignment::Assignment;
use super::group::{ConsumerGroup, ResolvedRegex};
use super::member::Member;
use crate::clock::Timestamp;
use crate::records::consumer_group::ConsumerGroupChange;

impl ConsumerGroup {
    pub fn apply(&mut self, change: &ConsumerGroupChange) {
        match change {
            ConsumerGroupChange::Epoch(Some(value)) => {
                self.settled_mut().epoch = value.epoch;
                self.settled_mut().metadata_hash = value.metadata_hash;
            }
            ConsumerGroupChange::PartitionMetadata(value) => {
                self.settled_mut().has_partition_metadata = value.is_some();
            }
            ConsumerGroupChange::Member { member, value: Some(value) } => self.change_member(member, |before| {
                let mut after = before.unwrap_or_else(|| Member::new(member));
                after.subscribe(value);
                Some(after)
            }),
            ConsumerGroupChange::Member { member, value: None } => self.change_member(member, |_| None),
            ConsumerGroupChange::TargetEpoch(value) => {
                self.settled_mut().assignment_epoch = value.as_ref().map_or(-1, |value| value.assignment_epoch);
            }
            ConsumerGroupChange::Target { member, value: Some(value) } => {
                let target = Assignment::from_records(&value.topic_partitions);
                self.settled_mut().targets.insert(member.clone(), target);
            }
            ConsumerGroupChange::Target { member, value: None } => drop(self.settled_mut().targets.remove(member)),
            ConsumerGroupChange::Current { member, value: Some(value) } => self.change_member(member, |before| {
                let mut after = before.unwrap_or_else(|| Member::new(member));
                after.come_to(value);
                Some(after)
            }),
            ConsumerGroupChange::Current { member, value: None } => self.change_member(member, |before| {
                before.map(|mut after| {
                    after.let_go();
                    after
                })
            }),
            ConsumerGroupChange::Regex { regex, value: Some(value) } => {
                let topics = value.topics.iter().cloned().collect();
                let resolved = ResolvedRegex { topics, version: value.version, at: Timestamp(value.timestamp) };
                self.settled_mut().regexes.insert(regex.clone(), resolved);
            }
            ConsumerGroupChange::Regex { regex, value: None } => drop(self.settled_mut().regexes.remove(regex)),
            // The end of the group is the business of whoever keeps it.
            ConsumerGroupChange::Epoch(None) => {}
        }
    }
}

//! Committed offsets: hard state, one entry per group, topic and partition; and those of open transactions.
//!
//! An offset of a transaction is pending until the marker of its producer comes. If that commits it, it counts as of
//! where it stands in the log, not as of the marker: what was committed behind it stays.
//!
//! An offset that was committed by the id of a topic remembers it. When the topic is deleted and nobody comes to tell,
//! that is how the offset is known to be of a topic that is gone: it is not shown, and the next expiration removes it.
//!
//! Source: protocol reference 7.6 to 7.8; `OffsetMetadataManager` of Kafka 4.2.1.

mod commit;
mod delete;
mod expire;
mod fetch;
mod pending;
mod places;
mod transaction;
mod writers;

pub use commit::{CommitOffsets, CommitReply, CommittedTopic, Committer, NewOffset, TopicCommit};
pub use delete::{DeleteOffsets, DeleteOffsetsReply, TopicPartitions, TopicResults, TopicsDeleted};
pub use fetch::{FetchOffsets, FetchReply, FetchedOffset, FetchedTopic, TopicFetch};
pub use transaction::{CommitTransactionOffsets, EndTransactionOffsets, TransactionGuard, WatchTransactions};

use crate::broker::coordinators::group::GroupEntry;
use crate::broker::coordinators::transaction::Producer;
use crate::log::batch::control::TransactionMarker;
use crate::metadata::ClusterImage;
use crate::records::group::{GroupRecord, OffsetCommitKey, OffsetCommitValue};
use pending::Pending;
use places::Places;
use writers::Writers;

/// The offsets of all groups of one partition.
#[derive(Debug, Default)]
pub struct Offsets {
    committed: Places<Offset>,
    pending: Pending,
    writers: Writers,
    /// How much of the log this is made of.
    place: u64,
}

/// An offset, and its place in the log. Compaction changes places but not their order.
#[derive(Debug, Clone)]
struct Offset {
    place: u64,
    value: OffsetCommitValue,
}

impl Offsets {
    pub fn put(&mut self, key: &OffsetCommitKey, value: OffsetCommitValue) {
        let place = self.next_place();
        self.committed.put(key, Offset { place, value });
    }

    pub fn put_pending(&mut self, producer: Producer, key: &OffsetCommitKey, value: OffsetCommitValue) {
        let place = self.next_place();
        self.pending.put(producer.id, key, Offset { place, value });
        self.writers.note_offset(producer, place);
    }

    /// Removes what is committed, and what is about to be.
    pub fn remove(&mut self, key: &OffsetCommitKey) {
        self.committed.remove(key);
        self.pending.clear(key);
    }

    /// A transaction is over.
    pub fn end(&mut self, producer: Producer, marker: TransactionMarker) {
        let place = self.next_place();
        self.writers.note_marker(producer, marker, place);
        let ended = self.pending.take(producer.id);
        for (key, offset) in ended.iter().filter(|_| marker.committed) {
            if self.committed.at(&key).is_none_or(|committed| committed.place < offset.place) {
                self.committed.put(&key, offset.clone());
            }
        }
    }

    /// A producer has written here, and nothing of that is left.
    pub fn note_writer(&mut self, producer: Producer) {
        let place = self.next_place();
        self.writers.note(producer, place);
    }

    fn next_place(&mut self) -> u64 {
        self.place += 1;
        self.place
    }

    fn get(&self, group: &str, topic: &str, partition: i32) -> Option<&OffsetCommitValue> {
        self.committed.get(group, topic, partition).map(|offset| &offset.value)
    }

    /// Everything that a group has committed.
    fn of_group(&self, group: &str) -> impl Iterator<Item = (OffsetCommitKey, &OffsetCommitValue)> {
        self.committed.of_group(group).map(|(key, offset)| (key, &offset.value))
    }

    /// Whether anything is committed or pending.
    fn is_any_at(&self, group: &str, topic: &str, partition: i32) -> bool {
        self.get(group, topic, partition).is_some() || self.pending.is_at(group, topic, partition)
    }

    /// Where a group has committed anything or is about to.
    pub fn places_of_group(&self, group: &str) -> impl Iterator<Item = OffsetCommitKey> {
        let pending = self.pending.of_group(group).filter(|key| self.committed.at(key).is_none());
        self.committed.of_group(group).map(|(key, _)| key).chain(pending)
    }

    /// Where anything was committed for a topic, or is about to be, by whomever.
    fn places_of_topic(&self, topic: &str) -> impl Iterator<Item = OffsetCommitKey> {
        let pending = self.pending.of_topic(topic).filter(|key| self.committed.at(key).is_none());
        self.committed.of_topic(topic).map(|(key, _)| key).chain(pending)
    }

    /// All that there is at a place.
    fn all_at(&self, key: &OffsetCommitKey) -> impl Iterator<Item = &OffsetCommitValue> {
        self.committed.at(key).into_iter().chain(self.pending.at(key)).map(|offset| &offset.value)
    }
}

/// The tombstones of everything that a group has committed or is about to.
pub(super) fn places_to_delete<'a>(offsets: &'a Offsets, group: &'a str) -> impl Iterator<Item = GroupEntry> + use<'a> {
    offsets.places_of_group(group).map(|key| GroupRecord::Offset { key, value: None }.into())
}

/// Whether the topic that an offset was committed for is there no more.
fn is_of_a_deleted_topic(image: &ClusterImage, topic: &str, offset: &OffsetCommitValue) -> bool {
    match image.topic(topic) {
        Some(present) => !offset.topic_id.is_zero() && present.id != offset.topic_id,
        None => true,
    }
}

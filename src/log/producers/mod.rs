//! What a log remembers of idempotent and transactional producers: enough to recognise a batch that was sent twice, to
//! refuse one that is out of order, and to know where the earliest open transaction begins (KIP-98, KIP-890).

mod check;
mod entry;
mod snapshot;
mod snapshot_files;
mod verification;

use std::collections::{BTreeMap, HashMap};

pub(super) use check::{Duplicate, Proof};
pub(super) use entry::{BatchSpan, ProducerEntry};
pub(super) use snapshot_files::SnapshotFiles;
pub use verification::Verification;
use verification::Verifications;

use super::batch::BatchHeader;
use super::batch::control::TransactionMarker;
use super::index::AbortedTransaction;
use crate::clock::Timestamp;

/// Beyond so many, the longest idle ones without an open transaction are forgotten: every short-lived producer leaves
/// an entry for a day.
const MOST_PRODUCERS: usize = 100_000;

/// The producers of one log, up to an offset.
#[derive(Debug, Default)]
pub(super) struct Producers {
    entries: HashMap<i64, ProducerEntry>,
    /// First offset of each open transaction, and its producer.
    open: BTreeMap<i64, i64>,
    verifications: Verifications,
}

impl Producers {
    pub fn get(&self, producer_id: i64) -> Option<&ProducerEntry> {
        self.entries.get(&producer_id)
    }

    pub fn iter(&self) -> impl Iterator<Item = (i64, &ProducerEntry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    pub fn clear(&mut self) {
        *self = Producers::default();
    }

    /// Where the earliest open transaction begins.
    pub fn first_open_offset(&self) -> Option<i64> {
        self.open.keys().next().copied()
    }

    /// Takes in a data batch that is in the log.
    pub fn apply_data(&mut self, header: &BatchHeader) {
        if !header.has_producer() {
            return;
        }
        let entry = self.entries.entry(header.producer_id).or_insert_with(|| ProducerEntry::new(header.producer_epoch));
        entry.note_batch(header);
        if header.attributes.is_transactional() && entry.open_since.is_none() {
            entry.open_since = Some(header.base_offset);
            self.open.insert(header.base_offset, header.producer_id);
            self.verifications.end(header.producer_id);
        }
        self.shed();
    }

    /// Takes in a marker that is in the log. Yields what the transaction index must say of it.
    pub fn apply_marker(&mut self, header: &BatchHeader, marker: TransactionMarker) -> Option<AbortedTransaction> {
        let entry = self.entries.entry(header.producer_id).or_insert_with(|| ProducerEntry::new(header.producer_epoch));
        let first_offset = entry.end_transaction(header, marker.coordinator_epoch);
        if let Some(first_offset) = first_offset {
            self.open.remove(&first_offset);
        }
        self.verifications.end(header.producer_id);
        let last_offset = header.last_offset();
        let aborted = first_offset.filter(|_| !marker.committed);
        aborted.map(|first_offset| AbortedTransaction {
            producer_id: header.producer_id,
            first_offset,
            last_offset,
            last_stable_offset: self.first_open_offset().unwrap_or(last_offset + 1),
        })
    }

    /// Forgets producers that were idle for `after_ms`, unless a transaction is open.
    pub fn expire(&mut self, now: Timestamp, after_ms: i64) {
        self.entries.retain(|_, entry| {
            entry.open_since.is_some() || now.millis().saturating_sub(entry.last_timestamp) < after_ms
        });
        self.verifications.expire(now, after_ms);
    }

    /// To be called before the coordinator is asked whether this batch is part of an open transaction; `None` if that is
    /// known here already. `begins_at_zero` if the producer speaks the second protocol.
    pub fn begin_verification(
        &mut self,
        header: &BatchHeader,
        begins_at_zero: bool,
        now: Timestamp,
    ) -> Option<Verification> {
        let is_open = self.has_open_transaction(header);
        (!is_open).then(|| self.verifications.begin(header, begins_at_zero, now))
    }

    fn has_open_transaction(&self, header: &BatchHeader) -> bool {
        let entry = self.get(header.producer_id);
        entry.is_some_and(|entry| entry.open_since.is_some() && entry.epoch == header.producer_epoch)
    }

    fn insert(&mut self, producer_id: i64, entry: ProducerEntry) {
        if let Some(first_offset) = entry.open_since {
            self.open.insert(first_offset, producer_id);
        }
        self.entries.insert(producer_id, entry);
    }

    fn shed(&mut self) {
        if self.entries.len() <= MOST_PRODUCERS {
            return;
        }
        let mut idle: Vec<(i64, i64)> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.open_since.is_none())
            .map(|(id, entry)| (entry.last_timestamp, *id))
            .collect();
        idle.sort_unstable();
        for (_, id) in idle.iter().take(MOST_PRODUCERS / 10) {
            self.entries.remove(id);
        }
    }
}

#[cfg(test)]
mod tests;

//! Between the coordinator's word that a transaction is open and the transaction's first batch in the log (KIP-890): no
//! end of the transaction may come in between, or its records would never be decided.
//!
//! Whoever asks the coordinator takes a [`Verification`] first. A marker of the same producer makes it void.

use std::collections::HashMap;

use crate::clock::Timestamp;
use crate::log::batch::BatchHeader;

/// That a write was about to be confirmed by the coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification(u64);

/// A producer of which a first batch is awaited.
#[derive(Debug)]
struct Pending {
    guard: Verification,
    epoch: i16,
    lowest_sequence: i32,
    /// The producer speaks the second protocol, so an unknown one begins at sequence 0.
    begins_at_zero: bool,
    since: Timestamp,
}

/// The writes that wait for the coordinator's word, by producer.
#[derive(Debug, Default)]
pub(in crate::log) struct Verifications {
    pending: HashMap<i64, Pending>,
    given: u64,
}

impl Verifications {
    pub fn begin(&mut self, header: &BatchHeader, begins_at_zero: bool, now: Timestamp) -> Verification {
        self.given += 1;
        let guard = Verification(self.given);
        let (epoch, sequence) = (header.producer_epoch, header.base_sequence);
        let pending = self.pending.entry(header.producer_id).or_insert(Pending {
            guard,
            epoch,
            lowest_sequence: sequence,
            begins_at_zero,
            since: now,
        });
        if epoch > pending.epoch {
            (pending.epoch, pending.lowest_sequence) = (epoch, sequence);
        } else if epoch == pending.epoch {
            pending.lowest_sequence = pending.lowest_sequence.min(sequence);
        }
        pending.guard
    }

    /// Whether the guard still holds.
    pub fn holds(&self, producer_id: i64, guard: Verification) -> bool {
        self.pending.get(&producer_id).is_some_and(|pending| pending.guard == guard)
    }

    /// The sequence that the awaited batch must not be above, if one is known.
    pub fn highest_first_sequence(&self, header: &BatchHeader, is_known: bool) -> Option<i32> {
        let pending = self.pending.get(&header.producer_id)?;
        let lowest = (pending.epoch == header.producer_epoch).then_some(pending.lowest_sequence);
        if pending.begins_at_zero && !is_known { Some(0) } else { lowest }
    }

    /// The transaction has records in the log, or has ended.
    pub fn end(&mut self, producer_id: i64) {
        self.pending.remove(&producer_id);
    }

    pub fn expire(&mut self, now: Timestamp, after_ms: i64) {
        self.pending.retain(|_, pending| now.millis().saturating_sub(pending.since.millis()) < after_ms);
    }
}

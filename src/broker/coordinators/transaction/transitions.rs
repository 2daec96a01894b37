//! How a transactional id gets from one state to the next: what is written, and what is remembered besides.
//!
//! Epochs count up to 32,767, but no producer is given that one: whoever has 32,766 can still be fenced. A producer whose
//! epochs are used up goes on with a new id.
//!
//! Source: protocol reference 11.1; `TransactionMetadata` of Kafka 4.2.1.

use std::collections::BTreeSet;

use super::Producer;
use super::transactional_id::{EPOCH_BUMPS, Logged, Remembered, TransactionalId};
use crate::clock::Timestamp;
use crate::records::transaction::TransactionState;
use crate::vocabulary::TopicPartition;

/// Whether a producer with this epoch cannot be given another one under the same id.
pub fn is_exhausted(epoch: i16) -> bool {
    epoch >= LAST_EPOCH
}

/// The highest epoch that a producer is given.
pub const LAST_EPOCH: i16 = i16::MAX - 1;

/// A transactional id as it is after a transition.
#[derive(Debug, Clone)]
pub struct Step {
    pub logged: Logged,
    pub remembered: Remembered,
}

/// Who ends a transaction, on which the epochs depend.
#[derive(Debug, Clone, Copy)]
pub enum EndedBy {
    /// A client of the first protocol: the epoch stays.
    Client,
    /// A client of the second protocol: it goes on with the next epoch, or with a new id.
    BumpingClient { next_id: Option<i64> },
    /// The coordinator, which fences the producer by that.
    Coordinator { transaction_version: i16 },
}

impl Step {
    /// A producer that never was.
    pub fn new(producer_id: i64) -> Step {
        Step { logged: Logged::new(producer_id), remembered: Remembered::default() }
    }

    /// An id as it is.
    pub fn of(id: &TransactionalId) -> Step {
        Step { logged: id.logged.clone(), remembered: id.remembered.clone() }
    }

    fn to(&self, state: TransactionState, now: Timestamp) -> Step {
        let mut next = self.clone();
        next.remembered.previous_id = self.logged.producer.id;
        next.logged.state = state;
        next.logged.updated = now;
        next
    }

    /// A producer begins, or begins anew.
    pub fn initialized(&self, producer: Producer, last_epoch: Option<i16>, timeout_ms: i32, now: Timestamp) -> Step {
        let mut next = self.to(TransactionState::Empty, now);
        next.logged.producer = producer;
        next.logged.timeout_ms = timeout_ms;
        next.logged.partitions.clear();
        next.logged.started = Timestamp::NONE;
        next.remembered.last_epoch = last_epoch;
        next
    }

    pub fn with_partitions(&self, added: &[TopicPartition], client_version: i16, now: Timestamp) -> Step {
        let mut next = self.to(TransactionState::Ongoing, now);
        if self.logged.is_idle() {
            next.logged.started = now;
        }
        next.logged.partitions.extend(added.iter().cloned());
        next.logged.client_version = spoken(client_version);
        next
    }

    /// The end is decided.
    pub fn prepared(&self, committed: bool, by: EndedBy, now: Timestamp) -> Step {
        let state = if committed { TransactionState::PrepareCommit } else { TransactionState::PrepareAbort };
        let mut next = self.to(state, now);
        if self.logged.is_idle() {
            // The second protocol can abort what never began.
            next.logged.started = now;
        }
        let epoch = self.logged.producer.epoch;
        (next.remembered.next_id, next.logged.client_version) = match by {
            EndedBy::Client => (None, 0),
            EndedBy::BumpingClient { next_id } => (next_id, EPOCH_BUMPS),
            EndedBy::Coordinator { transaction_version } => (None, spoken(transaction_version)),
        };
        if matches!(by, EndedBy::Client) {
            return next;
        }
        match epoch.checked_add(1) {
            Some(epoch) => next.logged.producer.epoch = epoch,
            // Another Kafka gave away the last epoch. Markers can have no higher one, and so not those of the second
            // protocol.
            None => next.logged.client_version = 0,
        }
        next.remembered.last_epoch = (next.logged.client_version >= EPOCH_BUMPS).then_some(epoch);
        next
    }

    /// All markers are written.
    pub fn completed(&self, now: Timestamp) -> Step {
        let state = match self.logged.state {
            TransactionState::PrepareCommit => TransactionState::CompleteCommit,
            _ => TransactionState::CompleteAbort,
        };
        let mut next = self.to(state, now);
        if let Some(id) = next.remembered.next_id.take() {
            next.logged.producer = Producer { id, epoch: 0 };
        }
        next.logged.partitions = BTreeSet::new();
        next
    }

    /// A producer that has ended its transaction goes on with a new id.
    pub fn renewed(&self, producer_id: i64, now: Timestamp) -> Step {
        let mut next = self.to(self.logged.state, now);
        next.logged.producer = Producer { id: producer_id, epoch: 0 };
        next.remembered.last_epoch = Some(LAST_EPOCH);
        next
    }
}

/// The level that records mention for this one.
fn spoken(transaction_version: i16) -> i16 {
    if transaction_version >= EPOCH_BUMPS { EPOCH_BUMPS } else { 0 }
}

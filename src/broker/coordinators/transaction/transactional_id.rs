//! A transactional id: what the log says of it, and what only memory knows.
//!
//! Kafka 4.2.1 keeps the ids and epochs that a producer had before out of the log, so a retry that a restart comes
//! between may not be recognised as one. Source: storage reference 5.4; `TransactionLog`, `TransactionMetadata`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Producer;
use super::markers::Ending;
use crate::broker::machine::Context;
use crate::clock::Timestamp;
use crate::records::transaction::{PartitionsSchema, TransactionLogValue, TransactionRecord, TransactionState};
use crate::vocabulary::TopicPartition;

/// A transactional id.
#[derive(Debug)]
pub struct TransactionalId {
    pub logged: Logged,
    pub remembered: Remembered,
    /// How far the markers are, from the decision to end a transaction to their last one.
    pub ending: Option<Ending>,
}

/// Hard state: what a record says.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    pub producer: Producer,
    pub timeout_ms: i32,
    pub state: TransactionState,
    pub partitions: BTreeSet<TopicPartition>,
    pub updated: Timestamp,
    /// When the first partition of the last transaction was added.
    pub started: Timestamp,
    /// The transaction.version that the client spoke last: 0, or 2 from version 2 on.
    pub client_version: i16,
    /// Other writers may store these two; see [`Remembered`].
    stored_previous_id: i64,
    stored_next_id: i64,
}

/// Soft state: what a retry is recognised by.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// The producer's id before the last transition.
    pub previous_id: i64,
    /// The id that follows when the transaction is complete, since this one's epochs are used up.
    pub next_id: Option<i64>,
    /// The epoch that the producer had before it was given its present one, unless another one had it.
    pub last_epoch: Option<i16>,
}

/// The transaction.version from which on values are written with tagged fields.
const FLEXIBLE_VALUES: i16 = 1;
/// The transaction.version from which on every end of a transaction bumps the epoch (KIP-890).
pub const EPOCH_BUMPS: i16 = 2;

/// The cluster's transaction.version.
pub fn transaction_version(context: &Context<'_>) -> i16 {
    context.image.features.get("transaction.version").copied().unwrap_or(0)
}

/// The version of values that the cluster's transaction.version asks for.
pub fn value_version(context: &Context<'_>) -> i16 {
    i16::from(transaction_version(context) >= FLEXIBLE_VALUES)
}

impl TransactionalId {
    pub fn new(logged: Logged) -> TransactionalId {
        TransactionalId { logged, remembered: Remembered::default(), ending: None }
    }

    /// Makes the soft state from what the log says.
    pub fn wake(&mut self) {
        let next = self.logged.stored_next_id;
        self.remembered = Remembered {
            previous_id: self.logged.stored_previous_id,
            next_id: (next != -1).then_some(next),
            ..Remembered::default()
        };
        self.ending = None;
    }
}

impl Default for Remembered {
    fn default() -> Remembered {
        Remembered { previous_id: -1, next_id: None, last_epoch: None }
    }
}

impl Logged {
    /// A producer that has had no epoch yet.
    pub fn new(producer_id: i64) -> Logged {
        Logged {
            producer: Producer { id: producer_id, epoch: -1 },
            timeout_ms: 0,
            state: TransactionState::Empty,
            partitions: BTreeSet::new(),
            updated: Timestamp::NONE,
            started: Timestamp::NONE,
            client_version: 0,
            stored_previous_id: -1,
            stored_next_id: -1,
        }
    }

    pub fn read(value: &TransactionLogValue) -> Logged {
        let partitions = value.transaction_partitions.iter().flatten().flat_map(|schema| {
            schema.partition_ids.iter().map(|&partition| TopicPartition::new(schema.topic.as_str(), partition))
        });
        Logged {
            producer: Producer { id: value.producer_id, epoch: value.producer_epoch },
            timeout_ms: value.transaction_timeout_ms,
            // A record in another state cannot be decoded.
            state: TransactionState::numbered(value.transaction_status).unwrap_or(TransactionState::Dead),
            partitions: partitions.collect(),
            updated: Timestamp(value.transaction_last_update_timestamp_ms),
            started: Timestamp(value.transaction_start_timestamp_ms),
            client_version: value.client_transaction_version,
            stored_previous_id: value.previous_producer_id,
            stored_next_id: value.next_producer_id,
        }
    }

    pub fn record(&self, transactional_id: &str, version: i16) -> TransactionRecord {
        let value = TransactionLogValue {
            producer_id: self.producer.id,
            producer_epoch: self.producer.epoch,
            transaction_timeout_ms: self.timeout_ms,
            transaction_status: self.state.number(),
            transaction_partitions: (self.state != TransactionState::Empty).then(|| by_topic(&self.partitions)),
            transaction_last_update_timestamp_ms: self.updated.millis(),
            transaction_start_timestamp_ms: self.started.millis(),
            // Version 0 has no room for it.
            client_transaction_version: if version == 0 { 0 } else { self.client_version },
            ..TransactionLogValue::default()
        };
        TransactionRecord { transactional_id: transactional_id.to_owned(), value: Some((version, value)) }
    }

    /// Whether the end is decided, and markers are still to be written.
    pub fn is_prepared(&self) -> bool {
        matches!(self.state, TransactionState::PrepareCommit | TransactionState::PrepareAbort)
    }

    /// Whether nothing is open, so that the id may be forgotten.
    pub fn is_idle(&self) -> bool {
        matches!(
            self.state,
            TransactionState::Empty | TransactionState::CompleteCommit | TransactionState::CompleteAbort
        )
    }

    /// When an open transaction is to be aborted; never, if its timeout is that of two-phase commit.
    pub fn deadline(&self) -> Option<Timestamp> {
        let timeout = Duration::from_millis(u64::try_from(self.timeout_ms).unwrap_or(0));
        match self.state {
            TransactionState::Ongoing if self.timeout_ms != i32::MAX => Some(self.started + timeout),
            // Fenced already: what is left is to abort it.
            TransactionState::PrepareEpochFence => Some(self.started),
            _ => None,
        }
    }
}

fn by_topic(partitions: &BTreeSet<TopicPartition>) -> Vec<PartitionsSchema> {
    let mut topics: Vec<PartitionsSchema> = Vec::new();
    for TopicPartition { topic, partition } in partitions {
        match topics.last_mut() {
            Some(last) if last.topic == *topic => last.partition_ids.push(*partition),
            _ => topics.push(PartitionsSchema { topic: topic.clone(), partition_ids: vec![*partition] }),
        }
    }
    topics
}

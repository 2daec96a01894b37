//! The records of `__transaction_state`: one type, the state of a transactional id.
//!
//! Key and value begin with a number: the type 0, and the version of the value. Source: storage reference 5.4;
//! `TransactionLogKey` and `TransactionLogValue` of Kafka 4.2.1.

use bytes::Bytes;

use super::framing::{UnreadableRecord, with_number};
use crate::message;

message! {
    /// `TransactionLogKey`.
    TransactionLogKey (key 0, versions 0..=0, flexible i16::MAX) {
        [0..=0] transactional_id: String,
    }

    /// `TransactionLogValue`.
    TransactionLogValue (key 0, versions 0..=1, flexible 1) {
        [0..] producer_id: i64,
        [0..] producer_epoch: i16,
        [0..] transaction_timeout_ms: i32,
        [0..] transaction_status: i8,
        [0..] transaction_partitions: Option<Vec<PartitionsSchema>> = Some(Default::default()),
        [0..] transaction_last_update_timestamp_ms: i64,
        [0..] transaction_start_timestamp_ms: i64,
    } @tagged {
        0 [1..] previous_producer_id: i64 = -1,
        1 [1..] next_producer_id: i64 = -1,
        2 [1..] client_transaction_version: i16,
        3 [1..] next_producer_epoch: i16 = -1,
    }
    PartitionsSchema {
        [0..] topic: String,
        [0..] partition_ids: Vec<i32>,
    }
}

/// What a record says of a transactional id; without a value it is forgotten.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionRecord {
    pub transactional_id: String,
    /// The version to write, and the value.
    pub value: Option<(i16, TransactionLogValue)>,
}

impl TransactionRecord {
    pub fn encode(&self) -> (Bytes, Option<Bytes>) {
        let key = TransactionLogKey { transactional_id: self.transactional_id.clone() };
        let value = self.value.as_ref().map(|(version, value)| with_number(*version, value, *version));
        (with_number(0, &key, 0), value)
    }

    pub fn decode(key: Option<Bytes>, value: Option<Bytes>) -> Result<TransactionRecord, UnreadableRecord> {
        let _ = (key, value);
        Err(UnreadableRecord::NoKey)
    }
}

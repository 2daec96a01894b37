//! The records of `__transaction_state`: one type, the state of a transactional id.
//!
//! Key and value begin with a number: the type 0, and the version of the value. Source: storage reference 5.4;
//! `TransactionLog` and `TransactionState` of Kafka 4.2.1.

use bytes::Bytes;

use super::framing::{UnreadableRecord, value_and_version, with_number};
use crate::message;
use crate::protocol::message::Message;
use crate::protocol::primitives::{Reader, Wire};

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
        (with_number(TransactionLogKey::KEY, &key, 0), value)
    }

    pub fn decode(key: Option<Bytes>, value: Option<Bytes>) -> Result<TransactionRecord, UnreadableRecord> {
        let mut key = Reader::new(key.ok_or(UnreadableRecord::NoKey)?);
        let kind = i16::read(&mut key, 0, false).map_err(UnreadableRecord::Key)?;
        if kind != TransactionLogKey::KEY {
            return Err(UnreadableRecord::UnknownType(kind));
        }
        let key = TransactionLogKey::decode_from(&mut key, 0).map_err(UnreadableRecord::Key)?;
        let value = value_and_version::<TransactionLogValue>(value)?;
        if let Some((_, value)) = &value
            && TransactionState::numbered(value.transaction_status).is_none()
        {
            return Err(UnreadableRecord::UnknownState(value.transaction_status));
        }
        Ok(TransactionRecord { transactional_id: key.transactional_id, value })
    }
}

macro_rules! transaction_states {
    ($($number:literal $state:ident,)*) => {
        /// How far a transactional id has come, under Kafka's names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TransactionState {
            $($state,)*
        }

        impl TransactionState {
            /// The state that a record calls by this number.
            pub fn numbered(number: i8) -> Option<TransactionState> {
                match number {
                    $($number => Some(TransactionState::$state),)*
                    _ => None,
                }
            }

            pub fn number(self) -> i8 {
                match self {
                    $(TransactionState::$state => $number,)*
                }
            }

            pub fn named(name: &str) -> Option<TransactionState> {
                match name {
                    $(stringify!($state) => Some(TransactionState::$state),)*
                    _ => None,
                }
            }

            pub fn name(self) -> &'static str {
                match self {
                    $(TransactionState::$state => stringify!($state),)*
                }
            }
        }
    };
}

transaction_states! {
    0 Empty,
    1 Ongoing,
    2 PrepareCommit,
    3 PrepareAbort,
    4 CompleteCommit,
    5 CompleteAbort,
    6 Dead,
    7 PrepareEpochFence,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::primitives::Malformed;

    fn record(version: i16, status: i8) -> TransactionRecord {
        let value = TransactionLogValue {
            producer_id: 1000,
            producer_epoch: 3,
            transaction_timeout_ms: 60_000,
            transaction_status: status,
            transaction_partitions: Some(vec![PartitionsSchema { topic: "t".into(), partition_ids: vec![2, 5] }]),
            transaction_last_update_timestamp_ms: 20,
            transaction_start_timestamp_ms: 10,
            ..TransactionLogValue::default()
        };
        TransactionRecord { transactional_id: "tx".into(), value: Some((version, value)) }
    }

    #[test]
    fn a_record_is_framed_by_its_type_and_the_version_of_its_value() {
        let (key, value) = record(0, 1).encode();
        assert_eq!(key[..], [0, 0, 0, 2, b't', b'x']);
        let expected: &[u8] = &[
            0, 0, // version
            0, 0, 0, 0, 0, 0, 3, 232, // producer id
            0, 3, // epoch
            0, 0, 234, 96, // timeout
            1,  // Ongoing
            0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 5, // t-2, t-5
            0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 10, // update, start
        ];
        assert_eq!(value.unwrap()[..], *expected);
    }

    #[test]
    fn both_versions_and_tombstones_come_back_as_they_were() {
        for mut record in [record(0, 1), record(1, 4)] {
            let (key, value) = record.encode();
            assert_eq!(TransactionRecord::decode(Some(key), value), Ok(record.clone()));
            record.value = None;
            let (key, value) = record.encode();
            assert_eq!(value, None);
            assert_eq!(TransactionRecord::decode(Some(key), value), Ok(record));
        }
    }

    #[test]
    fn what_another_writer_knows_more_is_read() {
        let mut record = record(1, 2);
        if let Some((_, value)) = &mut record.value {
            value.previous_producer_id = 5;
            value.next_producer_id = 7;
            value.client_transaction_version = 2;
        }
        let (key, value) = record.encode();
        assert_eq!(TransactionRecord::decode(Some(key), value), Ok(record));
    }

    #[test]
    fn damage_is_told_from_other_types() {
        let (key, value) = record(1, 8).encode();
        let decode = |key: &Bytes, value: Option<Bytes>| TransactionRecord::decode(Some(key.clone()), value);
        assert_eq!(decode(&key, value), Err(UnreadableRecord::UnknownState(8)));
        let newer = Some(Bytes::from_static(&[0, 2, 0]));
        assert_eq!(decode(&key, newer), Err(UnreadableRecord::Value(Malformed::Version(2))));
        assert!(matches!(decode(&key, Some(Bytes::from_static(&[0]))), Err(UnreadableRecord::Value(_))));
        let other = Bytes::from_static(&[0, 1, 0, 2, b't', b'x']);
        assert_eq!(decode(&other, None), Err(UnreadableRecord::UnknownType(1)));
        assert_eq!(TransactionRecord::decode(None, None), Err(UnreadableRecord::NoKey));
        assert!(matches!(decode(&Bytes::from_static(&[0, 0, 0, 9]), None), Err(UnreadableRecord::Key(_))));
    }

    #[test]
    fn a_state_has_one_number_and_one_name() {
        let all: Vec<TransactionState> = (0..8).filter_map(TransactionState::numbered).collect();
        assert_eq!(all.len(), 8);
        for (number, state) in (0..).zip(all) {
            assert_eq!(state.number(), number);
            assert_eq!(TransactionState::named(state.name()), Some(state));
        }
        assert_eq!(TransactionState::numbered(8), None);
        assert_eq!(TransactionState::named("ongoing"), None);
    }
}

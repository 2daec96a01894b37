//! The log of a transaction coordinator: one partition of `__transaction_state`, an outcome's records as one batch.
//!
//! Source: storage reference 5.2 and 5.4; `TransactionStateManager.loadTransactionMetadata` of Kafka 4.2.1.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::internal_log::{each_batch, filled, unreadable};
use crate::broker::machine::runner::{Journal, JournalError};
use crate::broker::partitions::Partition;
use crate::clock::Timestamp;
use crate::log::Origin;
use crate::log::batch::{Batch, BatchBuilder};
use crate::records::framing::UnreadableRecord;
use crate::records::transaction::TransactionRecord;

pub struct TransactionLog {
    partition: Arc<Partition>,
}

impl TransactionLog {
    pub fn new(partition: Arc<Partition>) -> TransactionLog {
        TransactionLog { partition }
    }
}

impl Journal<TransactionRecord> for TransactionLog {
    fn append(&mut self, records: &[TransactionRecord], now: Timestamp) -> Result<(), JournalError> {
        let batch = filled(BatchBuilder::new(), records.iter().map(TransactionRecord::encode), now);
        let appended = self.partition.append(batch, Origin::Coordinator, now);
        appended.map(|_| ()).map_err(|refused| JournalError(refused.rejection.to_string()))
    }

    fn replay(&mut self, each: &mut dyn FnMut(TransactionRecord)) -> Result<(), JournalError> {
        let mut unknown = BTreeSet::new();
        each_batch(&self.partition, &mut |batch| replay_batch(batch, &mut unknown, each))?;
        if !unknown.is_empty() {
            tracing::warn!(partition = %self.partition.name, types = ?unknown, "passed over records of unknown types");
        }
        Ok(())
    }
}

/// Hands out the records of a batch. What cannot be read stops the partition, since what follows may depend on it.
fn replay_batch(
    batch: &Batch<'_>,
    unknown: &mut BTreeSet<i16>,
    each: &mut dyn FnMut(TransactionRecord),
) -> Result<(), JournalError> {
    if batch.header.attributes.is_control() {
        return Ok(());
    }
    let mut records = batch.records().map_err(|e| unreadable(batch, &e))?;
    while let Some(record) = records.next_record().map_err(|e| unreadable(batch, &e))? {
        let key = record.key.map(Bytes::copy_from_slice);
        match TransactionRecord::decode(key, record.value.map(Bytes::copy_from_slice)) {
            Ok(record) => each(record),
            Err(UnreadableRecord::UnknownType(kind)) => {
                unknown.insert(kind);
            }
            Err(e) => return Err(unreadable(batch, &e)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::batch::NewRecord;
    use crate::records::transaction::TransactionLogValue;

    fn replayed(bytes: &Bytes) -> Result<(Vec<TransactionRecord>, Vec<i16>), JournalError> {
        let (mut records, mut unknown) = (Vec::new(), BTreeSet::new());
        replay_batch(&Batch::parse(bytes).unwrap(), &mut unknown, &mut |record| records.push(record))?;
        Ok((records, unknown.into_iter().collect()))
    }

    #[test]
    fn an_outcome_is_one_batch_and_comes_back_as_it_was() {
        let value = TransactionLogValue { producer_id: 7, ..TransactionLogValue::default() };
        let records = [
            TransactionRecord { transactional_id: "a".into(), value: Some((1, value)) },
            TransactionRecord { transactional_id: "b".into(), value: None },
        ];
        let batch = filled(BatchBuilder::new(), records.iter().map(TransactionRecord::encode), Timestamp(5));
        assert_eq!(Batch::parse(&batch).unwrap().bytes.len(), batch.len());
        assert_eq!(replayed(&batch), Ok((records.to_vec(), Vec::new())));
    }

    #[test]
    fn an_unknown_type_is_passed_over_and_damage_is_not() {
        let with_key = |key: &[u8]| {
            let mut batch = BatchBuilder::new();
            batch.add(&NewRecord { key: Some(key), ..NewRecord::default() });
            batch.build()
        };
        assert_eq!(replayed(&with_key(&[0, 9, 0, 1, b'x'])), Ok((Vec::new(), vec![9])));
        assert!(replayed(&with_key(&[0, 0, 0, 9])).is_err());
    }
}

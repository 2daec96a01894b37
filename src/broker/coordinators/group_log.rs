//! The log of a group coordinator: one partition of `__consumer_offsets`, an outcome's records as one batch.
//!
//! On the way back, records of a transaction count when its marker says so. Record types of other kinds of groups are
//! passed over; anything that cannot be read stops the partition, since what follows may depend on it.
//!
//! Source: storage reference 5.2; `CoordinatorLoaderImpl`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use super::internal_log::{each_batch, filled, unreadable};
use crate::broker::machine::runner::{Journal, JournalError};
use crate::broker::partitions::Partition;
use crate::clock::Timestamp;
use crate::log::Origin;
use crate::log::batch::control::ControlType;
use crate::log::batch::{Batch, BatchBuilder};
use crate::records::framing::UnreadableRecord;
use crate::records::group::GroupRecord;

pub struct GroupLog {
    partition: Arc<Partition>,
}

impl GroupLog {
    pub fn new(partition: Arc<Partition>) -> GroupLog {
        GroupLog { partition }
    }
}

impl Journal<GroupRecord> for GroupLog {
    fn append(&mut self, records: &[GroupRecord], now: Timestamp) -> Result<(), JournalError> {
        let appended = self.partition.append(batch_of(records, now), Origin::Coordinator, now);
        appended.map(|_| ()).map_err(|refused| JournalError(refused.rejection.to_string()))
    }

    fn replay(&mut self, each: &mut dyn FnMut(GroupRecord)) -> Result<(), JournalError> {
        let mut replay = Replay::default();
        each_batch(&self.partition, &mut |batch| replay.batch(batch, each))?;
        replay.end(&self.partition.name);
        Ok(())
    }
}

fn batch_of(records: &[GroupRecord], now: Timestamp) -> Bytes {
    filled(BatchBuilder::new(), records.iter().map(GroupRecord::encode), now)
}

/// Turns batches back into records.
#[derive(Default)]
struct Replay {
    /// By producer id: what counts if a commit marker follows.
    undecided: HashMap<i64, Vec<GroupRecord>>,
    unknown_types: BTreeSet<i16>,
}

impl Replay {
    fn batch(&mut self, batch: &Batch<'_>, each: &mut dyn FnMut(GroupRecord)) -> Result<(), JournalError> {
        let fault = |e: &dyn std::fmt::Display| unreadable(batch, e);
        let producer = batch.header.producer_id;
        let attributes = batch.header.attributes;
        let mut records = batch.records().map_err(|e| fault(&e))?;
        while let Some(record) = records.next_record().map_err(|e| fault(&e))? {
            if attributes.is_control() {
                self.marker(producer, record.key.and_then(ControlType::from_key), each);
                continue;
            }
            let key = record.key.map(Bytes::copy_from_slice);
            match GroupRecord::decode(key, record.value.map(Bytes::copy_from_slice)) {
                Ok(record) if attributes.is_transactional() => {
                    self.undecided.entry(producer).or_default().push(record);
                }
                Ok(record) => each(record),
                Err(UnreadableRecord::UnknownType(kind)) => {
                    self.unknown_types.insert(kind);
                }
                Err(e) => return Err(fault(&e)),
            }
        }
        Ok(())
    }

    fn marker(&mut self, producer: i64, marker: Option<ControlType>, each: &mut dyn FnMut(GroupRecord)) {
        match marker {
            Some(ControlType::Commit) => self.undecided.remove(&producer).into_iter().flatten().for_each(each),
            Some(ControlType::Abort) => drop(self.undecided.remove(&producer)),
            _ => {}
        }
    }

    fn end(self, partition: &impl std::fmt::Display) {
        if !self.unknown_types.is_empty() {
            tracing::warn!(%partition, types = ?self.unknown_types, "passed over records of groups that are not served");
        }
        if !self.undecided.is_empty() {
            tracing::warn!(%partition, "passed over offsets of {} open transactions", self.undecided.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::batch::NewRecord;
    use crate::log::batch::ProducerStamp;
    use crate::log::batch::control::TransactionMarker;
    use crate::records::group::{OffsetCommitKey, OffsetCommitValue};

    fn offset(offset: i64) -> GroupRecord {
        GroupRecord::Offset {
            key: OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 0 },
            value: Some(OffsetCommitValue { offset, ..OffsetCommitValue::default() }),
        }
    }

    fn replayed(log: &[Bytes]) -> Result<Vec<GroupRecord>, JournalError> {
        let mut replay = Replay::default();
        let mut records = Vec::new();
        for bytes in log {
            replay.batch(&Batch::parse(bytes).unwrap(), &mut |record| records.push(record))?;
        }
        Ok(records)
    }

    fn in_transaction(producer: i64, record: &GroupRecord) -> Bytes {
        let (key, value) = record.encode();
        let mut batch = BatchBuilder::new()
            .producer(ProducerStamp { id: producer, epoch: 0, base_sequence: 0 })
            .transactional(true);
        batch.add(&NewRecord { key: Some(&key), value: value.as_deref(), ..NewRecord::default() });
        batch.build()
    }

    #[test]
    fn an_outcome_is_one_batch_and_comes_back_as_it_was() {
        let records = [offset(1), offset(2), GroupRecord::Group { group: "g".into(), value: None }];
        let bytes = batch_of(&records, Timestamp(5));
        assert_eq!(Batch::parse(&bytes).unwrap().bytes.len(), bytes.len());
        assert_eq!(replayed(&[bytes]), Ok(records.to_vec()));
    }

    #[test]
    fn offsets_of_a_transaction_count_when_its_marker_commits_it() {
        let marker = |committed, producer| {
            TransactionMarker { committed, coordinator_epoch: 0 }.batch(producer, 0, Timestamp(0))
        };
        let log = [
            in_transaction(1, &offset(10)),
            in_transaction(2, &offset(20)),
            in_transaction(3, &offset(30)),
            marker(false, 1),
            marker(true, 2),
        ];
        assert_eq!(replayed(&log), Ok(vec![offset(20)]));
    }

    #[test]
    fn records_of_other_groups_are_passed_over_and_damage_is_not() {
        let mut batch = BatchBuilder::new();
        batch.add(&NewRecord { key: Some(&[0, 3, 0, 1, b'g']), ..NewRecord::default() });
        assert_eq!(replayed(&[batch.build()]), Ok(Vec::new()));
        let mut batch = BatchBuilder::new();
        batch.add(&NewRecord { key: Some(&[0, 2, 0, 9]), ..NewRecord::default() });
        assert!(replayed(&[batch.build()]).is_err());
    }
}

//! The log of a group coordinator: what it says, how that is written, and how it is read again.
//!
//! What a decision leads to is one batch. Plain records count at once. Offsets of a transaction stand in a batch of their
//! producer and count when a marker, which is a control batch, commits them. Record types of other kinds of groups are
//! passed over; anything that cannot be read is an error, since what follows may depend on it.
//!
//! Source: storage reference 5.2; `CoordinatorRuntime`, `CoordinatorLoaderImpl` of Kafka 4.2.1.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::broker::coordinators::internal_log::filled;
use crate::broker::coordinators::transaction::Producer;
use crate::clock::Timestamp;
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, BatchBuilder, ProducerStamp, RecordFault};
use crate::records::framing::UnreadableRecord;
use crate::records::group::{GroupRecord, OffsetCommitKey, OffsetCommitValue};

#[derive(Debug, Clone, PartialEq)]
pub enum GroupEntry {
    /// Counts at once.
    Record(GroupRecord),
    /// Counts if the transaction of its producer is committed.
    Pending { producer: Producer, key: OffsetCommitKey, value: OffsetCommitValue },
    /// The transaction of a producer is over.
    End { producer: Producer, marker: TransactionMarker },
    /// The producer has written here, but compaction has left nothing of it. Never decided, only found.
    Writer(Producer),
}

impl From<GroupRecord> for GroupEntry {
    fn from(record: GroupRecord) -> GroupEntry {
        GroupEntry::Record(record)
    }
}

/// The batch that says this; `None` if no one batch can.
pub fn batch_of(entries: &[GroupEntry], now: Timestamp) -> Option<Bytes> {
    let keyed: Option<Vec<_>> = match entries {
        [GroupEntry::End { producer, marker }] => return Some(marker.batch(producer.id, producer.epoch, now)),
        [GroupEntry::Pending { producer, .. }, ..] => {
            let batch = BatchBuilder::new().producer(stamp(*producer)).transactional(true);
            let keyed: Option<Vec<_>> = entries.iter().map(|entry| pending_of(*producer, entry)).collect();
            return keyed.map(|keyed| filled(batch, keyed.into_iter(), now));
        }
        plain => plain.iter().map(plain_record).collect(),
    };
    let nobody = stamp(Producer { id: -1, epoch: -1 });
    keyed.map(|keyed| filled(BatchBuilder::new().producer(nobody), keyed.into_iter(), now))
}

/// Kafka gives the batches of this log the sequence 0, those of nobody too, and checks none.
fn stamp(producer: Producer) -> ProducerStamp {
    ProducerStamp { id: producer.id, epoch: producer.epoch, base_sequence: 0 }
}

fn pending_of(of: Producer, entry: &GroupEntry) -> Option<(Bytes, Option<Bytes>)> {
    match entry {
        GroupEntry::Pending { producer, key, value } if *producer == of => {
            Some(GroupRecord::Offset { key: key.clone(), value: Some(value.clone()) }.encode())
        }
        _ => None,
    }
}

fn plain_record(entry: &GroupEntry) -> Option<(Bytes, Option<Bytes>)> {
    match entry {
        GroupEntry::Record(record) => Some(record.encode()),
        _ => None,
    }
}

/// Turns batches back into entries.
#[derive(Debug, Default)]
pub struct Replay {
    /// Types of records that were passed over.
    pub unknown_types: BTreeSet<i16>,
}

/// Why a batch cannot be read.
#[derive(Debug)]
pub enum UnreadableBatch {
    Batch(RecordFault),
    Record(UnreadableRecord),
}

impl std::fmt::Display for UnreadableBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            UnreadableBatch::Batch(fault) => fault.fmt(f),
            UnreadableBatch::Record(fault) => fault.fmt(f),
        }
    }
}

impl Replay {
    pub fn batch(&mut self, batch: &Batch<'_>, each: &mut dyn FnMut(GroupEntry)) -> Result<(), UnreadableBatch> {
        let producer = producer_of(batch);
        let mut records = batch.records().map_err(UnreadableBatch::Batch)?;
        let mut is_empty = true;
        while let Some(record) = records.next_record().map_err(UnreadableBatch::Batch)? {
            is_empty = false;
            if batch.header.attributes.is_control() {
                continue;
            }
            let key = record.key.map(Bytes::copy_from_slice);
            match GroupRecord::decode(key, record.value.map(Bytes::copy_from_slice)) {
                Ok(record) => each(entry(record, producer.filter(|_| batch.header.attributes.is_transactional()))),
                Err(UnreadableRecord::UnknownType(kind)) => drop(self.unknown_types.insert(kind)),
                Err(e) => return Err(UnreadableBatch::Record(e)),
            }
        }
        match (producer, TransactionMarker::read(batch)) {
            (Some(producer), Some(marker)) => each(GroupEntry::End { producer, marker }),
            (Some(producer), None) if is_empty => each(GroupEntry::Writer(producer)),
            _ => {}
        }
        Ok(())
    }
}

fn producer_of(batch: &Batch<'_>) -> Option<Producer> {
    let header = &batch.header;
    header.has_producer().then_some(Producer { id: header.producer_id, epoch: header.producer_epoch })
}

fn entry(record: GroupRecord, of: Option<Producer>) -> GroupEntry {
    match (record, of) {
        (GroupRecord::Offset { key, value: Some(value) }, Some(producer)) => {
            GroupEntry::Pending { producer, key, value }
        }
        (record, _) => GroupEntry::Record(record),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::batch::NewRecord;

    const PRODUCER: Producer = Producer { id: 7, epoch: 3 };

    fn key() -> OffsetCommitKey {
        OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 0 }
    }

    fn value(offset: i64) -> OffsetCommitValue {
        OffsetCommitValue { offset, ..OffsetCommitValue::default() }
    }

    fn plain(offset: i64) -> GroupEntry {
        GroupRecord::Offset { key: key(), value: Some(value(offset)) }.into()
    }

    fn pending(producer: Producer, offset: i64) -> GroupEntry {
        GroupEntry::Pending { producer, key: key(), value: value(offset) }
    }

    fn replayed(bytes: &[u8]) -> Option<Vec<GroupEntry>> {
        let mut entries = Vec::new();
        let replay = Replay::default().batch(&Batch::parse(bytes).unwrap(), &mut |entry| entries.push(entry));
        replay.ok().map(|()| entries)
    }

    #[test]
    fn what_one_decision_leads_to_is_one_batch_and_comes_back_as_it_was() {
        let marker = TransactionMarker { committed: true, coordinator_epoch: 5 };
        let outcomes = [
            vec![plain(1), plain(2), GroupRecord::Group { group: "g".into(), value: None }.into()],
            vec![pending(PRODUCER, 1), pending(PRODUCER, 2)],
            vec![GroupEntry::End { producer: PRODUCER, marker }],
        ];
        for entries in outcomes {
            let bytes = batch_of(&entries, Timestamp(5)).unwrap();
            let batch = Batch::parse(&bytes).unwrap();
            assert_eq!(batch.bytes.len(), bytes.len());
            assert_eq!(replayed(&bytes), Some(entries));
        }
    }

    #[test]
    fn entries_of_several_kinds_or_producers_are_no_batch() {
        let end =
            GroupEntry::End { producer: PRODUCER, marker: TransactionMarker { committed: true, coordinator_epoch: 0 } };
        let other = Producer { epoch: 4, ..PRODUCER };
        for entries in [
            vec![plain(1), pending(PRODUCER, 2)],
            vec![pending(PRODUCER, 1), pending(other, 2)],
            vec![pending(PRODUCER, 1), plain(2)],
            vec![end.clone(), end],
            vec![GroupEntry::Writer(PRODUCER)],
        ] {
            assert_eq!(batch_of(&entries, Timestamp(0)), None, "{entries:?}");
        }
    }

    #[test]
    fn offsets_of_a_transaction_are_in_a_batch_of_the_producer() {
        let bytes = batch_of(&[pending(PRODUCER, 1)], Timestamp(0)).unwrap();
        let header = Batch::parse(&bytes).unwrap().header;
        assert!(header.attributes.is_transactional() && !header.attributes.is_control());
        assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (7, 3, 0));
    }

    #[test]
    fn of_a_producer_whose_records_are_compacted_away_the_epoch_is_left() {
        for control in [false, true] {
            let empty = BatchBuilder::new().producer(stamp(PRODUCER)).transactional(true).control(control).build();
            assert_eq!(replayed(&empty), Some(vec![GroupEntry::Writer(PRODUCER)]));
        }
    }

    #[test]
    fn records_of_other_groups_are_passed_over_and_damage_is_not() {
        let mut batch = BatchBuilder::new();
        batch.add(&NewRecord { key: Some(&[0, 11, 0, 1, b'g']), ..NewRecord::default() });
        assert_eq!(replayed(&batch.build()), Some(Vec::new()));
        let mut batch = BatchBuilder::new();
        batch.add(&NewRecord { key: Some(&[0, 2, 0, 9]), ..NewRecord::default() });
        assert_eq!(replayed(&batch.build()), None);
    }
}

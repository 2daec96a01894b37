//! Control batches: records for brokers and clients, not for applications. Key: version 0 and a type. Types 0 and 1 end
//! a transaction; 2 to 6 occur only in the metadata log, where their values are `records`' business.

use bytes::Bytes;

use super::{Batch, BatchBuilder, BatchHeader, HEADER_BYTES, NewRecord, ProducerStamp, RecordReader};
use crate::clock::Timestamp;

/// What a control record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlType {
    Abort,
    Commit,
    LeaderChange,
    SnapshotHeader,
    SnapshotFooter,
    KRaftVersion,
    KRaftVoters,
    Unknown(i16),
}

impl ControlType {
    /// From the key of a control record; `None` if that is no such key.
    pub fn from_key(key: &[u8]) -> Option<ControlType> {
        let version = i16::from_be_bytes(*key.first_chunk()?);
        let id = i16::from_be_bytes(*key.get(2..)?.first_chunk()?);
        (version >= 0).then_some(match id {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            2 => ControlType::LeaderChange,
            3 => ControlType::SnapshotHeader,
            4 => ControlType::SnapshotFooter,
            5 => ControlType::KRaftVersion,
            6 => ControlType::KRaftVoters,
            other => ControlType::Unknown(other),
        })
    }

    pub fn id(self) -> i16 {
        match self {
            ControlType::Abort => 0,
            ControlType::Commit => 1,
            ControlType::LeaderChange => 2,
            ControlType::SnapshotHeader => 3,
            ControlType::SnapshotFooter => 4,
            ControlType::KRaftVersion => 5,
            ControlType::KRaftVoters => 6,
            ControlType::Unknown(other) => other,
        }
    }

    /// The key of such a record.
    pub fn key(self) -> [u8; 4] {
        let [high, low] = self.id().to_be_bytes();
        [0, 0, high, low]
    }
}

/// The end of a transaction in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionMarker {
    pub committed: bool,
    pub coordinator_epoch: i32,
}

impl TransactionMarker {
    /// The marker in a control batch; `None` for every other kind of batch.
    pub fn read(batch: &Batch<'_>) -> Option<TransactionMarker> {
        TransactionMarker::of(&batch.header, &batch.bytes[HEADER_BYTES..])
    }

    /// The same for a batch whose header and records lie apart.
    pub fn of(header: &BatchHeader, records: &[u8]) -> Option<TransactionMarker> {
        if !header.attributes.is_control() {
            return None;
        }
        let mut records = RecordReader::new(header, records).ok()?;
        let record = records.next_record().ok()??;
        let committed = match ControlType::from_key(record.key?)? {
            ControlType::Abort => false,
            ControlType::Commit => true,
            _ => return None,
        };
        let coordinator_epoch = i32::from_be_bytes(*record.value?.get(2..)?.first_chunk()?);
        Some(TransactionMarker { committed, coordinator_epoch })
    }

    /// The batch that says it for this producer.
    pub fn batch(self, producer_id: i64, producer_epoch: i16, now: Timestamp) -> Bytes {
        let kind = if self.committed { ControlType::Commit } else { ControlType::Abort };
        let [a, b, c, d] = self.coordinator_epoch.to_be_bytes();
        let producer = ProducerStamp { id: producer_id, epoch: producer_epoch, base_sequence: -1 };
        let mut builder = BatchBuilder::new().producer(producer).transactional(true).control(true);
        builder.add(&NewRecord {
            timestamp: now,
            key: Some(&kind.key()),
            value: Some(&[0, 0, a, b, c, d]),
            headers: &[],
        });
        builder.build()
    }
}

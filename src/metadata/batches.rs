//! Batches of the metadata log and of snapshots: made, and taken apart.
//!
//! A data record has a value and nothing else; the records of a batch share one timestamp and are one atomic unit. The
//! leader epoch of a batch is the raft epoch of who wrote it. Source: `BatchBuilder`, `RecordsIterator` (raft).

use bytes::Bytes;

use super::control::ControlRecord;
use super::errors::ContentFault;
use crate::clock::Timestamp;
use crate::log::batch::control::ControlType;
use crate::log::batch::{Batch, BatchBuilder, NewRecord, Record};
use crate::records::metadata::MetadataRecord;

/// Where a batch goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub base_offset: i64,
    pub epoch: i32,
    pub now: Timestamp,
}

/// A batch of encoded [`MetadataRecord`]s.
pub fn data_batch(at: Place, values: &[Bytes]) -> Bytes {
    let mut batch = BatchBuilder::new().base_offset(at.base_offset).leader_epoch(at.epoch);
    for value in values {
        batch.add(&NewRecord { timestamp: at.now, value: Some(value), ..Default::default() });
    }
    batch.build()
}

/// A batch of control records.
pub fn control_batch(at: Place, records: &[ControlRecord]) -> Bytes {
    let mut batch = BatchBuilder::new().base_offset(at.base_offset).leader_epoch(at.epoch).control(true);
    for record in records {
        let key = record.control_type().key();
        let value = record.encode();
        batch.add(&NewRecord { timestamp: at.now, key: Some(&key), value: Some(&value), ..Default::default() });
    }
    batch.build()
}

/// A record of either kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Record(MetadataRecord),
    Control(ControlRecord),
}

/// Hands out the records of a batch whose CRC is checked first.
pub fn read_batch(
    batch: &Batch<'_>,
    mut each: impl FnMut(i64, Entry) -> Result<(), ContentFault>,
) -> Result<(), ContentFault> {
    let base = batch.header.base_offset;
    batch.check_crc().map_err(|fault| ContentFault::Batch { offset: base, fault })?;
    let control = batch.header.attributes.is_control();
    let mut records = batch.records().map_err(|fault| ContentFault::Frame { offset: base, fault })?;
    while let Some(record) = records.next_record().map_err(|fault| ContentFault::Frame { offset: base, fault })? {
        let entry = if control { control_entry(&record)? } else { data_entry(&record)? };
        each(record.offset, entry)?;
    }
    Ok(())
}

fn data_entry(record: &Record<'_>) -> Result<Entry, ContentFault> {
    let offset = record.offset;
    match (record.key, record.value) {
        (None, Some(value)) if record.headers.is_empty() => {
            let record = MetadataRecord::decode(Bytes::copy_from_slice(value));
            record.map(Entry::Record).map_err(|fault| ContentFault::Record { offset, fault })
        }
        _ => Err(ContentFault::NotBare { offset }),
    }
}

fn control_entry(record: &Record<'_>) -> Result<Entry, ContentFault> {
    let offset = record.offset;
    let control_type = record.key.and_then(ControlType::from_key);
    let (Some(control_type), Some(value)) = (control_type, record.value) else {
        return Err(ContentFault::Control { offset, fault: None });
    };
    let record = ControlRecord::decode(control_type, value);
    record.map(Entry::Control).map_err(|fault| ContentFault::Control { offset, fault: Some(fault) })
}

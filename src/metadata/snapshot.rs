//! Files of a whole state: snapshots of the metadata log, `bootstrap.checkpoint`, the voters of a new quorum.
//!
//! ```text
//! control batch   SnapshotHeader, and with kraft.version 1 also KRaftVersion and KRaftVoters
//! data batches    the records that make the image
//! control batch   SnapshotFooter
//! ```
//!
//! Offsets count from 0; the leader epoch is the snapshot's. Source: `RecordsSnapshotWriter`, `BatchFileWriter`.

mod image_records;

use bytes::{Bytes, BytesMut};

pub use image_records::image_records;

use super::batches::{Entry, Place, control_batch, data_batch, read_batch};
use super::control::{ControlRecord, Quorum};
use super::errors::ContentFault;
use super::image::ClusterImage;
use super::replay::{Replay, Source};
use crate::clock::Timestamp;
use crate::log::batch::{BatchFault, batches};
use crate::records::control::{SnapshotFooterRecord, SnapshotHeaderRecord};
use crate::records::metadata::MetadataRecord;

/// Records in a batch.
const BATCH_RECORDS: usize = 1024;
/// Bytes of values in a batch, unless one value is larger.
const BATCH_BYTES: usize = 1 << 20;

/// The state that a snapshot holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub image: ClusterImage,
    pub quorum: Quorum,
    /// When the last record before the snapshot was written.
    pub last_timestamp: Timestamp,
}

impl Snapshot {
    /// The bytes of the file. `epoch` is that of the last record before the snapshot.
    pub fn encode(&self, epoch: i32, now: Timestamp) -> Bytes {
        let level = self.image.metadata_version().unwrap_or(super::features::NEW_METADATA_VERSION);
        let values: Vec<Bytes> = image_records(&self.image).iter().map(|record| record.encode(level)).collect();
        checkpoint(self.last_timestamp, &self.quorum, &values, epoch, now)
    }

    /// Reads a snapshot of everything below `end_offset`.
    pub fn decode(bytes: &[u8], end_offset: i64) -> Result<Snapshot, ContentFault> {
        let start = ClusterImage { end_offset, ..Default::default() };
        let mut replay = Replay::new(start, Source::Snapshot);
        let mut quorum = Quorum::default();
        let last_timestamp = read_checkpoint(bytes, |offset, entry| match entry {
            Entry::Record(record) => {
                replay.apply(offset, &record).map_err(|error| ContentFault::Replay { offset, error })
            }
            Entry::Control(record) => {
                quorum.apply(&record);
                Ok(())
            }
        })?;
        let image = replay.finish().map_err(|error| ContentFault::Replay { offset: end_offset, error })?;
        Ok(Snapshot { image, quorum, last_timestamp })
    }
}

/// `bootstrap.checkpoint`: the records that a new cluster starts with.
pub fn encode_bootstrap(records: &[MetadataRecord], now: Timestamp) -> Bytes {
    let values: Vec<Bytes> =
        records.iter().map(|record| record.encode(super::features::NEW_METADATA_VERSION)).collect();
    checkpoint(Timestamp(0), &Quorum::default(), &values, 0, now)
}

/// The records of a `bootstrap.checkpoint`.
pub fn decode_bootstrap(bytes: &[u8]) -> Result<Vec<MetadataRecord>, ContentFault> {
    let mut records = Vec::new();
    read_checkpoint(bytes, |_, entry| {
        if let Entry::Record(record) = entry {
            records.push(record);
        }
        Ok(())
    })?;
    let is_version = |record: &MetadataRecord| match record {
        MetadataRecord::FeatureLevel(feature) => feature.name == super::features::METADATA_VERSION,
        _ => false,
    };
    if records.iter().any(is_version) { Ok(records) } else { Err(ContentFault::NoMetadataVersion) }
}

/// The first snapshot of a new dynamic quorum: its voters and nothing else.
pub fn encode_voters(quorum: &Quorum, now: Timestamp) -> Bytes {
    checkpoint(now, quorum, &[], 0, now)
}

fn checkpoint(last_timestamp: Timestamp, quorum: &Quorum, values: &[Bytes], epoch: i32, now: Timestamp) -> Bytes {
    let header = SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: last_timestamp.millis() };
    let mut head = vec![ControlRecord::SnapshotHeader(header)];
    head.extend(quorum.records());
    let mut file = BytesMut::from(&control_batch(Place { base_offset: 0, epoch, now }, &head)[..]);
    let mut base_offset = head.len() as i64;
    for chunk in chunks(values) {
        file.extend_from_slice(&data_batch(Place { base_offset, epoch, now }, chunk));
        base_offset += chunk.len() as i64;
    }
    let footer = ControlRecord::SnapshotFooter(SnapshotFooterRecord { version: 0 });
    file.extend_from_slice(&control_batch(Place { base_offset, epoch, now }, &[footer]));
    file.freeze()
}

/// Cuts values into what fits a batch.
pub fn chunks(values: &[Bytes]) -> impl Iterator<Item = &[Bytes]> {
    let mut rest = values;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest.iter().take(BATCH_RECORDS).take_while(|value| {
            bytes += value.len();
            bytes <= BATCH_BYTES
        });
        let count = fits.count().max(1).min(rest.len());
        let (chunk, left) = rest.split_at(count);
        rest = left;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Hands out all records of a whole file, brackets aside; gives the header's timestamp.
fn read_checkpoint(
    bytes: &[u8],
    mut each: impl FnMut(i64, Entry) -> Result<(), ContentFault>,
) -> Result<Timestamp, ContentFault> {
    let mut header = None;
    let mut footer = false;
    let mut read = 0;
    let mut next_offset = 0;
    for batch in batches(bytes) {
        let batch = batch.map_err(|fault| ContentFault::Batch { offset: next_offset, fault })?;
        read += batch.bytes.len();
        next_offset = batch.header.next_offset();
        read_batch(&batch, |offset, entry| match entry {
            Entry::Control(ControlRecord::SnapshotHeader(found)) if header.is_none() && !footer => {
                header = Some(Timestamp(found.last_contained_log_timestamp));
                Ok(())
            }
            _ if header.is_none() => Err(ContentFault::NoHeader),
            _ if footer => Err(ContentFault::NoFooter),
            Entry::Control(ControlRecord::SnapshotFooter(_)) => {
                footer = true;
                Ok(())
            }
            entry => each(offset, entry),
        })?;
    }
    if read != bytes.len() {
        let fault = BatchFault::Incomplete { needed: bytes.len(), found: read };
        return Err(ContentFault::Batch { offset: next_offset, fault });
    }
    match (header, footer) {
        (None, _) => Err(ContentFault::NoHeader),
        (_, false) => Err(ContentFault::NoFooter),
        (Some(timestamp), true) => Ok(timestamp),
    }
}

#[cfg(test)]
mod tests;

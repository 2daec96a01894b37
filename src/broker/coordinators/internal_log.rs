//! The partition of an internal topic as a machine's log: what all of them have in common.

use bytes::Bytes;

use crate::broker::machine::runner::JournalError;
use crate::broker::partitions::Partition;
use crate::clock::Timestamp;
use crate::log::batch::{Batch, BatchBuilder, NewRecord, stored_batch};

/// How much of the log is read at a time.
const READ_BYTES: usize = 4 << 20;

/// Hands out every batch from the beginning, in order, with its checksum checked.
pub fn each_batch(
    partition: &Partition,
    each: &mut dyn FnMut(&Batch<'_>) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let failed = |e: &dyn std::fmt::Display| JournalError(e.to_string());
    let mut offset = partition.bounds().map_err(|e| failed(&e))?.start;
    loop {
        let found = partition.find(offset, READ_BYTES, true, false).map_err(|e| failed(&e))?;
        let Some(located) = found.located.filter(|located| !located.is_empty()) else { return Ok(()) };
        offset = located.next_offset();
        let bytes = located.into_bytes().map_err(|e| failed(&e))?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (batch, size) = stored_batch(rest).map_err(|e| failed(&e))?;
            each(&Batch::parse(&batch).map_err(|e| failed(&e))?)?;
            rest = &rest[size..];
        }
    }
}

/// A batch that cannot be read, and why.
pub fn unreadable(batch: &Batch<'_>, fault: &dyn std::fmt::Display) -> JournalError {
    JournalError(format!("the batch at offset {}: {fault}", batch.header.base_offset))
}

/// Puts keyed records into one batch; a record without a value removes what its key names.
pub fn filled(mut batch: BatchBuilder, records: impl Iterator<Item = (Bytes, Option<Bytes>)>, now: Timestamp) -> Bytes {
    for (key, value) in records {
        batch.add(&NewRecord { timestamp: now, key: Some(&key), value: value.as_deref(), headers: &[] });
    }
    batch.build()
}

//! Record batches, format v2: the bytes of Produce and Fetch, and of a `.log` file.
//!
//! ```text
//!  0  base offset      i64 ┐ not under the CRC: patched in place on append
//!  8  length           i32 │ of everything after this field, at least 49
//! 12  leader epoch     i32 │
//! 16  magic            i8  ┘ 2
//! 17  crc              u32   CRC-32C of all that follows
//! 21  attributes       i16   0–2 codec, 3 log append time, 4 transactional, 5 control, 6 delete horizon
//! 23  last offset delta i32
//! 27  base timestamp   i64   or the delete horizon
//! 35  max timestamp    i64
//! 43  producer id      i64   -1 none
//! 51  producer epoch   i16   -1 none
//! 53  base sequence    i32   -1 none
//! 57  record count     i32
//! 61  records                one compressed block if there is a codec
//! ```
//!
//! Source: KIP-98, `DefaultRecordBatch`; `FORMAT.md`.

mod builder;
mod compression;
pub mod control;
mod header;
pub mod old;
mod records;

use std::borrow::Cow;
use std::fmt;

use old::{OldFault, OldMessage};

pub use builder::{BatchBuilder, NewRecord, ProducerStamp};
pub use compression::{Codec, decompressed};
pub(super) use header::CRC_STARTS_AT;
#[cfg(test)]
pub(super) use header::set_crc;
pub use header::{Attributes, BatchHeader, HEADER_BYTES, LENGTH_PREFIX_BYTES};
pub use records::{Header, Headers, Record, RecordFault, RecordReader};

/// What is wrong with the bytes of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchFault {
    /// The bytes end before the batch does.
    Incomplete {
        needed: usize,
        found: usize,
    },
    /// The length field is below what a header needs.
    BadLength(i32),
    /// Not a v2 batch. 0 and 1 are the message sets of Kafka before 0.11.
    UnsupportedMagic(i8),
    BadCrc {
        declared: u32,
        computed: u32,
    },
    /// Record count and last offset delta contradict each other, or are negative.
    BadCount {
        record_count: i32,
        last_offset_delta: i32,
    },
    UnknownCodec(u8),
    /// A message set of Kafka before 0.11 that cannot be made a batch.
    Old(Box<OldFault>),
}

impl fmt::Display for BatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BatchFault::Incomplete { needed, found } => {
                write!(f, "the batch needs {needed} bytes, {found} are there")
            }
            BatchFault::BadLength(length) => write!(f, "the batch says that {length} bytes follow, at least 49 must"),
            BatchFault::UnsupportedMagic(magic) => write!(f, "magic {magic} instead of 2"),
            BatchFault::BadCrc { declared, computed } => {
                write!(f, "the batch is corrupt (stored crc = {declared}, computed crc = {computed})")
            }
            BatchFault::BadCount { record_count, last_offset_delta } => {
                write!(f, "{record_count} records do not fit a last offset delta of {last_offset_delta}")
            }
            BatchFault::Old(fault) => fault.fmt(f),
            BatchFault::UnknownCodec(id) => write!(f, "unknown compression codec {id}"),
        }
    }
}

impl std::error::Error for BatchFault {}

/// A whole batch in memory: its header and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    pub header: BatchHeader,
    pub bytes: &'a [u8],
}

impl<'a> Batch<'a> {
    /// The batch at the front of `bytes`; what follows it is ignored.
    pub fn parse(bytes: &'a [u8]) -> Result<Batch<'a>, BatchFault> {
        let header = BatchHeader::parse(bytes)?;
        match bytes.get(..header.size()) {
            Some(bytes) => Ok(Batch { header, bytes }),
            None => Err(BatchFault::Incomplete { needed: header.size(), found: bytes.len() }),
        }
    }

    pub fn check_crc(&self) -> Result<(), BatchFault> {
        let computed = crc32c::crc32c(&self.bytes[header::CRC_STARTS_AT..]);
        if computed == self.header.crc {
            return Ok(());
        }
        Err(BatchFault::BadCrc { declared: self.header.crc, computed })
    }

    /// Its records, decompressed as they are read.
    pub fn records(&self) -> Result<RecordReader<'a>, RecordFault> {
        RecordReader::new(&self.header, &self.bytes[HEADER_BYTES..])
    }
}

/// The first batch in `bytes`, its checksum true. One that was stored before there were batches is made one.
pub fn stored_batch(bytes: &[u8]) -> Result<(Cow<'_, [u8]>, usize), BatchFault> {
    match Batch::parse(bytes) {
        Err(BatchFault::UnsupportedMagic(0 | 1)) => {
            let message = OldMessage::parse(bytes)?;
            message.check_crc()?;
            let batch = message.to_batch().map_err(|fault| BatchFault::Old(Box::new(fault)))?;
            Ok((Cow::Owned(batch.to_vec()), message.size()))
        }
        parsed => {
            let batch = parsed?;
            batch.check_crc()?;
            Ok((Cow::Borrowed(batch.bytes), batch.bytes.len()))
        }
    }
}

/// The batches in `bytes`, one after the other. Ends at the first that is incomplete, since a reader may have been
/// given a cut-off tail; any other fault is the last item.
pub fn batches(bytes: &[u8]) -> impl Iterator<Item = Result<Batch<'_>, BatchFault>> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        match Batch::parse(bytes) {
            Ok(batch) => {
                rest = Some(&bytes[batch.bytes.len()..]);
                Some(Ok(batch))
            }
            Err(BatchFault::Incomplete { .. }) => {
                rest = None;
                None
            }
            Err(fault) => {
                rest = None;
                Some(Err(fault))
            }
        }
    })
}

#[cfg(test)]
mod tests;

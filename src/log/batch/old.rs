//! Message sets of Kafka before 0.11, magic 0 and 1. They are read, in directories that are old enough, and never written.
//!
//! ```text
//!  0  offset         i64   of the message; of a compressed set, that of its last message
//!  8  size           i32   of everything after this field, at least 14
//! 12  crc            u32   CRC-32 of all that follows
//! 16  magic          i8    0 or 1
//! 17  attributes     i8    0–2 codec, 3 log append time (magic 1)
//! 18  timestamp      i64   magic 1 only
//!     key, value           each an i32 length, -1 for null, and bytes
//! ```
//!
//! The value of a compressed message is a message set. Inside one of magic 1 the offsets count from 0, and the outer offset
//! is that of the last; inside one of magic 0 they are absolute. Source: `LegacyRecord`, `AbstractLegacyRecordBatch`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use super::{
    Attributes, BatchBuilder, BatchFault, BatchHeader, Codec, LENGTH_PREFIX_BYTES, NewRecord, RecordFault, decompressed,
};
use crate::clock::Timestamp;
use crate::log::settings::TimestampType;

/// The least that the size field can say.
pub const OLD_MIN_LENGTH: i32 = 14;
const CRC_STARTS_AT: usize = 4;
const MAGIC_AT: usize = 4;
const ATTRIBUTES_AT: usize = 5;
const TIMESTAMP_AT: usize = 6;

/// Why the messages inside a compressed one cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OldFault {
    /// A codec that is newer than the format, or none.
    Codec(u8),
    /// A compressed message without a value.
    NoValue,
    Decompression(RecordFault),
    /// A message inside says that it is smaller than any is.
    BadLength(i32),
    /// No message inside.
    Empty,
    /// The outer offset is smaller than the last inner one, and not 0.
    BadOuterOffset {
        outer: i64,
        last: i64,
    },
    /// The bytes end before the key or the value does.
    Short,
    /// A compressed message inside a compressed one.
    Nested,
    /// The offsets inside are farther from each other than a batch can tell, or fall.
    OffsetsTooFar,
}

impl fmt::Display for OldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OldFault::Codec(id) => write!(f, "codec {id} does not occur in a message set"),
            OldFault::NoValue => f.write_str("a compressed message set has no value"),
            OldFault::Decompression(fault) => fault.fmt(f),
            OldFault::BadLength(length) => write!(f, "a message says that {length} bytes follow, at least 14 must"),
            OldFault::Empty => f.write_str("a compressed message set holds no message"),
            OldFault::BadOuterOffset { outer, last } => {
                write!(f, "offset {outer} of a compressed message set is below that of its last message, {last}")
            }
            OldFault::Short => f.write_str("a message ends inside its key or value"),
            OldFault::OffsetsTooFar => f.write_str("the offsets inside a message set are no ascending run"),
            OldFault::Nested => f.write_str("a compressed message lies inside a compressed one"),
        }
    }
}

impl std::error::Error for OldFault {}

impl From<RecordFault> for OldFault {
    fn from(fault: RecordFault) -> OldFault {
        OldFault::Decompression(fault)
    }
}

/// One message, compressed or not, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldMessage<'a> {
    pub offset: i64,
    /// From the CRC to the end; at least 14 bytes.
    bytes: &'a [u8],
    /// What the message around it says, if there is one and it has timestamps.
    outer: Option<(TimestampType, i64)>,
}

impl<'a> OldMessage<'a> {
    /// The message at the front of `bytes`, which begin with its offset; what follows it is ignored.
    pub fn parse(bytes: &'a [u8]) -> Result<OldMessage<'a>, BatchFault> {
        let incomplete = |needed| BatchFault::Incomplete { needed, found: bytes.len() };
        let least = LENGTH_PREFIX_BYTES + OLD_MIN_LENGTH as usize;
        let (prefix, rest) = bytes.split_first_chunk::<LENGTH_PREFIX_BYTES>().ok_or_else(|| incomplete(least))?;
        let offset = i64::from_be_bytes(*prefix.first_chunk().ok_or_else(|| incomplete(least))?);
        let length = i32::from_be_bytes(*prefix.last_chunk().ok_or_else(|| incomplete(least))?);
        if length < OLD_MIN_LENGTH {
            return Err(BatchFault::BadLength(length));
        }
        let message = rest.get(..length as usize).ok_or_else(|| incomplete(LENGTH_PREFIX_BYTES + length as usize))?;
        match message[MAGIC_AT] as i8 {
            ..2 => Ok(OldMessage { offset, bytes: message, outer: None }),
            magic => Err(BatchFault::UnsupportedMagic(magic)),
        }
    }

    /// The header of the batch that it would be, as far as that can be told without reading what is inside: it begins and
    /// ends at the offset that it names.
    pub fn header(&self) -> BatchHeader {
        let kind = if self.magic() == 0 { 0b111 } else { 0b1111 };
        BatchHeader {
            base_offset: self.offset,
            length: self.bytes.len() as i32,
            leader_epoch: -1,
            magic: self.magic(),
            crc: self.crc(),
            attributes: Attributes(i16::from(self.bytes[ATTRIBUTES_AT] & kind)),
            last_offset_delta: 0,
            base_timestamp: self.timestamp(),
            max_timestamp: self.timestamp(),
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: 1,
        }
    }

    /// The batch that holds the same records.
    pub fn to_batch(&self) -> Result<Bytes, OldFault> {
        let messages = self.messages()?;
        let mut builder = BatchBuilder::new()
            .codec(self.codec().map_err(|_| OldFault::Codec(self.codec_id()))?)
            .timestamp_type(self.timestamp_type().unwrap_or(TimestampType::CreateTime));
        let mut base = None;
        for message in messages.iter() {
            let message = message?;
            let base = *base.get_or_insert(message.offset);
            let delta = message.offset.checked_sub(base).and_then(|delta| i32::try_from(delta).ok());
            let delta = delta.filter(|delta| *delta >= 0).ok_or(OldFault::OffsetsTooFar)?;
            let timestamp = Timestamp(message.timestamp());
            let record = NewRecord { timestamp, key: message.key()?, value: message.value()?, headers: &[] };
            builder = builder.base_offset(base);
            builder.add_at(delta, &record);
        }
        Ok(builder.build())
    }

    /// Bytes of the whole entry.
    pub fn size(&self) -> usize {
        LENGTH_PREFIX_BYTES + self.bytes.len()
    }

    pub fn magic(&self) -> i8 {
        self.bytes[MAGIC_AT] as i8
    }

    pub fn crc(&self) -> u32 {
        self.bytes.first_chunk().map_or(0, |crc| u32::from_be_bytes(*crc))
    }

    pub fn check_crc(&self) -> Result<(), BatchFault> {
        let mut crc = flate2::Crc::new();
        crc.update(&self.bytes[CRC_STARTS_AT..]);
        match (crc.sum(), self.crc()) {
            (computed, declared) if computed == declared => Ok(()),
            (computed, declared) => Err(BatchFault::BadCrc { declared, computed }),
        }
    }

    /// The number of its codec, which may be none.
    pub fn codec_id(&self) -> u8 {
        self.bytes[ATTRIBUTES_AT] & 0b111
    }

    pub fn codec(&self) -> Result<Codec, BatchFault> {
        Codec::from_id(self.codec_id()).ok_or(BatchFault::UnknownCodec(self.codec_id()))
    }

    /// `None` before timestamps were known.
    pub fn timestamp_type(&self) -> Option<TimestampType> {
        if self.magic() == 0 {
            return None;
        }
        let own = match self.bytes[ATTRIBUTES_AT] & (1 << 3) {
            0 => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        };
        Some(self.outer.map_or(own, |(outer, _)| outer))
    }

    /// -1 before timestamps were known.
    pub fn timestamp(&self) -> i64 {
        match self.outer {
            _ if self.magic() == 0 => -1,
            Some((TimestampType::LogAppendTime, timestamp)) => timestamp,
            _ => self.bytes[TIMESTAMP_AT..].first_chunk().map_or(-1, |bytes| i64::from_be_bytes(*bytes)),
        }
    }

    fn key_at(&self) -> usize {
        if self.magic() == 0 { TIMESTAMP_AT } else { TIMESTAMP_AT + 8 }
    }

    fn value_at(&self) -> Option<usize> {
        Some(self.key_at() + 4 + self.length_at(self.key_at())?.max(0) as usize)
    }

    fn length_at(&self, at: usize) -> Option<i32> {
        Some(i32::from_be_bytes(*self.bytes.get(at..)?.first_chunk()?))
    }

    fn field_at(&self, at: usize) -> Option<Option<&'a [u8]>> {
        match self.length_at(at)? {
            ..0 => Some(None),
            length => self.bytes.get(at + 4..)?.get(..length as usize).map(Some),
        }
    }

    pub fn key(&self) -> Result<Option<&'a [u8]>, OldFault> {
        self.field_at(self.key_at()).ok_or(OldFault::Short)
    }

    pub fn value(&self) -> Result<Option<&'a [u8]>, OldFault> {
        self.value_at().and_then(|at| self.field_at(at)).ok_or(OldFault::Short)
    }

    /// The messages that it stands for: those inside, or itself.
    pub fn messages(&self) -> Result<OldMessages<'a>, OldFault> {
        let codec = self.codec().map_err(|_| OldFault::Codec(self.codec_id()))?;
        let codec = match codec {
            Codec::None => return Ok(OldMessages::of_one(*self)),
            Codec::Zstd => return Err(OldFault::Codec(codec.id())),
            codec => codec,
        };
        let block = self.value()?.ok_or(OldFault::NoValue)?;
        let block = match (codec, self.magic()) {
            (Codec::Lz4, 0) => lz4_with_its_checksum(block),
            _ => Cow::Borrowed(block),
        };
        let (bytes, complete) = decompressed(codec, &block);
        complete?;
        let found = places(&bytes)?;
        let base = match (found.last(), self.magic()) {
            (None, _) => return Err(OldFault::Empty),
            (Some(_), 0) => 0,
            // Some versions of librdkafka left the outer offset at 0.
            (Some(_), _) if self.offset == 0 => 0,
            (Some((last, _)), _) if self.offset < *last => {
                return Err(OldFault::BadOuterOffset { outer: self.offset, last: *last });
            }
            (Some((last, _)), _) => self.offset.wrapping_sub(*last),
        };
        let outer = self.timestamp_type().map(|kind| (kind, self.timestamp()));
        Ok(OldMessages { bytes: Cow::Owned(bytes), found, base, outer })
    }
}

/// The messages of a set, in order.
#[derive(Debug, Clone)]
pub struct OldMessages<'a> {
    bytes: Cow<'a, [u8]>,
    /// Their offsets as written, and where they are.
    found: Vec<(i64, Range<usize>)>,
    base: i64,
    outer: Option<(TimestampType, i64)>,
}

impl<'a> OldMessages<'a> {
    fn of_one(message: OldMessage<'a>) -> OldMessages<'a> {
        let found = vec![(message.offset, 0..message.bytes.len())];
        OldMessages { bytes: Cow::Borrowed(message.bytes), found, base: 0, outer: message.outer }
    }

    pub fn iter(&self) -> impl Iterator<Item = Result<OldMessage<'_>, OldFault>> {
        let is_inner = matches!(self.bytes, Cow::Owned(_));
        self.found.iter().map(move |(offset, at)| {
            let bytes = &self.bytes[at.clone()];
            let outer = if bytes[MAGIC_AT] == 1 { self.outer } else { None };
            let message = OldMessage { offset: self.base.wrapping_add(*offset), bytes, outer };
            if is_inner && message.codec_id() != 0 { Err(OldFault::Nested) } else { Ok(message) }
        })
    }
}

/// Offsets and places of the messages in a decompressed set; what is cut off at its end is left out.
fn places(bytes: &[u8]) -> Result<Vec<(i64, Range<usize>)>, OldFault> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        match OldMessage::parse(&bytes[at..]) {
            Ok(message) => {
                let start = at + LENGTH_PREFIX_BYTES;
                at += message.size();
                found.push((message.offset, start..at));
            }
            Err(BatchFault::BadLength(length)) => return Err(OldFault::BadLength(length)),
            Err(BatchFault::UnsupportedMagic(magic)) => return Err(OldFault::Codec(magic as u8)),
            Err(_) => return Ok(found),
        }
    }
}

/// Writers of magic 0 took the checksum of an LZ4 frame's descriptor over the frame's magic, too. Puts the right one in
/// its place.
fn lz4_with_its_checksum(frame: &[u8]) -> Cow<'_, [u8]> {
    const DESCRIPTOR_AT: usize = 4;
    const HAS_CONTENT_SIZE: u8 = 1 << 3;
    let length = match frame.get(DESCRIPTOR_AT) {
        Some(flags) if flags & HAS_CONTENT_SIZE != 0 => 10,
        _ => 2,
    };
    let Some(descriptor) = frame.get(DESCRIPTOR_AT..DESCRIPTOR_AT + length) else { return Cow::Borrowed(frame) };
    let checksum = (xxh32_of_few(descriptor) >> 8) as u8;
    match frame.get(DESCRIPTOR_AT + length) {
        Some(found) if *found != checksum => {
            let mut mended = frame.to_vec();
            mended[DESCRIPTOR_AT + length] = checksum;
            Cow::Owned(mended)
        }
        _ => Cow::Borrowed(frame),
    }
}

/// xxHash32 with seed 0 of fewer than 16 bytes.
fn xxh32_of_few(bytes: &[u8]) -> u32 {
    const PRIMES: [u32; 5] = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f, 0x1656_67b1];
    let mut hash = PRIMES[4].wrapping_add(bytes.len() as u32);
    let mut words = bytes.chunks_exact(4);
    for word in &mut words {
        let word = word.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        hash = hash.wrapping_add(word.wrapping_mul(PRIMES[2])).rotate_left(17).wrapping_mul(PRIMES[3]);
    }
    for byte in words.remainder() {
        hash = hash.wrapping_add(u32::from(*byte).wrapping_mul(PRIMES[4])).rotate_left(11).wrapping_mul(PRIMES[0]);
    }
    hash = (hash ^ hash >> 15).wrapping_mul(PRIMES[1]);
    hash = (hash ^ hash >> 13).wrapping_mul(PRIMES[2]);
    hash ^ hash >> 16
}

#[cfg(test)]
pub(in crate::log) mod tests;

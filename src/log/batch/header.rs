//! The 61 bytes before the records: reading them, and the few fields that change after a batch was built.

use super::old::{OLD_MIN_LENGTH, OldMessage};
use super::{BatchFault, Codec};
use crate::log::settings::TimestampType;

/// Bytes before the records.
pub const HEADER_BYTES: usize = 61;
/// Base offset and length: the bytes that the length field does not count.
pub const LENGTH_PREFIX_BYTES: usize = 12;
/// The smallest value of the length field.
const MIN_LENGTH: i32 = (HEADER_BYTES - LENGTH_PREFIX_BYTES) as i32;

const LEADER_EPOCH_AT: usize = 12;
const CRC_AT: usize = 17;
/// Where the bytes under the CRC begin.
pub(in crate::log) const CRC_STARTS_AT: usize = 21;
const ATTRIBUTES_AT: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;
const LOG_APPEND_TIME_BIT: i16 = 1 << 3;

/// The attribute bits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes(pub i16);

impl Attributes {
    pub fn codec(self) -> Result<Codec, BatchFault> {
        let id = (self.0 & 0b111) as u8;
        Codec::from_id(id).ok_or(BatchFault::UnknownCodec(id))
    }

    pub fn timestamp_type(self) -> TimestampType {
        match self.0 & LOG_APPEND_TIME_BIT {
            0 => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        }
    }

    pub fn is_transactional(self) -> bool {
        self.0 & (1 << 4) != 0
    }

    pub fn is_control(self) -> bool {
        self.0 & (1 << 5) != 0
    }

    pub fn has_delete_horizon(self) -> bool {
        self.0 & (1 << 6) != 0
    }

    pub(super) fn of(codec: Codec, transactional: bool, control: bool) -> Attributes {
        Attributes(i16::from(codec.id()) | i16::from(transactional) << 4 | i16::from(control) << 5)
    }

    pub(super) fn stamped(self, timestamp_type: TimestampType, has_delete_horizon: bool) -> Attributes {
        let is_broker_time = timestamp_type == TimestampType::LogAppendTime;
        Attributes(self.0 | i16::from(is_broker_time) << 3 | i16::from(has_delete_horizon) << 6)
    }
}

/// A batch's header, field by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    pub base_offset: i64,
    /// Bytes after the length field.
    pub length: i32,
    pub leader_epoch: i32,
    pub magic: i8,
    pub crc: u32,
    pub attributes: Attributes,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads a header and checks what every reader relies on: the length, the magic, no negative delta.
    pub fn parse(bytes: &[u8]) -> Result<BatchHeader, BatchFault> {
        // The length is judged as soon as it is there, so that a torn tail and garbage are told apart.
        if let Some(length) = field::<4>(bytes, 8).map(i32::from_be_bytes)
            && length < MIN_LENGTH
        {
            return Err(match field::<1>(bytes, 16).map(i8::from_be_bytes) {
                Some(magic @ (0 | 1)) if length >= 14 => BatchFault::UnsupportedMagic(magic),
                _ => BatchFault::BadLength(length),
            });
        }
        if let Some(magic) = field::<1>(bytes, 16).map(i8::from_be_bytes)
            && magic != 2
        {
            return Err(BatchFault::UnsupportedMagic(magic));
        }
        let header =
            BatchHeader::fields(bytes).ok_or(BatchFault::Incomplete { needed: HEADER_BYTES, found: bytes.len() })?;
        if header.last_offset_delta < 0 || header.record_count < 0 || header.base_offset < 0 {
            let BatchHeader { record_count, last_offset_delta, .. } = header;
            return Err(BatchFault::BadCount { record_count, last_offset_delta });
        }
        Ok(header)
    }

    /// As `parse`, and what the header of a message set of Kafka before 0.11 tells, which may lie in a log.
    pub(in crate::log) fn parse_stored(bytes: &[u8]) -> Result<BatchHeader, BatchFault> {
        /// Enough of such a set to tell everything: its smallest size.
        const OLD_BYTES: usize = LENGTH_PREFIX_BYTES + OLD_MIN_LENGTH as usize;
        match BatchHeader::parse(bytes) {
            Err(BatchFault::UnsupportedMagic(0 | 1)) => {}
            parsed => return parsed,
        }
        let length = field::<4>(bytes, 8).map_or(0, i32::from_be_bytes);
        let Some(head) = bytes.get(..OLD_BYTES) else {
            return Err(BatchFault::Incomplete { needed: OLD_BYTES, found: bytes.len() });
        };
        let mut head = head.to_vec();
        head[8..LENGTH_PREFIX_BYTES].copy_from_slice(&OLD_MIN_LENGTH.to_be_bytes());
        let header = BatchHeader { length, ..OldMessage::parse(&head)?.header() };
        match header.base_offset {
            ..0 => Err(BatchFault::BadCount { record_count: 1, last_offset_delta: 0 }),
            _ if length < OLD_MIN_LENGTH => Err(BatchFault::BadLength(length)),
            _ => Ok(header),
        }
    }

    /// The fields as they are, whatever they say; `None` if there are too few bytes.
    pub fn fields(bytes: &[u8]) -> Option<BatchHeader> {
        Some(BatchHeader {
            base_offset: i64::from_be_bytes(field(bytes, 0)?),
            length: i32::from_be_bytes(field(bytes, 8)?),
            leader_epoch: i32::from_be_bytes(field(bytes, LEADER_EPOCH_AT)?),
            magic: i8::from_be_bytes(field(bytes, 16)?),
            crc: u32::from_be_bytes(field(bytes, CRC_AT)?),
            attributes: Attributes(i16::from_be_bytes(field(bytes, ATTRIBUTES_AT)?)),
            last_offset_delta: i32::from_be_bytes(field(bytes, 23)?),
            base_timestamp: i64::from_be_bytes(field(bytes, 27)?),
            max_timestamp: i64::from_be_bytes(field(bytes, MAX_TIMESTAMP_AT)?),
            producer_id: i64::from_be_bytes(field(bytes, 43)?),
            producer_epoch: i16::from_be_bytes(field(bytes, 51)?),
            base_sequence: i32::from_be_bytes(field(bytes, 53)?),
            record_count: i32::from_be_bytes(field(bytes, 57)?),
        })
    }

    /// The fields as they are stored.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(0, &self.base_offset.to_be_bytes());
        put(8, &self.length.to_be_bytes());
        put(LEADER_EPOCH_AT, &self.leader_epoch.to_be_bytes());
        put(16, &self.magic.to_be_bytes());
        put(CRC_AT, &self.crc.to_be_bytes());
        put(ATTRIBUTES_AT, &self.attributes.0.to_be_bytes());
        put(23, &self.last_offset_delta.to_be_bytes());
        put(27, &self.base_timestamp.to_be_bytes());
        put(MAX_TIMESTAMP_AT, &self.max_timestamp.to_be_bytes());
        put(43, &self.producer_id.to_be_bytes());
        put(51, &self.producer_epoch.to_be_bytes());
        put(53, &self.base_sequence.to_be_bytes());
        put(57, &self.record_count.to_be_bytes());
        bytes
    }

    /// Sets the timestamp type and the max timestamp; base timestamp and deltas stay. True if that changed anything: the
    /// CRC is due then.
    pub(in crate::log) fn stamp(&mut self, log_append_time: bool, max_millis: i64) -> bool {
        let before = (self.attributes, self.max_timestamp);
        self.attributes.0 = match log_append_time {
            true => self.attributes.0 | LOG_APPEND_TIME_BIT,
            false => self.attributes.0 & !LOG_APPEND_TIME_BIT,
        };
        self.max_timestamp = max_millis;
        before != (self.attributes, self.max_timestamp)
    }

    /// The checksum of a batch with this header and these records.
    pub(in crate::log) fn crc_with(&self, records: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(&self.to_bytes()[CRC_STARTS_AT..]), records)
    }

    /// Bytes of the whole batch.
    pub fn size(&self) -> usize {
        LENGTH_PREFIX_BYTES + self.length.max(0) as usize
    }

    pub fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.last_offset_delta))
    }

    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// The sequence of the last record; wraps from 2^31-1 to 0; -1 if the batch has none.
    pub fn last_sequence(&self) -> i32 {
        match self.base_sequence {
            ..0 => -1,
            base => base.wrapping_add(self.last_offset_delta) & i32::MAX,
        }
    }

    pub fn has_producer(&self) -> bool {
        self.producer_id >= 0
    }

    /// When a tombstone in this compacted batch may go.
    pub fn delete_horizon(&self) -> Option<i64> {
        self.attributes.has_delete_horizon().then_some(self.base_timestamp)
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// Recomputes the CRC of a whole batch.
#[cfg(test)]
pub(in crate::log) fn set_crc(batch: &mut [u8]) {
    let crc = crc32c::crc32c(&batch[CRC_STARTS_AT..]);
    batch[CRC_AT..][..4].copy_from_slice(&crc.to_be_bytes());
}

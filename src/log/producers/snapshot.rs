//! The bytes of a producer snapshot.
//!
//! ```text
//! version i16 = 1, crc u32 (CRC-32C of all that follows), count i32, then per producer 46 bytes:
//!   producer id i64, epoch i16, last sequence i32, last offset i64, offset delta i32, timestamp i64,
//!   coordinator epoch i32, first offset of the open transaction i64
//! ```

use super::{BatchSpan, ProducerEntry, Producers};
use crate::clock::Timestamp;

const VERSION: i16 = 1;
const ENTRY_BYTES: usize = 46;
const PREFIX_BYTES: usize = 10;

impl Producers {
    pub fn to_snapshot(&self) -> Vec<u8> {
        let mut body = (self.entries.len() as i32).to_be_bytes().to_vec();
        let mut ids: Vec<i64> = self.entries.keys().copied().collect();
        ids.sort_unstable();
        for (id, entry) in ids.iter().filter_map(|id| self.entries.get(id).map(|entry| (*id, entry))) {
            write_entry(id, entry, &mut body);
        }
        let mut snapshot = VERSION.to_be_bytes().to_vec();
        snapshot.extend_from_slice(&crc32c::crc32c(&body).to_be_bytes());
        snapshot.extend_from_slice(&body);
        snapshot
    }

    /// `None` if version, checksum or length are wrong. Producers that were idle for `after_ms` are left out.
    pub fn from_snapshot(bytes: &[u8], now: Timestamp, after_ms: i64) -> Option<Producers> {
        let version = i16::from_be_bytes(*bytes.first_chunk()?);
        let crc = u32::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
        let count = i32::from_be_bytes(*bytes.get(6..)?.first_chunk()?);
        let entries = bytes.get(PREFIX_BYTES..)?;
        let expected = usize::try_from(count).ok()?.checked_mul(ENTRY_BYTES)?;
        if version != VERSION || crc32c::crc32c(&bytes[6..]) != crc || entries.len() != expected {
            return None;
        }
        let mut producers = Producers::default();
        for entry in entries.chunks_exact(ENTRY_BYTES) {
            let (id, entry) = read_entry(entry)?;
            producers.insert(id, entry);
        }
        producers.expire(now, after_ms);
        Some(producers)
    }
}

fn write_entry(id: i64, entry: &ProducerEntry, out: &mut Vec<u8>) {
    let none = BatchSpan { last_sequence: -1, last_offset: -1, offset_delta: 0, timestamp: -1 };
    let last = entry.batches.back().copied().unwrap_or(none);
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(&entry.epoch.to_be_bytes());
    out.extend_from_slice(&last.last_sequence.to_be_bytes());
    out.extend_from_slice(&last.last_offset.to_be_bytes());
    out.extend_from_slice(&last.offset_delta.to_be_bytes());
    out.extend_from_slice(&entry.last_timestamp.to_be_bytes());
    out.extend_from_slice(&entry.coordinator_epoch.to_be_bytes());
    out.extend_from_slice(&entry.open_since.unwrap_or(-1).to_be_bytes());
}

fn read_entry(bytes: &[u8]) -> Option<(i64, ProducerEntry)> {
    let long = |at: usize| Some(i64::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    let int = |at: usize| Some(i32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    let mut entry = ProducerEntry::new(i16::from_be_bytes(*bytes.get(8..)?.first_chunk()?));
    entry.last_timestamp = long(26)?;
    entry.coordinator_epoch = int(34)?;
    entry.open_since = long(38).filter(|offset| *offset >= 0);
    let last = BatchSpan {
        last_sequence: int(10)?,
        last_offset: long(14)?,
        offset_delta: int(22)?,
        timestamp: entry.last_timestamp,
    };
    if last.last_offset >= 0 {
        entry.batches.push_back(last);
    }
    Some((long(0)?, entry))
}

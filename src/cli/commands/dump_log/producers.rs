//! `.snapshot`: what was remembered of producers (`log/producers/snapshot.rs` draws one).

use std::fs::File;
use std::io::Read;

use super::names::Named;
use super::report::{ProducerView, Report};
use super::thrown::{Stop, Thrown};

const CRC_AT: usize = 2;
const COVERED_FROM: usize = 6;
const ENTRIES_AT: usize = 10;
const ENTRY_BYTES: usize = 46;
/// Far more than any number of producers needs.
const LARGEST: u64 = 256 << 20;

pub fn dump_producers(named: &Named, report: &mut dyn Report) -> Result<(), Stop> {
    let file = File::open(&named.path).map_err(|error| Thrown::opening(&named.path, &error))?;
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Thrown::reading(&named.path, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Thrown::too_large(&named.shown).into());
    }
    match entries(&bytes) {
        Ok(entries) => entries.iter().try_for_each(|entry| report.producer(&producer(entry))),
        Err(why) => report.corrupt_snapshot(&why),
    }
}

/// The entries of a snapshot, or why there are none, in the words of Java's tool.
fn entries(bytes: &[u8]) -> Result<&[[u8; ENTRY_BYTES]], String> {
    let invalid = |why: &str| format!("Snapshot failed schema validation: {why}");
    let version = bytes.first_chunk().map(|bytes| i16::from_be_bytes(*bytes)).ok_or_else(|| invalid("null"))?;
    if version != 1 {
        return Err(invalid(&format!("Snapshot contained an unknown file version {version}")));
    }
    let number = |at: usize| bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map(|b| u32::from_be_bytes(*b));
    let crc = number(CRC_AT).ok_or_else(|| invalid("null"))?;
    let count = number(COVERED_FROM).ok_or_else(|| invalid("null"))? as i32;
    let count =
        usize::try_from(count).map_err(|_| invalid("non-nullable field producerEntries was serialized as null"))?;
    let left = bytes.get(ENTRIES_AT..).unwrap_or_default();
    if count > left.len() {
        let left = left.len();
        let why = format!("Tried to allocate a collection of size {count}, but there are only {left} bytes remaining.");
        return Err(invalid(&why));
    }
    let entries = left.as_chunks().0.get(..count).ok_or_else(|| invalid("null"))?;
    let computed = crc32c::crc32c(&bytes[COVERED_FROM..]);
    if computed != crc {
        return Err(format!(
            "Snapshot is corrupt (CRC is no longer valid). Stored crc: {crc}. Computed crc: {computed}"
        ));
    }
    Ok(entries)
}

fn producer(entry: &[u8; ENTRY_BYTES]) -> ProducerView {
    let long = |at: usize| entry[at..].first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
    let int = |at: usize| entry[at..].first_chunk().map_or(0, |bytes| i32::from_be_bytes(*bytes));
    ProducerView {
        id: long(0),
        epoch: i16::from_be_bytes([entry[8], entry[9]]),
        last_sequence: int(10),
        last_offset: long(14),
        offset_delta: int(22),
        timestamp: long(26),
        coordinator_epoch: int(34),
        open_since: Some(long(38)).filter(|offset| *offset >= 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_snapshot_is_said_in_javas_words() {
        let empty = [0, 1, 0x48, 0x67, 0x4b, 0xc7, 0, 0, 0, 0];
        assert_eq!(entries(&empty).map(<[_]>::len), Ok(0));
        let why = |bytes: &[u8]| entries(bytes).unwrap_err();
        assert_eq!(why(&[0, 5]), "Snapshot failed schema validation: Snapshot contained an unknown file version 5");
        assert_eq!(why(&[0]), "Snapshot failed schema validation: null");
        let mut changed = empty;
        changed[2] ^= 1;
        assert!(why(&changed).starts_with("Snapshot is corrupt (CRC is no longer valid). Stored crc: "));
        changed[9] = 7;
        assert!(why(&changed).ends_with("size 7, but there are only 0 bytes remaining."));
    }
}

//! Files of batches: logs, and snapshots of the metadata log.

use super::mismatches::Mismatches;
use super::names::{Contents, Named};
use super::records;
use super::report::{LogBegin, Report};
use super::source::{Entry, LogFile};
use super::thrown::{CORRUPT_RECORD, ILLEGAL_ARGUMENT, Stop, Thrown};
use super::view::{BatchView, time_kind};
use crate::log::batch::BatchHeader;
use crate::log::batch::old::OldMessage;

/// How a log is read.
#[derive(Debug, Clone, Copy)]
pub struct LogReading {
    /// Every record, not every batch only.
    pub is_deep: bool,
    pub max_bytes: i32,
    /// As Java's tool: a fault ends the file, and what Java cannot count is refused.
    pub is_java: bool,
}

const BOOTSTRAP: &str = "bootstrap.checkpoint";

pub fn dump_log(
    named: &Named,
    contents: Contents,
    reading: LogReading,
    mismatches: &mut Mismatches,
    report: &mut dyn Report,
) -> Result<(), Stop> {
    report.log(begin(named, contents)?)?;
    let log = LogFile::open(named, reading.is_java)?;
    let log = if reading.max_bytes == i32::MAX { log } else { log.cut(i64::from(reading.max_bytes))? };
    let mut batches = log.batches(0, log.len())?;
    let mut valid = 0;
    let mut last_offset = -1;
    while let Some(entry) = batches.next_entry()? {
        if entry.magic < 0 {
            let message = format!("Invalid magic used in LegacyRecord: {}", entry.magic);
            report.unknown_batch(&entry, Thrown::new(ILLEGAL_ARGUMENT, message))?;
            valid += entry.size();
            continue;
        }
        let (batch, bytes) = view(&log, &entry)?;
        report.batch(&batch)?;
        if reading.is_deep {
            let bytes = match bytes {
                Some(bytes) => bytes,
                None => log.bytes_of(&entry)?,
            };
            let read = records::for_each(&batch, &bytes, |record| {
                if last_offset != -1 && record.offset != last_offset + 1 {
                    mismatches.not_consecutive(named, last_offset, record.offset);
                }
                last_offset = record.offset;
                report.record(&batch, record)
            });
            match read {
                Err(Stop::Thrown(thrown)) => report.fault(thrown)?,
                read => read?,
            }
        }
        valid += entry.size();
    }
    if log.len() > valid && reading.max_bytes == i32::MAX {
        report.rest(named, log.len() - valid)?;
    }
    Ok(())
}

fn begin(named: &Named, contents: Contents) -> Result<LogBegin, Thrown> {
    if contents == Contents::Log {
        return Ok(LogBegin::Log { base_offset: named.base_offset()? });
    }
    if named.name == BOOTSTRAP {
        return Ok(LogBegin::Bootstrap);
    }
    let (end_offset, epoch) = named.snapshot()?;
    Ok(LogBegin::Snapshot { end_offset, epoch })
}

/// What is shown of a batch, and its bytes if they were needed for that.
fn view(log: &LogFile, entry: &Entry) -> Result<(BatchView, Option<Vec<u8>>), Thrown> {
    if !entry.is_old() {
        let header = log.header_of(entry)?;
        return Ok((of_header(entry, header, log.is_valid(entry)?), None));
    }
    let bytes = log.bytes_of(entry)?;
    let message = OldMessage::parse(&bytes).map_err(|fault| Thrown::new(CORRUPT_RECORD, fault.to_string()))?;
    let batch = BatchView {
        entry: *entry,
        time_kind: time_kind(message.timestamp_type()),
        timestamp: message.timestamp(),
        codec: message.codec_id(),
        crc: message.crc(),
        is_valid: message.check_crc().is_ok(),
        header: None,
    };
    Ok((batch, Some(bytes)))
}

fn of_header(entry: &Entry, header: BatchHeader, is_valid: bool) -> BatchView {
    BatchView {
        entry: *entry,
        time_kind: time_kind(Some(header.attributes.timestamp_type())),
        timestamp: header.max_timestamp,
        codec: (header.attributes.0 & 0b111) as u8,
        crc: header.crc,
        is_valid,
        header: Some(header),
    }
}

/// The largest timestamp of the records of a batch, -1 if there is none; for checking a time index.
pub fn largest_timestamp(log: &LogFile, entry: &Entry) -> Result<i64, Stop> {
    let (batch, bytes) = view(log, entry)?;
    let bytes = match bytes {
        Some(bytes) => bytes,
        None => log.bytes_of(entry)?,
    };
    let mut largest = -1;
    records::for_each(&batch, &bytes, |record| {
        largest = largest.max(record.timestamp);
        Ok(())
    })?;
    Ok(largest)
}

/// The last offset that a batch says it has.
pub fn last_offset(log: &LogFile, entry: &Entry) -> Result<i64, Thrown> {
    if entry.is_old() {
        return Ok(entry.offset);
    }
    log.header_of(entry).map(|header| header.base_offset.wrapping_add(i64::from(header.last_offset_delta)))
}

//! What must hold of a batch before it is stored, and the form in which it is stored: stamped with the broker's time if
//! the topic says so, with its true max timestamp, in the topic's codec. Offsets and leader epoch are not set here.
//!
//! Source: `LogValidator`, `UnifiedLog.append`; KIP-32, KIP-467, KIP-937.

use bytes::Bytes;

use super::batch::{
    Batch, BatchBuilder, BatchFault, BatchHeader, HEADER_BYTES, Header, NewRecord, ProducerStamp, RecordFault,
};
use super::errors::AppendError;
use super::settings::{Compression, LogSettings, TimestampType};
use crate::clock::Timestamp;
use crate::log::Codec;

/// A batch in the form in which it is to be stored. What comes before the records is the header, whatever the bytes
/// said that arrived: so the records can stay where they are.
#[derive(Debug)]
pub(super) struct Validated {
    pub header: BatchHeader,
    pub records: Bytes,
}

/// A client's batch: everything is checked.
pub(super) fn client_batch(bytes: Bytes, settings: &LogSettings, now: Timestamp) -> Result<Validated, AppendError> {
    let batch = sound_batch(&bytes, settings.max_message_bytes)?;
    if batch.bytes.len() < bytes.len() {
        return Err(invalid(format!("{} bytes follow the one batch allowed", bytes.len() - batch.bytes.len())));
    }
    check_header(&batch.header)?;
    let codec = codec_of(&batch.header)?;
    let findings = Findings::of_records(&batch, settings, now)?;
    let target = match settings.compression {
        Compression::Producer => codec,
        Compression::To { codec, .. } => codec,
    };
    if target == codec && findings.offsets_are_dense {
        let batch = Validated { header: batch.header, records: records_of(&batch.header, &bytes) };
        return Ok(stamp(batch, &findings, settings, now));
    }
    let rebuilt = rebuild(&batch, target, settings, now)?;
    check_size(rebuilt.header.size(), settings.max_message_bytes)?;
    Ok(rebuilt)
}

/// A batch that this broker made: it must be whole and of legal size, and takes the topic's time.
pub(super) fn own_batch(bytes: Bytes, settings: &LogSettings, now: Timestamp) -> Result<Validated, AppendError> {
    let header = sound_batch(&bytes, settings.max_message_bytes)?.header;
    let findings = Findings { max_timestamp: header.max_timestamp, offsets_are_dense: true };
    Ok(stamp(Validated { header, records: records_of(&header, &bytes) }, &findings, settings, now))
}

/// A batch of the metadata log: whole, and stored as it is.
pub(super) fn raft_batch(bytes: Bytes) -> Result<Validated, AppendError> {
    let header = sound_batch(&bytes, u64::MAX)?.header;
    Ok(Validated { header, records: records_of(&header, &bytes) })
}

fn records_of(header: &BatchHeader, bytes: &Bytes) -> Bytes {
    bytes.slice(HEADER_BYTES..header.size())
}

fn sound_batch(bytes: &[u8], max_bytes: u64) -> Result<Batch<'_>, AppendError> {
    let batch = Batch::parse(bytes).map_err(|fault| match fault {
        BatchFault::UnsupportedMagic(_) | BatchFault::BadCount { .. } => invalid(fault.to_string()),
        fault => AppendError::Corrupt(fault),
    })?;
    check_size(batch.bytes.len(), max_bytes)?;
    batch.check_crc().map_err(AppendError::Corrupt)?;
    Ok(batch)
}

fn check_size(size: usize, limit: u64) -> Result<(), AppendError> {
    match size as u64 > limit {
        true => Err(AppendError::TooLarge { size: size as u64, limit }),
        false => Ok(()),
    }
}

fn check_header(header: &BatchHeader) -> Result<(), AppendError> {
    let BatchHeader { base_offset, record_count, last_offset_delta, .. } = *header;
    if base_offset != 0 {
        return Err(invalid(format!("the base offset is {base_offset}; a producer must send 0")));
    }
    if record_count <= 0 || i64::from(record_count) != i64::from(last_offset_delta) + 1 {
        return Err(invalid(BatchFault::BadCount { record_count, last_offset_delta }.to_string()));
    }
    if header.attributes.is_control() {
        return Err(invalid("clients may not write control records".to_owned()));
    }
    if header.has_producer() && header.base_sequence < 0 {
        return Err(invalid(format!(
            "producer {} sent the sequence {}, which is below 0",
            header.producer_id, header.base_sequence
        )));
    }
    Ok(())
}

fn codec_of(header: &BatchHeader) -> Result<Codec, AppendError> {
    header.attributes.codec().map_err(|_| AppendError::UnsupportedCodec { id: (header.attributes.0 & 0b111) as u8 })
}

fn invalid(message: String) -> AppendError {
    AppendError::InvalidRecord { message, records: Vec::new() }
}

fn unreadable(fault: RecordFault) -> AppendError {
    match fault {
        RecordFault::UnknownCodec(id) => AppendError::UnsupportedCodec { id },
        fault => invalid(fault.to_string()),
    }
}

/// What a walk over the records found.
struct Findings {
    max_timestamp: i64,
    /// Offset deltas are 0, 1, 2, …
    offsets_are_dense: bool,
}

impl Findings {
    fn of_records(batch: &Batch<'_>, settings: &LogSettings, now: Timestamp) -> Result<Findings, AppendError> {
        let mut findings = Findings { max_timestamp: -1, offsets_are_dense: true };
        let mut refused = Refused::default();
        let claims_log_append_time = batch.header.attributes.timestamp_type() == TimestampType::LogAppendTime;
        let window = TimestampWindow::new(settings, now);
        let mut records = batch.records().map_err(unreadable)?;
        let mut index = 0;
        while let Some(record) = records.next_record().map_err(unreadable)? {
            findings.max_timestamp = findings.max_timestamp.max(record.timestamp);
            findings.offsets_are_dense &= record.offset_delta == index;
            if settings.compact && record.key.is_none() {
                refused.record(index, "a compacted topic takes no record without a key".to_owned());
            } else if let Some(fault) = window.fault(record.timestamp, claims_log_append_time) {
                refused.timestamp(index, fault);
            }
            index += 1;
        }
        refused.into_result(index)?;
        Ok(findings)
    }
}

/// Which timestamps a topic takes.
struct TimestampWindow {
    create_time: bool,
    now: i64,
    before_max_ms: i64,
    after_max_ms: i64,
}

impl TimestampWindow {
    fn new(settings: &LogSettings, now: Timestamp) -> TimestampWindow {
        TimestampWindow {
            create_time: settings.timestamp_type == TimestampType::CreateTime,
            now: now.millis(),
            before_max_ms: settings.timestamp_before_max_ms,
            after_max_ms: settings.timestamp_after_max_ms,
        }
    }

    fn fault(&self, timestamp: i64, claims_log_append_time: bool) -> Option<String> {
        if self.create_time && timestamp != -1 {
            let age = self.now.saturating_sub(timestamp);
            let lead = timestamp.saturating_sub(self.now);
            if age <= self.before_max_ms && lead <= self.after_max_ms {
                return None;
            }
            return Some(format!(
                "timestamp {timestamp} is out of range: it may be at most {} ms before and {} ms after {}",
                self.before_max_ms, self.after_max_ms, self.now
            ));
        }
        claims_log_append_time.then(|| "a producer must not set the timestamp type to LogAppendTime".to_owned())
    }
}

/// So many offending records are named; all are counted.
const NAMED_RECORDS: usize = 100;

/// Records that may not be stored. One is enough to refuse the batch.
#[derive(Default)]
struct Refused {
    records: Vec<(i32, String)>,
    count: usize,
    any_timestamp: bool,
}

impl Refused {
    fn record(&mut self, index: i32, why: String) {
        self.count += 1;
        if self.records.len() < NAMED_RECORDS {
            self.records.push((index, why));
        }
    }

    fn timestamp(&mut self, index: i32, why: String) {
        self.any_timestamp = true;
        self.record(index, why);
    }

    fn into_result(self, total: i32) -> Result<(), AppendError> {
        let Some((index, why)) = self.records.first() else { return Ok(()) };
        let message = format!("{} of {total} records are refused, the first is record {index}: {why}", self.count);
        let records = self.records;
        Err(match self.any_timestamp {
            true => AppendError::InvalidTimestamp { message, records },
            false => AppendError::InvalidRecord { message, records },
        })
    }
}

/// Keeps the batch, but for its timestamp type and max timestamp.
fn stamp(mut batch: Validated, findings: &Findings, settings: &LogSettings, now: Timestamp) -> Validated {
    let (max_timestamp, log_append_time) = match settings.timestamp_type {
        TimestampType::LogAppendTime => (now.millis(), true),
        TimestampType::CreateTime => (findings.max_timestamp, false),
    };
    if batch.header.stamp(log_append_time, max_timestamp) {
        batch.header.crc = batch.header.crc_with(&batch.records);
    }
    batch
}

/// Writes the batch anew: dense offsets, another codec.
fn rebuild(batch: &Batch<'_>, codec: Codec, settings: &LogSettings, now: Timestamp) -> Result<Validated, AppendError> {
    let header = &batch.header;
    let level = match settings.compression {
        Compression::To { level, .. } => level,
        Compression::Producer => None,
    };
    let producer =
        ProducerStamp { id: header.producer_id, epoch: header.producer_epoch, base_sequence: header.base_sequence };
    let mut builder = BatchBuilder::new()
        .producer(producer)
        .transactional(header.attributes.is_transactional())
        .codec(codec)
        .level(level);
    let mut records = batch.records().map_err(unreadable)?;
    while let Some(record) = records.next_record().map_err(unreadable)? {
        let headers: Vec<Header<'_>> = record.headers.collect();
        builder.add(&NewRecord {
            timestamp: Timestamp(record.timestamp),
            key: record.key,
            value: record.value,
            headers: &headers,
        });
    }
    let bytes = builder.try_build().map_err(|e| invalid(format!("{codec} compression failed: {e}")))?;
    let header = BatchHeader::parse(&bytes).map_err(AppendError::Corrupt)?;
    let findings = Findings { max_timestamp: header.max_timestamp, offsets_are_dense: true };
    Ok(stamp(Validated { header, records: records_of(&header, &bytes) }, &findings, settings, now))
}

#[cfg(test)]
mod tests;

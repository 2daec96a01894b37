//! A partition's log: segments, producers, leader epochs, and what is known of their edges.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::clock::Timestamp;
use crate::log::batch::{self, Batch, BatchHeader};
use crate::log::disk::{Disk, DiskFile, Open, read_exact};
use crate::log::errors::{AppendError, Attempt, LogError, ReadError};
use crate::log::settings::{LogSettings, TimestampType};
use crate::vocabulary::Uuid;

/// What a log must be told when it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    pub settings: LogSettings,
    /// The directory's clean-shutdown marker was there, and nothing was written since.
    pub clean: bool,
    /// From `recovery-point-offset-checkpoint`.
    pub recovery_point: Option<i64>,
    /// From `log-start-offset-checkpoint`.
    pub log_start: Option<i64>,
    pub now: Timestamp,
}

/// What opening found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Segments whose every batch was checked.
    pub segments_recovered: usize,
    /// Bytes cut off because they were no whole, valid batch.
    pub bytes_truncated: u64,
    /// Segments dropped because they came after such a cut.
    pub segments_dropped: usize,
    /// `partition.metadata` was missing or empty: [`PartitionLog::topic_id`] is zero.
    pub topic_id_missing: bool,
}

/// Who appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client's produce request: everything is checked.
    Client,
    /// A coordinator of this broker: sequences are not checked, control batches and several batches are welcome.
    Coordinator,
    /// The metadata log: only lengths and CRCs are checked.
    Raft,
}

/// The circumstances of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Append {
    pub leader_epoch: i32,
    pub origin: Origin,
    pub now: Timestamp,
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub base_offset: i64,
    pub last_offset: i64,
    /// Set if the topic's records carry the broker's time.
    pub log_append_time: Option<Timestamp>,
    pub log_start_offset: i64,
    /// Nothing was written: the producer sent these records before, and these are their offsets.
    pub duplicate: bool,
}

/// How much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    pub max_bytes: usize,
    /// Give the first batch even if it is larger than `max_bytes`.
    pub at_least_one: bool,
    /// Exclusive: the high watermark or the last stable offset.
    pub below: i64,
}

/// What retention did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retained {
    pub segments_deleted: usize,
    pub bytes_deleted: u64,
    pub log_start_offset: i64,
}

/// An aborted transaction, for readers that want committed records only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    pub producer_id: i64,
    pub first_offset: i64,
    /// Of its abort marker.
    pub last_offset: i64,
    pub last_stable_offset: i64,
}

/// A producer that the log remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveProducer {
    pub id: i64,
    pub epoch: i16,
    pub last_sequence: i32,
    pub last_timestamp: i64,
    pub coordinator_epoch: i32,
    pub current_txn_first_offset: Option<i64>,
}

/// Whole batches that were found under the log's lock and can be read without it.
#[derive(Debug, Clone)]
pub struct Located {
    file: Option<Arc<dyn DiskFile>>,
    position: u64,
    length: usize,
    first_offset: i64,
    next_offset: i64,
}

impl Located {
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Base offset of the first batch; the offset asked for if there is none.
    pub fn first_offset(&self) -> i64 {
        self.first_offset
    }

    /// Where reading goes on.
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    pub fn into_bytes(self) -> std::io::Result<Bytes> {
        match &self.file {
            Some(file) => read_exact(&**file, self.position, self.length).map(Bytes::from),
            None => Ok(Bytes::new()),
        }
    }
}

struct Placed {
    header: BatchHeader,
    position: u64,
}

/// One partition's log.
pub struct PartitionLog {
    directory: PathBuf,
    topic_id: Uuid,
    settings: LogSettings,
    file: Arc<dyn DiskFile>,
    placed: Vec<Placed>,
    size: u64,
    start_offset: i64,
    end_offset: i64,
}

impl PartitionLog {
    /// Makes the directory of a new, empty log.
    pub fn create(
        disk: Arc<dyn Disk>,
        directory: PathBuf,
        topic_id: Uuid,
        settings: LogSettings,
        _now: Timestamp,
    ) -> Result<PartitionLog, LogError> {
        disk.create_directory(&directory).attempt("create", &directory)?;
        let path = directory.join("00000000000000000000.log");
        let file = disk.open(&path, Open::Append).attempt("create", &path)?;
        Ok(PartitionLog {
            directory,
            topic_id,
            settings,
            file,
            placed: Vec::new(),
            size: 0,
            start_offset: 0,
            end_offset: 0,
        })
    }

    pub fn append(&mut self, batches: Bytes, by: Append) -> Result<Appended, AppendError> {
        let parts = batch::split(&batches).map_err(AppendError::Corrupt)?;
        let mut bytes = BytesMut::from(&batches[..]);
        let mut at = 0;
        let mut offset = self.end_offset;
        for (header, part) in &parts {
            Batch { header: *header, bytes: part }.check_crc().map_err(AppendError::Corrupt)?;
            let batch = &mut bytes[at..at + part.len()];
            batch::set_base_offset(batch, offset);
            batch::set_leader_epoch(batch, by.leader_epoch);
            at += part.len();
            offset += i64::from(header.last_offset_delta) + 1;
        }
        self.file.append(&bytes).attempt("append to", &self.directory)?;
        let base_offset = self.end_offset;
        for batch in batch::batches(&bytes) {
            let batch = batch.map_err(AppendError::Corrupt)?;
            self.placed.push(Placed { header: batch.header, position: self.size });
            self.size += batch.bytes.len() as u64;
        }
        self.end_offset = offset;
        let log_append_time = (self.settings.timestamp_type == TimestampType::LogAppendTime).then_some(by.now);
        Ok(Appended {
            base_offset,
            last_offset: offset - 1,
            log_append_time,
            log_start_offset: self.start_offset,
            duplicate: false,
        })
    }

    /// Whole batches from the one that contains `from`.
    pub fn read(&self, from: i64, limit: ReadLimit) -> Result<Located, ReadError> {
        if from < self.start_offset || from > self.end_offset {
            return Err(ReadError::OutOfRange { start: self.start_offset, end: self.end_offset });
        }
        let first = self.placed.partition_point(|placed| placed.header.last_offset() < from);
        let mut located =
            Located { file: Some(self.file.clone()), position: 0, length: 0, first_offset: from, next_offset: from };
        for placed in &self.placed[first..] {
            let size = placed.header.size();
            let fits = located.length + size <= limit.max_bytes || (located.is_empty() && limit.at_least_one);
            if !fits || placed.header.base_offset >= limit.below {
                break;
            }
            if located.is_empty() {
                located.position = placed.position;
                located.first_offset = placed.header.base_offset;
            }
            located.length += size;
            located.next_offset = placed.header.next_offset();
        }
        Ok(located)
    }

    pub fn start_offset(&self) -> i64 {
        self.start_offset
    }

    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    pub fn size_in_bytes(&self) -> u64 {
        self.size
    }

    pub fn topic_id(&self) -> Uuid {
        self.topic_id
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn settings(&self) -> &LogSettings {
        &self.settings
    }

    pub fn set_settings(&mut self, settings: LogSettings) {
        self.settings = settings;
    }
}

//! A segment: a stretch of the log in one `.log` file, with its indexes. Only the last segment of a log is active: its
//! index entries are in memory, and its file stays open while it is written to. All other files are opened for each
//! use, so that a thousand idle partitions cost no descriptors.

mod append;
mod checked_scan;
mod find;
mod scan;
mod sync;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use checked_scan::CheckedScan;
pub(super) use find::{Extent, ExtentLimit};
pub(super) use scan::{HeaderScan, ScanFault};

use self::sync::Unsynced;
use super::cleaner::CLEANED_SUFFIX;
use super::disk::{Disk, DiskFile, Open};
use super::errors::{Attempt, LogError};
use super::index::{OffsetIndex, TimeIndex, TransactionIndex};
use crate::clock::Timestamp;

pub(super) const LOG: &str = "log";
pub(super) const OFFSET_INDEX: &str = "index";
pub(super) const TIME_INDEX: &str = "timeindex";
pub(super) const TRANSACTION_INDEX: &str = "txnindex";
/// Appended to the whole name of a file that waits for its removal.
pub(super) const DELETED_SUFFIX: &str = ".deleted";

/// The path of a segment's file.
pub(super) fn file_path(directory: &Path, base_offset: i64, extension: &str) -> PathBuf {
    directory.join(format!("{base_offset:020}.{extension}"))
}

/// A path with a suffix after its whole name.
pub(super) fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The extensions of all files that a segment may have.
pub(super) const EXTENSIONS: [&str; 4] = [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX];

/// The largest timestamp of a segment and the last offset of the batch that had it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Latest {
    pub timestamp: i64,
    pub offset: i64,
}

/// One segment.
#[derive(Debug)]
pub(super) struct Segment {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    pub base_offset: i64,
    /// Open while the segment is written to.
    file: Option<Arc<dyn DiskFile>>,
    pub size: u64,
    pub offsets: OffsetIndex,
    pub times: TimeIndex,
    pub aborted: TransactionIndex,
    pub latest: Option<Latest>,
    /// Max timestamp of the first batch: what `segment.ms` counts from. Known once it was needed.
    first_timestamp: Option<i64>,
    /// Bytes of batches since the last index entry.
    unindexed: u64,
    unsynced: Unsynced,
    pub created: Timestamp,
    /// By how much this segment rolls earlier than `segment.ms` says.
    pub jitter_ms: i64,
}

impl Segment {
    /// A new, empty, active segment. Leftovers under its name are gone afterwards.
    pub fn create(
        disk: &Arc<dyn Disk>,
        directory: &Path,
        base_offset: i64,
        now: Timestamp,
    ) -> Result<Segment, LogError> {
        Segment::create_at(disk, |extension| file_path(directory, base_offset, extension), base_offset, now)
    }

    /// The same for the output of a cleaning, which is no segment of the log yet.
    pub fn create_cleaned(
        disk: &Arc<dyn Disk>,
        directory: &Path,
        base_offset: i64,
        now: Timestamp,
    ) -> Result<Segment, LogError> {
        let at = |extension: &str| suffixed(&file_path(directory, base_offset, extension), CLEANED_SUFFIX);
        Segment::create_at(disk, at, base_offset, now)
    }

    fn create_at(
        disk: &Arc<dyn Disk>,
        at: impl Fn(&str) -> PathBuf,
        base_offset: i64,
        now: Timestamp,
    ) -> Result<Segment, LogError> {
        let path = at(LOG);
        drop(disk.open(&path, Open::Replace).attempt("create", &path)?);
        Ok(Segment {
            offsets: OffsetIndex::create(disk.clone(), at(OFFSET_INDEX), base_offset)?,
            times: TimeIndex::create(disk.clone(), at(TIME_INDEX), base_offset)?,
            aborted: TransactionIndex::create(disk.clone(), at(TRANSACTION_INDEX))?,
            disk: disk.clone(),
            path,
            base_offset,
            file: None,
            size: 0,
            latest: None,
            first_timestamp: None,
            unindexed: 0,
            unsynced: Unsynced { log: true, indexes: true },
            created: now,
            jitter_ms: 0,
        })
    }

    /// A segment that is there, not active; indexes as they are.
    pub fn open(disk: &Arc<dyn Disk>, directory: &Path, base_offset: i64, now: Timestamp) -> Result<Segment, LogError> {
        let at = |extension| file_path(directory, base_offset, extension);
        let path = at(LOG);
        let file = disk.open(&path, Open::Read).attempt("open", &path)?;
        let times = TimeIndex::open(disk.clone(), at(TIME_INDEX), base_offset)?;
        Ok(Segment {
            offsets: OffsetIndex::open(disk.clone(), at(OFFSET_INDEX), base_offset)?,
            latest: times.last().map(|(timestamp, offset)| Latest { timestamp, offset }),
            times,
            aborted: TransactionIndex::open(disk.clone(), at(TRANSACTION_INDEX))?,
            disk: disk.clone(),
            size: file.len().attempt("read", &path)?,
            path,
            base_offset,
            file: None,
            first_timestamp: None,
            unindexed: 0,
            unsynced: Unsynced::default(),
            created: now,
            jitter_ms: 0,
        })
    }

    /// Makes it the segment that grows.
    pub fn activate(&mut self) -> Result<(), LogError> {
        self.offsets.activate()?;
        self.times.activate()?;
        self.aborted.activate()
    }

    /// Ends its growth: the last time index entry, then everything that waits is written.
    pub fn deactivate(&mut self) -> Result<(), LogError> {
        self.note_latest()?;
        self.offsets.deactivate()?;
        self.times.deactivate()?;
        self.aborted.deactivate()?;
        self.file = None;
        Ok(())
    }

    /// The largest timestamp goes into the time index, where the next start looks for it.
    pub fn note_latest(&mut self) -> Result<(), LogError> {
        match self.latest {
            Some(Latest { timestamp, offset }) if self.times.is_active() => {
                let grown = self.times.last().is_none_or(|(last, _)| last < timestamp);
                self.unsynced.indexes |= grown;
                self.times.push(timestamp, offset)
            }
            _ => Ok(()),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The log file, for writing; it stays open.
    fn file_to_write(&mut self) -> Result<Arc<dyn DiskFile>, LogError> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => {
                let file = self.disk.open(&self.path, Open::Append).attempt("open", &self.path)?;
                self.file = Some(file.clone());
                Ok(file)
            }
        }
    }

    /// Nothing was written for a while.
    pub fn release_file(&mut self) {
        self.file = None;
    }

    /// The log file, for reading.
    pub fn file(&self) -> Result<Arc<dyn DiskFile>, LogError> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => self.disk.open(&self.path, Open::Read).attempt("open", &self.path),
        }
    }

    /// The segment's age for retention: its largest timestamp, or when the file last changed.
    pub fn latest_or_modified(&self) -> Result<Timestamp, LogError> {
        match self.latest {
            Some(latest) => Ok(Timestamp(latest.timestamp)),
            None => self.file()?.modified().attempt("read", &self.path),
        }
    }

    /// The max timestamp of its first batch, if it has one.
    pub fn first_timestamp(&mut self) -> Result<Option<i64>, LogError> {
        if self.first_timestamp.is_none() && self.size > 0 {
            let first = self.scan(0, self.size)?.next_batch().map_err(|fault| self.fault(fault))?;
            self.first_timestamp = first.map(|(_, header)| header.max_timestamp);
        }
        Ok(self.first_timestamp)
    }

    /// Walks batch headers between two positions, the first of which must be a batch boundary.
    pub fn scan(&self, from: u64, to: u64) -> Result<HeaderScan, LogError> {
        Ok(HeaderScan::new(self.file()?, from, to))
    }

    /// An error of reading this segment.
    pub fn fault(&self, fault: ScanFault) -> LogError {
        match fault {
            ScanFault::Io(source) => LogError::Io { action: "read", path: self.path.clone(), source },
            ScanFault::Batch { position, fault } => {
                LogError::malformed(&self.path, format!("no batch at position {position}: {fault}"))
            }
        }
    }

    /// Every file it may have.
    pub fn paths(&self) -> [PathBuf; 4] {
        [&self.path, self.offsets.path(), self.times.path(), self.aborted.path()].map(|path| path.to_owned())
    }
}

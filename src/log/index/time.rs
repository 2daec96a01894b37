//! `.timeindex`: where in a segment to start looking for a timestamp, and in its last entry the segment's largest one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Entry, EntryFile, field};
use crate::log::disk::{Disk, DiskFile};
use crate::log::errors::LogError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeEntry {
    timestamp: i64,
    /// Last offset of the batch that had it first, relative to the segment's base offset.
    relative_offset: u32,
}

impl Entry for TimeEntry {
    const BYTES: usize = 12;

    fn read(bytes: &[u8]) -> TimeEntry {
        TimeEntry {
            timestamp: i64::from_be_bytes(field(bytes, 0)),
            relative_offset: u32::from_be_bytes(field(bytes, 8)),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
    }
}

/// The time index of one segment.
#[derive(Debug)]
pub(in crate::log) struct TimeIndex {
    base_offset: i64,
    entries: EntryFile<TimeEntry>,
}

impl TimeIndex {
    pub fn create(disk: Arc<dyn Disk>, path: PathBuf, base_offset: i64) -> Result<TimeIndex, LogError> {
        Ok(TimeIndex { base_offset, entries: EntryFile::create(disk, path, false)? })
    }

    pub fn open(disk: Arc<dyn Disk>, path: PathBuf, base_offset: i64) -> Result<TimeIndex, LogError> {
        Ok(TimeIndex { base_offset, entries: EntryFile::open(disk, path)? })
    }

    pub fn activate(&mut self) -> Result<(), LogError> {
        self.entries.activate(|i, entry| i > 0 && entry.relative_offset == 0)
    }

    /// Whether it can grow.
    pub fn is_active(&self) -> bool {
        self.entries.is_active()
    }

    pub fn deactivate(&mut self) -> Result<(), LogError> {
        self.entries.deactivate()
    }

    /// Notes the largest timestamp so far, if it grew since the last entry.
    pub fn push(&mut self, timestamp: i64, offset: i64) -> Result<(), LogError> {
        let later = timestamp >= 0 && self.last().is_none_or(|(last, _)| last < timestamp);
        match u32::try_from(offset - self.base_offset) {
            Ok(relative_offset) if later => self.entries.push(TimeEntry { timestamp, relative_offset }),
            _ => Ok(()),
        }
    }

    /// One slot stays free for the entry that closes the segment.
    pub fn is_full(&self, max_bytes: u64) -> bool {
        self.entries.count() as u64 + 1 >= max_bytes / TimeEntry::BYTES as u64
    }

    pub fn last(&self) -> Option<(i64, i64)> {
        self.entries.last().map(|entry| self.resolve(entry))
    }

    /// The latest entry at or before `timestamp`: nothing up to its offset is later than that.
    pub fn last_at_or_before(&self, timestamp: i64) -> Result<Option<(i64, i64)>, LogError> {
        let entry = self.entries.entries()?.last_while(|entry| entry.timestamp <= timestamp)?;
        Ok(entry.map(|entry| self.resolve(entry)))
    }

    /// Forgets entries for `offset` and above.
    pub fn truncate_to_offset(&mut self, offset: i64) -> Result<(), LogError> {
        let relative = offset - self.base_offset;
        let kept = self.entries.entries()?.count_while(|entry| i64::from(entry.relative_offset) < relative)?;
        self.entries.truncate(kept)
    }

    fn resolve(&self, entry: TimeEntry) -> (i64, i64) {
        (entry.timestamp, self.base_offset + i64::from(entry.relative_offset))
    }

    /// What its entries take, and its file once the segment is closed.
    pub fn size_in_bytes(&self) -> u64 {
        self.entries.size_in_bytes()
    }

    pub fn clear(&mut self) -> Result<(), LogError> {
        self.entries.clear()
    }

    pub fn write_waiting(&mut self) -> Result<(), LogError> {
        self.entries.write_waiting()
    }

    pub fn file(&self) -> Result<Option<Arc<dyn DiskFile>>, LogError> {
        self.entries.file()
    }

    pub fn path(&self) -> &Path {
        self.entries.path()
    }
}

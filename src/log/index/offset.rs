//! `.index`: where in the log file to start looking for an offset.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Entry, EntryFile, field};
use crate::log::disk::{Disk, DiskFile};
use crate::log::errors::LogError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OffsetEntry {
    /// Last offset of the batch, relative to the segment's base offset.
    relative_offset: u32,
    /// Where the batch starts.
    position: u32,
}

impl Entry for OffsetEntry {
    const BYTES: usize = 8;

    fn read(bytes: &[u8]) -> OffsetEntry {
        OffsetEntry {
            relative_offset: u32::from_be_bytes(field(bytes, 0)),
            position: u32::from_be_bytes(field(bytes, 4)),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }
}

/// The offset index of one segment.
#[derive(Debug)]
pub(in crate::log) struct OffsetIndex {
    base_offset: i64,
    entries: EntryFile<OffsetEntry>,
}

impl OffsetIndex {
    pub fn create(disk: Arc<dyn Disk>, path: PathBuf, base_offset: i64) -> Result<OffsetIndex, LogError> {
        Ok(OffsetIndex { base_offset, entries: EntryFile::create(disk, path, false)? })
    }

    pub fn open(disk: Arc<dyn Disk>, path: PathBuf, base_offset: i64) -> Result<OffsetIndex, LogError> {
        Ok(OffsetIndex { base_offset, entries: EntryFile::open(disk, path)? })
    }

    pub fn activate(&mut self) -> Result<(), LogError> {
        self.entries.activate(|i, entry| i > 0 && entry.relative_offset == 0)
    }

    pub fn deactivate(&mut self) -> Result<(), LogError> {
        self.entries.deactivate()
    }

    /// Notes that the batch which ends at `last_offset` starts at `position`. Skips what does not fit the format.
    pub fn push(&mut self, last_offset: i64, position: u64) -> Result<(), LogError> {
        let later = self.last_offset().is_none_or(|last| last < last_offset);
        match (u32::try_from(last_offset - self.base_offset), u32::try_from(position)) {
            (Ok(relative_offset), Ok(position)) if later => {
                self.entries.push(OffsetEntry { relative_offset, position })
            }
            _ => Ok(()),
        }
    }

    pub fn count(&self) -> usize {
        self.entries.count()
    }

    pub fn is_full(&self, max_bytes: u64) -> bool {
        self.entries.count() as u64 >= max_bytes / OffsetEntry::BYTES as u64
    }

    pub fn last_offset(&self) -> Option<i64> {
        self.entries.last().map(|entry| self.base_offset + i64::from(entry.relative_offset))
    }

    pub fn last_position(&self) -> u64 {
        self.entries.last().map_or(0, |entry| u64::from(entry.position))
    }

    /// A batch boundary at or before the batch that holds `offset`.
    pub fn position_before_offset(&self, offset: i64) -> Result<u64, LogError> {
        let relative = offset - self.base_offset;
        let entry = self.entries.entries()?.last_while(|entry| i64::from(entry.relative_offset) <= relative)?;
        Ok(entry.map_or(0, |entry| u64::from(entry.position)))
    }

    /// The last known batch boundary at or before `position`.
    pub fn boundary_before(&self, position: u64) -> Result<u64, LogError> {
        let entry = self.entries.entries()?.last_while(|entry| u64::from(entry.position) <= position)?;
        Ok(entry.map_or(0, |entry| u64::from(entry.position)))
    }

    /// Forgets entries for `offset` and above.
    pub fn truncate_to_offset(&mut self, offset: i64) -> Result<(), LogError> {
        let relative = offset - self.base_offset;
        let kept = self.entries.entries()?.count_while(|entry| i64::from(entry.relative_offset) < relative)?;
        self.entries.truncate(kept)
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

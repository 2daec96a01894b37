//! `.txnindex`: the transactions whose abort marker lies in the segment, in the order of the markers. The file exists
//! only if there is one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Entry, EntryFile, field};
use crate::log::disk::{Disk, DiskFile};
use crate::log::errors::LogError;

/// An aborted transaction, for readers that want committed records only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    pub producer_id: i64,
    /// Of its first data batch in this partition.
    pub first_offset: i64,
    /// Of its abort marker.
    pub last_offset: i64,
    /// The last stable offset just after that marker.
    pub last_stable_offset: i64,
}

/// An entry with its version, which only a load looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VersionedEntry {
    version: i16,
    aborted: AbortedTransaction,
}

impl Entry for VersionedEntry {
    const BYTES: usize = 34;

    fn read(bytes: &[u8]) -> VersionedEntry {
        let long = |at| i64::from_be_bytes(field(bytes, at));
        VersionedEntry {
            version: i16::from_be_bytes(field(bytes, 0)),
            aborted: AbortedTransaction {
                producer_id: long(2),
                first_offset: long(10),
                last_offset: long(18),
                last_stable_offset: long(26),
            },
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        let AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset } = self.aborted;
        for long in [producer_id, first_offset, last_offset, last_stable_offset] {
            out.extend_from_slice(&long.to_be_bytes());
        }
    }
}

/// The transaction index of one segment.
#[derive(Debug)]
pub(in crate::log) struct TransactionIndex {
    entries: EntryFile<VersionedEntry>,
}

impl TransactionIndex {
    pub fn create(disk: Arc<dyn Disk>, path: PathBuf) -> Result<TransactionIndex, LogError> {
        Ok(TransactionIndex { entries: EntryFile::create(disk, path, true)? })
    }

    pub fn open(disk: Arc<dyn Disk>, path: PathBuf) -> Result<TransactionIndex, LogError> {
        Ok(TransactionIndex { entries: EntryFile::open(disk, path)? })
    }

    /// Whether every entry can be one of a segment with this base offset.
    pub fn is_sound(&self, base_offset: i64) -> Result<bool, LogError> {
        let entries = self.entries.entries()?;
        for i in 0..entries.len() {
            let VersionedEntry { version, aborted } = entries.get(i)?;
            if version != 0 || aborted.last_offset < base_offset || aborted.first_offset > aborted.last_offset {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn activate(&mut self) -> Result<(), LogError> {
        self.entries.activate(|_, _| false)
    }

    pub fn deactivate(&mut self) -> Result<(), LogError> {
        self.entries.deactivate()
    }

    pub fn push(&mut self, aborted: AbortedTransaction) -> Result<(), LogError> {
        self.entries.push(VersionedEntry { version: 0, aborted })
    }

    /// Adds what overlaps the offsets `from..below` to `found`; true if no later segment can hold more of it.
    pub fn collect(&self, from: i64, below: i64, found: &mut Vec<AbortedTransaction>) -> Result<bool, LogError> {
        let entries = self.entries.entries()?;
        let first = entries.count_while(|entry| entry.aborted.last_offset < from)?;
        for i in first..entries.len() {
            let VersionedEntry { aborted, .. } = entries.get(i)?;
            if aborted.first_offset < below {
                found.push(aborted);
            }
            if aborted.last_stable_offset >= below {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Forgets transactions whose marker is at `offset` or above.
    pub fn truncate_to_offset(&mut self, offset: i64) -> Result<(), LogError> {
        let kept = self.entries.entries()?.count_while(|entry| entry.aborted.last_offset < offset)?;
        self.entries.truncate(kept)
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

//! The indexes beside a segment: arrays of fixed entries without header or checksum. Each may miss entries and is still
//! right, since readers only take a starting point from it.
//!
//! ```text
//! .index      relative offset u32, position u32                       last offset of the batch that starts there
//! .timeindex  timestamp i64, relative offset u32                      largest timestamp so far, and where it was
//! .txnindex   version i16 (0), producer id, first, last, stable i64   an aborted transaction
//! ```
//!
//! Kafka preallocates the files of its active segment with zeros and maps them; here a file's length is always its
//! entries. The active segment's entries are in memory, too, and written in groups: after a crash they are rebuilt from
//! the log in any case. Other segments' entries are read where they lie.

mod offset;
mod time;
mod transaction;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use offset::OffsetIndex;
pub(super) use time::TimeIndex;
pub use transaction::AbortedTransaction;
pub(super) use transaction::TransactionIndex;

use super::disk::{Disk, DiskFile, Open, read_exact};
use super::errors::{Attempt, LogError};

/// A fixed-size entry.
pub(super) trait Entry: Copy {
    const BYTES: usize;
    /// From exactly `BYTES` bytes.
    fn read(bytes: &[u8]) -> Self;
    fn write(&self, out: &mut Vec<u8>);
}

/// So many entries may wait in memory for their write.
const GROUP: usize = 256;

/// The entries of one index file.
#[derive(Debug)]
pub(super) struct EntryFile<E> {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// How many there are, in the file or waiting.
    count: usize,
    last: Option<E>,
    active: Option<Active<E>>,
}

/// What the active segment's index has besides.
#[derive(Debug)]
struct Active<E> {
    entries: Vec<E>,
    /// How many of them are in the file.
    written: usize,
}

impl<E: Entry> EntryFile<E> {
    /// An empty index for a new segment; whatever the file held is gone. With `lazily`, the file waits for an entry.
    pub fn create(disk: Arc<dyn Disk>, path: PathBuf, lazily: bool) -> Result<EntryFile<E>, LogError> {
        match lazily {
            true => disk.remove_file(&path).attempt("remove", &path)?,
            false => drop(disk.open(&path, Open::Replace).attempt("create", &path)?),
        }
        let active = Some(Active { entries: Vec::new(), written: 0 });
        Ok(EntryFile { disk, path, count: 0, last: None, active })
    }

    /// An index whose length is trusted, not its content; a missing file is an empty index.
    pub fn open(disk: Arc<dyn Disk>, path: PathBuf) -> Result<EntryFile<E>, LogError> {
        let mut index = EntryFile { disk, path, count: 0, last: None, active: None };
        if index.disk.exists(&index.path).attempt("open", &index.path)? {
            let file = index.disk.open(&index.path, Open::Read).attempt("open", &index.path)?;
            index.count = file.len().attempt("read", &index.path)? as usize / E::BYTES;
            index.last = index.entries()?.last()?;
        }
        Ok(index)
    }

    /// Takes the entries into memory, up to the first that `is_padding`, and makes the index ready to grow.
    pub fn activate(&mut self, is_padding: impl Fn(usize, &E) -> bool) -> Result<(), LogError> {
        if self.active.is_some() {
            return Ok(());
        }
        let bytes = match self.count {
            0 => Vec::new(),
            count => {
                let file = self.disk.open(&self.path, Open::Read).attempt("open", &self.path)?;
                read_exact(&*file, 0, count * E::BYTES).attempt("read", &self.path)?
            }
        };
        let entries: Vec<E> = bytes.chunks_exact(E::BYTES).map(E::read).collect();
        let kept = entries.iter().enumerate().take_while(|(i, entry)| !is_padding(*i, entry)).count();
        let entries = entries[..kept].to_vec();
        if kept < self.count {
            self.cut_file(kept)?;
        }
        self.count = kept;
        self.last = entries.last().copied();
        self.active = Some(Active { written: kept, entries });
        Ok(())
    }

    /// Writes what waits and forgets what the file holds as well.
    pub fn deactivate(&mut self) -> Result<(), LogError> {
        self.write_waiting()?;
        self.active = None;
        Ok(())
    }

    /// Whether it can grow.
    pub fn is_active(&self) -> bool {
        self.active.is_some()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn size_in_bytes(&self) -> u64 {
        (self.count * E::BYTES) as u64
    }

    pub fn last(&self) -> Option<E> {
        self.last
    }

    /// Adds an entry. It is in the file after `write_waiting`, or when enough of them wait. Only for active indexes.
    pub fn push(&mut self, entry: E) -> Result<(), LogError> {
        let Some(active) = &mut self.active else {
            return Err(LogError::malformed(&self.path, "the index of a closed segment does not grow"));
        };
        active.entries.push(entry);
        self.count += 1;
        self.last = Some(entry);
        if active.entries.len() - active.written < GROUP {
            return Ok(());
        }
        self.write_waiting()
    }

    pub fn write_waiting(&mut self) -> Result<(), LogError> {
        let Some(active) = &mut self.active else { return Ok(()) };
        if active.written == active.entries.len() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity((active.entries.len() - active.written) * E::BYTES);
        for entry in &active.entries[active.written..] {
            entry.write(&mut bytes);
        }
        let file = self.disk.open(&self.path, Open::Append).attempt("open", &self.path)?;
        // An earlier write may have failed halfway, and a Kafka that crashed leaves padding.
        let end = (active.written * E::BYTES) as u64;
        if file.len().attempt("read", &self.path)? != end {
            file.truncate(end).attempt("truncate", &self.path)?;
        }
        file.append(&bytes).attempt("append to", &self.path)?;
        active.written = active.entries.len();
        Ok(())
    }

    /// Keeps the first `count` entries.
    pub fn truncate(&mut self, count: usize) -> Result<(), LogError> {
        if count >= self.count {
            return Ok(());
        }
        self.last = match count {
            0 => None,
            count => Some(self.entries()?.get(count - 1)?),
        };
        self.count = count;
        let in_file = match &mut self.active {
            Some(active) => {
                active.entries.truncate(count);
                let written = active.written;
                active.written = written.min(count);
                written
            }
            None => usize::MAX,
        };
        if in_file > count {
            self.cut_file(count)?;
        }
        Ok(())
    }

    /// Empties the index and its file, whatever they held.
    pub fn clear(&mut self) -> Result<(), LogError> {
        self.truncate(0)?;
        if self.disk.exists(&self.path).attempt("open", &self.path)? {
            self.cut_file(0)?;
        }
        Ok(())
    }

    fn cut_file(&self, count: usize) -> Result<(), LogError> {
        let file = self.disk.open(&self.path, Open::Append).attempt("open", &self.path)?;
        file.truncate((count * E::BYTES) as u64).attempt("truncate", &self.path)
    }

    /// The file, for a sync, if it exists.
    pub fn file(&self) -> Result<Option<Arc<dyn DiskFile>>, LogError> {
        match self.disk.exists(&self.path).attempt("open", &self.path)? {
            true => self.disk.open(&self.path, Open::Append).attempt("open", &self.path).map(Some),
            false => Ok(None),
        }
    }

    /// The entries for looking something up.
    pub fn entries(&self) -> Result<Entries<'_, E>, LogError> {
        match &self.active {
            Some(active) => Ok(Entries::Memory(&active.entries)),
            None if self.count == 0 => Ok(Entries::Memory(&[])),
            None => {
                let file = self.disk.open(&self.path, Open::Read).attempt("open", &self.path)?;
                Ok(Entries::File { file, count: self.count, path: &self.path })
            }
        }
    }
}

/// Entries wherever they are.
pub(super) enum Entries<'a, E> {
    Memory(&'a [E]),
    File { file: Arc<dyn DiskFile>, count: usize, path: &'a Path },
}

impl<E: Entry> Entries<'_, E> {
    pub fn len(&self) -> usize {
        match self {
            Entries::Memory(entries) => entries.len(),
            Entries::File { count, .. } => *count,
        }
    }

    /// The entry at `i`, which must be below `len`.
    pub fn get(&self, i: usize) -> Result<E, LogError> {
        match self {
            Entries::Memory(entries) => Ok(entries[i]),
            Entries::File { file, path, .. } => {
                read_exact(&**file, (i * E::BYTES) as u64, E::BYTES).map(|bytes| E::read(&bytes)).attempt("read", path)
            }
        }
    }

    pub fn last(&self) -> Result<Option<E>, LogError> {
        match self.len() {
            0 => Ok(None),
            count => self.get(count - 1).map(Some),
        }
    }

    /// How many entries at the front satisfy `holds`, which must be true of a front and false of the rest.
    pub fn count_while(&self, holds: impl Fn(&E) -> bool) -> Result<usize, LogError> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match holds(&self.get(middle)?) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        Ok(low)
    }

    /// The last entry of the front that satisfies `holds`.
    pub fn last_while(&self, holds: impl Fn(&E) -> bool) -> Result<Option<E>, LogError> {
        match self.count_while(holds)? {
            0 => Ok(None),
            count => self.get(count - 1).map(Some),
        }
    }
}

/// `N` bytes at `at` of an entry.
fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests;

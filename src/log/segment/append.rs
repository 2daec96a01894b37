//! Growing a segment, and cutting it.

use std::io::IoSlice;

use super::sync::Unsynced;
use super::{Latest, Segment};
use crate::log::batch::BatchHeader;
use crate::log::errors::{Attempt, LogError};
use crate::log::index::AbortedTransaction;

impl Segment {
    /// Notes an aborted transaction, on disk at once if the disk lets it.
    pub fn note_aborted(&mut self, aborted: AbortedTransaction) -> Result<(), LogError> {
        self.unsynced.indexes = true;
        self.aborted.push(aborted)?;
        self.aborted.write_waiting()
    }

    /// Writes the parts of batches at the end with one write. If that fails the file is as before, unless the second result says
    /// that even cutting it back failed.
    pub fn append(&mut self, parts: &mut [IoSlice<'_>]) -> Result<(), (LogError, Option<LogError>)> {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let file = self.file_to_write().map_err(|e| (e, None))?;
        self.unsynced.log = true;
        if let Err(e) = file.append_parts(parts).attempt("append to", &self.path) {
            return Err((e, file.truncate(self.size).attempt("truncate", &self.path).err()));
        }
        self.size += size as u64;
        Ok(())
    }

    /// Notes a batch in what is known of the segment, by the rules that Kafka indexes by: an entry for a batch before
    /// which more than `interval` bytes went without one.
    pub fn note_batch(&mut self, header: &BatchHeader, position: u64, interval: u64) -> Result<(), LogError> {
        if self.latest.is_none_or(|latest| header.max_timestamp > latest.timestamp) && header.max_timestamp >= 0 {
            self.latest = Some(Latest { timestamp: header.max_timestamp, offset: header.last_offset() });
        }
        if position == 0 {
            self.first_timestamp = Some(header.max_timestamp);
        }
        let due = self.unindexed > interval;
        self.unindexed = if due { 0 } else { self.unindexed } + header.size() as u64;
        if !due {
            return Ok(());
        }
        self.unsynced.indexes = true;
        self.offsets.push(header.last_offset(), position)?;
        match self.latest {
            Some(Latest { timestamp, offset }) => self.times.push(timestamp, offset),
            None => Ok(()),
        }
    }

    /// Cuts the segment at a batch boundary; the indexes keep what is below `offset`.
    pub fn truncate(&mut self, position: u64, offset: i64) -> Result<(), LogError> {
        self.activate()?;
        self.unsynced.indexes = true;
        self.cut_file(position)?;
        // What was taken back must not come back, nor in the place of other records.
        self.file()?.sync().attempt("sync", &self.path)?;
        self.offsets.truncate_to_offset(offset)?;
        self.times.truncate_to_offset(offset)?;
        self.aborted.truncate_to_offset(offset)?;
        if position == 0 {
            self.first_timestamp = None;
        }
        self.unindexed = 0;
        self.find_latest()
    }

    /// Cuts the file, and nothing else.
    pub fn cut_file(&mut self, position: u64) -> Result<(), LogError> {
        let file = self.file_to_write()?;
        file.truncate(position).attempt("truncate", &self.path)?;
        self.unsynced.log = true;
        self.size = position;
        Ok(())
    }

    /// Empties every index, to be filled anew by `note_batch`.
    pub fn clear_indexes(&mut self) -> Result<(), LogError> {
        self.activate()?;
        self.unsynced = Unsynced { log: true, indexes: true };
        self.offsets.clear()?;
        self.times.clear()?;
        self.aborted.clear()?;
        self.latest = None;
        self.first_timestamp = None;
        self.unindexed = 0;
        Ok(())
    }
}

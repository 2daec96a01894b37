//! Taking back records from the end, or all of them.

use super::PartitionLog;
use crate::clock::Timestamp;
use crate::log::errors::{Attempt, LogError};

impl PartitionLog {
    /// Takes back everything from `offset` on. A batch that contains `offset` goes as a whole. Lower the checkpointed
    /// recovery point before anything else is appended.
    pub fn truncate_to(&mut self, offset: i64, now: Timestamp) -> Result<(), LogError> {
        self.check_fence()?;
        if offset >= self.end_offset {
            return self.epochs.truncate_end(offset);
        }
        if offset < self.first_segment_offset() {
            return self.restart_at(offset, now);
        }
        self.generation += 1;
        self.tail.clear();
        let truncated = self.cut(offset, now);
        if let Err(e) = &truncated {
            self.fence(e.to_string());
        }
        truncated
    }

    fn cut(&mut self, offset: i64, now: Timestamp) -> Result<(), LogError> {
        let above: Vec<i64> = self.segments.range(offset + 1..).map(|(base, _)| *base).collect();
        if !above.is_empty() {
            above.into_iter().try_for_each(|base_offset| self.delete_segment(base_offset, now))?;
            // They must not come back behind a segment that was cut, or grew again.
            self.disk.sync_directory(&self.directory).attempt("sync", &self.directory)?;
        }
        let segment = self.active()?;
        let (position, end_offset) = match segment.find_batch(offset)? {
            Some((position, header)) => (position, header.base_offset.min(offset)),
            None => (segment.size, offset),
        };
        segment.truncate(position, offset)?;
        self.end_offset = end_offset;
        self.start_offset = self.start_offset.min(end_offset);
        self.recovery_point = self.recovery_point.min(end_offset);
        self.epochs.truncate_end(end_offset)?;
        self.snapshots.remove_where(|found| found > end_offset)?;
        self.reload_producers(end_offset, now)
    }

    /// Deletes every record and goes on at `offset`.
    pub fn restart_at(&mut self, offset: i64, now: Timestamp) -> Result<(), LogError> {
        self.check_fence()?;
        self.generation += 1;
        self.tail.clear();
        let restarted = self.replace_all(offset, now);
        if let Err(e) = &restarted {
            self.fence(e.to_string());
        }
        restarted
    }

    fn replace_all(&mut self, offset: i64, now: Timestamp) -> Result<(), LogError> {
        let all: Vec<i64> = self.segments.keys().copied().collect();
        for base_offset in all {
            self.delete_segment(base_offset, now)?;
        }
        self.add_segment(offset, now)?;
        self.start_offset = offset;
        self.end_offset = offset;
        self.recovery_point = offset;
        self.epochs.clear()?;
        self.snapshots.remove_where(|_| true)?;
        self.producers.clear();
        Ok(())
    }
}

//! What may go: segments below the log's start, too old, or too much.

use super::PartitionLog;
use super::roll::Roll;
use crate::clock::Timestamp;
use crate::log::errors::LogError;
use crate::log::settings::LogSettings;

/// What retention did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retained {
    pub segments_deleted: usize,
    pub bytes_deleted: u64,
    pub log_start_offset: i64,
}

/// What the choice needs to know of a segment.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    base_offset: i64,
    /// Base offset of the next segment, or the end of the log.
    next_offset: i64,
    size: u64,
    latest: Timestamp,
    is_last: bool,
}

/// How many segments at the front may go: each only after all before it.
fn choose(candidates: &[Candidate], start_offset: i64, settings: &LogSettings, now: Timestamp) -> usize {
    let mut rest: u64 = candidates.iter().map(|candidate| candidate.size).sum();
    for (count, candidate) in candidates.iter().enumerate() {
        rest -= candidate.size;
        let is_empty_last = candidate.is_last && candidate.size == 0;
        let below_start = !candidate.is_last && candidate.next_offset <= start_offset;
        let too_much = u64::try_from(settings.retention_bytes).is_ok_and(|limit| rest >= limit);
        let age = now.millis().saturating_sub(candidate.latest.millis());
        let too_old = settings.retention_ms >= 0 && age > settings.retention_ms;
        if is_empty_last || !(below_start || (settings.delete && (too_much || too_old))) {
            return count;
        }
    }
    candidates.len()
}

impl PartitionLog {
    /// Deletes whole segments that the settings no longer keep, and removes files whose delay is over.
    pub fn apply_retention(&mut self, now: Timestamp) -> Result<Retained, LogError> {
        self.check_fence()?;
        self.remove_due_files(now);
        self.drop_idle_cache(now);
        let candidates = self.candidates()?;
        let count = choose(&candidates, self.start_offset, &self.settings, now);
        let gone = &candidates[..count];
        if gone.last().is_some_and(|last| last.is_last) {
            self.roll(Roll::Age, now)?;
        }
        for candidate in gone {
            self.delete_segment(candidate.base_offset, now)?;
        }
        if count > 0 {
            self.raise_start(self.first_segment_offset())?;
        }
        Ok(Retained {
            segments_deleted: count,
            bytes_deleted: gone.iter().map(|candidate| candidate.size).sum(),
            log_start_offset: self.start_offset,
        })
    }

    fn candidates(&self) -> Result<Vec<Candidate>, LogError> {
        let mut candidates = Vec::with_capacity(self.segments.len());
        let mut nexts = self.segments.keys().skip(1);
        for (base_offset, segment) in &self.segments {
            let next = nexts.next();
            candidates.push(Candidate {
                base_offset: *base_offset,
                next_offset: next.copied().unwrap_or(self.end_offset),
                size: segment.size,
                latest: segment.latest_or_modified()?,
                is_last: next.is_none(),
            });
        }
        Ok(candidates)
    }

    /// Makes everything below `offset` unreadable; whole segments of it go with the next retention. Yields the new
    /// start. Beyond the end of the log there is nothing to delete.
    pub fn delete_records_before(&mut self, offset: i64) -> Result<i64, LogError> {
        self.check_fence()?;
        self.raise_start(offset.min(self.end_offset))?;
        Ok(self.start_offset)
    }

    fn raise_start(&mut self, offset: i64) -> Result<(), LogError> {
        if offset > self.start_offset {
            self.start_offset = offset;
            self.recovery_point = self.recovery_point.max(offset);
            self.epochs.truncate_start(offset)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(base_offset: i64, size: u64, latest: i64) -> Candidate {
        Candidate { base_offset, next_offset: base_offset + 10, size, latest: Timestamp(latest), is_last: false }
    }

    fn three() -> [Candidate; 3] {
        let last = Candidate { is_last: true, ..candidate(20, 100, 3000) };
        [candidate(0, 100, 1000), candidate(10, 100, 2000), last]
    }

    fn chosen(change: impl FnOnce(&mut LogSettings), start_offset: i64, now: i64) -> usize {
        let mut settings = LogSettings { retention_ms: -1, retention_bytes: -1, ..LogSettings::default() };
        change(&mut settings);
        choose(&three(), start_offset, &settings, Timestamp(now))
    }

    #[test]
    fn without_limits_everything_stays() {
        assert_eq!(chosen(|_| {}, 0, i64::MAX), 0);
    }

    #[test]
    fn segments_wholly_below_the_start_go_whatever_the_policy() {
        assert_eq!(chosen(|s| s.delete = false, 9, 0), 0);
        assert_eq!(chosen(|s| s.delete = false, 10, 0), 1);
        assert_eq!(chosen(|s| s.delete = false, 25, 0), 2);
    }

    #[test]
    fn the_rest_must_still_reach_the_size_limit() {
        assert_eq!(chosen(|s| s.retention_bytes = 300, 0, 0), 0);
        assert_eq!(chosen(|s| s.retention_bytes = 200, 0, 0), 1);
        assert_eq!(chosen(|s| s.retention_bytes = 199, 0, 0), 1);
        assert_eq!(chosen(|s| s.retention_bytes = 100, 0, 0), 2);
        assert_eq!(chosen(|s| s.retention_bytes = 0, 0, 0), 3);
    }

    #[test]
    fn age_counts_from_the_latest_record_and_stops_at_the_first_that_stays() {
        assert_eq!(chosen(|s| s.retention_ms = 1000, 0, 2000), 0);
        assert_eq!(chosen(|s| s.retention_ms = 1000, 0, 2001), 1);
        assert_eq!(chosen(|s| s.retention_ms = 0, 0, 9999), 3);
        assert_eq!(chosen(|s| (s.retention_ms, s.delete) = (0, false), 0, 9999), 0);
    }
}

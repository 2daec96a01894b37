//! Rolling: ending the active segment and beginning another.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::PartitionLog;
use super::append::Run;
use crate::clock::Timestamp;
use crate::log::errors::LogError;
use crate::log::settings::LogSettings;

/// Why a segment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Roll {
    Size,
    Age,
    IndexFull,
    OffsetRange,
}

/// What the decision needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlook {
    pub size: u64,
    pub base_offset: i64,
    /// Max timestamp of the segment's first batch.
    pub first_timestamp: Option<i64>,
    pub created: Timestamp,
    pub jitter_ms: i64,
    pub indexes_full: bool,
    /// Of the coming append.
    pub append_bytes: u64,
    pub append_last_offset: i64,
    pub append_max_timestamp: i64,
    pub now: Timestamp,
}

impl Roll {
    /// Whether the segment must end before the coming append. Records' timestamps drive its age, where there are any.
    pub fn due(outlook: &Outlook, settings: &LogSettings) -> Option<Roll> {
        if outlook.append_last_offset - outlook.base_offset > i64::from(i32::MAX) {
            return Some(Roll::OffsetRange);
        }
        if outlook.size == 0 {
            return None;
        }
        let waited = match outlook.first_timestamp {
            Some(first) if first >= 0 => outlook.append_max_timestamp.saturating_sub(first),
            _ => outlook.now.millis().saturating_sub(outlook.created.millis()),
        };
        if outlook.size + outlook.append_bytes > settings.segment_bytes {
            Some(Roll::Size)
        } else if waited > longest_age(settings).saturating_sub(outlook.jitter_ms) {
            Some(Roll::Age)
        } else {
            outlook.indexes_full.then_some(Roll::IndexFull)
        }
    }
}

fn longest_age(settings: &LogSettings) -> i64 {
    match settings.compact {
        true => settings.segment_ms.min(settings.max_compaction_lag_ms),
        false => settings.segment_ms,
    }
}

/// By how much a segment rolls early. The same for the same segment always, spread evenly over partitions.
pub(super) fn jitter(directory: &Path, base_offset: i64, settings: &LogSettings) -> i64 {
    let range = settings.segment_jitter_ms.min(settings.segment_ms);
    if range <= 0 {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    (directory.file_name(), base_offset).hash(&mut hasher);
    (hasher.finish() % range as u64) as i64
}

impl PartitionLog {
    pub(super) fn roll_if_due(&mut self, run: &Run, last_offset: i64, now: Timestamp) -> Result<(), LogError> {
        let index_bytes = self.settings.segment_index_bytes;
        let segment = self.active()?;
        let outlook = Outlook {
            size: segment.size,
            base_offset: segment.base_offset,
            first_timestamp: segment.first_timestamp()?,
            created: segment.created,
            jitter_ms: segment.jitter_ms,
            indexes_full: segment.offsets.is_full(index_bytes) || segment.times.is_full(index_bytes),
            append_bytes: run.size as u64,
            append_last_offset: last_offset,
            append_max_timestamp: run.max_timestamp(),
            now,
        };
        match Roll::due(&outlook, &self.settings) {
            Some(reason) => self.roll(reason, now),
            None => Ok(()),
        }
    }

    /// Begins a segment at the end of the log. If that fails halfway the log is fenced.
    pub(super) fn roll(&mut self, reason: Roll, now: Timestamp) -> Result<(), LogError> {
        let base_offset = self.end_offset;
        tracing::debug!(directory = %self.directory.display(), base_offset, ?reason, "roll");
        let rolled = self.begin_segment(base_offset, now);
        if let Err(e) = &rolled {
            self.fence(e.to_string());
        }
        rolled
    }

    fn begin_segment(&mut self, base_offset: i64, now: Timestamp) -> Result<(), LogError> {
        let active = self.active()?;
        if active.base_offset == base_offset {
            // It is empty; a new one under the same name begins its life, and its indexes, anew.
            return self.add_segment(base_offset, now);
        }
        active.deactivate()?;
        self.snapshots.write(base_offset, &self.producers)?;
        self.add_segment(base_offset, now)
    }
}

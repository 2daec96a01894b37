//! Whether a log is worth cleaning, and how far it may be.

use crate::clock::Timestamp;
use crate::log::settings::LogSettings;

/// What the choice needs to know of a segment. The last one of a log is active.
#[derive(Debug, Clone, Copy)]
pub(in crate::log) struct Candidate {
    pub base_offset: i64,
    pub size: u64,
    /// The largest timestamp in it.
    pub latest: Timestamp,
    /// Of its first batch, if it has one.
    pub first_timestamp: Option<i64>,
}

/// What the choice needs to know of a log.
#[derive(Debug)]
pub(in crate::log) struct Outlook {
    pub segments: Vec<Candidate>,
    pub start_offset: i64,
    pub end_offset: i64,
    pub last_stable_offset: i64,
    /// From `cleaner-offset-checkpoint`.
    pub checkpoint: Option<i64>,
}

/// How a log would be cleaned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The first offset that no pass has looked at.
    pub first_dirty: i64,
    /// The offset at which a pass must stop; a segment begins there.
    pub first_uncleanable: i64,
    /// Bytes to be cleaned, of all that would be read.
    pub dirty_ratio: f64,
    /// Something waits longer than `max.compaction.lag.ms`.
    pub is_overdue: bool,
}

impl Outlook {
    /// `None` if there is nothing to clean, or not enough of it.
    pub fn choose(&self, settings: &LogSettings, now: Timestamp) -> Option<Choice> {
        if !settings.compact {
            return None;
        }
        let first_dirty = self.first_dirty();
        let first_uncleanable = self.segment_of(self.first_undecided(first_dirty, settings, now));
        let size_of = |wanted: &dyn Fn(i64) -> bool| -> u64 {
            self.segments.iter().filter(|segment| wanted(segment.base_offset)).map(|segment| segment.size).sum()
        };
        // The segment in which cleaning stopped counts as both, as it does in Kafka.
        let clean = size_of(&|base| base < first_dirty);
        let dirty_from = self.segment_of(first_dirty);
        let dirty = size_of(&|base| base >= dirty_from && base < first_uncleanable);
        if dirty == 0 || first_dirty >= first_uncleanable {
            return None;
        }
        let dirty_ratio = dirty as f64 / (clean + dirty) as f64;
        let is_overdue = self.is_overdue(first_dirty, settings, now);
        let choice = Choice { first_dirty, first_uncleanable, dirty_ratio, is_overdue };
        (is_overdue || dirty_ratio > settings.min_cleanable_dirty_ratio).then_some(choice)
    }

    fn first_dirty(&self) -> i64 {
        let in_range = |offset: &i64| (self.start_offset..=self.end_offset).contains(offset);
        self.checkpoint.filter(in_range).unwrap_or(self.start_offset)
    }

    /// Base offset of the segment that holds `offset`.
    fn segment_of(&self, offset: i64) -> i64 {
        let bases = self.segments.iter().map(|segment| segment.base_offset);
        bases.take_while(|base| *base <= offset).last().unwrap_or(offset)
    }

    /// Where the log is open, active, or too young.
    fn first_undecided(&self, first_dirty: i64, settings: &LogSettings, now: Timestamp) -> i64 {
        let active = self.segments.last().map_or(self.end_offset, |segment| segment.base_offset);
        let dirty_from = self.segment_of(first_dirty);
        let too_young = |segment: &&Candidate| {
            segment.base_offset >= dirty_from
                && settings.min_compaction_lag_ms > 0
                && segment.latest.millis() > now.millis().saturating_sub(settings.min_compaction_lag_ms)
        };
        let young = self.segments.iter().find(too_young).map_or(i64::MAX, |segment| segment.base_offset);
        self.last_stable_offset.min(active).min(young).max(first_dirty)
    }

    fn is_overdue(&self, first_dirty: i64, settings: &LogSettings, now: Timestamp) -> bool {
        let inactive = &self.segments[..self.segments.len().saturating_sub(1)];
        let dirty = inactive.iter().filter(|segment| segment.base_offset >= self.segment_of(first_dirty));
        let earliest = dirty.filter_map(|segment| segment.first_timestamp).filter(|timestamp| *timestamp > 0).min();
        let limit = now.millis().saturating_sub(settings.max_compaction_lag_ms);
        settings.max_compaction_lag_ms < i64::MAX && earliest.is_some_and(|earliest| earliest < limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn segment(base_offset: i64, size: u64, latest: i64) -> Candidate {
        Candidate { base_offset, size, latest: Timestamp(latest), first_timestamp: Some(latest) }
    }

    /// Four segments of ten records each; the last is active.
    fn outlook() -> Outlook {
        Outlook {
            segments: (0..4).map(|i| segment(i * 10, 100, i * 1000)).collect(),
            start_offset: 0,
            end_offset: 40,
            last_stable_offset: 40,
            checkpoint: None,
        }
    }

    fn compacted() -> LogSettings {
        LogSettings { compact: true, ..LogSettings::default() }
    }

    #[test]
    fn a_log_that_was_never_cleaned_is_cleaned_up_to_its_active_segment() {
        let choice = outlook().choose(&compacted(), NOW).unwrap();
        assert_eq!((choice.first_dirty, choice.first_uncleanable), (0, 30));
        assert!(choice.dirty_ratio == 1.0 && !choice.is_overdue);
        assert_eq!(outlook().choose(&LogSettings::default(), NOW), None, "the policy is delete");
    }

    #[test]
    fn a_log_waits_until_enough_of_it_is_dirty() {
        let cleaned_to = |checkpoint| Outlook { checkpoint: Some(checkpoint), ..outlook() };
        assert_eq!(cleaned_to(20).choose(&compacted(), NOW), None, "a third");
        let eager = LogSettings { min_cleanable_dirty_ratio: 0.3, ..compacted() };
        assert_eq!(cleaned_to(20).choose(&eager, NOW).unwrap().first_dirty, 20);
        assert_eq!(cleaned_to(30).choose(&eager, NOW), None, "nothing is dirty");
        assert_eq!(cleaned_to(99).choose(&eager, NOW).unwrap().first_dirty, 0, "a checkpoint beyond the end is wrong");
    }

    #[test]
    fn what_is_in_the_air_or_too_young_is_left() {
        let open = Outlook { last_stable_offset: 15, ..outlook() };
        assert_eq!(open.choose(&compacted(), NOW).unwrap().first_uncleanable, 10, "whole segments only");
        assert_eq!(Outlook { last_stable_offset: 9, ..outlook() }.choose(&compacted(), NOW), None);
        let lag = |ms| LogSettings { min_compaction_lag_ms: ms, ..compacted() };
        let young =
            Outlook { segments: (0..4).map(|i| segment(i * 10, 100, 999_000 + i * 100)).collect(), ..outlook() };
        assert_eq!(young.choose(&lag(850), NOW).unwrap().first_uncleanable, 20);
        assert_eq!(young.choose(&lag(5000), NOW), None);
    }

    #[test]
    fn a_segment_in_which_cleaning_stopped_is_clean_and_dirty_and_may_be_too_young() {
        let stopped = Outlook { checkpoint: Some(15), ..outlook() };
        let eager = LogSettings { min_cleanable_dirty_ratio: 0.3, ..compacted() };
        assert_eq!(stopped.choose(&eager, NOW).unwrap().dirty_ratio, 0.5, "two are dirty, two are clean");
        let lagging = LogSettings { min_compaction_lag_ms: 999_500, ..eager };
        assert_eq!(stopped.choose(&lagging, NOW), None);
    }

    #[test]
    fn what_waited_too_long_is_cleaned_whatever_the_ratio() {
        let settings = LogSettings { max_compaction_lag_ms: 5000, ..compacted() };
        let waiting = Outlook { checkpoint: Some(20), ..outlook() };
        assert!(waiting.choose(&settings, NOW).unwrap().is_overdue);
        assert_eq!(waiting.choose(&settings, Timestamp(6000)), None);
    }
}

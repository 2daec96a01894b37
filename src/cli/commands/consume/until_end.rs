//! When everything that is wanted has been read: what was there at the start, or what stands in front of a place.
//!
//! A partition is done when the record before its bound has come, or one behind it, or when librdkafka says that it has
//! reached the end and the bound lies no later: the last offsets of a partition may hold no record (compaction,
//! transactions). librdkafka names only the number of the partition, so with several topics as many such reports are
//! awaited as there are partitions of that number.

use std::collections::{BTreeMap, BTreeSet};

use crate::vocabulary::TopicPartition;

/// Where reading of a partition ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub at: TopicPartition,
    /// The first offset that is not wanted.
    pub end: i64,
    /// Whether the log reached that far at the start, so that its end is the end of reading, too.
    pub is_there: bool,
}

#[derive(Debug, Default)]
pub struct UntilEnd {
    /// Unknown for a member of a group, whose partitions change.
    bounds: Option<Vec<Bound>>,
    /// Which of the bounds have been reached, and how many have not.
    reached: Vec<bool>,
    open: usize,
    /// How many offsets lie between the starts and the bounds.
    span: i64,
    /// The bound of the last record; the next is most likely of the same partition.
    nearest: usize,
    just_reached: Vec<TopicPartition>,
    reports: BTreeMap<i32, usize>,
    last_assignment: BTreeSet<TopicPartition>,
}

impl UntilEnd {
    /// For fixed partitions. Those that begin at their bound are done.
    pub fn of(starts: &[(TopicPartition, i64)], bounds: Vec<Bound>) -> UntilEnd {
        let start = |at: &TopicPartition| starts.iter().find(|(start, _)| start == at).map(|(_, offset)| *offset);
        let reached: Vec<bool> =
            bounds.iter().map(|bound| start(&bound.at).is_none_or(|start| start >= bound.end)).collect();
        let open = reached.iter().filter(|reached| !**reached).count();
        let length = |bound: &Bound| start(&bound.at).map_or(0, |start| bound.end.saturating_sub(start).max(0));
        let span = bounds.iter().map(length).fold(0, i64::saturating_add);
        UntilEnd { bounds: Some(bounds), reached, open, span, ..UntilEnd::default() }
    }

    /// About how many records there are to be read, if that is known.
    pub fn span(&self) -> Option<i64> {
        self.bounds.is_some().then_some(self.span)
    }

    /// For a member of a group: every partition it has must report its end.
    pub fn of_member() -> UntilEnd {
        UntilEnd::default()
    }

    /// Notes a record. False if it lies behind the bound, so that it is not wanted.
    pub fn saw_record(&mut self, topic: &str, partition: i32, offset: i64) -> bool {
        let Some(bounds) = &self.bounds else { return true };
        let is_here = |bound: &Bound| bound.at.partition == partition && bound.at.topic == topic;
        if !bounds.get(self.nearest).is_some_and(is_here) {
            match bounds.iter().position(is_here) {
                Some(index) => self.nearest = index,
                None => return true,
            }
        }
        let Some(end) = bounds.get(self.nearest).map(|bound| bound.end) else { return true };
        if offset.saturating_add(1) >= end {
            self.reach(self.nearest);
        }
        offset < end
    }

    pub fn saw_end(&mut self, partition: i32) {
        let reports = self.reports.entry(partition).or_default();
        *reports += 1;
        let reports = *reports;
        let Some(bounds) = &self.bounds else { return };
        let of_number = |(index, bound): &(usize, &Bound)| {
            bound.at.partition == partition && self.reached.get(*index) == Some(&false)
        };
        let waiting: Vec<usize> = bounds.iter().enumerate().filter(of_number).map(|(index, _)| index).collect();
        if reports >= waiting.len() {
            let done = waiting.into_iter().filter(|index| bounds.get(*index).is_some_and(|bound| bound.is_there));
            done.collect::<Vec<_>>().into_iter().for_each(|index| self.reach(index));
        }
    }

    fn reach(&mut self, index: usize) {
        if let Some(reached) = self.reached.get_mut(index).filter(|reached| !**reached) {
            *reached = true;
            self.open -= 1;
            self.just_reached.extend(self.bounds.iter().flatten().nth(index).map(|bound| bound.at.clone()));
        }
    }

    /// Partitions that need not be read any further, each once.
    pub fn take_reached(&mut self) -> Vec<TopicPartition> {
        std::mem::take(&mut self.just_reached)
    }

    /// Whether everything has been read. A member's reports count for the partitions it has now.
    pub fn is_reached(&mut self, assignment: impl FnOnce() -> BTreeSet<TopicPartition>) -> bool {
        if self.bounds.is_some() {
            return self.open == 0;
        }
        let assignment = assignment();
        if assignment != self.last_assignment {
            self.reports.clear();
            self.last_assignment = assignment;
        }
        let mut awaited: BTreeMap<i32, usize> = BTreeMap::new();
        for at in &self.last_assignment {
            *awaited.entry(at.partition).or_default() += 1;
        }
        !awaited.is_empty() && awaited.iter().all(|(number, count)| self.reports.get(number) >= Some(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(topic: &str, partition: i32) -> TopicPartition {
        TopicPartition::new(topic, partition)
    }

    fn until<const N: usize>(bounds: [(TopicPartition, i64, i64); N]) -> UntilEnd {
        let starts: Vec<_> = bounds.iter().map(|(at, start, _)| (at.clone(), *start)).collect();
        UntilEnd::of(&starts, bounds.map(|(at, _, end)| Bound { at, end, is_there: true }).to_vec())
    }

    fn reached(until: &mut UntilEnd) -> bool {
        until.is_reached(BTreeSet::new)
    }

    #[test]
    fn empty_partitions_are_done_from_the_start() {
        assert!(reached(&mut until([(at("t", 0), 5, 5), (at("t", 1), 0, 0)])));
        assert!(reached(&mut until([])));
    }

    #[test]
    fn the_record_before_the_end_or_the_report_of_the_end_finishes_a_partition() {
        let mut until = until([(at("t", 0), 0, 2), (at("t", 1), 0, 3)]);
        assert_eq!((until.span(), UntilEnd::of_member().span()), (Some(5), None));
        assert!(until.saw_record("t", 0, 0) && until.saw_record("u", 0, 9));
        assert!(!reached(&mut until) && until.take_reached().is_empty());
        assert!(until.saw_record("t", 0, 1));
        assert_eq!(until.take_reached(), [at("t", 0)]);
        until.saw_end(1);
        assert!(reached(&mut until));
    }

    #[test]
    fn records_behind_the_bound_are_not_wanted() {
        let mut until = until([(at("t", 0), 0, 2), (at("t", 1), 0, 3)]);
        assert!(until.saw_record("t", 0, 1) && !until.saw_record("t", 0, 2) && !until.saw_record("t", 1, 7));
        assert!(reached(&mut until));
    }

    #[test]
    fn a_bound_that_the_log_had_not_reached_is_waited_for_behind_its_end() {
        let bound = Bound { at: at("t", 0), end: 10, is_there: false };
        let mut until = UntilEnd::of(&[(at("t", 0), 0)], vec![bound]);
        until.saw_end(0);
        assert!(!reached(&mut until));
        until.saw_record("t", 0, 9);
        assert!(reached(&mut until));
    }

    #[test]
    fn partitions_of_the_same_number_need_a_report_each() {
        let mut until = until([(at("t", 0), 0, 2), (at("u", 0), 0, 3)]);
        until.saw_end(0);
        assert!(!reached(&mut until));
        until.saw_end(0);
        assert!(reached(&mut until));
    }

    #[test]
    fn a_member_waits_for_partitions_and_for_the_end_of_each() {
        let mut until = UntilEnd::of_member();
        assert!(!reached(&mut until));
        let assignment = || BTreeSet::from([at("t", 0), at("t", 1)]);
        assert!(!until.is_reached(assignment));
        until.saw_end(0);
        assert!(!until.is_reached(assignment));
        until.saw_end(1);
        assert!(until.is_reached(assignment));
        assert!(!until.is_reached(|| BTreeSet::from([at("t", 2)])));
    }
}

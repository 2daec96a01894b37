//! When everything that was there at the start has been read.
//!
//! A partition is done when the record before its end has come, or when librdkafka says that it has reached the end:
//! the last offsets of a partition may hold no record (compaction, transactions). librdkafka names only the number of
//! the partition, so with several topics as many such reports are awaited as there are partitions of that number.

use std::collections::{BTreeMap, BTreeSet};

use crate::vocabulary::TopicPartition;

#[derive(Debug, Default)]
pub struct UntilEnd {
    /// The ends that still have to be reached; unknown for a member of a group, whose partitions change.
    open: Option<BTreeMap<TopicPartition, i64>>,
    reports: BTreeMap<i32, usize>,
    last_assignment: BTreeSet<TopicPartition>,
}

impl UntilEnd {
    /// For fixed partitions.
    pub fn of(starts: &[(TopicPartition, i64)], mut ends: BTreeMap<TopicPartition, i64>) -> UntilEnd {
        for (partition, start) in starts {
            if ends.get(partition).is_some_and(|end| start >= end) {
                ends.remove(partition);
            }
        }
        UntilEnd { open: Some(ends), ..UntilEnd::default() }
    }

    /// For a member of a group: every partition it has must report its end.
    pub fn of_member() -> UntilEnd {
        UntilEnd::default()
    }

    pub fn saw_record(&mut self, topic: &str, partition: i32, offset: i64) {
        let Some(open) = &mut self.open else { return };
        open.retain(|at, end| at.partition != partition || at.topic != topic || offset + 1 < *end);
    }

    pub fn saw_end(&mut self, partition: i32) {
        let reports = self.reports.entry(partition).or_default();
        *reports += 1;
        if let Some(open) = &mut self.open {
            let waiting = open.keys().filter(|at| at.partition == partition).count();
            if *reports >= waiting {
                open.retain(|at, _| at.partition != partition);
            }
        }
    }

    /// Whether everything has been read. A member's reports count for the partitions it has now.
    pub fn is_reached(&mut self, assignment: impl FnOnce() -> BTreeSet<TopicPartition>) -> bool {
        if let Some(open) = &self.open {
            return open.is_empty();
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

    fn reached(until: &mut UntilEnd) -> bool {
        until.is_reached(BTreeSet::new)
    }

    #[test]
    fn empty_partitions_are_done_from_the_start() {
        let starts = [(at("t", 0), 5), (at("t", 1), 0)];
        assert!(reached(&mut UntilEnd::of(&starts, [(at("t", 0), 5), (at("t", 1), 0)].into())));
        assert!(reached(&mut UntilEnd::of(&[], BTreeMap::new())));
    }

    #[test]
    fn the_record_before_the_end_or_the_report_of_the_end_finishes_a_partition() {
        let starts = [(at("t", 0), 0), (at("t", 1), 0)];
        let mut until = UntilEnd::of(&starts, [(at("t", 0), 2), (at("t", 1), 3)].into());
        until.saw_record("t", 0, 0);
        until.saw_record("u", 0, 9);
        assert!(!reached(&mut until));
        until.saw_record("t", 0, 1);
        until.saw_end(1);
        assert!(reached(&mut until));
    }

    #[test]
    fn partitions_of_the_same_number_need_a_report_each() {
        let starts = [(at("t", 0), 0), (at("u", 0), 0)];
        let mut until = UntilEnd::of(&starts, [(at("t", 0), 2), (at("u", 0), 3)].into());
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

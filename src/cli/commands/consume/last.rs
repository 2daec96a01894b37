//! `--last`: the last records over all partitions.
//!
//! Every partition is read backwards in stretches, each four times as long as the one behind it, until it has given as many
//! records as are asked for or its beginning is reached: offsets may hold no record, and filters let few pass. Of what is
//! kept, the newest by timestamp are the last. Memory holds as many records of each partition as are asked for.

use std::collections::VecDeque;

use super::until_end::Bound;
use crate::client::consumer::Incoming;
use crate::vocabulary::TopicPartition;

/// No stretch is shorter, however few records are asked for.
const SHORTEST: i64 = 16;
const GROWTH: i64 = 4;

#[derive(Debug)]
pub struct Last {
    count: usize,
    stretch: i64,
    partitions: Vec<Partition>,
}

#[derive(Debug)]
struct Partition {
    at: TopicPartition,
    first: i64,
    /// Everything from here on has been read.
    read_from: i64,
    end: i64,
    kept: VecDeque<Kept>,
    /// Those of the stretch that is being read.
    fresh: VecDeque<Kept>,
}

/// A record that may be one of the last, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    time: i64,
    offset: i64,
    pub text: Vec<u8>,
}

/// A stretch of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub start: i64,
    pub bound: Bound,
}

impl Last {
    pub fn new(count: u64, starts: &[(TopicPartition, i64)], bounds: &[Bound]) -> Last {
        let partition = |bound: &Bound| {
            let start = starts.iter().find(|(at, _)| *at == bound.at).map_or(0, |(_, start)| *start);
            let (at, end) = (bound.at.clone(), bound.end.max(start));
            Partition { at, first: start, read_from: end, end, kept: VecDeque::new(), fresh: VecDeque::new() }
        };
        let stretch = i64::try_from(count).unwrap_or(i64::MAX).max(SHORTEST);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Last { count, stretch, partitions: bounds.iter().map(partition).collect() }
    }

    /// What has to be read next; nothing if enough has been read.
    pub fn next_windows(&mut self) -> Option<Vec<Window>> {
        let (count, stretch) = (self.count, self.stretch);
        for partition in &mut self.partitions {
            partition.settle(count);
        }
        self.stretch = stretch.saturating_mul(GROWTH);
        let open = self.partitions.iter_mut().filter(|each| each.kept.len() < count && each.read_from > each.first);
        let windows: Vec<Window> = open.map(|partition| partition.stretch_back(stretch)).collect();
        if windows.is_empty() { None } else { Some(windows) }
    }

    pub fn keep(&mut self, record: &Incoming<'_>, text: &[u8]) {
        let time = record.time().millis().unwrap_or(i64::MIN);
        self.keep_text(record.topic(), record.partition(), Kept { time, offset: record.offset(), text: text.to_vec() });
    }

    fn keep_text(&mut self, topic: &str, number: i32, kept: Kept) {
        let count = self.count;
        let is_here = |each: &&mut Partition| each.at.partition == number && each.at.topic == topic;
        if let Some(partition) = self.partitions.iter_mut().find(is_here) {
            partition.fresh.push_back(kept);
            if partition.fresh.len() > count {
                partition.fresh.pop_front();
            }
        }
    }

    /// Where each partition ends, and the last records in the order of their times.
    pub fn finish(self) -> (Vec<(TopicPartition, i64)>, Vec<Kept>) {
        let ends = self.partitions.iter().map(|partition| (partition.at.clone(), partition.end)).collect();
        let all = self.partitions.into_iter().flat_map(|partition| {
            let at = partition.at;
            partition.kept.into_iter().map(move |kept| ((kept.time, at.clone(), kept.offset), kept))
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        let surplus = all.len().saturating_sub(self.count);
        (ends, all.into_iter().skip(surplus).map(|(_, kept)| kept).collect())
    }
}

impl Partition {
    /// Puts what the last stretch gave in front of what is known.
    fn settle(&mut self, count: usize) {
        while self.kept.len() < count
            && let Some(newest) = self.fresh.pop_back()
        {
            self.kept.push_front(newest);
        }
        self.fresh.clear();
    }

    fn stretch_back(&mut self, length: i64) -> Window {
        let end = self.read_from;
        self.read_from = end.saturating_sub(length).max(self.first);
        Window { start: self.read_from, bound: Bound { at: self.at.clone(), end, is_there: true } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: i32) -> TopicPartition {
        TopicPartition::new("t", number)
    }

    /// Reads logs of (offset, time), each a partition from `first` on, and gives the times of the last.
    fn last(count: u64, logs: &[&[(i64, i64)]], ends: &[i64]) -> (Vec<i64>, usize) {
        let starts: Vec<_> = (0..).zip(logs).map(|(number, _)| (at(number), 0)).collect();
        let bounds: Vec<_> =
            (0..).zip(ends).map(|(number, end)| Bound { at: at(number), end: *end, is_there: true }).collect();
        let mut last = Last::new(count, &starts, &bounds);
        let mut read = 0;
        while let Some(windows) = last.next_windows() {
            for window in windows {
                let number = window.bound.at.partition;
                let inside = window.start..window.bound.end;
                for (offset, time) in logs[usize::try_from(number).unwrap()].iter().filter(|(o, _)| inside.contains(o))
                {
                    read += 1;
                    last.keep_text("t", number, Kept { time: *time, offset: *offset, text: Vec::new() });
                }
            }
        }
        (last.finish().1.into_iter().map(|kept| kept.time).collect(), read)
    }

    #[test]
    fn the_newest_of_all_partitions_in_the_order_of_their_times() {
        let (one, other): (Vec<_>, Vec<_>) =
            ((0..100).map(|n| (n, n * 10)).collect(), (0..100).map(|n| (n, n * 10 + 5)).collect());
        assert_eq!(last(3, &[&one, &other], &[100, 100]).0, [985, 990, 995]);
    }

    #[test]
    fn little_is_read_of_a_long_log() {
        let log: Vec<_> = (0..100_000).map(|n| (n, n)).collect();
        let (times, read) = last(10, &[&log], &[100_000]);
        assert_eq!((times.len(), times[0], read), (10, 99_990, 16));
    }

    #[test]
    fn offsets_without_records_are_stepped_over() {
        let log = [(0, 0), (3, 3), (40, 40), (41, 41)];
        assert_eq!(last(3, &[&log], &[1000]).0, [3, 40, 41]);
        assert_eq!(last(9, &[&log, &[]], &[1000, 0]).0, [0, 3, 40, 41]);
    }
}

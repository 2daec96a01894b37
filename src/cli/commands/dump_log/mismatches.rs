//! What does not fit together, kept until the end as Java's tool keeps it: by file, in the order of Scala's hash map.

use super::names::Named;
use crate::vocabulary::java_string_hash;

/// Pairs of numbers by the file that they are about.
#[derive(Debug, Default)]
struct ByFile(Vec<(String, Vec<(i64, i64)>)>);

impl ByFile {
    fn add(&mut self, file: &Named, pair: (i64, i64)) {
        let path = file.absolute();
        match self.0.iter_mut().find(|(known, _)| *known == path) {
            Some((_, pairs)) => pairs.push(pair),
            None => self.0.push((path, vec![pair])),
        }
    }

    /// The files as a map of Scala gives them: by bucket, and by hash within it.
    fn files(&self) -> Vec<&(String, Vec<(i64, i64)>)> {
        let buckets = (self.0.len() * 4).div_ceil(3).next_power_of_two().max(16) as i32;
        let mut files: Vec<_> = self.0.iter().collect();
        files.sort_by_key(|(path, _)| {
            let hash = java_string_hash(path);
            let hash = hash ^ ((hash as u32) >> 16) as i32;
            (hash & (buckets - 1), hash)
        });
        files
    }
}

#[derive(Debug, Default)]
pub struct Mismatches {
    offsets: ByFile,
    timestamps: ByFile,
    out_of_order: ByFile,
    not_found: ByFile,
    not_consecutive: ByFile,
}

impl Mismatches {
    /// An entry of an offset index, and the last offset of the batch that it points to.
    pub fn offset(&mut self, file: &Named, index: i64, log: i64) {
        self.offsets.add(file, (index, log));
    }

    pub fn timestamp(&mut self, file: &Named, index: i64, log: i64) {
        self.timestamps.add(file, (index, log));
    }

    pub fn out_of_order(&mut self, file: &Named, timestamp: i64, before: i64) {
        self.out_of_order.add(file, (timestamp, before));
    }

    /// An offset of a time index, and that of the batch found for it; -1 for none.
    pub fn not_found(&mut self, file: &Named, index: i64, log: i64) {
        self.not_found.add(file, (index, log));
    }

    pub fn not_consecutive(&mut self, file: &Named, offset: i64, next: i64) {
        self.not_consecutive.add(file, (offset, next));
    }

    /// True if an index does not fit its log. Gaps between offsets are what compaction leaves.
    pub fn has_faults(&self) -> bool {
        [&self.offsets, &self.timestamps, &self.out_of_order, &self.not_found]
            .iter()
            .any(|by_file| !by_file.0.is_empty())
    }

    /// The lines that Java's tool ends with.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, pairs) in self.offsets.files() {
            lines.push(format!("Mismatches in :{path}"));
            let latest_first = pairs.iter().rev();
            lines.extend(latest_first.map(|(index, log)| format!("  Index offset: {index}, log offset: {log}")));
        }
        for (path, pairs) in self.timestamps.files() {
            lines.push(format!("Found timestamp mismatch in :{path}"));
            lines.extend(pairs.iter().map(|(index, log)| format!("  Index timestamp: {index}, log timestamp: {log}")));
        }
        for (path, pairs) in self.out_of_order.files() {
            lines.push(format!("Found out of order timestamp in :{path}"));
            let line = |(at, before): &_| format!("  Index timestamp: {at}, Previously indexed timestamp: {before}");
            lines.extend(pairs.iter().map(line));
        }
        for (_, pairs) in self.not_found.files() {
            lines.push("The following indexed offsets are not found in the log.".to_owned());
            lines.extend(pairs.iter().map(|(index, log)| format!("Indexed offset: {index}, found log offset: {log}")));
        }
        for (path, pairs) in self.not_consecutive.files() {
            lines.push(format!("Non-consecutive offsets in {path}"));
            lines.extend(pairs.iter().rev().map(|(first, next)| format!("  {first} is followed by {next}")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_mismatch_of_an_index_comes_first_and_that_of_a_time_index_last() {
        let mut mismatches = Mismatches::default();
        let file = Named::new("/a/00000000000000000000.index");
        mismatches.offset(&file, 1, 2);
        mismatches.offset(&file, 3, 4);
        let times = Named::new("/a/00000000000000000000.timeindex");
        mismatches.timestamp(&times, 5, 6);
        mismatches.timestamp(&times, 7, 8);
        assert_eq!(
            mismatches.lines(),
            [
                "Mismatches in :/a/00000000000000000000.index",
                "  Index offset: 3, log offset: 4",
                "  Index offset: 1, log offset: 2",
                "Found timestamp mismatch in :/a/00000000000000000000.timeindex",
                "  Index timestamp: 5, log timestamp: 6",
                "  Index timestamp: 7, log timestamp: 8",
            ]
        );
        assert!(mismatches.has_faults());
    }

    /// Recorded from Kafka 4.2.1, whose map is Scala's.
    #[test]
    fn gaps_are_no_faults() {
        let mut mismatches = Mismatches::default();
        mismatches.not_consecutive(&Named::new("/a/0.log"), 1, 3);
        assert_eq!(mismatches.lines(), ["Non-consecutive offsets in /a/0.log", "  1 is followed by 3"]);
        assert!(!mismatches.has_faults());
    }
}

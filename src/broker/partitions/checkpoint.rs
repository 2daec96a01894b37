//! The offset checkpoints of each log directory: where recovery begins, where logs begin, where they end, and how far they
//! were compacted.
//!
//! Partitions that were not opened keep what the files said about them when the broker started.

use std::collections::BTreeMap;

use super::{LogDirectory, Partitions};
use crate::log::LogError;
use crate::log::checkpoints::OffsetCheckpoint;
use crate::vocabulary::TopicPartition;

type Offsets = BTreeMap<TopicPartition, i64>;

/// What the checkpoints say about one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    pub recovery_point: i64,
    /// Only where the log begins inside its first segment.
    pub log_start: Option<i64>,
    pub high_watermark: i64,
    /// Only of compacted logs.
    pub first_dirty: Option<i64>,
}

/// The checkpoints as the broker found them.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub recovery_points: Offsets,
    pub log_starts: Offsets,
    pub high_watermarks: Offsets,
    pub first_dirty: Offsets,
}

impl Found {
    pub fn remove(&mut self, partition: &TopicPartition) {
        self.recovery_points.remove(partition);
        self.log_starts.remove(partition);
        self.high_watermarks.remove(partition);
        self.first_dirty.remove(partition);
    }

    fn update(&mut self, partition: &TopicPartition, marks: Marks) {
        self.recovery_points.insert(partition.clone(), marks.recovery_point);
        self.high_watermarks.insert(partition.clone(), marks.high_watermark);
        for (offsets, offset) in [(&mut self.log_starts, marks.log_start), (&mut self.first_dirty, marks.first_dirty)] {
            match offset {
                Some(offset) => offsets.insert(partition.clone(), offset),
                None => offsets.remove(partition),
            };
        }
    }
}

impl Partitions {
    /// Writes those that change all the time. The caller has passed the gate before the first write.
    pub fn write_checkpoints(&self) -> Result<(), LogError> {
        self.each_directory(|directory| {
            let current = self.current(directory);
            // A recovery point may follow from a log's start; the other way round it promises too much.
            write(directory, OffsetCheckpoint::LogStart, &current.log_starts)?;
            write(directory, OffsetCheckpoint::RecoveryPoint, &current.recovery_points)?;
            write(directory, OffsetCheckpoint::HighWatermark, &current.high_watermarks)
        })
    }

    /// Writes how far logs were compacted.
    pub fn write_first_dirty(&self) -> Result<(), LogError> {
        self.each_directory(|directory| {
            write(directory, OffsetCheckpoint::Cleaner, &self.current(directory).first_dirty)
        })
    }

    /// Writes where logs begin, so that deleted records stay deleted.
    pub fn write_log_starts(&self) -> Result<(), LogError> {
        self.each_directory(|directory| {
            write(directory, OffsetCheckpoint::LogStart, &self.current(directory).log_starts)
        })
    }

    fn current(&self, directory: &LogDirectory) -> Found {
        let mut current = directory.found();
        for partition in self.opened() {
            if std::ptr::eq(&*partition.home(), directory)
                && let Some(marks) = partition.marks()
            {
                current.update(&partition.name, marks);
            }
        }
        current
    }
}

fn write(directory: &LogDirectory, which: OffsetCheckpoint, offsets: &Offsets) -> Result<(), LogError> {
    let _one_at_a_time = directory.checkpointing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    which.write(&*directory.disk, &directory.path, offsets)
}

//! The offset checkpoints of each log directory: where recovery begins, where logs begin, where they end, and how far they
//! were compacted.
//!
//! Partitions that were not opened keep what the files said about them when the broker started.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{LogDirectory, Partitions};
use crate::log::checkpoints::OffsetCheckpoint;
use crate::log::{Disk, LogError};
use crate::vocabulary::TopicPartition;

type Offsets = BTreeMap<TopicPartition, i64>;

/// What the checkpoints say about one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    pub recovery_point: i64,
    /// Only where the log begins inside its first segment, or where it is not certain that earlier ones are gone.
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

    fn take(self, which: OffsetCheckpoint) -> Offsets {
        match which {
            OffsetCheckpoint::RecoveryPoint => self.recovery_points,
            OffsetCheckpoint::LogStart => self.log_starts,
            OffsetCheckpoint::HighWatermark => self.high_watermarks,
            OffsetCheckpoint::Cleaner => self.first_dirty,
        }
    }

    pub(super) fn update(&mut self, partition: &TopicPartition, marks: Marks) {
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

/// What the files say now.
#[derive(Debug, Default)]
pub struct Files(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    offsets: HashMap<OffsetCheckpoint, Offsets>,
    /// How often a name was taken back: who reckoned with an earlier number may say what is no longer so.
    names_taken_back: u64,
}

impl Files {
    pub fn new(found: &Found) -> Files {
        let offsets = HashMap::from([
            (OffsetCheckpoint::RecoveryPoint, found.recovery_points.clone()),
            (OffsetCheckpoint::LogStart, found.log_starts.clone()),
            (OffsetCheckpoint::HighWatermark, found.high_watermarks.clone()),
            (OffsetCheckpoint::Cleaner, found.first_dirty.clone()),
        ]);
        Files(Mutex::new(Said { offsets, names_taken_back: 0 }))
    }

    /// A new log is about to be made under this name: what the files say of one before it must not be taken for its own.
    pub fn take_back(&self, disk: &dyn Disk, directory: &Path, name: &TopicPartition) -> Result<(), LogError> {
        let mut said = self.lock();
        said.names_taken_back += 1;
        for (which, offsets) in &mut said.offsets {
            if offsets.contains_key(name) {
                let mut fewer = offsets.clone();
                fewer.remove(name);
                which.write(disk, directory, &fewer)?;
                *offsets = fewer;
            }
        }
        Ok(())
    }

    fn names_taken_back(&self) -> u64 {
        self.lock().names_taken_back
    }

    /// False, and nothing written, if a name was taken back meanwhile. What a file says is not written again.
    fn write(
        &self,
        directory: &LogDirectory,
        which: OffsetCheckpoint,
        offsets: Offsets,
        names_taken_back: u64,
    ) -> Result<bool, LogError> {
        let mut said = self.lock();
        if said.names_taken_back != names_taken_back {
            return Ok(false);
        }
        let path = directory.path.join(which.file_name());
        let is_there = || {
            directory.disk.exists(&path).map_err(|source| LogError::Io {
                action: "look for",
                path: path.clone(),
                source,
            })
        };
        if said.offsets.get(&which) == Some(&offsets) && is_there()? {
            return Ok(true);
        }
        which.write(&*directory.disk, &directory.path, &offsets)?;
        if said.offsets.get(&which).is_some_and(|before| says_less(&offsets, before)) {
            sync_names(directory)?;
        }
        said.offsets.insert(which, offsets);
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether some offset is lower or gone: the file before promises what is no longer so, and must not come back.
fn says_less(now: &Offsets, before: &Offsets) -> bool {
    before.iter().any(|(name, before)| now.get(name).is_none_or(|now| now < before))
}

/// Puts on the platter which checkpoints of a directory hold.
fn sync_names(directory: &LogDirectory) -> Result<(), LogError> {
    directory.disk.sync_directory(&directory.path).map_err(|source| LogError::Io {
        action: "sync",
        path: directory.path.clone(),
        source,
    })
}

impl Partitions {
    /// Writes those that change all the time. The caller has passed the gate before the first write.
    pub fn write_checkpoints(&self) -> Result<(), LogError> {
        self.each_directory(|directory| {
            // A recovery point may follow from a log's start; the other way round it promises too much.
            self.write(directory, OffsetCheckpoint::LogStart)?;
            self.write(directory, OffsetCheckpoint::RecoveryPoint)?;
            self.write(directory, OffsetCheckpoint::HighWatermark)
        })
    }

    /// Writes how far logs were compacted.
    pub fn write_first_dirty(&self) -> Result<(), LogError> {
        self.each_directory(|directory| self.write(directory, OffsetCheckpoint::Cleaner))
    }

    /// Writes where logs begin, so that deleted records stay deleted.
    pub fn write_log_starts(&self) -> Result<(), LogError> {
        self.each_directory(|directory| self.write(directory, OffsetCheckpoint::LogStart))?;
        self.sync_names()
    }

    /// Puts on the platter which checkpoints hold.
    pub fn sync_names(&self) -> Result<(), LogError> {
        self.each_directory(sync_names)
    }

    fn current(&self, directory: &LogDirectory) -> Found {
        let image = directory.view().image();
        let mut current = directory.found();
        for partition in self.opened() {
            // Of two topics of one name, one is gone.
            if std::ptr::eq(&*partition.home(), directory)
                && image.topic_by_id(partition.topic_id).is_some()
                && let Some(marks) = partition.marks()
            {
                current.update(&partition.name, marks);
            }
        }
        current
    }

    fn write(&self, directory: &LogDirectory, which: OffsetCheckpoint) -> Result<(), LogError> {
        loop {
            let names_taken_back = directory.files.names_taken_back();
            let offsets = self.current(directory).take(which);
            if directory.files.write(directory, which, offsets, names_taken_back)? {
                return Ok(());
            }
        }
    }
}

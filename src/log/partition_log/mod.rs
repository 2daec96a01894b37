//! A partition's log: segments in the order of their offsets, what is remembered of producers and leader epochs, and
//! where the log begins, ends, and is known to be on the platter. One writer at a time; the caller holds the lock.

mod append;
mod clean;
mod copy;
mod flush;
mod lookup;
mod open;
mod read;
mod recovery;
mod removal;
mod retention;
mod roll;
mod tail;
mod truncate;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use append::{Append, Appended, Origin};
pub use copy::{CopyPlan, LogCopy};
pub use flush::FlushWork;
pub use lookup::ActiveProducer;
pub use open::{Opening, RecoveryReport};
pub use read::{Located, ReadLimit, Source};
pub use retention::Retained;

use self::removal::Doomed;
use self::tail::Tail;
use super::checkpoints::{PARTITION_METADATA_FILE, topic_id_text};
use super::disk::{Disk, Open, replace_unsynced};
use super::errors::{Attempt, LogError};
use super::leader_epochs::LeaderEpochs;
use super::producers::{Producers, SnapshotFiles};
use super::segment::Segment;
use super::settings::LogSettings;
use crate::clock::Timestamp;
use crate::vocabulary::Uuid;

/// One partition's log.
#[derive(Debug)]
pub struct PartitionLog {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    topic_id: Uuid,
    settings: LogSettings,
    /// By base offset; never empty. The last one is active, unless the log is closed.
    segments: BTreeMap<i64, Segment>,
    start_offset: i64,
    end_offset: i64,
    recovery_point: i64,
    producers: Producers,
    snapshots: SnapshotFiles,
    epochs: LeaderEpochs,
    tail: Tail,
    /// Why nothing may be appended any more.
    fence: Option<String>,
    /// Names came or went in the directory since it was last synced.
    directory_unsynced: bool,
    /// The directory itself is perhaps not yet to be found under its name after a power cut.
    name_unsynced: bool,
    /// `partition.metadata` is to reach the platter before the first record is written.
    topic_id_unsynced: bool,
    doomed: Vec<Doomed>,
    /// When the oldest record was appended that no flush has seen.
    unflushed_since: Option<Timestamp>,
    /// Grows when records are taken back, so that a flush which ran meanwhile promises nothing.
    generation: u64,
}

impl PartitionLog {
    /// Makes the directory of a new, empty log.
    pub fn create(
        disk: Arc<dyn Disk>,
        directory: PathBuf,
        topic_id: Uuid,
        settings: LogSettings,
        now: Timestamp,
    ) -> Result<PartitionLog, LogError> {
        disk.create_directory(&directory).attempt("create", &directory)?;
        let mut log = PartitionLog {
            snapshots: SnapshotFiles::empty(disk.clone(), directory.clone()),
            epochs: LeaderEpochs::empty(disk.clone(), directory.clone()),
            disk,
            directory,
            topic_id,
            settings,
            segments: BTreeMap::new(),
            start_offset: 0,
            end_offset: 0,
            recovery_point: 0,
            producers: Producers::default(),
            tail: Tail::default(),
            fence: None,
            directory_unsynced: true,
            name_unsynced: true,
            topic_id_unsynced: false,
            doomed: Vec::new(),
            unflushed_since: None,
            generation: 0,
        };
        log.assign_topic_id(topic_id)?;
        log.add_segment(0, now)?;
        Ok(log)
    }

    /// Gives a log its topic's id, for one that lost the file which says it.
    pub fn assign_topic_id(&mut self, topic_id: Uuid) -> Result<(), LogError> {
        let path = self.directory.join(PARTITION_METADATA_FILE);
        replace_unsynced(&*self.disk, &path, topic_id_text(topic_id).as_bytes(), false).attempt("write", &path)?;
        self.topic_id = topic_id;
        self.topic_id_unsynced = true;
        self.directory_unsynced = true;
        Ok(())
    }

    /// The id is on the platter before the first record is written: a directory without it is a stray to Kafka. In a new
    /// directory its name is older than that of the first segment, which therefore does not last without it.
    fn sync_topic_id(&mut self) -> Result<(), LogError> {
        if self.topic_id_unsynced {
            let path = self.directory.join(PARTITION_METADATA_FILE);
            self.disk.open(&path, Open::Read).and_then(|file| file.sync()).attempt("sync", &path)?;
            self.topic_id_unsynced = false;
        }
        Ok(())
    }

    /// Offset of the first record that may be read.
    pub fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// Offset of the next record to be written.
    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Everything below is decided: where the earliest open transaction begins, or the end.
    pub fn last_stable_offset(&self) -> i64 {
        self.producers.first_open_offset().map_or(self.end_offset, |offset| offset.max(self.start_offset))
    }

    /// Everything below is on the platter.
    pub fn recovery_point(&self) -> i64 {
        self.recovery_point
    }

    pub fn size_in_bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.size).sum()
    }

    /// Base offset of the first segment. `log-start-offset-checkpoint` names a log only if its start is above this.
    pub fn first_segment_offset(&self) -> i64 {
        self.segments.keys().next().copied().unwrap_or(self.start_offset)
    }

    /// Whether the log might be found to begin earlier after a power cut, if nobody notes where it begins.
    pub fn start_is_to_be_noted(&self) -> bool {
        self.start_offset > self.first_segment_offset() || (self.directory_unsynced && self.start_offset > 0)
    }

    /// Its directory's name is known to be on the platter.
    pub fn trust_name(&mut self) {
        self.name_unsynced = false;
    }

    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    pub fn topic_id(&self) -> Uuid {
        self.topic_id
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn settings(&self) -> &LogSettings {
        &self.settings
    }

    pub fn set_settings(&mut self, settings: LogSettings) {
        self.settings = settings;
    }

    /// Adds an empty segment at the end.
    fn add_segment(&mut self, base_offset: i64, now: Timestamp) -> Result<(), LogError> {
        let mut segment = Segment::create(&self.disk, &self.directory, base_offset, now)?;
        segment.jitter_ms = roll::jitter(&self.directory, base_offset, &self.settings);
        self.segments.insert(base_offset, segment);
        self.directory_unsynced = true;
        Ok(())
    }

    /// The segment that grows.
    fn active(&mut self) -> Result<&mut Segment, LogError> {
        match self.segments.values_mut().next_back() {
            Some(segment) => Ok(segment),
            None => Err(LogError::malformed(&self.directory, "the log lost its last segment")),
        }
    }

    /// Nothing may be appended from now on.
    fn fence(&mut self, cause: impl Into<String>) {
        let cause = cause.into();
        tracing::error!(directory = %self.directory.display(), cause, "the log takes no more appends");
        self.fence.get_or_insert(cause);
    }

    fn check_fence(&self) -> Result<(), LogError> {
        match &self.fence {
            Some(cause) => Err(LogError::Fenced { directory: self.directory.clone(), cause: cause.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;

//! The partitions' directories in the log directory: opening, making and setting aside logs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::checkpoint::Found;
use super::settings::InheritedValues;
use crate::broker::config::BrokerKeys;
use crate::clock::Timestamp;
use crate::log::checkpoints::{OffsetCheckpoint, read_topic_id};
use crate::log::directory::{CleanShutdown, DirectoryKind, partition_directories, renamed_directory};
use crate::log::{Disk, LogError, LogSettings, Opening, PartitionLog};
use crate::metadata::ClusterImage;
use crate::vocabulary::{TopicPartition, Uuid};

/// Its log is not one that clients read.
const METADATA_TOPIC: &str = "__cluster_metadata";

/// The log directory of this broker, and what it said when the broker started.
pub struct LogDirectory {
    pub disk: Arc<dyn Disk>,
    pub path: PathBuf,
    pub node_id: i32,
    inherited: InheritedValues,
    image: watch::Receiver<Arc<ClusterImage>>,
    /// The broker before this one stopped cleanly.
    clean: bool,
    found: Mutex<Found>,
    /// Held while a partition's directory is made or renamed: names are reused by topics that are created again.
    names: Mutex<()>,
}

impl LogDirectory {
    /// Reads the checkpoints; writes nothing.
    pub fn open(
        disk: Arc<dyn Disk>,
        path: PathBuf,
        node_id: i32,
        keys: &BrokerKeys,
        image: watch::Receiver<Arc<ClusterImage>>,
    ) -> Result<LogDirectory, LogError> {
        let clean = CleanShutdown::read(&*disk, &path)?.is_some();
        let found = Found {
            recovery_points: OffsetCheckpoint::RecoveryPoint.read(&*disk, &path)?,
            log_starts: OffsetCheckpoint::LogStart.read(&*disk, &path)?,
            high_watermarks: OffsetCheckpoint::HighWatermark.read(&*disk, &path)?,
            first_dirty: OffsetCheckpoint::Cleaner.read(&*disk, &path)?,
        };
        let names = Mutex::new(());
        let inherited = InheritedValues::new(node_id, keys);
        Ok(LogDirectory { disk, path, node_id, inherited, image, clean, found: Mutex::new(found), names })
    }

    pub fn image(&self) -> Arc<ClusterImage> {
        self.image.borrow().clone()
    }

    pub fn started_clean(&self) -> bool {
        self.clean
    }

    /// What the checkpoints said when the broker started, less the partitions that are gone.
    pub fn found(&self) -> Found {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget(&self, partition: &TopicPartition) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).remove(partition);
    }

    pub fn settings(&self, image: &ClusterImage, topic: &str) -> LogSettings {
        self.inherited.log_settings(image, topic)
    }

    fn partition_path(&self, name: &TopicPartition) -> PathBuf {
        self.path.join(name.to_string())
    }

    /// The partition's log, recovered if need be; `None` if it has none yet. A directory that belonged to another topic
    /// of the same name is as good as none.
    pub fn open_log(
        &self,
        image: &ClusterImage,
        name: &TopicPartition,
        topic_id: Uuid,
    ) -> Result<Option<PartitionLog>, LogError> {
        let path = self.partition_path(name);
        if !self.exists(&path)? || self.belongs_to_another(&path, topic_id)? {
            return Ok(None);
        }
        let found = self.found();
        let opening = Opening {
            settings: self.settings(image, &name.topic),
            clean: self.clean,
            recovery_point: found.recovery_points.get(name).copied(),
            log_start: found.log_starts.get(name).copied(),
            now: Timestamp::now(),
        };
        let (mut log, report) = PartitionLog::open(self.disk.clone(), path, opening)?;
        if report.segments_recovered > 0 {
            tracing::info!(partition = %name, ?report, "recovered");
        }
        if report.topic_id_missing && !self.clean {
            log.assign_topic_id(topic_id)?;
        }
        Ok(Some(log))
    }

    /// A new, empty log. What lies in its place is set aside.
    pub fn create_log(
        &self,
        image: &ClusterImage,
        name: &TopicPartition,
        topic_id: Uuid,
        now: Timestamp,
    ) -> Result<PartitionLog, LogError> {
        let _names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.partition_path(name);
        if self.exists(&path)? {
            self.rename_away(name, &path, DirectoryKind::Deleted)?;
        }
        PartitionLog::create(self.disk.clone(), path, topic_id, self.settings(image, &name.topic), now)
    }

    /// Renames the directory of a deleted topic's partition, if it is still there under its name.
    pub fn set_aside(&self, name: &TopicPartition, topic_id: Uuid) -> Result<Option<PathBuf>, LogError> {
        let _names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.partition_path(name);
        if !self.exists(&path)? || self.belongs_to_another(&path, topic_id)? {
            return Ok(None);
        }
        self.rename_away(name, &path, DirectoryKind::Deleted).map(Some)
    }

    /// Renames directories that no partition of the image owns, so that nothing is mistaken for it and nothing is lost.
    pub fn set_strays_aside(&self) -> Result<(), LogError> {
        let image = self.image();
        for found in partition_directories(&*self.disk, &self.path)? {
            let name = &found.partition;
            if found.kind != DirectoryKind::Current || name.topic == METADATA_TOPIC {
                continue;
            }
            let path = self.path.join(&found.name);
            let owner = image.partition(&name.topic, name.partition).and_then(|_| image.topic(&name.topic));
            let is_stray = match owner {
                Some(topic) => self.belongs_to_another(&path, topic.id)?,
                None => true,
            };
            if is_stray {
                let _names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
                let renamed = self.rename_away(name, &path, DirectoryKind::Stray)?;
                tracing::warn!(partition = %name, "unknown to the metadata; set aside as {}", renamed.display());
            }
        }
        Ok(())
    }

    fn rename_away(&self, name: &TopicPartition, path: &Path, kind: DirectoryKind) -> Result<PathBuf, LogError> {
        self.forget(name);
        let target = self.path.join(renamed_directory(name, Uuid::random(), kind));
        let rename = self.disk.rename(path, &target).and_then(|()| self.disk.sync_directory(&self.path));
        rename.map_err(|source| LogError::Io { action: "rename", path: path.to_owned(), source })?;
        Ok(target)
    }

    fn exists(&self, path: &Path) -> Result<bool, LogError> {
        self.disk.exists(path).map_err(|source| LogError::Io { action: "look for", path: path.to_owned(), source })
    }

    /// A directory without `partition.metadata` is taken to be the partition's own.
    fn belongs_to_another(&self, path: &Path, topic_id: Uuid) -> Result<bool, LogError> {
        Ok(read_topic_id(&*self.disk, path)?.is_some_and(|found| found != topic_id))
    }
}

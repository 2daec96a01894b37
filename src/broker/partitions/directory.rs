//! The partitions' directories in the log directory: opening, making and setting aside logs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::settings::log_settings;
use crate::broker::config::BrokerKeys;
use crate::clock::Timestamp;
use crate::log::checkpoints::{OffsetCheckpoint, read_topic_id};
use crate::log::directory::{CleanShutdown, DirectoryKind, renamed_directory};
use crate::log::{Disk, LogError, LogSettings, PartitionLog};
use crate::metadata::ClusterImage;
use crate::vocabulary::{TopicPartition, Uuid};

/// The log directory of this broker, and what it said when the broker started.
pub struct LogDirectory {
    pub disk: Arc<dyn Disk>,
    pub path: PathBuf,
    pub node_id: i32,
    keys: BrokerKeys,
    image: watch::Receiver<Arc<ClusterImage>>,
    /// The broker before this one stopped cleanly.
    clean: bool,
    recovery_points: BTreeMap<TopicPartition, i64>,
    log_starts: BTreeMap<TopicPartition, i64>,
    /// Held while a partition's directory is made or renamed: names are reused by topics that are created again.
    names: Mutex<()>,
}

impl LogDirectory {
    /// Reads the checkpoints; writes nothing.
    pub fn open(
        disk: Arc<dyn Disk>,
        path: PathBuf,
        node_id: i32,
        keys: BrokerKeys,
        image: watch::Receiver<Arc<ClusterImage>>,
    ) -> Result<LogDirectory, LogError> {
        let clean = CleanShutdown::read(&*disk, &path)?.is_some();
        let recovery_points = OffsetCheckpoint::RecoveryPoint.read(&*disk, &path)?;
        let log_starts = OffsetCheckpoint::LogStart.read(&*disk, &path)?;
        let names = Mutex::new(());
        Ok(LogDirectory { disk, path, node_id, keys, image, clean, recovery_points, log_starts, names })
    }

    pub fn image(&self) -> Arc<ClusterImage> {
        self.image.borrow().clone()
    }

    pub fn started_clean(&self) -> bool {
        self.clean
    }

    /// What the checkpoints said about partitions when the broker started.
    pub fn checkpointed(&self, which: OffsetCheckpoint) -> BTreeMap<TopicPartition, i64> {
        match which {
            OffsetCheckpoint::RecoveryPoint => self.recovery_points.clone(),
            OffsetCheckpoint::LogStart => self.log_starts.clone(),
            _ => BTreeMap::new(),
        }
    }

    pub fn settings(&self, image: &ClusterImage, topic: &str) -> LogSettings {
        log_settings(image, &self.keys, self.node_id, topic)
    }

    fn partition_path(&self, name: &TopicPartition) -> PathBuf {
        self.path.join(name.to_string())
    }

    /// The partition's log, recovered if need be; `None` if it has none yet. A directory that belonged to another topic
    /// of the same name is as good as none.
    pub fn open_log(
        &self,
        _image: &ClusterImage,
        name: &TopicPartition,
        topic_id: Uuid,
    ) -> Result<Option<PartitionLog>, LogError> {
        let path = self.partition_path(name);
        if !self.exists(&path)? || self.belongs_to_another(&path, topic_id)? {
            return Ok(None);
        }
        Err(LogError::Malformed { path, fault: "a log that was there before cannot be opened yet".to_owned() })
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

    fn rename_away(&self, name: &TopicPartition, path: &Path, kind: DirectoryKind) -> Result<PathBuf, LogError> {
        let target = self.path.join(renamed_directory(name, Uuid::random(), kind));
        let rename = self.disk.rename(path, &target).and_then(|()| self.disk.sync_directory(&self.path));
        rename.map_err(|source| LogError::Io { action: "rename", path: path.to_owned(), source })?;
        Ok(target)
    }

    /// Removes a directory that was set aside.
    pub fn remove(&self, path: &Path) -> Result<(), LogError> {
        let remove = self.disk.remove_directory(path);
        remove.map_err(|source| LogError::Io { action: "remove", path: path.to_owned(), source })
    }

    fn exists(&self, path: &Path) -> Result<bool, LogError> {
        self.disk.exists(path).map_err(|source| LogError::Io { action: "look for", path: path.to_owned(), source })
    }

    /// A directory without `partition.metadata` is taken to be the partition's own.
    fn belongs_to_another(&self, path: &Path, topic_id: Uuid) -> Result<bool, LogError> {
        Ok(read_topic_id(&*self.disk, path)?.is_some_and(|found| found != topic_id))
    }
}

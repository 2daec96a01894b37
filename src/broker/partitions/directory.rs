//! One log directory: opening, making and setting aside the logs in it, and whether it can still be used.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Partition;
use super::checkpoint::{Files, Found, Marks};
use super::directories::View;
use crate::clock::Timestamp;
use crate::log::checkpoints::{OffsetCheckpoint, read_topic_id};
use crate::log::directory::{
    CleanShutdown, DirectoryKind, DirectoryLock, META_PROPERTIES_FILE, partition_directories, renamed_directory,
};
use crate::log::{Disk, LogError, Opening, PartitionLog};
use crate::metadata::ClusterImage;
use crate::vocabulary::{METADATA_TOPIC, TopicPartition, Uuid};

/// What a log directory says before anything in it is opened.
pub struct StartingPoint {
    clean: bool,
    found: Found,
    lock: Option<DirectoryLock>,
}

impl StartingPoint {
    /// Reads the checkpoints; writes nothing. A `lock` is held as long as the directory is in use.
    pub fn read(disk: &dyn Disk, path: &Path, lock: Option<DirectoryLock>) -> Result<StartingPoint, LogError> {
        let found = Found {
            recovery_points: OffsetCheckpoint::RecoveryPoint.read(disk, path)?,
            log_starts: OffsetCheckpoint::LogStart.read(disk, path)?,
            high_watermarks: OffsetCheckpoint::HighWatermark.read(disk, path)?,
            first_dirty: OffsetCheckpoint::Cleaner.read(disk, path)?,
        };
        Ok(StartingPoint { clean: CleanShutdown::read(disk, path)?.is_some(), found, lock })
    }
}

/// A log directory of this broker, and what it said when the broker started.
pub struct LogDirectory {
    pub disk: Arc<dyn Disk>,
    pub path: PathBuf,
    pub id: Uuid,
    view: Arc<View>,
    /// The broker before this one stopped cleanly.
    clean: bool,
    found: Mutex<Found>,
    pub(super) files: Files,
    /// Held while a partition's directory is made or renamed: names are reused by topics that are created again.
    names: Mutex<()>,
    /// Why it can no longer be used.
    failure: OnceLock<String>,
    _lock: Option<DirectoryLock>,
}

impl LogDirectory {
    pub fn new(disk: Arc<dyn Disk>, path: PathBuf, id: Uuid, view: Arc<View>, start: StartingPoint) -> LogDirectory {
        LogDirectory {
            disk,
            path,
            id,
            view,
            clean: start.clean,
            files: Files::new(&start.found),
            found: Mutex::new(start.found),
            names: Mutex::default(),
            failure: OnceLock::new(),
            _lock: start.lock,
        }
    }

    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    pub fn started_clean(&self) -> bool {
        self.clean
    }

    pub fn is_online(&self) -> bool {
        self.failure.get().is_none()
    }

    /// Why it is offline, if it is.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Takes note of an error of something that lies here. One that speaks of the device, or of the whole directory,
    /// takes the directory offline, and with it every partition in it.
    pub fn note(&self, error: &LogError) {
        if self.is_online() && self.is_lost_with(error) {
            self.fail(error.to_string());
        }
    }

    fn fail(&self, why: String) {
        if self.failure.set(why.clone()).is_ok() {
            tracing::error!("log directory {} goes offline: {why}", self.path.display());
            self.view.note_failure();
        }
    }

    fn is_lost_with(&self, error: &LogError) -> bool {
        let LogError::Io { source, .. } = error else { return false };
        match source.kind() {
            // There is no room, or not enough of something else: that passes.
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::OutOfMemory
            | io::ErrorKind::Interrupted
            | io::ErrorKind::WouldBlock => false,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::StaleNetworkFileHandle => true,
            _ if is_of_device(source) => true,
            _ => !matches!(self.disk.read(&self.path.join(META_PROPERTIES_FILE)), Ok(Some(_))),
        }
    }

    /// What the checkpoints said when the broker started, less the partitions that are gone.
    pub fn found(&self) -> Found {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn first_dirty(&self, partition: &TopicPartition) -> Option<i64> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).first_dirty.get(partition).copied()
    }

    pub(super) fn forget(&self, partition: &TopicPartition) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).remove(partition);
    }

    pub(super) fn partition_path(&self, name: &TopicPartition) -> PathBuf {
        self.path.join(name.to_string())
    }

    /// Whether the partition has files here.
    pub(super) fn holds(&self, name: &TopicPartition, topic_id: Uuid) -> Result<bool, LogError> {
        let path = self.partition_path(name);
        Ok(self.exists(&path)? && !self.belongs_to_another(&path, topic_id)?)
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
        if !self.holds(name, topic_id)? {
            return Ok(None);
        }
        let (recovery_point, log_start) = {
            let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            (found.recovery_points.get(name).copied(), found.log_starts.get(name).copied())
        };
        let opening = Opening {
            settings: self.view.settings(image, &name.topic),
            clean: self.clean,
            recovery_point,
            log_start,
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

    /// The log of a partition that was closed by this broker and not changed since.
    pub(super) fn reopen_log(&self, partition: &Partition, log_start: i64) -> Result<PartitionLog, LogError> {
        let opening = Opening {
            settings: self.view.settings(&self.view.image(), &partition.name.topic),
            clean: true,
            recovery_point: None,
            log_start: Some(log_start),
            now: Timestamp::now(),
        };
        let (log, _) = PartitionLog::open(self.disk.clone(), self.partition_path(&partition.name), opening)?;
        Ok(log)
    }

    /// Gives a copy that was made here the partition's name.
    pub(super) fn promote(&self, name: &TopicPartition, future: &Path) -> Result<(), LogError> {
        let _names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.partition_path(name);
        if self.exists(&path)? {
            self.rename_away(name, &path, DirectoryKind::Deleted)?;
        }
        let rename = self.disk.rename(future, &path).and_then(|()| self.disk.sync_directory(&self.path));
        rename.map_err(|source| LogError::Io { action: "rename", path: future.to_owned(), source })
    }

    /// The checkpoints of this directory are to say this of a partition that comes to lie here.
    pub(super) fn remember(&self, name: &TopicPartition, marks: Option<Marks>) {
        if let Some(marks) = marks {
            self.found.lock().unwrap_or_else(PoisonError::into_inner).update(name, marks);
        }
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
        self.forget(name);
        self.files.take_back(&*self.disk, &self.path, name)?;
        PartitionLog::create(self.disk.clone(), path, topic_id, self.view.settings(image, &name.topic), now)
    }

    /// Renames the directory of a deleted topic's partition, if it is still there under its name.
    pub fn set_aside(&self, name: &TopicPartition, topic_id: Uuid) -> Result<Option<PathBuf>, LogError> {
        let _names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.holds(name, topic_id)? {
            return Ok(None);
        }
        self.rename_away(name, &self.partition_path(name), DirectoryKind::Deleted).map(Some)
    }

    /// Renames directories that no partition of the image owns, so that nothing is mistaken for it and nothing is lost.
    pub fn set_strays_aside(&self) -> Result<(), LogError> {
        let image = self.view.image();
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

/// Errors of the medium, which Rust has no names for.
fn is_of_device(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let device = [Errno::IO, Errno::NXIO, Errno::NODEV];
    error.raw_os_error().is_some_and(|code| device.iter().any(|errno| errno.raw_os_error() == code))
}

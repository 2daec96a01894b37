//! All log directories of this broker, and in which of them a partition is.
//!
//! A directory that fails goes offline and takes its partitions with it; the others go on. Kafka: KIP-112, KIP-858.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use super::directory::{LogDirectory, StartingPoint};
use super::settings::InheritedValues;
use crate::broker::config::BrokerKeys;
use crate::log::directory::{DirectoryKind, partition_directories};
use crate::log::{Disk, LogError, LogSettings};
use crate::metadata::{ClusterImage, TopicImage};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, Uuid};

/// Directory ids below are reserved. All of them but the one of a lost directory mean that none was chosen yet.
const RESERVED: u128 = 100;
const LOST: Uuid = Uuid(2);

/// What partitions see of the broker.
pub struct View {
    pub node_id: i32,
    inherited: InheritedValues,
    image: watch::Receiver<Arc<ClusterImage>>,
    /// How many directories have failed.
    failures: watch::Sender<usize>,
}

impl View {
    pub fn new(node_id: i32, keys: &BrokerKeys, image: watch::Receiver<Arc<ClusterImage>>) -> Arc<View> {
        let (failures, _) = watch::channel(0);
        Arc::new(View { node_id, inherited: InheritedValues::new(node_id, keys), image, failures })
    }

    pub fn image(&self) -> Arc<ClusterImage> {
        self.image.borrow().clone()
    }

    /// To wait for the next image.
    pub fn images(&self) -> watch::Receiver<Arc<ClusterImage>> {
        self.image.clone()
    }

    pub fn settings(&self, image: &ClusterImage, topic: &str) -> LogSettings {
        self.inherited.log_settings(image, topic)
    }

    pub(super) fn note_failure(&self) {
        self.failures.send_modify(|count| *count += 1);
    }
}

/// The log directories.
pub struct LogDirectories {
    view: Arc<View>,
    /// Those that could be used when the broker started.
    all: Vec<Arc<LogDirectory>>,
    /// Those that could not.
    unusable: Vec<PathBuf>,
}

impl LogDirectories {
    pub fn new(view: Arc<View>, all: Vec<Arc<LogDirectory>>, unusable: Vec<PathBuf>) -> LogDirectories {
        LogDirectories { view, all, unusable }
    }

    /// One directory for everything, whose lock the caller holds.
    pub fn single(disk: Arc<dyn Disk>, path: PathBuf, id: Uuid, view: Arc<View>) -> Result<LogDirectories, LogError> {
        let start = StartingPoint::read(&*disk, &path, None)?;
        let directory = LogDirectory::new(disk, path, id, view.clone(), start);
        Ok(LogDirectories::new(view, vec![Arc::new(directory)], Vec::new()))
    }

    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    pub fn online(&self) -> impl Iterator<Item = &Arc<LogDirectory>> {
        self.all.iter().filter(|directory| directory.is_online())
    }

    /// All paths, those that cannot be used included.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.all.iter().map(|directory| directory.path.as_path()).chain(self.unusable.iter().map(PathBuf::as_path))
    }

    /// Those that can be used no more, or never could.
    pub fn offline(&self) -> impl Iterator<Item = &Path> {
        let failed = self.all.iter().filter(|directory| !directory.is_online());
        failed.map(|directory| directory.path.as_path()).chain(self.unusable.iter().map(PathBuf::as_path))
    }

    pub fn with_id(&self, id: Uuid) -> Option<&Arc<LogDirectory>> {
        self.online().find(|directory| directory.id == id)
    }

    /// Changes when a directory fails.
    pub fn failures(&self) -> watch::Receiver<usize> {
        self.view.failures.subscribe()
    }

    /// The directory of a partition: what the metadata says; where that names none, where its files are; else the one
    /// that holds the fewest.
    pub fn home_of(&self, topic: &TopicImage, index: i32) -> Result<Arc<LogDirectory>, HomeError> {
        let partition = usize::try_from(index).ok().and_then(|index| topic.partitions.get(index));
        let recorded = partition.and_then(|partition| partition.directories.first()).copied();
        match recorded {
            Some(id) if id == LOST || id.0 >= RESERVED => self.with_id(id).cloned().ok_or(HomeError::Offline),
            _ => self.unrecorded(&TopicPartition::new(&topic.name, index), topic.id),
        }
    }

    fn unrecorded(&self, name: &TopicPartition, topic_id: Uuid) -> Result<Arc<LogDirectory>, HomeError> {
        let mut online: Vec<&Arc<LogDirectory>> = self.online().collect();
        if online.len() > 1 {
            for directory in &online {
                if directory.holds(name, topic_id)? {
                    return Ok((*directory).clone());
                }
            }
            let counts: Vec<usize> = online.iter().map(|directory| count(directory)).collect::<Result<_, _>>()?;
            let emptiest = counts.iter().zip(0..).min().map_or(0, |(_, at)| at);
            online.swap(0, emptiest);
        }
        online.first().map(|directory| (*directory).clone()).ok_or(HomeError::Offline)
    }
}

/// Why a partition has no directory.
#[derive(Debug)]
pub enum HomeError {
    Offline,
    Log(LogError),
}

impl From<LogError> for HomeError {
    fn from(error: LogError) -> HomeError {
        HomeError::Log(error)
    }
}

impl HomeError {
    pub(super) fn rejection(&self, name: &TopicPartition) -> Rejection {
        match self {
            HomeError::Offline => ErrorCode::KafkaStorageError.into(),
            HomeError::Log(error) => super::errors::log_rejection(name, error),
        }
    }
}

/// How many partitions lie in a directory.
fn count(directory: &LogDirectory) -> Result<usize, LogError> {
    let found = partition_directories(&*directory.disk, &directory.path)?;
    Ok(found.iter().filter(|found| matches!(found.kind, DirectoryKind::Current | DirectoryKind::Future)).count())
}

//! Which of the configured log directories this broker can use, before anything in them is opened.
//!
//! A directory that cannot be read is left out, and the broker goes on without it; one that belongs to somebody else, or
//! contradicts the others, is refused. Source: `LogManager.createAndValidateLogDirs`, `MetaPropertiesEnsemble`,
//! `BrokerServer`; KIP-112, KIP-858.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::config::BrokerConfig;
use super::metadata_log::{BOOTSTRAP_FILE, FoundIn, Identity, Placement};
use super::partitions::StartingPoint;
use crate::clock::Timestamp;
use crate::log::checkpoints::read_topic_id;
use crate::log::directory::{
    DirectoryKind, DirectoryLock, META_PROPERTIES_FILE, MetaProperties, first_foreign_directory,
    metadata_log_directory, partition_directories,
};
use crate::log::{Disk, LogError};
use crate::vocabulary::{TopicPartition, Uuid};

/// Those that can be used, and what is where.
pub struct Checked {
    pub usable: Vec<Usable>,
    pub unusable: Vec<PathBuf>,
    pub placement: Placement,
}

pub struct Usable {
    pub path: PathBuf,
    pub id: Uuid,
    pub start: StartingPoint,
}

/// Why the broker cannot start on these directories.
#[derive(Debug)]
pub enum DirectoryFault {
    Log(LogError),
    Held(PathBuf),
    /// A file or a sub-directory contradicts what is in the others, or must not be there.
    Contradiction {
        path: PathBuf,
        fault: String,
    },
    Duplicate {
        partition: TopicPartition,
        paths: [PathBuf; 2],
    },
    NoneLeft(Vec<PathBuf>),
}

impl fmt::Display for DirectoryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectoryFault::Log(error) => error.fmt(f),
            DirectoryFault::Held(path) => write!(f, "{} is held by another process", path.display()),
            DirectoryFault::Contradiction { path, fault } => write!(f, "{}: {fault}", path.display()),
            DirectoryFault::Duplicate { partition, paths: [one, other] } => write!(
                f,
                "Duplicate log directories for {partition} are found in both {} and {}: keep the one that is whole, and \
                 move the other out of its log directory",
                one.display(),
                other.display()
            ),
            DirectoryFault::NoneLeft(paths) => {
                let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                write!(f, "none of the log directories can be used: {}", paths.join(", "))
            }
        }
    }
}

impl std::error::Error for DirectoryFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DirectoryFault::Log(error) => Some(error),
            _ => None,
        }
    }
}

/// Checks all of them. The lock of `config.data_directory` is held, and it is formatted.
pub fn check(disk: &dyn Disk, config: &BrokerConfig, identity: &Identity) -> Result<Checked, DirectoryFault> {
    let paths = config.all_log_directories();
    let mut checked = Checked { usable: Vec::new(), unusable: Vec::new(), placement: Placement::default() };
    for path in &paths {
        let is_data_directory = *path == config.data_directory;
        let entered = if is_data_directory {
            // Whoever starts the broker holds its lock.
            Ok((identity.directory_id, None))
        } else {
            enter(disk, path, identity, config.format_if_empty)
        };
        let looked_at = entered.and_then(|(id, lock)| {
            let start = StartingPoint::read(disk, path, lock).map_err(DirectoryFault::Log)?;
            Ok((id, start, contents(disk, path, paths.len() > 1)?))
        });
        match looked_at {
            Ok((id, start, found)) => {
                for (partition, topic_id) in found {
                    let places = checked.placement.found.entry(partition).or_default();
                    places.push(FoundIn { directory: id, topic_id });
                }
                checked.usable.push(Usable { path: path.clone(), id, start });
            }
            Err(DirectoryFault::Log(error)) if paths.len() > 1 => {
                tracing::error!("log directory {} cannot be used and is offline: {error}", path.display());
                checked.unusable.push(path.clone());
            }
            Err(fault) => return Err(fault),
        }
    }
    checked.placement.online = checked.usable.iter().map(|usable| usable.id).collect();
    checked.fault().map_or(Ok(checked), Err)
}

impl Checked {
    fn fault(&self) -> Option<DirectoryFault> {
        if self.usable.is_empty() {
            return Some(DirectoryFault::NoneLeft(self.unusable.clone()));
        }
        let mut paths: BTreeMap<Uuid, &Path> = BTreeMap::new();
        for Usable { path, id, .. } in &self.usable {
            if let Some(other) = paths.insert(*id, path) {
                let fault = format!("its directory.id={id} is that of {} too", other.display());
                return Some(DirectoryFault::Contradiction { path: path.clone(), fault });
            }
        }
        self.placement.found.iter().find_map(|(partition, places)| {
            let (at, one) =
                places.iter().enumerate().find(|(at, one)| places[..*at].iter().any(|o| o.is_twin_of(one)))?;
            let other = places[..at].iter().find(|other| other.is_twin_of(one))?;
            let path = |found: &FoundIn| Some(paths.get(&found.directory)?.join(partition.to_string()));
            Some(DirectoryFault::Duplicate { partition: partition.clone(), paths: [path(one)?, path(other)?] })
        })
    }
}

/// A directory that belongs to a broker whose metadata is elsewhere must not get a metadata log of its own.
pub fn refuse_secondary(disk: &dyn Disk, directory: &Path) -> Result<(), DirectoryFault> {
    let has = |path: &Path| {
        let found = disk.exists(path);
        found.map_err(|source| DirectoryFault::Log(LogError::Io { action: "look for", path: path.to_owned(), source }))
    };
    if !has(&directory.join(META_PROPERTIES_FILE))? || has(&metadata_log_directory(directory))? {
        return Ok(());
    }
    let holds_partitions = !partition_directories(disk, directory).map_err(DirectoryFault::Log)?.is_empty();
    match holds_partitions || !has(&directory.join(BOOTSTRAP_FILE))? {
        true => Err(DirectoryFault::Contradiction {
            path: directory.to_owned(),
            fault: "it belongs to a broker whose metadata is in another directory; name that one first".to_owned(),
        }),
        false => Ok(()),
    }
}

/// A directory's id, and its lock.
type Entered = (Uuid, Option<DirectoryLock>);

/// Makes the directory if need be, locks it and finds out whose it is.
fn enter(disk: &dyn Disk, path: &Path, identity: &Identity, may_format: bool) -> Result<Entered, DirectoryFault> {
    let contradiction = |fault: String| DirectoryFault::Contradiction { path: path.to_owned(), fault };
    let io = |action, source| DirectoryFault::Log(LogError::Io { action, path: path.to_owned(), source });
    if !disk.exists(path).map_err(|e| io("look for", e))? {
        disk.create_directory(path).map_err(|e| io("create", e))?;
    }
    if let Some(entry) = first_foreign_directory(disk, path).map_err(DirectoryFault::Log)? {
        return Err(contradiction(format!("{entry} is no partition; only those may lie in a log directory")));
    }
    let metadata = metadata_log_directory(path);
    if disk.exists(&metadata).map_err(|e| io("look into", e))? {
        return Err(contradiction("it holds a metadata log, and the metadata is in another directory".to_owned()));
    }
    let lock = DirectoryLock::try_acquire(disk, path).map_err(DirectoryFault::Log)?;
    let lock = Some(lock.ok_or_else(|| DirectoryFault::Held(path.to_owned()))?);
    let found = MetaProperties::read(disk, path).map_err(DirectoryFault::Log)?;
    let is_new = found.is_none();
    if is_new && !may_format {
        return Err(contradiction("it is not formatted: it has no meta.properties".to_owned()));
    }
    if is_new && !partition_directories(disk, path).map_err(DirectoryFault::Log)?.is_empty() {
        return Err(contradiction("it holds partitions and no meta.properties that says whose they are".to_owned()));
    }
    let mut properties = found.unwrap_or_else(|| MetaProperties {
        cluster_id: identity.cluster_id.clone(),
        node_id: identity.node_id,
        directory_id: None,
    });
    if properties.cluster_id != identity.cluster_id {
        let (found, expected) = (properties.cluster_id, &identity.cluster_id);
        return Err(contradiction(format!("it belongs to the cluster {found}, the metadata to {expected}")));
    }
    if properties.node_id != identity.node_id {
        let (found, expected) = (properties.node_id, identity.node_id);
        return Err(contradiction(format!("it belongs to node {found}, the metadata to node {expected}")));
    }
    let id = match properties.directory_id {
        Some(id) => id,
        None => {
            let id = Uuid::random();
            properties.directory_id = Some(id);
            properties.write(disk, path, Timestamp::now()).map_err(DirectoryFault::Log)?;
            id
        }
    };
    Ok((id, lock))
}

/// The partitions in a directory; whose they are only if that can make a difference.
fn contents(
    disk: &dyn Disk,
    path: &Path,
    among_others: bool,
) -> Result<Vec<(TopicPartition, Option<Uuid>)>, DirectoryFault> {
    let found = partition_directories(disk, path).map_err(DirectoryFault::Log)?;
    let current = found.into_iter().filter(|found| found.kind == DirectoryKind::Current);
    let topic_id = |name: &str| if among_others { read_topic_id(disk, &path.join(name)) } else { Ok(None) };
    let read = current.map(|found| Ok((topic_id(&found.name)?, found.partition)));
    let read: Result<Vec<_>, LogError> = read.map(|one| one.map(|(id, partition)| (partition, id))).collect();
    read.map_err(DirectoryFault::Log)
}

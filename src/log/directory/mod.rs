//! A Kafka log directory: `meta.properties`, `.lock`, `.kafka_cleanshutdown`, and the names of what lies in it. Kafka
//! refuses a log directory that holds any sub-directory but partitions', so nothing else may ever be put there.

mod clean_shutdown;
mod lock;
mod meta_properties;
mod names;
mod space;

use std::path::{Path, PathBuf};

pub use clean_shutdown::{CLEAN_SHUTDOWN_FILE, CleanShutdown};
pub use lock::{DirectoryLock, LOCK_FILE};
pub use meta_properties::{META_PROPERTIES_FILE, MetaProperties};
pub use names::{DirectoryKind, PartitionDirectory, renamed_directory};
pub use space::VolumeSpace;

use super::disk::Disk;
use super::errors::{Attempt, LogError};

/// Tiered storage keeps its cache here; Kafka skips it by name.
const REMOTE_LOG_INDEX_CACHE: &str = "remote-log-index-cache";

/// Every partition directory, sorted by name. A sub-directory that is none is an error, as it is to Kafka.
pub fn partition_directories(disk: &dyn Disk, directory: &Path) -> Result<Vec<PartitionDirectory>, LogError> {
    let entries = disk.list(directory).attempt("list", directory)?;
    let names = entries.into_iter().filter(|entry| entry.is_directory && entry.name != REMOTE_LOG_INDEX_CACHE);
    names
        .map(|entry| {
            PartitionDirectory::parse(&entry.name).ok_or_else(|| {
                let path = directory.join(&entry.name);
                LogError::malformed(&path, "no partition's directory; only those may lie in a log directory")
            })
        })
        .collect()
}

/// The first sub-directory that no Kafka would have made, if there is one: such a directory is no log directory.
pub fn first_foreign_directory(disk: &dyn Disk, directory: &Path) -> Result<Option<String>, LogError> {
    let entries = disk.list(directory).attempt("list", directory)?;
    let mut names = entries.into_iter().filter(|entry| entry.is_directory).map(|entry| entry.name);
    Ok(names.find(|name| name != REMOTE_LOG_INDEX_CACHE && PartitionDirectory::parse(name).is_none()))
}

/// Where the log of the cluster's metadata lives.
pub fn metadata_log_directory(directory: &Path) -> PathBuf {
    directory.join("__cluster_metadata-0")
}

/// Removes a partition's directory with everything in it. One that comes back after a power cut is removed again.
pub fn remove_partition(disk: &dyn Disk, directory: &Path) -> Result<(), LogError> {
    disk.remove_directory(directory).attempt("remove", directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::OsDisk;

    #[test]
    fn only_sub_directories_can_be_foreign() {
        let home = tempfile::tempdir().unwrap();
        for name in ["t-0", "remote-log-index-cache"] {
            std::fs::create_dir(home.path().join(name)).unwrap();
        }
        std::fs::write(home.path().join("notes"), "x").unwrap();
        assert_eq!(first_foreign_directory(&OsDisk, home.path()).unwrap(), None);
        std::fs::create_dir(home.path().join("photos")).unwrap();
        assert_eq!(first_foreign_directory(&OsDisk, home.path()).unwrap().as_deref(), Some("photos"));
    }
}

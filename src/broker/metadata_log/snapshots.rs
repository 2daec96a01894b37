//! Writing and deleting snapshots. A crash at any moment leaves the old ones, the new one, or both, never half of one.

use std::path::Path;

use bytes::Bytes;

use super::errors::{Attempt, MetadataLogError};
use super::names::{self, SnapshotName};
use crate::log::Disk;
use crate::log::disk::Open;

/// `<name>.part`, fsync, read-only, rename, fsync of the directory.
pub(super) fn write(
    disk: &dyn Disk,
    log_directory: &Path,
    name: SnapshotName,
    content: &Bytes,
) -> Result<(), MetadataLogError> {
    let path = log_directory.join(name.to_string());
    let part = log_directory.join(format!("{name}.part"));
    let file = disk.open(&part, Open::Replace).attempt("open", &part)?;
    file.append(content).attempt("write", &part)?;
    file.sync().attempt("sync", &part)?;
    disk.set_read_only(&part).attempt("change the mode of", &part)?;
    disk.rename(&part, &path).attempt("rename", &part)?;
    disk.sync_directory(log_directory).attempt("sync", log_directory)
}

/// Deletes every snapshot older than `newest`, and what earlier processes left unfinished.
pub(super) fn delete_older(
    disk: &dyn Disk,
    log_directory: &Path,
    newest: SnapshotName,
) -> Result<(), MetadataLogError> {
    let files = names::list(disk, log_directory)?;
    for name in files.snapshots.iter().filter(|name| **name < newest) {
        let path = log_directory.join(name.to_string());
        let doomed = log_directory.join(format!("{name}.deleted"));
        disk.rename(&path, &doomed).attempt("rename", &path)?;
        disk.remove_file(&doomed).attempt("remove", &doomed)?;
    }
    for name in &files.leftovers {
        let path = log_directory.join(name);
        disk.remove_file(&path).attempt("remove", &path)?;
    }
    Ok(())
}

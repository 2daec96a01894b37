//! The `<offset>.snapshot` files of a partition directory: the producers as of all records below that offset. They are
//! written in place, since the checksum gives a torn one away.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Producers;
use crate::clock::Timestamp;
use crate::log::disk::{Disk, Open};
use crate::log::errors::{Attempt, LogError};
use crate::log::segment::{DELETED_SUFFIX, file_path};

const SNAPSHOT: &str = "snapshot";

/// The snapshots that are there.
#[derive(Debug)]
pub(in crate::log) struct SnapshotFiles {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    /// Ascending.
    offsets: Vec<i64>,
    /// Written, not synced.
    unsynced: Vec<i64>,
}

impl SnapshotFiles {
    pub fn empty(disk: Arc<dyn Disk>, directory: PathBuf) -> SnapshotFiles {
        SnapshotFiles { disk, directory, offsets: Vec::new(), unsynced: Vec::new() }
    }

    /// From the names in the directory.
    pub fn found(disk: Arc<dyn Disk>, directory: PathBuf, names: &[String]) -> SnapshotFiles {
        let offset = |name: &String| name.strip_suffix(".snapshot")?.parse::<i64>().ok();
        let mut offsets: Vec<i64> = names.iter().filter_map(offset).collect();
        offsets.sort_unstable();
        SnapshotFiles { disk, directory, offsets, unsynced: Vec::new() }
    }

    pub fn latest(&self) -> Option<i64> {
        self.offsets.last().copied()
    }

    /// The newest readable snapshot at or below `offset`. Unreadable ones are removed on the way.
    pub fn load(
        &mut self,
        offset: i64,
        now: Timestamp,
        expire_after_ms: i64,
    ) -> Result<Option<(i64, Producers)>, LogError> {
        while let Some(&newest) = self.offsets.iter().rfind(|found| **found <= offset) {
            let path = self.path(newest);
            let bytes = self.disk.read(&path).attempt("read", &path)?.unwrap_or_default();
            if let Some(producers) = Producers::from_snapshot(&bytes, now, expire_after_ms) {
                return Ok(Some((newest, producers)));
            }
            tracing::warn!(path = %path.display(), "the producer snapshot is damaged; an older one is used");
            self.remove(newest)?;
        }
        Ok(None)
    }

    /// Writes a snapshot; a sync is due.
    pub fn write(&mut self, offset: i64, producers: &Producers) -> Result<(), LogError> {
        let path = self.path(offset);
        let file = self.disk.open(&path, Open::Replace).attempt("create", &path)?;
        file.append(&producers.to_snapshot()).attempt("write", &path)?;
        if let Err(at) = self.offsets.binary_search(&offset) {
            self.offsets.insert(at, offset);
        }
        self.unsynced.push(offset);
        Ok(())
    }

    /// Those from `offset` on are perhaps not on the platter.
    pub fn distrust(&mut self, offset: i64) {
        self.unsynced = self.offsets.iter().copied().filter(|found| *found >= offset).collect();
    }

    /// Files that wait for a sync.
    pub fn take_unsynced(&mut self) -> Vec<PathBuf> {
        let unsynced = std::mem::take(&mut self.unsynced);
        unsynced.into_iter().filter(|offset| self.offsets.contains(offset)).map(|offset| self.path(offset)).collect()
    }

    pub fn remove(&mut self, offset: i64) -> Result<(), LogError> {
        let path = self.path(offset);
        self.disk.remove_file(&path).attempt("remove", &path)?;
        self.offsets.retain(|found| *found != offset);
        Ok(())
    }

    pub fn remove_where(&mut self, doomed: impl Fn(i64) -> bool) -> Result<(), LogError> {
        let doomed: Vec<i64> = self.offsets.iter().copied().filter(|offset| doomed(*offset)).collect();
        doomed.into_iter().try_for_each(|offset| self.remove(offset))
    }

    /// Renames the snapshot of a deleted segment, if there is one, and yields the new path.
    pub fn mark_deleted(&mut self, offset: i64) -> Result<Option<PathBuf>, LogError> {
        if !self.offsets.contains(&offset) {
            return Ok(None);
        }
        let path = self.path(offset);
        let mut doomed = path.clone().into_os_string();
        doomed.push(DELETED_SUFFIX);
        self.disk.rename(&path, Path::new(&doomed)).attempt("rename", &path)?;
        self.offsets.retain(|found| *found != offset);
        Ok(Some(doomed.into()))
    }

    fn path(&self, offset: i64) -> PathBuf {
        file_path(&self.directory, offset, SNAPSHOT)
    }
}

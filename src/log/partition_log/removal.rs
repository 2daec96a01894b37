//! Taking files away: first they are renamed, so that nobody finds them, later they are unlinked.

use std::path::PathBuf;
use std::time::Duration;

use super::PartitionLog;
use crate::clock::Timestamp;
use crate::log::errors::{Attempt, LogError};
use crate::log::segment::{DELETED_SUFFIX, suffixed};

/// A file to be unlinked.
#[derive(Debug)]
pub(super) struct Doomed {
    due: Timestamp,
    path: PathBuf,
}

impl PartitionLog {
    /// Takes a segment out of the log. Its files are renamed now and unlinked after `file.delete.delay.ms`.
    pub(super) fn delete_segment(&mut self, base_offset: i64, now: Timestamp) -> Result<(), LogError> {
        self.delete_files_of(base_offset, now)?;
        if let Some(path) = self.snapshots.mark_deleted(base_offset)? {
            self.doomed.push(Doomed { due: self.removal_due(now), path });
        }
        Ok(())
    }

    /// The same, but for the producers' snapshot at its base offset.
    pub(super) fn delete_files_of(&mut self, base_offset: i64, now: Timestamp) -> Result<(), LogError> {
        let Some(segment) = self.segments.remove(&base_offset) else { return Ok(()) };
        let due = self.removal_due(now);
        for path in segment.paths() {
            if !self.disk.exists(&path).attempt("find", &path)? {
                continue;
            }
            let renamed = suffixed(&path, DELETED_SUFFIX);
            self.disk.rename(&path, &renamed).attempt("rename", &path)?;
            self.doomed.push(Doomed { due, path: renamed });
        }
        self.directory_unsynced = true;
        Ok(())
    }

    fn removal_due(&self, now: Timestamp) -> Timestamp {
        now + Duration::from_millis(self.settings.file_delete_delay_ms.max(0) as u64)
    }

    /// Unlinks what is due. A file that cannot be unlinked is tried again, and goes at the next start in any case.
    pub(super) fn remove_due_files(&mut self, now: Timestamp) {
        let disk = &self.disk;
        self.doomed.retain(|doomed| {
            if doomed.due > now {
                return true;
            }
            let removed = disk.remove_file(&doomed.path);
            if let Err(error) = &removed {
                tracing::warn!(path = %doomed.path.display(), %error, "a deleted file is still there");
            }
            removed.is_err()
        });
    }
}

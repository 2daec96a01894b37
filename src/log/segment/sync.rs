//! What of a segment must reach the platter. Indexes must before the recovery point leaves the segment behind, since
//! they are trusted from then on; those of the active segment are rebuilt after a crash in any case.

use std::sync::Arc;

use super::Segment;
use crate::log::disk::DiskFile;
use crate::log::errors::LogError;

/// Which files of a segment changed since they were last gathered for a sync.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unsynced {
    pub log: bool,
    pub indexes: bool,
}

impl Segment {
    /// Writes the index entries that wait and names the files to be synced.
    pub fn files_to_sync(&mut self) -> Result<Vec<Arc<dyn DiskFile>>, LogError> {
        let mut files = Vec::new();
        if self.unsynced.log {
            files.push(self.file()?);
        }
        if self.unsynced.indexes {
            self.offsets.write_waiting()?;
            self.times.write_waiting()?;
            self.aborted.write_waiting()?;
            if !self.times.is_active() {
                files.extend(self.offsets.file()?);
                files.extend(self.times.file()?);
                files.extend(self.aborted.file()?);
                self.unsynced.indexes = false;
            }
        }
        self.unsynced.log = false;
        Ok(files)
    }
}

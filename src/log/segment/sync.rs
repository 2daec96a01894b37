//! What of a segment must reach the platter.

use std::sync::Arc;

use super::Segment;
use crate::log::disk::DiskFile;
use crate::log::errors::LogError;

impl Segment {
    /// Writes the index entries that wait and names the files to be synced.
    pub fn files_to_sync(&mut self) -> Result<Vec<Arc<dyn DiskFile>>, LogError> {
        self.offsets.write_waiting()?;
        self.times.write_waiting()?;
        self.aborted.write_waiting()?;
        let mut files = vec![self.file()?];
        files.extend(self.offsets.file()?);
        files.extend(self.times.file()?);
        files.extend(self.aborted.file()?);
        Ok(files)
    }
}

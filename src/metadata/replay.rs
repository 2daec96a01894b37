//! Builds an image from the records of a log or a snapshot, with their transactions.
//!
//! What lies between BeginTransaction and EndTransaction counts only at the end; AbortTransaction takes it back. A reader
//! that reaches the end of the log inside a transaction drops its records.

use super::errors::ReplayError;
use super::image::ClusterImage;
use crate::records::metadata::MetadataRecord;

/// Where records come from: a snapshot has no transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Log,
    Snapshot,
}

/// An image under construction.
#[derive(Debug, Clone)]
pub struct Replay {
    image: ClusterImage,
    source: Source,
    /// The image as it was before the open transaction.
    before: Option<ClusterImage>,
}

impl Replay {
    pub fn new(image: ClusterImage, source: Source) -> Replay {
        Replay { image, source, before: None }
    }

    /// Applies the record at `offset`.
    pub fn apply(&mut self, offset: i64, record: &MetadataRecord) -> Result<(), ReplayError> {
        let open = self.before.is_some();
        let name = record.name();
        match record {
            MetadataRecord::BeginTransaction(_)
            | MetadataRecord::EndTransaction(_)
            | MetadataRecord::AbortTransaction(_)
                if self.source == Source::Snapshot =>
            {
                return Err(ReplayError::TransactionInSnapshot { record: name });
            }
            MetadataRecord::BeginTransaction(_) if open => {
                return Err(ReplayError::Transaction { record: name, open });
            }
            MetadataRecord::BeginTransaction(_) => self.before = Some(self.image.clone()),
            MetadataRecord::EndTransaction(_) | MetadataRecord::AbortTransaction(_) if !open => {
                return Err(ReplayError::Transaction { record: name, open });
            }
            MetadataRecord::EndTransaction(_) => self.before = None,
            MetadataRecord::AbortTransaction(_) => {
                if let Some(before) = self.before.take() {
                    self.image = before;
                }
            }
            other => self.image.apply(other)?,
        }
        self.passed(offset);
        Ok(())
    }

    /// Notes that the record at `offset` was read, also if it was a control record.
    pub fn passed(&mut self, offset: i64) {
        if self.source == Source::Log {
            self.image.end_offset = offset + 1;
        }
    }

    pub fn in_transaction(&self) -> bool {
        self.before.is_some()
    }

    /// The image without an unfinished transaction, once its contradictions have been looked for.
    pub fn finish(self) -> Result<ClusterImage, ReplayError> {
        let end_offset = self.image.end_offset;
        let mut image = self.before.unwrap_or(self.image);
        image.end_offset = end_offset;
        image.check()?;
        Ok(image)
    }
}

#[cfg(test)]
mod tests;

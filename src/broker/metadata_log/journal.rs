//! The metadata log as the journal of the controller.
//!
//! The controller's hard state is the cluster image, which the log itself keeps and publishes; so there is nothing to
//! replay into the machine. The broker closes the log itself, after everything else.

use std::sync::Arc;

use super::MetadataLog;
use crate::broker::machine::runner::{Journal, JournalError};
use crate::clock::Timestamp;
use crate::records::metadata::MetadataRecord;

pub struct MetadataJournal(pub Arc<MetadataLog>);

impl Journal<MetadataRecord> for MetadataJournal {
    fn append(&mut self, records: &[MetadataRecord], now: Timestamp) -> Result<(), JournalError> {
        self.0.append(records, now).map_err(|error| JournalError(error.to_string()))
    }

    fn replay(&mut self, _each: &mut dyn FnMut(MetadataRecord)) -> Result<(), JournalError> {
        Ok(())
    }
}

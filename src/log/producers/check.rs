//! May this batch follow what its producer wrote before?

use super::{BatchSpan, ProducerEntry, Producers};
use crate::log::batch::BatchHeader;
use crate::log::batch::control::TransactionMarker;
use crate::log::errors::AppendError;

/// A batch that is in the log already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::log) struct Duplicate(pub BatchSpan);

impl Producers {
    /// Whether a client's data batch may be appended, or was before. A producer that is unknown (its entry expired, or
    /// its records were deleted) may begin with any sequence.
    pub fn check_client(&self, header: &BatchHeader) -> Result<Option<Duplicate>, AppendError> {
        let Some(entry) = self.get(header.producer_id) else { return Ok(None) };
        if let Some(duplicate) = entry.duplicate_of(header) {
            return Ok(Some(duplicate));
        }
        entry.check_epoch(header)?;
        entry.check_sequence(header)?;
        entry.check_transaction(header)?;
        Ok(None)
    }

    /// Coordinators write without sequences, but a fenced producer's records must not get in through them.
    pub fn check_coordinator(&self, header: &BatchHeader) -> Result<(), AppendError> {
        self.get(header.producer_id).map_or(Ok(()), |entry| entry.check_epoch(header))
    }

    /// Whether a transaction marker may be appended.
    pub fn check_marker(&self, header: &BatchHeader, marker: TransactionMarker) -> Result<(), AppendError> {
        let Some(entry) = self.get(header.producer_id) else { return Ok(()) };
        entry.check_epoch(header)?;
        if marker.coordinator_epoch < entry.coordinator_epoch {
            return Err(AppendError::CoordinatorFenced {
                producer_id: header.producer_id,
                current: entry.coordinator_epoch,
                found: marker.coordinator_epoch,
            });
        }
        Ok(())
    }
}

impl ProducerEntry {
    /// Only the same epoch with exactly the same first and last sequence is the same batch.
    fn duplicate_of(&self, header: &BatchHeader) -> Option<Duplicate> {
        if header.producer_epoch != self.epoch || header.base_sequence < 0 {
            return None;
        }
        let same = |batch: &&BatchSpan| {
            batch.first_sequence() == header.base_sequence && batch.last_sequence == header.last_sequence()
        };
        self.batches.iter().find(same).copied().map(Duplicate)
    }

    fn check_epoch(&self, header: &BatchHeader) -> Result<(), AppendError> {
        if header.producer_epoch >= self.epoch {
            return Ok(());
        }
        Err(AppendError::InvalidProducerEpoch {
            producer_id: header.producer_id,
            current: self.epoch,
            found: header.producer_epoch,
        })
    }

    fn check_sequence(&self, header: &BatchHeader) -> Result<(), AppendError> {
        let known = self.epoch >= 0;
        let expected = match header.producer_epoch == self.epoch {
            true => self.last_sequence().wrapping_add(1) & i32::MAX,
            false => 0,
        };
        if !known || header.base_sequence == expected {
            return Ok(());
        }
        Err(AppendError::OutOfOrderSequence { producer_id: header.producer_id, expected, found: header.base_sequence })
    }

    fn check_transaction(&self, header: &BatchHeader) -> Result<(), AppendError> {
        match self.open_since {
            Some(first_offset) if !header.attributes.is_transactional() => Err(AppendError::InvalidTransactionState {
                producer_id: header.producer_id,
                message: format!("a transaction is open since offset {first_offset}, the batch is not transactional"),
            }),
            _ => Ok(()),
        }
    }
}

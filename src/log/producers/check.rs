//! May this batch follow what its producer wrote before?

use super::{BatchSpan, ProducerEntry, Producers, Verification};
use crate::log::batch::BatchHeader;
use crate::log::batch::control::TransactionMarker;
use crate::log::errors::AppendError;

/// How it is known that a transactional batch belongs to an open transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::log) enum Proof {
    /// Nobody asks (`transaction.partition.verification.enable`).
    NotNeeded,
    Missing,
    Given(Verification),
}

/// A batch that is in the log already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::log) struct Duplicate(pub BatchSpan);

impl Producers {
    /// Whether a client's data batch may be appended, or was before. A producer that is unknown (its entry expired, or
    /// its records were deleted) may begin with any sequence, unless more is known from its verification.
    pub fn check_client(&self, header: &BatchHeader, proof: Proof) -> Result<Option<Duplicate>, AppendError> {
        let entry = self.get(header.producer_id);
        if let Some(duplicate) = entry.and_then(|entry| entry.duplicate_of(header)) {
            return Ok(Some(duplicate));
        }
        self.check_proof(header, proof)?;
        if let Some(entry) = entry {
            entry.check_epoch(header)?;
        }
        self.check_first_sequence(header, entry.is_some())?;
        if let Some(entry) = entry {
            entry.check_sequence(header)?;
            entry.check_transaction(header)?;
        }
        Ok(None)
    }

    /// A transactional batch continues what is open, or the coordinator knows that it begins something.
    fn check_proof(&self, header: &BatchHeader, proof: Proof) -> Result<(), AppendError> {
        let is_proven = match proof {
            Proof::NotNeeded => true,
            Proof::Missing => false,
            Proof::Given(guard) => self.verifications.holds(header.producer_id, guard),
        };
        if !header.attributes.is_transactional() || is_proven || self.has_open_transaction(header) {
            return Ok(());
        }
        Err(AppendError::InvalidTransactionState {
            producer_id: header.producer_id,
            message: "the batch is not part of an open transaction".to_owned(),
        })
    }

    fn check_first_sequence(&self, header: &BatchHeader, is_known: bool) -> Result<(), AppendError> {
        match self.verifications.highest_first_sequence(header, is_known) {
            Some(expected) if header.base_sequence > expected => Err(AppendError::OutOfOrderSequence {
                producer_id: header.producer_id,
                expected,
                found: header.base_sequence,
            }),
            _ => Ok(()),
        }
    }

    /// Coordinators write without sequences, but a fenced producer's records must not get in through them.
    pub fn check_coordinator(&self, header: &BatchHeader) -> Result<(), AppendError> {
        self.get(header.producer_id).map_or(Ok(()), |entry| entry.check_epoch(header))
    }

    /// Whether the marker of a transaction may be appended that has an epoch above that of its records. One of the same
    /// epoch is a repetition, or comes too late and would end the producer's next transaction.
    pub fn check_marker_of_its_own_epoch(
        &self,
        header: &BatchHeader,
        marker: TransactionMarker,
    ) -> Result<(), AppendError> {
        match self.get(header.producer_id) {
            Some(entry) if entry.epoch == header.producer_epoch && entry.open_since.is_some() => {
                Err(AppendError::InvalidProducerEpoch {
                    producer_id: header.producer_id,
                    current: entry.epoch,
                    found: header.producer_epoch,
                })
            }
            _ => self.check_marker(header, marker),
        }
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

//! What became of the records, and how the command ends because of it.

use crate::cli::failure::{Failure, Kind};
use crate::client::ClientError;
use crate::client::producer::Delivery;

/// How many failures are told one by one.
const TOLD: usize = 5;

/// Counts, and the first failures.
#[derive(Debug, Default)]
pub struct Outcome {
    pub acknowledged: u64,
    pub failed: u64,
    told: Vec<Failure>,
    /// What numbers of records count, such as lines.
    unit: &'static str,
}

impl Outcome {
    pub fn counting(unit: &'static str) -> Outcome {
        Outcome { unit, ..Outcome::default() }
    }

    pub fn note(&mut self, delivery: &Delivery) {
        match &delivery.outcome {
            Ok(_) => self.acknowledged += 1,
            Err(error) => self.note_failure(delivery.number, error),
        }
    }

    pub fn note_failure(&mut self, line: u64, error: &ClientError) {
        let failure = Failure::from(anyhow::Error::from(error.clone()));
        self.add(Failure { messages: vec![format!("{} {line}: {error}", self.unit)], ..failure });
    }

    pub fn note_skipped(&mut self, line: u64, reason: &str) {
        self.add(Failure::new(Kind::Failed, format!("{} {line}: {reason}", self.unit)));
    }

    fn add(&mut self, failure: Failure) {
        self.failed += 1;
        if self.told.len() < TOLD {
            self.told.push(failure);
        }
    }

    /// The failure that the command ends with, if any record was not acknowledged. `unsettled` records are those whose
    /// fate is not known, because the command was interrupted.
    pub fn failure(self, unsettled: u64) -> Option<Failure> {
        let missing = self.failed + unsettled;
        if missing == 0 {
            return None;
        }
        let sent = self.acknowledged + missing;
        let summary = format!("{missing} of {sent} records were not acknowledged");
        let untold = self.failed - self.told.len() as u64;
        let mut told = Failure::of_items(self.told).unwrap_or_else(|| Failure::silent(Kind::Failed));
        told.messages.insert(0, summary);
        if untold > 0 {
            told.messages.push(format!("… and {untold} more"));
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::producer::Place;

    #[test]
    fn what_was_not_acknowledged_is_counted_and_the_first_are_told() {
        let mut outcome = Outcome::counting("line");
        outcome.note(&Delivery {
            number: 1,
            key: None,
            value: None,
            outcome: Ok(Place { partition: 0, offset: Some(0) }),
        });
        for number in 2..9 {
            let error = ClientError::TimedOut { call: "produce", after: std::time::Duration::ZERO, last: None };
            outcome.note(&Delivery { number, key: None, value: None, outcome: Err(error) });
        }
        let failure = outcome.failure(2).unwrap();
        assert_eq!(failure.kind, Kind::Unreachable);
        assert_eq!(failure.messages.first().unwrap(), "9 of 10 records were not acknowledged");
        assert_eq!(failure.messages.len(), 7);
        assert_eq!(failure.messages.last().unwrap(), "… and 2 more");
    }

    #[test]
    fn nothing_missing_is_no_failure() {
        assert_eq!(Outcome::default().failure(0), None);
    }
}

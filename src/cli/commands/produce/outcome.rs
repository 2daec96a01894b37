//! What became of the records, and how the command ends because of it.

use crate::cli::failure::{Failure, Kind};
use crate::client::ClientError;

/// How many failures are told one by one.
const TOLD: usize = 5;

/// Counts, and the first failures.
#[derive(Debug, Default)]
pub struct Outcome {
    records: u64,
    pub failed: u64,
    told: Vec<Failure>,
    /// What numbers of records count, such as lines.
    unit: &'static str,
}

impl Outcome {
    pub fn counting(unit: &'static str) -> Outcome {
        Outcome { unit, ..Outcome::default() }
    }

    /// A record is on its way.
    pub fn note_queued(&mut self) {
        self.records += 1;
    }

    /// A record that was not even queued.
    pub fn note_refused(&mut self, line: u64, error: &ClientError) {
        self.records += 1;
        self.note_failure(line, error);
    }

    /// A record that was on its way.
    pub fn note_failure(&mut self, line: u64, error: &ClientError) {
        let failure = Failure::from(anyhow::Error::from(error.clone()));
        self.add(Failure { messages: vec![format!("{} {line}: {error}", self.unit)], ..failure });
    }

    pub fn note_skipped(&mut self, line: u64, reason: &str) {
        self.records += 1;
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
        let summary = format!("{missing} of {} records were not acknowledged", self.records);
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

    #[test]
    fn what_was_not_acknowledged_is_counted_and_the_first_are_told() {
        let mut outcome = Outcome::counting("line");
        let error = ClientError::TimedOut { call: "produce", after: std::time::Duration::ZERO, last: None };
        for _ in 0..8 {
            outcome.note_queued();
        }
        for number in 2..7 {
            outcome.note_failure(number, &error);
        }
        outcome.note_refused(9, &error);
        outcome.note_skipped(10, "too long");
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

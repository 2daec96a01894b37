//! `--transactional-id`: the whole input in one transaction, or a transaction for every so many records.

use std::time::Duration;

use crate::cli::signals::Stop;
use crate::client::ClientError;
use crate::client::producer::Producer;

/// The transactions of one run. One is begun with its first record, so that none is empty.
pub struct Transactions<'a> {
    producer: &'a Producer,
    /// How many records each holds at most.
    size: u64,
    limit: Duration,
    open: u64,
    committed: u64,
    commits: u64,
}

impl<'a> Transactions<'a> {
    pub fn start(
        producer: &'a Producer,
        size: Option<u64>,
        limit: Duration,
        stop: &Stop,
    ) -> Result<Transactions<'a>, ClientError> {
        producer.init_transactions(limit, || !stop.is_requested())?;
        let size = size.unwrap_or(u64::MAX);
        Ok(Transactions { producer, size, limit, open: 0, committed: 0, commits: 0 })
    }

    /// Counts a record that is about to be sent.
    pub fn admit(&mut self) -> Result<(), ClientError> {
        if self.open == 0 {
            self.producer.begin_transaction()?;
        }
        self.open += 1;
        Ok(())
    }

    pub fn is_full(&self) -> bool {
        self.open >= self.size
    }

    /// Commits what is open; every record of it has been acknowledged.
    pub fn commit(&mut self) -> Result<(), ClientError> {
        if self.open > 0 {
            self.producer.commit_transaction(self.limit)?;
            self.committed += self.open;
            self.commits += 1;
            self.open = 0;
        }
        Ok(())
    }

    /// Undoes what is open, and says so.
    pub fn abort(&mut self) -> Option<String> {
        let undone = std::mem::take(&mut self.open);
        if undone == 0 {
            return None;
        }
        let records = counted(undone, "record");
        Some(match self.producer.abort_transaction(self.limit) {
            Ok(()) => format!("the transaction of {records} was aborted; {}", self.before()),
            Err(error) => format!("the transaction of {records} could not be aborted ({error}); {}", self.before()),
        })
    }

    fn before(&self) -> String {
        match self.committed {
            0 => "nothing was committed".to_owned(),
            _ => format!("{} were committed before", self.told()),
        }
    }

    /// What was committed, once all is.
    pub fn summary(&self) -> String {
        format!("Committed {}.", self.told())
    }

    fn told(&self) -> String {
        let records = counted(self.committed, "record");
        if self.commits > 1 { format!("{records} in {} transactions", self.commits) } else { records }
    }
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

//! Compaction of the partitions whose policy asks for it: how often, and how much memory it may have. How it is done is
//! the matter of `log/cleaner`; one pass runs at a time.

use std::time::Duration;

use super::Partition;
use crate::broker::config::BrokerKeys;
use crate::clock::Timestamp;
use crate::log::{Cleaned, LogError};

/// What an entry of the map of keys takes, in Kafka's reckoning of `log.cleaner.dedupe.buffer.size`.
const BYTES_PER_KEY: f64 = 24.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cleaning {
    /// How many keys a pass may have in memory.
    pub map_limit: usize,
    /// How long to wait when nothing was left to do.
    pub backoff: Duration,
}

impl Cleaning {
    /// `None` where `log.cleaner.enable` is false.
    pub fn configured(keys: &BrokerKeys) -> Option<Cleaning> {
        let load_factor: f64 = keys.get("log.cleaner.io.buffer.load.factor")?.trim().parse().ok()?;
        let keys_in_memory = keys.number("log.cleaner.dedupe.buffer.size") as f64 / BYTES_PER_KEY * load_factor;
        let backoff = keys.milliseconds("log.cleaner.backoff.ms");
        keys.boolean("log.cleaner.enable").then_some(Cleaning { map_limit: (keys_in_memory as usize).max(1), backoff })
    }
}

impl Partition {
    /// One pass, for which the partition is locked only at the beginning and at the end. `None` if there was nothing to
    /// do, or if the log lost meanwhile what the pass had read.
    pub(super) fn clean(&self, map_limit: usize, now: Timestamp) -> Result<Option<Cleaned>, LogError> {
        let Some(work) = self.plan_cleaning(map_limit, now)? else { return Ok(None) };
        let cleaned = work.run()?;
        Ok(self.finish_cleaning(&work, &cleaned, now)?.then_some(cleaned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_has_as_many_keys_as_kafkas_and_never_none() {
        let mut keys = BrokerKeys::default();
        assert_eq!(Cleaning::configured(&keys).unwrap().map_limit, 5_033_164);
        keys.set("log.cleaner.dedupe.buffer.size", "0").unwrap();
        assert_eq!(Cleaning::configured(&keys).unwrap().map_limit, 1);
        keys.set("log.cleaner.enable", "false").unwrap();
        assert_eq!(Cleaning::configured(&keys), None);
    }
}

//! What happens to partitions without anybody asking: retention, compaction, flushes, checkpoints.
//!
//! Nothing of it happens before the first write, so that a broker that is only read from leaves no trace.

use std::sync::Arc;
use std::time::Duration;

use super::cleaning::Cleaning;
use super::{Partition, Partitions};
use crate::broker::blocking::blocking;
use crate::broker::config::BrokerKeys;
use crate::broker::first_write::FirstWrite;
use crate::clock::Timestamp;

/// The rounds of upkeep of one broker.
pub struct Upkeep {
    partitions: Arc<Partitions>,
    first_write: Arc<FirstWrite>,
    retention_delay: Duration,
    retention_interval: Duration,
    checkpoint_interval: Duration,
    cleaning: Option<Cleaning>,
}

impl Upkeep {
    pub fn new(partitions: Arc<Partitions>, first_write: Arc<FirstWrite>, keys: &BrokerKeys) -> Upkeep {
        Upkeep {
            partitions,
            first_write,
            retention_delay: keys.milliseconds("log.initial.task.delay.ms"),
            retention_interval: keys.milliseconds("log.retention.check.interval.ms"),
            checkpoint_interval: keys.milliseconds("log.flush.offset.checkpoint.interval.ms"),
            cleaning: Cleaning::configured(keys),
        }
    }

    /// Goes on until it is dropped.
    pub async fn run(self) {
        tokio::join!(self.retain(), self.checkpoint(), self.clean());
    }

    async fn retain(&self) {
        tokio::time::sleep(self.retention_delay).await;
        loop {
            if self.first_write.is_open() {
                for partition in self.partitions.opened() {
                    blocking(|| retain_one(&partition, Timestamp::now()));
                }
            }
            tokio::time::sleep(self.retention_interval).await;
        }
    }

    async fn clean(&self) {
        let Some(Cleaning { map_limit, backoff }) = self.cleaning else { return };
        loop {
            tokio::time::sleep(backoff).await;
            while self.first_write.is_open() && blocking(|| self.clean_all(map_limit, Timestamp::now())) {
                tokio::task::yield_now().await;
            }
        }
    }

    /// A pass over each partition that needs one; false if there was none.
    fn clean_all(&self, map_limit: usize, now: Timestamp) -> bool {
        let mut any = false;
        for partition in self.partitions.opened() {
            any |= clean_one(&partition, map_limit, now);
        }
        if any && let Err(e) = self.partitions.write_first_dirty() {
            tracing::error!("cannot write the cleaner's checkpoint: {e}");
        }
        any
    }

    async fn checkpoint(&self) {
        loop {
            tokio::time::sleep(self.checkpoint_interval).await;
            if self.first_write.is_open() {
                blocking(|| self.checkpoint_now(Timestamp::now()));
            }
        }
    }

    fn checkpoint_now(&self, now: Timestamp) {
        for partition in self.partitions.opened() {
            if let Err(e) = partition.flush_if_due(now) {
                partition.home().note(&e);
                tracing::error!(partition = %partition.name, "cannot flush: {e}");
            }
        }
        if let Err(e) = self.partitions.write_checkpoints() {
            tracing::error!("cannot write checkpoints: {e}");
        }
    }
}

fn retain_one(partition: &Partition, now: Timestamp) {
    match partition.apply_retention(now) {
        Ok(Some(retained)) if retained.segments_deleted > 0 => {
            tracing::info!(partition = %partition.name, ?retained, "deleted old segments");
        }
        Ok(_) => {}
        Err(e) => {
            partition.home().note(&e);
            tracing::error!(partition = %partition.name, "cannot apply retention: {e}");
        }
    }
}

fn clean_one(partition: &Partition, map_limit: usize, now: Timestamp) -> bool {
    match partition.clean(map_limit, now) {
        Ok(Some(cleaned)) => {
            let (before, after) = (cleaned.bytes_before, cleaned.bytes_after);
            tracing::info!(partition = %partition.name, before, after, first_dirty = cleaned.first_dirty, "compacted");
            true
        }
        Ok(None) => false,
        Err(e) => {
            partition.home().note(&e);
            tracing::error!(partition = %partition.name, "cannot compact: {e}");
            false
        }
    }
}

//! What happens to partitions without anybody asking: retention, compaction, flushes, checkpoints.
//!
//! Nothing of it happens before the first write, so that a broker that is only read from leaves no trace.

use std::sync::Arc;
use std::time::Duration;

use super::Partitions;
use super::cleaning::{Cleaner, Switch};
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
    cleaner: Option<Cleaner>,
}

impl Upkeep {
    pub fn new(partitions: Arc<Partitions>, first_write: Arc<FirstWrite>, keys: &BrokerKeys) -> Upkeep {
        let cleaner = Cleaner::new(partitions.clone(), keys);
        Upkeep {
            partitions,
            first_write,
            retention_delay: keys.milliseconds("log.initial.task.delay.ms"),
            retention_interval: keys.milliseconds("log.retention.check.interval.ms"),
            checkpoint_interval: keys.milliseconds("log.flush.offset.checkpoint.interval.ms"),
            cleaner,
        }
    }

    /// Goes on until it is dropped; compaction, which may take long, also ends with [`Upkeep::cleaning_switch`].
    pub async fn run(self) {
        tokio::join!(self.retain(), self.checkpoint(), self.clean());
    }

    /// To be turned off before the task that runs this is aborted.
    pub fn cleaning_switch(&self) -> Arc<Switch> {
        self.cleaner.as_ref().map_or_else(Arc::default, Cleaner::switch)
    }

    async fn retain(&self) {
        tokio::time::sleep(self.retention_delay).await;
        loop {
            if self.first_write.is_open() {
                self.retain_all(Timestamp::now());
            }
            tokio::time::sleep(self.retention_interval).await;
        }
    }

    /// Deletes what no partition need keep.
    pub fn retain_all(&self, now: Timestamp) {
        for partition in self.partitions.opened() {
            blocking(|| {
                partition.forget_idle(now);
                partition.retain(false, now);
            });
        }
    }

    /// Compacts whatever is dirty enough.
    pub fn clean_all(&self, now: Timestamp) {
        if let Some(cleaner) = &self.cleaner {
            cleaner.round(&cleaner.settings(), &|| now);
        }
    }

    async fn clean(&self) {
        let Some(cleaner) = &self.cleaner else { return };
        let mut image = self.partitions.directories().view().images();
        loop {
            let settings = cleaner.settings();
            if self.first_write.is_open() {
                blocking(|| cleaner.round(&settings, &Timestamp::now));
            }
            let changed = async {
                while cleaner.settings() == settings {
                    if image.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            };
            tokio::select! {
                () = tokio::time::sleep(settings.backoff) => {}
                () = changed => {}
            }
        }
    }

    async fn checkpoint(&self) {
        loop {
            tokio::time::sleep(self.checkpoint_interval).await;
            if self.first_write.is_open() {
                blocking(|| self.checkpoint_now(Timestamp::now()));
            }
        }
    }

    /// Flushes what is due, and writes how far everything is.
    pub fn checkpoint_now(&self, now: Timestamp) {
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

mod append;
mod damage;
mod failing;
mod old;
mod open;
mod read;
mod upkeep;

use std::path::PathBuf;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::log::batch::{BatchBuilder, NewRecord, ProducerStamp, batches};
use crate::log::errors::AppendError;
use crate::log::{AbortedTransaction, OsDisk};

/// The time of tests that do not care.
const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A log in a directory of its own.
struct Bench {
    home: TempDir,
    log: PartitionLog,
}

impl Bench {
    fn new() -> Bench {
        Bench::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut LogSettings)) -> Bench {
        let mut settings = LogSettings { verify_transactions: false, ..LogSettings::default() };
        change(&mut settings);
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("orders-0");
        let log = PartitionLog::create(OsDisk::shared(), directory, Uuid(1234), settings, NOW).unwrap();
        Bench { home, log }
    }

    fn directory(&self) -> PathBuf {
        self.home.path().join("orders-0")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = OsDisk.list(&self.directory()).unwrap();
        entries.into_iter().map(|entry| entry.name).collect()
    }

    fn append(&mut self, batch: Bytes) -> Appended {
        self.try_append(batch).unwrap()
    }

    fn try_append(&mut self, batch: Bytes) -> Result<Appended, AppendError> {
        self.log.append(batch, Append { leader_epoch: 0, origin: Origin::Client, now: NOW })
    }

    fn append_own(&mut self, batches: Bytes) -> Appended {
        self.log.append(batches, Append { leader_epoch: 0, origin: Origin::Coordinator, now: NOW }).unwrap()
    }

    /// As after the death of the process: nothing is closed.
    fn reopen_after_kill(&mut self) -> RecoveryReport {
        self.reopen(false, Some(self.log.recovery_point()))
    }

    fn reopen_clean(&mut self) -> RecoveryReport {
        self.log.close().unwrap();
        self.reopen(true, Some(self.log.recovery_point()))
    }

    fn reopen(&mut self, clean: bool, recovery_point: Option<i64>) -> RecoveryReport {
        let (log, report) = self.try_reopen(clean, recovery_point).unwrap();
        self.log = log;
        report
    }

    fn try_reopen(&self, clean: bool, recovery_point: Option<i64>) -> Result<(PartitionLog, RecoveryReport), LogError> {
        let settings = self.log.settings().clone();
        let opening = Opening { settings, clean, recovery_point, log_start: None, now: NOW };
        PartitionLog::open(OsDisk::shared(), self.directory(), opening)
    }

    /// Base offsets of the batches that a reader finds, from `from` to the end.
    fn offsets_from(&self, from: i64) -> Vec<i64> {
        let mut found = Vec::new();
        let mut at = from;
        while at < self.log.end_offset() {
            let located = self.log.read(at, everything()).unwrap();
            if located.is_empty() {
                break;
            }
            at = located.next_offset();
            let bytes = located.into_bytes().unwrap();
            found.extend(batches(&bytes).map(|batch| {
                let batch = batch.unwrap();
                batch.check_crc().unwrap();
                batch.header.base_offset
            }));
        }
        found
    }

    /// Every file of the directory and its bytes.
    fn image(&self) -> BTreeMap<String, Vec<u8>> {
        self.names().into_iter().map(|name| (name.clone(), std::fs::read(self.path(&name)).unwrap())).collect()
    }
}

fn everything() -> ReadLimit {
    ReadLimit { max_bytes: usize::MAX, at_least_one: true, below: i64::MAX }
}

/// A client's batch of `count` records with values of `size` bytes.
fn plain(count: usize, size: usize, timestamp: i64) -> Bytes {
    let mut builder = BatchBuilder::new();
    for _ in 0..count {
        builder.add(&NewRecord {
            timestamp: Timestamp(timestamp),
            value: Some(&vec![7; size]),
            ..NewRecord::default()
        });
    }
    builder.build()
}

fn by_producer(id: i64, epoch: i16, base_sequence: i32, count: usize, transactional: bool) -> Bytes {
    let producer = ProducerStamp { id, epoch, base_sequence };
    let mut builder = BatchBuilder::new().producer(producer).transactional(transactional);
    for _ in 0..count {
        builder.add(&NewRecord { timestamp: NOW, value: Some(b"v"), ..NewRecord::default() });
    }
    builder.build()
}

fn marker(id: i64, epoch: i16, committed: bool) -> Bytes {
    let marker = crate::log::batch::control::TransactionMarker { committed, coordinator_epoch: 0 };
    marker.batch(id, epoch, NOW)
}

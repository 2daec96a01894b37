//! A compacted log means the same before, during and after every pass: the last value of each key, for readers of
//! committed records. A crash at any step of a pass may cost nothing of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use kavka::clock::Timestamp;
use kavka::log::batch::control::TransactionMarker;
use kavka::log::batch::{Batch, BatchBuilder, Codec, NewRecord, ProducerStamp};
use kavka::log::disk::simulated::{Crash, SimulatedDisk};
use kavka::log::{Append, AtFullSpeed, Disk, LogSettings, Opening, Origin, PartitionLog, ReadLimit};
use kavka::vocabulary::Uuid;

use crate::life::Choices;
use crate::{NOW, directory, wanted_images_of_one_log};

/// Tombstones have an end within a life.
const DELETE_RETENTION_MS: i64 = 40;

fn settings() -> LogSettings {
    LogSettings {
        segment_bytes: 700,
        index_interval_bytes: 150,
        file_delete_delay_ms: 5,
        delete_retention_ms: DELETE_RETENTION_MS,
        min_cleanable_dirty_ratio: 0.1,
        compact: true,
        delete: false,
        verify_transactions: false,
        ..LogSettings::default()
    }
}

/// In records.
const LARGEST_BATCH: usize = 4;

type Meaning = BTreeMap<Vec<u8>, Vec<u8>>;

struct Actor {
    choices: Choices,
    log: PartitionLog,
    now: Timestamp,
    sequences: [i32; 3],
    in_transaction: bool,
    first_dirty: Option<i64>,
    passes: usize,
}

impl Actor {
    fn act(&mut self) {
        self.now = Timestamp(self.now.millis() + 1);
        match self.choices.below(12) {
            0 | 1 => self.clean(),
            2 => self.log.flush().unwrap(),
            3 => {
                self.log.apply_retention(self.now).unwrap();
            }
            choice => self.write(choice % 3),
        }
    }

    fn clean(&mut self) {
        // Not even the keys of one batch always fit.
        let map_limit = 1 + self.choices.below(10);
        let Some(work) = self.log.plan_cleaning(self.first_dirty, map_limit, self.now).unwrap() else { return };
        let mut pass = work.begin(&AtFullSpeed).unwrap();
        while let Some(group) = pass.write_next().unwrap() {
            assert!(self.log.swap_in(&work, &group, self.now).unwrap());
        }
        self.first_dirty = Some(pass.finish().first_dirty);
        self.passes += 1;
    }

    /// Producer 0 has no id, 1 is idempotent, 2 transactional.
    fn write(&mut self, producer: usize) {
        if producer == 2 && self.in_transaction && self.choices.below(2) == 0 {
            let committed = self.choices.below(2) == 0;
            let marker = TransactionMarker { committed, coordinator_epoch: 0 }.batch(2, 0, self.now);
            self.append(marker, Origin::Coordinator);
            self.in_transaction = false;
            return;
        }
        let codec = [Codec::None, Codec::None, Codec::Lz4][self.choices.below(3)];
        let mut builder = BatchBuilder::new().codec(codec).transactional(producer == 2);
        if producer > 0 {
            let base_sequence = self.sequences[producer];
            builder = builder.producer(ProducerStamp { id: producer as i64, epoch: 0, base_sequence });
        }
        for _ in 0..1 + self.choices.below(LARGEST_BATCH) {
            let key = format!("key{}", self.choices.below(12));
            let value = format!("value of {} at {}", producer, self.choices.below(1000));
            let value = Some(value.as_bytes()).filter(|_| self.choices.below(4) > 0);
            builder.add(&NewRecord { timestamp: self.now, key: Some(key.as_bytes()), value, headers: &[] });
        }
        let count = builder.count();
        self.append(builder.build(), Origin::Client);
        self.sequences[producer] += count;
        self.in_transaction |= producer == 2;
    }

    fn append(&mut self, bytes: Bytes, origin: Origin) {
        self.log.append(bytes, Append { leader_epoch: 0, origin, now: self.now }).unwrap();
    }
}

/// What a reader of committed records makes of the log below `end`.
fn meaning(log: &PartitionLog, end: i64) -> Meaning {
    let mut found = Meaning::new();
    let aborted = log.aborted_transactions(0, log.end_offset()).unwrap();
    let mut at = log.start_offset();
    while at < end {
        let located = log.read(at, ReadLimit { max_bytes: 1, at_least_one: true, below: end }).unwrap();
        if located.is_empty() {
            break;
        }
        at = located.next_offset();
        let bytes = located.into_bytes().unwrap();
        let batch = Batch::parse(&bytes).unwrap();
        batch.check_crc().unwrap();
        let header = batch.header;
        let is_aborted = header.attributes.is_transactional()
            && aborted.iter().any(|aborted| {
                let range = aborted.first_offset..=aborted.last_offset;
                aborted.producer_id == header.producer_id && range.contains(&header.base_offset)
            });
        if header.attributes.is_control() || is_aborted {
            continue;
        }
        let mut records = batch.records().unwrap();
        while let Some(record) = records.next_record().unwrap() {
            let key = record.key.unwrap().to_vec();
            match record.value {
                Some(value) => found.insert(key, value.to_vec()),
                None => found.remove(&key),
            };
        }
    }
    found
}

#[test]
fn a_compacted_log_means_the_same_after_any_crash() {
    let (mut images, mut passes) = (0, 0);
    for seed in 0.. {
        let (disk, mut actor) = newborn(seed);
        let mut choices = Choices::new(seed ^ 0x5eed);
        for deed in 0..40 {
            let (steps, stable) = (disk.steps().len(), actor.log.last_stable_offset());
            let (before, end) = (meaning(&actor.log, stable), actor.log.end_offset());
            actor.act();
            let place = format!("seed {seed}, deed {deed}");
            assert_eq!(meaning(&actor.log, stable), before, "{place}: the meaning changed");
            let after = disk.steps();
            for count in steps..after.len() {
                let left = SimulatedDisk::after(&after, count, Crash::Process, &mut |limit| choices.below(limit));
                let log = reopened(left, actor.now, &format!("{place}, step {count}"));
                assert!(log.end_offset() >= end, "{place}, step {count}: ends at {} before {end}", log.end_offset());
                assert_eq!(meaning(&log, stable), before, "{place}, step {count}: the meaning changed");
                images += 1;
            }
        }
        passes += actor.passes;
        if images >= wanted_images_of_one_log() {
            break;
        }
    }
    assert!(passes * 100 > images, "{passes} passes in {images} images");
}

fn newborn(seed: u64) -> (SimulatedDisk, Actor) {
    let disk = SimulatedDisk::default();
    let log = PartitionLog::create(Arc::new(disk.clone()), directory(), Uuid(7), settings(), NOW).unwrap();
    let choices = Choices::new(seed);
    let actor =
        Actor { choices, log, now: NOW, sequences: [0; 3], in_transaction: false, first_dirty: None, passes: 0 };
    (disk, actor)
}

fn reopened(disk: SimulatedDisk, now: Timestamp, place: &str) -> PartitionLog {
    let opening = Opening { settings: settings(), clean: false, recovery_point: Some(0), log_start: None, now };
    let (log, _) = PartitionLog::open(Arc::new(disk.clone()), directory(), opening)
        .unwrap_or_else(|error| panic!("{place}: cannot be opened: {error}"));
    let entries = disk.list(Path::new("orders-0")).unwrap();
    let leftover = entries.iter().find(|entry| [".swap", ".cleaned"].iter().any(|end| entry.name.ends_with(end)));
    assert_eq!(leftover, None, "{place}");
    log
}

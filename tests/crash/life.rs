//! A random life of a log: appends of every kind, flushes, deleted records, clean restarts; and what was known to be
//! true of it after each deed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use kavka::clock::Timestamp;
use kavka::log::batch::control::TransactionMarker;
use kavka::log::batch::{BatchBuilder, NewRecord, ProducerStamp, batches};
use kavka::log::disk::simulated::{SimulatedDisk, Step};
use kavka::log::{ActiveProducer, Append, AppendError, Appended, Disk, Opening, Origin, PartitionLog};
use kavka::vocabulary::Uuid;

use crate::{NOW, directory, settings};

/// Numbers that follow from a seed (SplitMix64).
pub struct Choices(u64);

impl Choices {
    pub fn new(seed: u64) -> Choices {
        Choices(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

/// What holds after a deed was done and answered.
#[derive(Debug, Clone)]
pub struct Known {
    /// How many steps the disk had seen by then.
    steps: usize,
    pub start: i64,
    pub end: i64,
    pub recovery_point: i64,
    pub last_stable: i64,
    pub producers: Vec<ActiveProducer>,
}

impl Known {
    fn of(log: &PartitionLog, disk: &SimulatedDisk) -> Known {
        Known {
            steps: disk.steps().len(),
            start: log.start_offset(),
            end: log.end_offset(),
            recovery_point: log.recovery_point(),
            last_stable: log.last_stable_offset(),
            producers: Known::producers_of(log),
        }
    }

    pub fn producers_of(log: &PartitionLog) -> Vec<ActiveProducer> {
        let mut producers: Vec<ActiveProducer> = log.producers().collect();
        producers.sort_by_key(|producer| producer.id);
        producers
    }
}

/// A life that was lived.
pub struct Life {
    pub steps: Vec<Step>,
    /// How many steps it took until the log was there.
    pub born: usize,
    known: Vec<Known>,
    written: BTreeMap<i64, Bytes>,
}

impl Life {
    pub fn live(seed: u64, deeds: usize) -> Life {
        let disk = SimulatedDisk::default();
        let mut log = PartitionLog::create(Arc::new(disk.clone()), directory(), Uuid(7), settings(), NOW).unwrap();
        let names: &dyn Disk = &disk;
        names.sync_directory(Path::new("")).unwrap();
        names.sync_directory(&directory()).unwrap();
        let mut actor = Actor { choices: Choices::new(seed), sequences: BTreeMap::new(), written: BTreeMap::new() };
        let mut known = vec![Known::of(&log, &disk)];
        for _ in 0..deeds {
            actor.act(&mut log, &disk);
            known.push(Known::of(&log, &disk));
        }
        Life { steps: disk.steps(), born: known[0].steps, known, written: actor.written }
    }

    /// What was answered by the time of a step, and what the deed that was being done would have led to.
    pub fn around(&self, count: usize) -> (&Known, &Known) {
        let after = self.known.partition_point(|known| known.steps <= count);
        (&self.known[after - 1], &self.known[after.min(self.known.len() - 1)])
    }

    /// The batches of which a reader from `start` to `end` gets at least a part.
    pub fn batches(&self, start: i64, end: i64) -> Vec<(i64, Vec<u8>)> {
        if start == end {
            return Vec::new();
        }
        let first = self.written.range(..=start).next_back().map_or(start, |(base, _)| *base);
        self.written.range(first..end).map(|(base, bytes)| (*base, bytes.to_vec())).collect()
    }
}

struct Actor {
    choices: Choices,
    /// Per producer: its next sequence, and whether its transaction is open.
    sequences: BTreeMap<i64, (i32, bool)>,
    written: BTreeMap<i64, Bytes>,
}

impl Actor {
    fn act(&mut self, log: &mut PartitionLog, disk: &SimulatedDisk) {
        match self.choices.below(20) {
            0 | 1 => log.flush().unwrap(),
            2 => {
                let offset = log.start_offset()
                    + self.choices.below(1 + (log.end_offset() - log.start_offset()) as usize) as i64;
                log.delete_records_before(offset).unwrap();
                log.apply_retention(Timestamp(NOW.millis() + self.choices.below(3) as i64)).unwrap();
            }
            3 => *log = restarted(log, disk),
            4..=9 => {
                let count = 1 + self.choices.below(4);
                self.write(log, plain(count, 20), Origin::Client);
            }
            10 => self.write(log, plain(1, 900), Origin::Client),
            choice => self.produce(log, choice % 3 + 1),
        }
    }

    /// Producer 3 uses transactions, the others are idempotent only.
    fn produce(&mut self, log: &mut PartitionLog, producer: usize) {
        let id = producer as i64;
        let (sequence, open) = self.sequences.get(&id).copied().unwrap_or_default();
        let transactional = id == 3;
        if open && self.choices.below(3) == 0 {
            let committed = self.choices.below(2) == 0;
            let marker = TransactionMarker { committed, coordinator_epoch: 0 }.batch(id, 0, NOW);
            self.write(log, marker, Origin::Coordinator);
            self.sequences.insert(id, (sequence, false));
            return;
        }
        let count = 1 + self.choices.below(5);
        let stamp = ProducerStamp { id, epoch: 0, base_sequence: sequence };
        let mut builder = BatchBuilder::new().producer(stamp).transactional(transactional);
        for _ in 0..count {
            builder.add(&NewRecord { timestamp: NOW, value: Some(b"value"), ..NewRecord::default() });
        }
        self.write(log, builder.build(), Origin::Client);
        self.sequences.insert(id, (sequence + count as i32, transactional));
    }

    fn write(&mut self, log: &mut PartitionLog, bytes: Bytes, origin: Origin) {
        let appended = log.append(bytes, Append { leader_epoch: 0, origin, now: NOW }).unwrap();
        let limit = kavka::log::ReadLimit { max_bytes: 1, at_least_one: true, below: i64::MAX };
        let stored = log.read(appended.base_offset, limit).unwrap().into_bytes().unwrap();
        assert_eq!(batches(&stored).count(), 1);
        self.written.insert(appended.base_offset, stored);
    }
}

/// A clean stop and start.
fn restarted(log: &mut PartitionLog, disk: &SimulatedDisk) -> PartitionLog {
    log.close().unwrap();
    let opening = Opening {
        settings: settings(),
        clean: true,
        recovery_point: Some(log.recovery_point()),
        log_start: Some(log.start_offset()),
        now: NOW,
    };
    PartitionLog::open(Arc::new(disk.clone()), directory(), opening).unwrap().0
}

pub fn append(log: &mut PartitionLog, bytes: Bytes) -> Result<Appended, AppendError> {
    log.append(bytes, Append { leader_epoch: 0, origin: Origin::Client, now: NOW })
}

/// A batch of `count` records without a producer.
pub fn plain(count: usize, size: usize) -> Bytes {
    let mut builder = BatchBuilder::new();
    for _ in 0..count {
        builder.add(&NewRecord { timestamp: NOW, value: Some(&vec![7; size]), ..NewRecord::default() });
    }
    builder.build()
}

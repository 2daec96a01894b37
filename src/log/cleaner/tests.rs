//! Passes over whole logs.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, BatchBuilder, Codec, NewRecord, ProducerStamp, batches};
use crate::log::disk::simulated::SimulatedDisk;
use crate::log::{Append, AtFullSpeed, Disk, LogSettings, Opening, Origin, Pace, PartitionLog, ReadLimit, Unfinished};
use crate::vocabulary::Uuid;

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

struct Bench {
    disk: SimulatedDisk,
    log: PartitionLog,
    now: Timestamp,
    first_dirty: Option<i64>,
    map_limit: usize,
}

fn settings() -> LogSettings {
    LogSettings {
        compact: true,
        delete: false,
        min_cleanable_dirty_ratio: 0.0,
        verify_transactions: false,
        ..LogSettings::default()
    }
}

impl Bench {
    fn new() -> Bench {
        Bench::with(settings())
    }

    fn with(settings: LogSettings) -> Bench {
        let disk = SimulatedDisk::default();
        let log =
            PartitionLog::create(Arc::new(disk.clone()), PathBuf::from("users-0"), Uuid(1), settings, NOW).unwrap();
        Bench { disk, log, now: NOW, first_dirty: None, map_limit: 1000 }
    }

    fn append(&mut self, bytes: Bytes, origin: Origin) -> i64 {
        self.log.append(bytes, Append { leader_epoch: 0, origin, now: self.now }).unwrap().base_offset
    }

    /// A batch of records, written `key=value`, `key` for a tombstone, `=value` without key.
    fn put(&mut self, records: &str) -> i64 {
        self.append(batch(BatchBuilder::new(), records), Origin::Client)
    }

    /// A record without key, as from the time before the topic was compacted.
    fn put_before_compaction(&mut self, value: &str) -> i64 {
        let usual = self.log.settings().clone();
        self.log.set_settings(LogSettings { compact: false, ..usual.clone() });
        let offset = self.put(&format!("={value}"));
        self.log.set_settings(usual);
        offset
    }

    fn put_by(&mut self, producer: i64, sequence: i32, records: &str, transactional: bool) -> i64 {
        let stamp = ProducerStamp { id: producer, epoch: 0, base_sequence: sequence };
        let builder = BatchBuilder::new().producer(stamp).transactional(transactional);
        self.append(batch(builder, records), Origin::Client)
    }

    fn end(&mut self, producer: i64, committed: bool) -> i64 {
        let marker = TransactionMarker { committed, coordinator_epoch: 0 };
        self.append(marker.batch(producer, 0, self.now), Origin::Coordinator)
    }

    /// What follows goes into a new segment.
    fn roll(&mut self) {
        let usual = self.log.settings().clone();
        self.log.set_settings(LogSettings { segment_bytes: 100, ..usual.clone() });
        self.put("roll=1");
        self.log.set_settings(usual);
    }

    /// One pass over everything below the active segment. False if there was nothing to clean.
    fn clean(&mut self) -> bool {
        let Some(work) = self.log.plan_cleaning(self.first_dirty, self.map_limit, self.now).unwrap() else {
            return false;
        };
        let mut pass = work.begin(&AtFullSpeed).unwrap();
        while let Some(group) = pass.write_next().unwrap() {
            assert!(self.log.swap_in(&work, &group, self.now).unwrap());
        }
        self.first_dirty = Some(pass.finish().first_dirty);
        true
    }

    fn later(&mut self, ms: i64) {
        self.now = Timestamp(self.now.millis() + ms);
    }

    /// Every batch that a reader gets, with its bytes.
    fn batches(&self) -> Vec<Bytes> {
        let mut found = Vec::new();
        let mut at = self.log.start_offset();
        while at < self.log.end_offset() {
            let limit = ReadLimit { max_bytes: 1, at_least_one: true, below: i64::MAX };
            let located = self.log.read(at, limit).unwrap();
            if located.is_empty() {
                break;
            }
            at = located.next_offset();
            found.push(located.into_bytes().unwrap());
        }
        found
    }

    /// `offset:key=value` of every record, `offset:marker` of markers, `offset-offset:` of batches without records.
    fn records(&self) -> String {
        let all: Vec<String> = self.batches().iter().flat_map(described).collect();
        all.into_iter().filter(|record| !record.contains(":roll=")).collect::<Vec<_>>().join(" ")
    }

    fn reopened(&self) -> PartitionLog {
        let opening = Opening {
            settings: self.log.settings().clone(),
            clean: false,
            recovery_point: Some(0),
            log_start: None,
            now: self.now,
        };
        PartitionLog::open(Arc::new(self.disk.clone()), PathBuf::from("users-0"), opening).unwrap().0
    }
}

fn batch(mut builder: BatchBuilder, records: &str) -> Bytes {
    for record in records.split(' ') {
        let (key, value) = match record.split_once('=') {
            Some((key, value)) => (key, Some(value.as_bytes())),
            None => (record, None),
        };
        let key = Some(key.as_bytes()).filter(|key| !key.is_empty());
        builder.add(&NewRecord { timestamp: NOW, key, value, headers: &[] });
    }
    builder.build()
}

fn described(bytes: &Bytes) -> Vec<String> {
    let batch = batches(bytes).next().unwrap().unwrap();
    batch.check_crc().unwrap();
    if let Some(marker) = TransactionMarker::read(&batch) {
        return vec![format!("{}:{}", batch.header.base_offset, if marker.committed { "commit" } else { "abort" })];
    }
    if batch.header.record_count == 0 {
        return vec![format!("{}-{}:", batch.header.base_offset, batch.header.last_offset())];
    }
    let mut found = Vec::new();
    let mut records = batch.records().unwrap();
    while let Some(record) = records.next_record().unwrap() {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let value = record.value.map(|value| format!("={}", text(value))).unwrap_or_default();
        found.push(format!("{}:{}{value}", record.offset, record.key.map(text).unwrap_or_default()));
    }
    found
}

#[test]
fn of_every_key_the_last_record_stays_at_its_offset() {
    let mut bench = Bench::new();
    bench.put("a=1 b=1 a=2");
    bench.put("c=1");
    bench.put("b=2 d=1");
    bench.roll();
    bench.put("a=3");
    assert!(bench.clean());
    assert_eq!(bench.records(), "2:a=2 3:c=1 4:b=2 5:d=1 7:a=3", "what is in the active segment is not looked at");
    assert_eq!(bench.log.end_offset(), 8);
    assert_eq!(bench.first_dirty, Some(6));
    assert!(!bench.clean(), "nothing is dirty any more");
}

#[test]
fn a_batch_that_keeps_all_its_records_keeps_its_bytes() {
    let mut bench = Bench::new();
    bench.put("a=1 b=1");
    bench.append(batch(BatchBuilder::new().codec(Codec::Lz4), "c=1 d=1"), Origin::Client);
    bench.roll();
    let before = bench.batches();
    assert!(bench.clean());
    assert_eq!(bench.batches(), before);
}

#[test]
fn a_batch_that_loses_records_keeps_its_offsets_producer_and_codec() {
    let mut bench = Bench::new();
    let stamp = ProducerStamp { id: 7, epoch: 3, base_sequence: 0 };
    bench.append(batch(BatchBuilder::new().codec(Codec::Zstd).producer(stamp), "a=1 b=1 c=1"), Origin::Client);
    bench.put("a=2 c=2");
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "1:b=1 3:a=2 4:c=2");
    let bytes = &bench.batches()[0];
    let header = Batch::parse(bytes).unwrap().header;
    assert_eq!((header.base_offset, header.last_offset(), header.record_count), (0, 2, 1));
    assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (7, 3, 0));
    assert_eq!(header.attributes.codec(), Ok(Codec::Zstd));
}

#[test]
fn the_last_batch_of_a_producer_and_of_the_pass_leave_their_headers() {
    let mut bench = Bench::new();
    bench.put_by(1, 0, "a=1", false);
    bench.put_by(1, 1, "a=2", false);
    bench.put_before_compaction("x");
    bench.put("a=3");
    bench.put_before_compaction("y");
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "1-1: 3:a=3 4-4:", "records without keys have no place in a compacted log");
    let reopened = bench.reopened();
    assert_eq!(reopened.producers().next().unwrap().last_sequence, 1);
}

#[test]
fn a_tombstone_stays_until_its_horizon_and_is_gone_in_the_first_pass_after_it() {
    let mut bench = Bench::new();
    bench.put("a=1 b=1");
    bench.put("a b=2");
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "2:a 3:b=2");
    let bytes = bench.batches()[0].clone();
    let header = Batch::parse(&bytes).unwrap().header;
    assert_eq!(header.delete_horizon(), Some(NOW.millis() + DAY_MS));
    assert_eq!(header.max_timestamp, NOW.millis());
    bench.later(DAY_MS - 1);
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "2:a 3:b=2");
    assert_eq!(bench.batches()[0], bytes, "the horizon does not move");
    bench.later(1);
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "3:b=2");
}

#[test]
fn records_of_aborted_transactions_go_first_then_their_marker() {
    let mut bench = Bench::new();
    bench.put("a=0");
    bench.put_by(1, 0, "a=1", true);
    bench.put_by(2, 0, "b=1", true);
    bench.end(1, false);
    bench.end(2, true);
    bench.put_by(1, 1, "z=1", false);
    bench.put_by(2, 1, "z=2", false);
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "0:a=0 2:b=1 3:abort 4:commit 5-5: 6:z=2");
    assert_eq!(bench.log.aborted_transactions(0, 9).unwrap().len(), 1, "its index entry goes with the marker");
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "0:a=0 2:b=1 3:abort 4:commit 5-5: 6:z=2", "the horizon begins now");
    assert_eq!(bench.log.aborted_transactions(0, 9).unwrap().len(), 0);
    bench.later(DAY_MS);
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.records(), "0:a=0 2:b=1 4:commit 5-5: 6:z=2");
}

#[test]
fn an_open_transaction_is_not_looked_at() {
    let mut bench = Bench::new();
    bench.put("a=0 a=1");
    bench.roll();
    bench.put_by(1, 0, "a=2", true);
    bench.put("a=3");
    bench.roll();
    assert!(bench.clean());
    assert_eq!(bench.first_dirty, Some(2), "the segment with the transaction is not looked at");
    assert_eq!(bench.records(), "1:a=1 3:a=2 4:a=3");
}

#[test]
fn a_full_map_ends_the_pass_and_the_next_one_goes_on() {
    let mut bench = Bench::new();
    bench.map_limit = 2;
    for records in ["a=1", "b=1", "a=2", "c=1", "b=2", "c=2"] {
        bench.put(records);
    }
    bench.roll();
    assert!(bench.clean());
    assert_eq!((bench.first_dirty, bench.records().as_str()), (Some(2), "0:a=1 1:b=1 2:a=2 3:c=1 4:b=2 5:c=2"));
    assert!(bench.clean());
    assert_eq!((bench.first_dirty, bench.records().as_str()), (Some(4), "1:b=1 2:a=2 3:c=1 4:b=2 5:c=2"));
    assert!(bench.clean());
    assert_eq!((bench.first_dirty, bench.records().as_str()), (Some(6), "2:a=2 4:b=2 5:c=2"));
}

#[test]
fn a_batch_with_more_keys_than_fit_is_cleaned_in_parts() {
    let mut bench = Bench::new();
    bench.map_limit = 1;
    bench.put("a=0");
    bench.put("a=1 b=1 a=2");
    bench.roll();
    let mut seen = Vec::new();
    while bench.clean() {
        seen.push((bench.first_dirty.unwrap(), bench.records()));
    }
    let seen: Vec<(i64, &str)> = seen.iter().map(|(first_dirty, records)| (*first_dirty, records.as_str())).collect();
    assert_eq!(seen[0], (1, "0:a=0 1:a=1 2:b=1 3:a=2"));
    assert_eq!(seen.last(), Some(&(4, "2:b=1 3:a=2")));
    assert_eq!(seen.len(), 4);
}

#[test]
fn the_last_marker_of_a_producer_without_batches_leaves_its_header() {
    let mut bench = Bench::new();
    bench.end(1, true);
    bench.put("a=1");
    bench.roll();
    for _ in 0..3 {
        assert!(bench.clean());
        bench.later(DAY_MS);
        bench.roll();
    }
    assert_eq!(bench.records(), "0-0: 1:a=1");
    let header = Batch::parse(&bench.batches()[0]).unwrap().header;
    assert!(header.attributes.is_control() && header.producer_id == 1);
}

#[test]
fn a_control_batch_that_ends_nothing_stays() {
    let mut bench = Bench::new();
    let mut builder = BatchBuilder::new().control(true);
    builder.add(&NewRecord { timestamp: NOW, key: Some(&[0, 0, 0, 2]), value: Some(b"leader"), headers: &[] });
    bench.append(builder.build(), Origin::Coordinator);
    bench.put("a=1 a=2");
    bench.roll();
    let before = bench.batches()[0].clone();
    for _ in 0..3 {
        assert!(bench.clean());
        bench.later(DAY_MS);
        bench.roll();
    }
    assert_eq!(bench.batches()[0], before);
}

#[test]
fn a_pass_that_is_given_up_leaves_nothing_behind() {
    struct GivenUpAfter(std::cell::Cell<u32>);
    impl Pace for GivenUpAfter {
        fn moved(&self, _: u64) -> bool {
            self.0.replace(self.0.get().saturating_sub(1)) > 0
        }
    }
    let mut bench = Bench::new();
    for i in 0..100 {
        bench.put(&format!("a={i} key{i}={}", "x".repeat(200)));
    }
    bench.roll();
    let before = bench.records();
    let files = |bench: &Bench| Disk::list(&bench.disk, "users-0".as_ref()).unwrap();
    let files_before = files(&bench);
    let mut given_up = (0, 0);
    for portions in 0.. {
        let work = bench.log.plan_cleaning(None, 1000, NOW).unwrap().unwrap().with_buffers(0);
        let pace = GivenUpAfter(portions.into());
        let Ok(mut pass) = work.begin(&pace) else {
            given_up.0 += 1;
            continue;
        };
        match pass.write_next() {
            Err(Unfinished::GivenUp) => given_up.1 += 1,
            written => {
                assert!(written.unwrap().is_some());
                break;
            }
        }
        assert_eq!(files(&bench), files_before);
    }
    assert!(given_up.0 > 3 && given_up.1 > 3, "{given_up:?}");
    assert_eq!(bench.records(), before);
}

#[test]
fn a_pass_over_offsets_without_batches_is_not_repeated() {
    let mut bench = Bench::new();
    bench.put("a=1 b=1");
    bench.roll();
    bench.roll();
    bench.disk.remove_file("users-0/00000000000000000002.log".as_ref()).unwrap();
    bench.log = bench.reopened();
    bench.first_dirty = Some(2);
    assert!(bench.clean());
    assert_eq!((bench.first_dirty, bench.records().as_str()), (Some(3), "0:a=1 1:b=1"));
    assert!(!bench.clean());
}

#[test]
fn segments_that_shrank_become_one_as_large_as_a_segment_may_be() {
    let mut bench = Bench::with(LogSettings { segment_bytes: 400, ..settings() });
    for i in 0..12 {
        bench.put(&format!("key{i}=1 gone={}", "x".repeat(100)));
    }
    let before = bench.log.segment_count();
    assert!(bench.clean());
    assert_eq!(bench.log.segment_count(), before, "two were larger than one may be");
    bench.roll();
    assert!(bench.clean());
    assert!(bench.log.segment_count() < before, "{before} segments");
    let kept: Vec<String> = (0..9).map(|i| format!("{}:key{i}=1", 2 * i)).collect();
    assert!(bench.records().starts_with(&kept.join(" ")), "{}", bench.records());
    assert_eq!(bench.reopened().end_offset(), 25);
    let entries = Disk::list(&bench.disk, "users-0".as_ref()).unwrap();
    assert!(entries.iter().all(|entry| !entry.name.contains("cleaned") && !entry.name.contains("swap")), "{entries:?}");
}

#[test]
fn a_pass_whose_input_was_deleted_meanwhile_changes_nothing() {
    let mut bench = Bench::with(LogSettings { delete: true, ..settings() });
    bench.put("a=1 a=2");
    bench.roll();
    let work = bench.log.plan_cleaning(None, 10, NOW).unwrap().unwrap();
    let mut pass = work.begin(&AtFullSpeed).unwrap();
    let group = pass.write_next().unwrap().unwrap();
    bench.log.delete_records_before(2).unwrap();
    bench.log.apply_retention(NOW).unwrap();
    let before = bench.records();
    assert!(!bench.log.swap_in(&work, &group, NOW).unwrap());
    assert_eq!(bench.records(), before);
    let entries = Disk::list(&bench.disk, "users-0".as_ref()).unwrap();
    assert!(entries.iter().all(|entry| !entry.name.contains("cleaned")), "{entries:?}");
}

#[test]
fn what_stays_of_old_message_sets_is_written_as_batches() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("users-0");
    let disk = crate::log::OsDisk::shared();
    drop(PartitionLog::create(disk.clone(), directory.clone(), Uuid(1), settings(), NOW).unwrap());
    let sets = crate::log::batch::old::tests::every_set();
    std::fs::write(directory.join("00000000000000000000.log"), sets.concat()).unwrap();
    let opening = Opening { settings: settings(), clean: false, recovery_point: None, log_start: None, now: NOW };
    let (mut log, _) = PartitionLog::open(disk, directory, opening).unwrap();
    log.set_settings(LogSettings { segment_bytes: 100, ..settings() });
    let newer = batch(BatchBuilder::new(), "k0=new");
    log.append(newer, Append { leader_epoch: 0, origin: Origin::Client, now: NOW }).unwrap();
    let work = log.plan_cleaning(None, 1000, NOW).unwrap().unwrap();
    let mut pass = work.begin(&AtFullSpeed).unwrap();
    while let Some(group) = pass.write_next().unwrap() {
        assert!(log.swap_in(&work, &group, NOW).unwrap());
    }
    let limit = ReadLimit { max_bytes: usize::MAX, at_least_one: true, below: i64::MAX };
    let bytes = log.read(0, limit).unwrap().into_bytes().unwrap();
    let found: Vec<String> =
        batches(&bytes).flat_map(|batch| described(&Bytes::copy_from_slice(batch.unwrap().bytes))).collect();
    // The last value of each key in the cleaned part, with the time that it had; what has no key is gone.
    assert_eq!(found.join(" "), "24:k0=v0 25:k1");
    assert!(batches(&bytes).all(|batch| batch.unwrap().header.max_timestamp == 5000));
}

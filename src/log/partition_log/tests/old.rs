//! Logs that hold message sets of Kafka before 0.11.

use std::fs;

use super::*;
use crate::log::batch::old::tests::every_set;

const LOG: &str = "00000000000000000000.log";

/// A log of every old set, as a directory of that time has it: nothing beside it but an index.
fn old_log() -> (Bench, Vec<u8>) {
    let bench = Bench::new();
    let bytes = every_set().concat();
    fs::write(bench.path(LOG), &bytes).unwrap();
    fs::remove_file(bench.path("leader-epoch-checkpoint")).ok();
    (bench, bytes)
}

#[test]
fn they_are_recovered_and_read_as_they_are() {
    let (mut bench, bytes) = old_log();
    let report = bench.reopen(false, None);
    assert_eq!((report.bytes_truncated, bench.log.end_offset()), (0, 27));
    let read = |log: &PartitionLog, from| log.read(from, everything()).unwrap().into_bytes().unwrap();
    assert_eq!(read(&bench.log, 0), bytes);
    // From within a compressed set: the whole set.
    let sets = every_set();
    let from_4: usize = sets[0].len();
    assert_eq!(read(&bench.log, 4), bytes[from_4..]);
    assert_eq!(bench.log.latest_epoch(), None);
}

#[test]
fn a_clean_log_of_them_is_opened_without_a_look_inside_and_grows() {
    let (mut bench, bytes) = old_log();
    bench.reopen(false, None);
    let report = bench.reopen_clean();
    assert_eq!((report.segments_recovered, bench.log.end_offset()), (0, 27));
    assert_eq!(bench.append(plain(2, 10, NOW.millis())).base_offset, 27);
    assert_eq!(bench.reopen_after_kill().bytes_truncated, 0);
    assert_eq!(bench.log.end_offset(), 29);
    let file = fs::read(bench.path(LOG)).unwrap();
    assert_eq!(file[..bytes.len()], bytes);
}

#[test]
fn their_records_are_found_by_time() {
    let (mut bench, _) = old_log();
    bench.reopen(false, None);
    let found = |time| bench.log.offset_for_time(Timestamp(time)).unwrap().map(|(offset, at)| (offset, at.millis()));
    // Those of magic 0 have no time.
    assert_eq!(found(0), Some((12, 1000)));
    assert_eq!(found(1001), Some((13, 1001)));
    assert_eq!(found(1002), Some((24, 5000)));
    assert_eq!(found(5001), None);
    assert_eq!(bench.log.offset_of_max_timestamp().unwrap(), Some((24, Timestamp(5000))));
}

#[test]
fn damage_in_them_is_damage() {
    let (mut bench, mut bytes) = old_log();
    let sets = every_set();
    let last = sets[7].len();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(bench.path(LOG), &bytes).unwrap();
    assert_eq!(bench.reopen(false, None).bytes_truncated, last as u64);
    assert_eq!(bench.log.end_offset(), 24);
    // A set that is torn off in its first bytes.
    fs::write(bench.path(LOG), [&sets[0][..], &sets[1][..20]].concat()).unwrap();
    assert_eq!(bench.reopen(false, None).bytes_truncated, 20);
}

#[test]
fn producers_may_not_send_them() {
    let mut bench = Bench::new();
    for set in every_set() {
        assert!(matches!(bench.try_append(set.into()), Err(AppendError::InvalidRecord { .. })));
    }
}

use std::fs;

use super::*;

#[test]
fn retention_by_size_deletes_whole_segments_and_raises_the_start() {
    let batch = plain(1, 100, NOW.millis());
    let size = batch.len() as u64;
    let mut bench = Bench::with(|s| (s.segment_bytes, s.retention_bytes) = (2 * size, 4 * size as i64));
    for _ in 0..10 {
        bench.append(batch.clone());
    }
    let retained = bench.log.apply_retention(NOW).unwrap();
    assert_eq!((retained.segments_deleted, retained.bytes_deleted, retained.log_start_offset), (3, 6 * size, 6));
    assert_eq!(bench.offsets_from(6), [6, 7, 8, 9]);
    assert!(bench.log.read(5, everything()).is_err());
    assert_eq!(bench.log.size_in_bytes(), 4 * size);
}

#[test]
fn deleted_files_wait_for_their_delay() {
    let batch = plain(1, 100, NOW.millis());
    let mut bench = Bench::with(|s| (s.segment_bytes, s.retention_bytes) = (batch.len() as u64, 1));
    for _ in 0..3 {
        bench.append(batch.clone());
    }
    bench.log.apply_retention(NOW).unwrap();
    assert!(bench.path("00000000000000000000.log.deleted").exists());
    assert!(bench.path("00000000000000000001.snapshot.deleted").exists());
    bench.log.apply_retention(Timestamp(NOW.millis() + 59_999)).unwrap();
    assert!(bench.path("00000000000000000000.log.deleted").exists());
    bench.log.apply_retention(Timestamp(NOW.millis() + 60_000)).unwrap();
    assert!(!bench.names().iter().any(|name| name.ends_with(".deleted")));
}

#[test]
fn retention_by_time_may_delete_the_last_segment_too() {
    let mut bench = Bench::with(|s| s.retention_ms = 1000);
    bench.append(plain(3, 10, 5000));
    assert_eq!(bench.log.apply_retention(Timestamp(6000)).unwrap().segments_deleted, 0);
    assert_eq!(bench.log.apply_retention(Timestamp(6001)).unwrap().segments_deleted, 1);
    assert_eq!((bench.log.start_offset(), bench.log.end_offset(), bench.log.segment_count()), (3, 3, 1));
    assert_eq!(bench.append(plain(1, 10, NOW.millis())).base_offset, 3);
    assert_eq!(bench.log.apply_retention(Timestamp(0)).unwrap().log_start_offset, 3);
    bench.reopen_after_kill();
    assert_eq!((bench.log.start_offset(), bench.log.end_offset()), (3, 4));
}

#[test]
fn records_without_timestamps_are_as_old_as_their_file() {
    let mut bench = Bench::with(|s| s.retention_ms = 1000);
    bench.append(plain(1, 10, -1));
    let written = Timestamp::now();
    assert_eq!(bench.log.apply_retention(written).unwrap().segments_deleted, 0);
    let later = Timestamp(written.millis() + 3_600_000);
    assert_eq!(bench.log.apply_retention(later).unwrap().segments_deleted, 1);
}

#[test]
fn deleted_records_are_gone_at_once_and_their_segments_with_retention() {
    let batch = plain(2, 100, NOW.millis());
    let mut bench = Bench::with(|s| {
        (s.segment_bytes, s.delete, s.compact) = (batch.len() as u64, false, false);
    });
    for _ in 0..4 {
        bench.append(batch.clone());
    }
    assert_eq!(bench.log.delete_records_before(5).unwrap(), 5);
    assert_eq!(bench.log.delete_records_before(3).unwrap(), 5, "the start never goes back");
    assert!(bench.log.read(4, everything()).is_err());
    assert_eq!(bench.log.apply_retention(NOW).unwrap().segments_deleted, 2);
    assert_eq!(bench.offsets_from(5), [4, 6]);
    assert_eq!(bench.log.delete_records_before(99).unwrap(), 8);
    assert!(bench.log.read(8, everything()).unwrap().is_empty());
}

#[test]
fn the_stable_offset_is_not_below_the_start() {
    let mut bench = Bench::new();
    bench.append(by_producer(1, 0, 0, 5, true));
    bench.log.delete_records_before(3).unwrap();
    assert_eq!(bench.log.last_stable_offset(), 3);
}

#[test]
fn truncation_takes_back_batches_producers_and_epochs() {
    let batch = by_producer(1, 0, 0, 2, false);
    let mut bench = Bench::with(|s| s.segment_bytes = 3 * batch.len() as u64);
    for i in 0..10 {
        let by = Append { leader_epoch: i, origin: Origin::Client, now: NOW };
        bench.log.append(by_producer(1, 0, i * 2, 2, false), by).unwrap();
    }
    bench.log.truncate_to(9, NOW).unwrap();
    assert_eq!(bench.log.end_offset(), 8, "offset 9 lies inside a batch, which goes as a whole");
    assert_eq!(bench.offsets_from(0), [0, 2, 4, 6]);
    assert_eq!(bench.log.latest_epoch(), Some(3));
    let by = Append { leader_epoch: 10, origin: Origin::Client, now: NOW };
    assert_eq!(bench.log.append(by_producer(1, 0, 8, 2, false), by).unwrap().base_offset, 8);
    bench.reopen_after_kill();
    assert_eq!(bench.offsets_from(0), [0, 2, 4, 6, 8]);
    bench.log.truncate_to(100, NOW).unwrap();
    assert_eq!(bench.log.end_offset(), 10);
}

#[test]
fn a_log_can_begin_anew_elsewhere() {
    let mut bench = Bench::new();
    bench.append(by_producer(1, 0, 0, 2, true));
    bench.log.restart_at(500, NOW).unwrap();
    let log = &bench.log;
    assert_eq!((log.start_offset(), log.end_offset(), log.last_stable_offset()), (500, 500, 500));
    assert_eq!((log.latest_epoch(), log.producers().count()), (None, 0));
    assert_eq!(bench.append(plain(1, 1, 0)).base_offset, 500);
    assert!(bench.path("00000000000000000500.log").exists());
}

#[test]
fn idle_producers_are_forgotten() {
    let mut bench = Bench::new();
    bench.append(by_producer(1, 0, 0, 1, false));
    bench.log.expire_producers(Timestamp(NOW.millis() + 86_399_999));
    assert_eq!(bench.log.producers().count(), 1);
    bench.log.expire_producers(Timestamp(NOW.millis() + 86_400_000));
    assert_eq!(bench.log.producers().count(), 0);
    bench.append(by_producer(1, 0, 77, 1, false));
}

#[test]
fn jitter_is_within_its_range_and_always_the_same() {
    let settings = LogSettings { segment_jitter_ms: 1000, segment_ms: 500, ..LogSettings::default() };
    let jitters: Vec<i64> = (0..50).map(|base| roll::jitter(Path::new("/x/t-0"), base, &settings)).collect();
    assert!(jitters.iter().all(|jitter| (0..500).contains(jitter)));
    assert!(jitters.iter().any(|jitter| *jitter != jitters[0]));
    assert_eq!(jitters[7], roll::jitter(Path::new("/y/t-0"), 7, &settings));
}

#[test]
fn names_that_are_not_ours_are_left_alone() {
    let mut bench = Bench::new();
    bench.append(plain(1, 10, 0));
    for name in ["notes.txt", "0-1.checkpoint", "x.log", "quorum-state"] {
        fs::write(bench.path(name), "x").unwrap();
    }
    bench.reopen_after_kill();
    for name in ["notes.txt", "0-1.checkpoint", "x.log", "quorum-state"] {
        assert_eq!(fs::read(bench.path(name)).unwrap(), b"x", "{name}");
    }
}

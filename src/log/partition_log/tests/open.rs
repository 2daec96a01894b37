use std::fs;
use std::io::Write;

use super::*;

const FIRST: &str = "00000000000000000000";

fn append_bytes(bench: &Bench, name: &str, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).open(bench.path(name)).unwrap().write_all(bytes).unwrap();
}

/// Segments of three batches, two records each; 14 batches.
fn five_segments() -> Bench {
    let batch = by_producer(1, 0, 0, 2, false);
    let mut bench = Bench::with(|s| {
        s.segment_bytes = 3 * batch.len() as u64;
        s.index_interval_bytes = batch.len() as u64 - 1;
    });
    for i in 0..14 {
        bench.append(by_producer(1, 0, i * 2, 2, false));
    }
    assert_eq!(bench.log.segment_count(), 5);
    bench
}

const ALL_OFFSETS: [i64; 14] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26];

#[test]
fn a_killed_process_loses_nothing() {
    let mut bench = five_segments();
    let report = bench.reopen_after_kill();
    assert_eq!((report.segments_recovered, report.bytes_truncated), (5, 0));
    assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
    assert_eq!(bench.log.end_offset(), 28);
    assert!(bench.append(by_producer(1, 0, 26, 2, false)).duplicate);
    assert_eq!(bench.append(by_producer(1, 0, 28, 2, false)).base_offset, 28);
}

#[test]
fn only_segments_from_the_recovery_point_on_are_checked() {
    let mut bench = five_segments();
    let report = bench.reopen(false, Some(13));
    assert_eq!(report.segments_recovered, 3);
    assert_eq!(bench.log.recovery_point(), 13);
    assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
}

#[test]
fn a_torn_tail_is_cut_off() {
    for torn in [1, 12, 16, 17, 60, 61, 100] {
        let mut bench = five_segments();
        let batch = by_producer(1, 0, 28, 2, false);
        let torn = &batch[..torn.min(batch.len() - 1)];
        append_bytes(&bench, "00000000000000000024.log", torn);
        let report = bench.reopen_after_kill();
        assert_eq!(report.bytes_truncated, torn.len() as u64);
        assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
        assert_eq!(bench.append(by_producer(1, 0, 28, 2, false)).base_offset, 28);
        bench.reopen_after_kill();
        assert_eq!(bench.log.end_offset(), 30);
    }
}

#[test]
fn garbage_and_zeros_at_the_end_are_cut_off() {
    for garbage in [vec![0; 5000], vec![0xff; 100], (0..200).collect::<Vec<u8>>()] {
        let mut bench = five_segments();
        append_bytes(&bench, "00000000000000000024.log", &garbage);
        let report = bench.reopen_after_kill();
        assert_eq!(report.bytes_truncated, garbage.len() as u64);
        assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
    }
}

#[test]
fn damage_in_the_middle_drops_everything_after_it() {
    let mut bench = five_segments();
    let path = bench.path("00000000000000000012.log");
    let mut bytes = fs::read(&path).unwrap();
    let batch = bytes.len() / 3;
    bytes[batch + 70] ^= 1;
    fs::write(&path, bytes).unwrap();
    let report = bench.reopen_after_kill();
    assert_eq!((report.segments_recovered, report.segments_dropped), (3, 2));
    assert_eq!(report.bytes_truncated, 2 * batch as u64);
    assert_eq!(bench.offsets_from(0), ALL_OFFSETS[..7]);
    let next = by_producer(1, 0, 14, 2, false);
    assert_eq!(bench.append(next).base_offset, 14, "the producer is taken back as well");
    assert!(bench.names().contains(&"00000000000000000018.log.deleted".to_owned()));
    bench.reopen_after_kill();
    assert!(!bench.names().contains(&"00000000000000000018.log.deleted".to_owned()));
    assert_eq!(bench.log.end_offset(), 16);
}

#[test]
fn missing_indexes_are_built_anew_even_after_a_clean_stop() {
    let mut bench = five_segments();
    bench.log.close().unwrap();
    let before = bench.image();
    for name in ["00000000000000000000.index", "00000000000000000000.timeindex", "00000000000000000024.index"] {
        fs::remove_file(bench.path(name)).unwrap();
    }
    let report = bench.reopen(true, None);
    assert_eq!(report.segments_recovered, 2);
    assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
    bench.log.close().unwrap();
    assert_eq!(bench.image(), before);
}

#[test]
fn recovery_builds_the_indexes_that_appending_built() {
    let mut bench = five_segments();
    bench.reopen_after_kill();
    bench.log.close().unwrap();
    let recovered = bench.image();
    let mut bench = five_segments();
    bench.log.close().unwrap();
    let written = bench.image();
    for (name, bytes) in &written {
        assert_eq!(recovered.get(name), Some(bytes), "{name}");
    }
}

#[test]
fn a_clean_log_that_is_opened_and_closed_is_not_changed() {
    let mut bench = five_segments();
    bench.log.begin_epoch(7).unwrap();
    assert_eq!(bench.reopen_clean(), RecoveryReport::default());
    let before = bench.image();
    for _ in 0..2 {
        assert_eq!(bench.reopen_clean(), RecoveryReport::default());
        assert_eq!(bench.offsets_from(3), ALL_OFFSETS[1..]);
    }
    bench.log.close().unwrap();
    assert_eq!(bench.image(), before);
}

#[test]
fn an_empty_log_that_is_opened_and_closed_is_not_changed() {
    let mut bench = Bench::new();
    bench.log.begin_epoch(0).unwrap();
    let before = bench.image();
    bench.reopen_clean();
    bench.log.close().unwrap();
    assert_eq!(bench.image(), before);
    assert!(!before.keys().any(|name| name.ends_with(".snapshot")));
}

#[test]
fn a_closed_log_can_be_read_and_not_appended_to() {
    let mut bench = five_segments();
    bench.log.close().unwrap();
    assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
    let refused = bench.try_append(plain(1, 1, 0));
    assert!(matches!(refused, Err(AppendError::Storage(LogError::Fenced { .. }))));
    assert!(bench.log.close().is_err());
}

#[test]
fn a_clean_stop_leaves_a_snapshot_at_the_end_and_trimmed_indexes() {
    let mut bench = five_segments();
    bench.reopen_clean();
    let names = bench.names();
    assert!(names.contains(&"00000000000000000028.snapshot".to_owned()));
    assert_eq!(bench.log.recovery_point(), 28);
    bench.append(by_producer(1, 0, 28, 2, false));
    bench.log.close().unwrap();
    let snapshots: Vec<_> = bench.names().into_iter().filter(|name| name.ends_with("snapshot")).collect();
    assert_eq!(snapshots.last().unwrap(), "00000000000000000030.snapshot");
    assert!(!snapshots.contains(&"00000000000000000028.snapshot".to_owned()));
}

#[test]
fn open_transactions_and_aborts_survive_both_kinds_of_stop() {
    for clean in [true, false] {
        let mut bench = Bench::new();
        bench.append(by_producer(1, 0, 0, 2, true));
        bench.append_own(marker(1, 1, false));
        bench.append(by_producer(2, 0, 0, 2, true));
        match clean {
            true => bench.reopen_clean(),
            false => bench.reopen_after_kill(),
        };
        assert_eq!(bench.log.last_stable_offset(), 3, "clean: {clean}");
        let aborted = bench.log.aborted_transactions(0, 5).unwrap();
        assert_eq!(aborted.len(), 1);
        assert_eq!((aborted[0].first_offset, aborted[0].last_offset), (0, 2));
        bench.append_own(marker(2, 1, true));
        assert_eq!(bench.log.last_stable_offset(), 6);
    }
}

#[test]
fn without_any_snapshot_the_producers_are_read_from_the_log() {
    let mut bench = five_segments();
    bench.log.close().unwrap();
    for name in bench.names().iter().filter(|name| name.ends_with(".snapshot")) {
        fs::remove_file(bench.path(name)).unwrap();
    }
    bench.reopen(true, None);
    assert!(bench.append(by_producer(1, 0, 26, 2, false)).duplicate);
}

#[test]
fn a_broken_tail_is_repaired_although_the_marker_says_clean() {
    let mut bench = five_segments();
    bench.log.close().unwrap();
    append_bytes(&bench, "00000000000000000024.log", &[0; 100]);
    let report = bench.reopen(true, None);
    assert_eq!((report.segments_recovered, report.bytes_truncated), (1, 100));
    assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
}

#[test]
fn epochs_survive_and_are_found_again_in_recovered_segments() {
    let mut bench = Bench::new();
    for epoch in [0, 2, 5] {
        bench.log.begin_epoch(epoch).unwrap();
        let by = Append { leader_epoch: epoch, origin: Origin::Client, now: NOW };
        bench.log.append(plain(2, 10, 0), by).unwrap();
    }
    fs::remove_file(bench.path("leader-epoch-checkpoint")).unwrap();
    bench.reopen_after_kill();
    assert_eq!(bench.log.latest_epoch(), Some(5));
    assert_eq!(bench.log.end_of_epoch(3), Some((2, 4)));
    assert_eq!(bench.log.end_of_epoch(5), Some((5, 6)));
    assert_eq!(bench.log.epoch_of(3), Some(2));
    bench.reopen_clean();
    let text = fs::read_to_string(bench.path("leader-epoch-checkpoint")).unwrap();
    assert_eq!(text, "0\n3\n0 0\n2 2\n5 4\n");
}

#[test]
fn epochs_whose_file_is_damaged_are_found_in_the_batches_below_the_recovery_point_too() {
    let mut bench = Bench::with(|settings| settings.segment_bytes = 200);
    for epoch in [0, 2] {
        let by = Append { leader_epoch: epoch, origin: Origin::Client, now: NOW };
        bench.log.append(plain(2, 50, 0), by).unwrap();
    }
    assert_eq!(bench.log.segment_count(), 2);
    bench.log.flush().unwrap();
    for damage in [&b""[..], &[0; 16], b"0\n2\n0 0\n"] {
        fs::write(bench.path("leader-epoch-checkpoint"), damage).unwrap();
        bench.reopen_after_kill();
        assert_eq!(bench.log.end_of_epoch(0), Some((0, 2)), "{damage:?}");
        assert_eq!(bench.log.latest_epoch(), Some(2), "{damage:?}");
    }
}

#[test]
fn a_log_that_lost_its_topic_id_says_so_and_takes_another() {
    let mut bench = Bench::new();
    bench.append(plain(1, 1, 0));
    fs::write(bench.path("partition.metadata"), "").unwrap();
    let report = bench.reopen_after_kill();
    assert!(report.topic_id_missing && bench.log.topic_id().is_zero());
    bench.log.assign_topic_id(Uuid(77_777)).unwrap();
    assert!(!bench.reopen_after_kill().topic_id_missing);
    assert_eq!(bench.log.topic_id(), Uuid(77_777));
}

#[test]
fn a_start_inside_the_log_or_beyond_it_is_obeyed() {
    let mut bench = five_segments();
    bench.log.close().unwrap();
    let open = |log_start| {
        let settings = bench.log.settings().clone();
        let opening = Opening { settings, clean: true, recovery_point: None, log_start, now: NOW };
        PartitionLog::open(OsDisk::shared(), bench.directory(), opening).unwrap().0
    };
    assert_eq!(open(Some(5)).start_offset(), 5);
    let beyond = open(Some(100));
    assert_eq!((beyond.start_offset(), beyond.end_offset(), beyond.segment_count()), (100, 100, 1));
    drop(beyond);
    assert_eq!(open(Some(100)).end_offset(), 100);
}

#[test]
fn a_swap_that_a_crash_interrupted_is_finished() {
    let mut bench = five_segments();
    bench.log.close().unwrap();
    // The cleaner joined the first two segments; the originals were not removed yet.
    let joined = [
        fs::read(bench.path(&format!("{FIRST}.log"))).unwrap(),
        fs::read(bench.path("00000000000000000006.log")).unwrap(),
    ]
    .concat();
    fs::write(bench.path(&format!("{FIRST}.log.swap")), joined).unwrap();
    fs::write(bench.path("00000000000000000012.log.cleaned"), "rubbish").unwrap();
    fs::write(bench.path("00000000000000000018.log.deleted"), "rubbish").unwrap();
    bench.reopen(true, None);
    assert_eq!(bench.log.segment_count(), 4);
    assert_eq!(bench.offsets_from(0), ALL_OFFSETS);
    assert!(bench.names().iter().all(|name| !name.ends_with("swap") && !name.ends_with("cleaned")));
    assert!(!bench.path("00000000000000000006.log").exists());
}

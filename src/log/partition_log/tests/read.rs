use super::*;
use crate::log::errors::ReadError;

/// Ten batches of three records each, and a reader who waits for them.
fn thirty() -> (Bench, usize) {
    let mut bench = Bench::new();
    bench.log.read(0, everything()).unwrap();
    let batch = plain(3, 100, NOW.millis());
    for _ in 0..10 {
        bench.append(batch.clone());
    }
    (bench, batch.len())
}

/// The same read through the cache and through the file.
fn both_ways(bench: &mut Bench, check: impl Fn(&Bench)) {
    check(bench);
    bench.log.drop_idle_cache(Timestamp(NOW.millis() + 60_000));
    assert!(bench.log.read(bench.log.start_offset(), everything()).unwrap().is_on_disk());
    check(bench);
}

#[test]
fn reading_begins_with_the_whole_batch_that_holds_the_offset() {
    let (mut bench, size) = thirty();
    both_ways(&mut bench, |bench| {
        for (from, first) in [(0, 0), (1, 0), (2, 0), (3, 3), (29, 27)] {
            let located = bench.log.read(from, everything()).unwrap();
            assert_eq!((located.first_offset(), located.next_offset()), (first, 30), "from {from}");
            assert_eq!(located.len(), (30 - first as usize) / 3 * size);
            let mut buffer = b"before".to_vec();
            located.append_to(&mut buffer).unwrap();
            let bytes = located.clone().into_bytes().unwrap();
            assert_eq!((bytes.len(), &buffer[6..]), (located.len(), &bytes[..]));
        }
    });
}

#[test]
fn the_end_is_empty_and_beyond_is_out_of_range() {
    let (mut bench, _) = thirty();
    bench.log.delete_records_before(5).unwrap();
    both_ways(&mut bench, |bench| {
        assert!(bench.log.read(30, everything()).unwrap().is_empty());
        for from in [-1, 4, 31] {
            let refused = bench.log.read(from, everything());
            assert!(matches!(refused, Err(ReadError::OutOfRange { start: 5, end: 30 })), "{from}");
        }
        let located = bench.log.read(5, everything()).unwrap();
        assert_eq!(located.first_offset(), 3, "a start inside a batch gives the whole batch");
    });
}

#[test]
fn limits_cut_on_batch_boundaries() {
    let (mut bench, size) = thirty();
    both_ways(&mut bench, |bench| {
        let read = |max_bytes, at_least_one| {
            bench.log.read(4, ReadLimit { max_bytes, at_least_one, below: i64::MAX }).unwrap()
        };
        assert_eq!(read(2 * size, false).len(), 2 * size);
        assert_eq!(read(2 * size, false).next_offset(), 9);
        assert_eq!(read(3 * size - 1, false).len(), 2 * size);
        assert_eq!(read(size - 1, true).len(), size);
        assert!(read(size - 1, false).is_empty());
        assert_eq!(read(0, true).next_offset(), 6);
    });
}

#[test]
fn nothing_at_or_above_the_bound_is_given() {
    let (mut bench, size) = thirty();
    both_ways(&mut bench, |bench| {
        let read = |from, below| {
            let limit = ReadLimit { max_bytes: usize::MAX, at_least_one: true, below };
            bench.log.read(from, limit).unwrap().len()
        };
        assert_eq!(read(0, 12), 4 * size);
        assert_eq!(read(0, 13), 4 * size, "a batch that reaches the bound is held back whole");
        assert_eq!(read(12, 12), 0);
        assert_eq!(read(0, 30), 10 * size);
        assert_eq!(read(0, 2), 0);
    });
}

#[test]
fn every_limit_at_every_offset_agrees_with_a_plain_walk() {
    let mut bench = Bench::with(|s| (s.segment_bytes, s.index_interval_bytes) = (9000, 500));
    for i in 0..60usize {
        bench.append(plain(1 + i % 3, 10 + 97 * (i % 7), NOW.millis()));
    }
    bench.log.drop_idle_cache(Timestamp(i64::MAX));
    assert!(bench.log.segment_count() > 2);
    let segments: Vec<i64> = bench.log.segments.keys().copied().collect();
    let mut all = Vec::new();
    for segment in &segments {
        let bytes = std::fs::read(bench.path(&format!("{segment:020}.log"))).unwrap();
        all.push(batches(&bytes).map(|batch| batch.unwrap().header).collect::<Vec<_>>());
    }
    for from in 0..bench.log.end_offset() {
        for (max_bytes, below) in [(0, i64::MAX), (700, i64::MAX), (3000, from + 9), (100_000, from + 20)] {
            let of_segment = all.iter().find(|batches| batches.last().unwrap().last_offset() >= from).unwrap();
            let mut expected = 0;
            let mut next = from;
            for header in of_segment.iter().skip_while(|header| header.last_offset() < from) {
                let fits = expected + header.size() <= max_bytes || expected == 0;
                if !fits || header.last_offset() >= below {
                    break;
                }
                expected += header.size();
                next = header.next_offset();
            }
            let located = bench.log.read(from, ReadLimit { max_bytes, at_least_one: true, below }).unwrap();
            assert_eq!((located.len(), located.next_offset()), (expected, next), "{from} {max_bytes} {below}");
        }
    }
}

#[test]
fn the_end_of_the_log_is_read_from_memory_and_old_batches_leave_it() {
    let mut bench = Bench::new();
    let by = |now| Append { leader_epoch: 0, origin: Origin::Client, now: Timestamp(now) };
    bench.log.read(0, everything()).unwrap();
    bench.log.append(plain(1, 10, 0), by(10_000)).unwrap();
    assert!(!bench.log.read(0, everything()).unwrap().is_on_disk());
    bench.log.append(plain(1, 10, 0), by(13_000)).unwrap();
    assert!(bench.log.read(0, everything()).unwrap().is_on_disk());
    assert!(!bench.log.read(1, everything()).unwrap().is_on_disk());
    for _ in 0..5 {
        bench.log.append(plain(1, 100_000, 0), by(13_000)).unwrap();
        bench.log.read(bench.log.end_offset(), everything()).unwrap();
    }
    assert!(bench.log.read(1, everything()).unwrap().is_on_disk());
    let tail = bench.log.read(5, everything()).unwrap();
    assert!(!tail.is_on_disk());
    assert_eq!(tail.clone().into_chunks().unwrap().len(), 4);
    let mut of_file = Vec::new();
    bench.log.drop_idle_cache(Timestamp(16_000));
    bench.log.read(5, everything()).unwrap().append_to(&mut of_file).unwrap();
    assert_eq!(tail.into_bytes().unwrap(), of_file);
}

#[test]
fn only_for_those_who_read_along_anything_is_kept() {
    let mut bench = Bench::new();
    bench.append(plain(1, 10, 0));
    assert!(bench.log.read(0, everything()).unwrap().is_on_disk());
    bench.log.read(1, everything()).unwrap();
    for _ in 1..4 {
        bench.append(plain(1, 200_000, 0));
    }
    assert!(bench.log.read(3, everything()).unwrap().is_on_disk());
    bench.log.read(4, everything()).unwrap();
    bench.append(plain(1, 200_000, 0));
    assert!(!bench.log.read(4, everything()).unwrap().is_on_disk());
}

#[test]
fn what_is_kept_of_a_small_batch_is_a_copy() {
    let mut bench = Bench::new();
    bench.log.read(0, everything()).unwrap();
    let batch = plain(1, 10, 0);
    bench.append(batch.clone());
    assert!(!bench.log.read(0, everything()).unwrap().is_on_disk());
    assert!(batch.is_unique());
}

#[test]
fn a_located_run_survives_the_deletion_of_its_segment() {
    let mut bench = Bench::with(|s| (s.segment_bytes, s.file_delete_delay_ms) = (500, 0));
    for _ in 0..10 {
        bench.append(plain(1, 200, NOW.millis()));
    }
    let located = bench.log.read(0, everything()).unwrap();
    bench.log.delete_records_before(9).unwrap();
    bench.log.apply_retention(NOW).unwrap();
    bench.log.apply_retention(NOW).unwrap();
    assert!(!bench.path("00000000000000000000.log.deleted").exists());
    assert_eq!(located.clone().into_bytes().unwrap().len(), located.len());
}

#[test]
fn offsets_are_found_by_time_in_the_order_of_the_log() {
    let mut bench = Bench::with(|s| (s.segment_bytes, s.index_interval_bytes) = (1000, 200));
    let timestamps = [100, 300, 200, 400, 400, 50, 600, 500];
    for timestamp in timestamps {
        bench.append(plain(2, 100, timestamp));
    }
    assert!(bench.log.segment_count() > 1);
    let found = |target| bench.log.offset_for_time(Timestamp(target)).unwrap().map(|(o, t)| (o, t.millis()));
    assert_eq!(found(0), Some((0, 100)));
    assert_eq!(found(101), Some((2, 300)));
    assert_eq!(found(300), Some((2, 300)));
    assert_eq!(found(301), Some((6, 400)));
    assert_eq!(found(401), Some((12, 600)));
    assert_eq!(found(601), None);
    assert_eq!(bench.log.offset_of_max_timestamp().unwrap(), Some((12, Timestamp(600))));
    bench.log.delete_records_before(3).unwrap();
    let found = bench.log.offset_for_time(Timestamp(101)).unwrap();
    assert_eq!(found, Some((3, Timestamp(300))), "below the start there is nothing to find");
}

#[test]
fn the_record_inside_the_batch_is_found_by_time() {
    let mut bench = Bench::new();
    let mut builder = BatchBuilder::new();
    for timestamp in [10, 30, 20, 30] {
        builder.add(&NewRecord { timestamp: Timestamp(timestamp), value: Some(b"v"), ..NewRecord::default() });
    }
    bench.append(builder.codec(crate::log::Codec::Zstd).build());
    assert_eq!(bench.log.offset_for_time(Timestamp(11)).unwrap(), Some((1, Timestamp(30))));
    assert_eq!(bench.log.offset_of_max_timestamp().unwrap(), Some((1, Timestamp(30))));
}

#[test]
fn an_empty_log_has_no_times() {
    let bench = Bench::new();
    assert_eq!(bench.log.offset_for_time(Timestamp(0)).unwrap(), None);
    assert_eq!(bench.log.offset_of_max_timestamp().unwrap(), None);
    assert!(bench.log.read(0, everything()).unwrap().is_empty());
}

#[test]
fn bytes_that_were_cut_off_meanwhile_are_an_error_and_no_panic() {
    let (mut bench, _) = thirty();
    bench.log.drop_idle_cache(Timestamp(i64::MAX));
    let located = bench.log.read(0, everything()).unwrap();
    bench.log.truncate_to(5, NOW).unwrap();
    let mut buffer = Vec::new();
    let error = located.append_to(&mut buffer).unwrap_err();
    assert_eq!((error.kind(), buffer.len()), (std::io::ErrorKind::UnexpectedEof, 0));
    assert!(located.into_bytes().is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn idle_logs_hold_no_descriptor() {
    let (mut bench, _) = thirty();
    let open = |bench: &Bench| {
        let links = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        links
            .filter(|link| std::fs::read_link(link.path()).is_ok_and(|path| path.starts_with(bench.home.path())))
            .count()
    };
    assert_eq!(open(&bench), 1);
    bench.log.drop_idle_cache(Timestamp(i64::MAX));
    assert_eq!(open(&bench), 0);
    assert_eq!(bench.offsets_from(0).len(), 10);
    assert_eq!(open(&bench), 0);
    bench.append(plain(1, 10, NOW.millis()));
    assert_eq!(bench.log.end_offset(), 31);
}

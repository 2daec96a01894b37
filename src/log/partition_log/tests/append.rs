use super::*;
use crate::log::batch::{Batch, BatchFault};
use crate::log::settings::TimestampType;

#[test]
fn a_new_log_has_the_files_that_kafka_expects() {
    let bench = Bench::new();
    assert_eq!(
        bench.names(),
        [
            "00000000000000000000.index",
            "00000000000000000000.log",
            "00000000000000000000.timeindex",
            "partition.metadata"
        ]
    );
    assert_eq!((bench.log.start_offset(), bench.log.end_offset(), bench.log.size_in_bytes()), (0, 0, 0));
    assert_eq!(bench.log.topic_id(), Uuid(1234));
}

#[test]
fn offsets_and_leader_epoch_are_set_in_the_file_and_the_rest_stays() {
    let mut bench = Bench::new();
    let batch = plain(3, 10, NOW.millis());
    bench.append(batch.clone());
    let by = Append { leader_epoch: 5, origin: Origin::Client, now: NOW };
    let appended = bench.log.append(batch.clone(), by).unwrap();
    assert_eq!((appended.base_offset, appended.last_offset), (3, 5));
    assert_eq!((appended.log_append_time, appended.log_start_offset, appended.duplicate), (None, 0, false));
    let file = std::fs::read(bench.path("00000000000000000000.log")).unwrap();
    assert_eq!(file.len(), 2 * batch.len());
    let second = Batch::parse(&file[batch.len()..]).unwrap();
    assert_eq!((second.header.base_offset, second.header.leader_epoch), (3, 5));
    assert_eq!(second.check_crc(), Ok(()));
    assert_eq!(second.bytes[16..], batch[16..]);
    let epochs = std::fs::read_to_string(bench.path("leader-epoch-checkpoint")).unwrap();
    assert_eq!(epochs, "0\n2\n0 0\n5 3\n");
}

#[test]
fn a_refused_append_leaves_no_trace() {
    let mut bench = Bench::with(|s| s.segment_bytes = 1000);
    bench.append(plain(1, 10, 0));
    let before = bench.image();
    let mut corrupt = plain(1, 10, 0).to_vec();
    corrupt[65] ^= 1;
    assert!(matches!(bench.try_append(corrupt.into()), Err(AppendError::Corrupt(BatchFault::BadCrc { .. }))));
    let large = bench.try_append(plain(1, 1000, 0));
    assert!(matches!(large, Err(AppendError::LargerThanSegment { limit: 1000, .. })));
    bench.log.set_settings(LogSettings { max_message_bytes: 10, ..LogSettings::default() });
    assert!(matches!(bench.try_append(plain(1, 10, 0)), Err(AppendError::TooLarge { limit: 10, .. })));
    assert_eq!(bench.image(), before);
    assert_eq!(bench.log.end_offset(), 1);
}

#[test]
fn a_retried_batch_gets_its_old_offsets_and_is_not_written_again() {
    let mut bench = Bench::new();
    for i in 0..6 {
        bench.append(by_producer(9, 0, i * 2, 2, false));
    }
    let size = bench.log.size_in_bytes();
    for i in 1..6 {
        let again = bench.append(by_producer(9, 0, i * 2, 2, false));
        let offset = i64::from(i) * 2;
        assert_eq!((again.base_offset, again.last_offset, again.duplicate), (offset, offset + 1, true));
        assert_eq!(again.log_append_time, Some(NOW));
    }
    assert_eq!((bench.log.size_in_bytes(), bench.log.end_offset()), (size, 12));
    let forgotten = bench.try_append(by_producer(9, 0, 0, 2, false));
    assert!(matches!(forgotten, Err(AppendError::OutOfOrderSequence { expected: 12, found: 0, .. })));
}

#[test]
fn sequences_and_epochs_are_checked() {
    let mut bench = Bench::new();
    bench.append(by_producer(9, 3, 0, 2, false));
    let gap = bench.try_append(by_producer(9, 3, 3, 1, false));
    assert!(matches!(gap, Err(AppendError::OutOfOrderSequence { expected: 2, found: 3, producer_id: 9 })));
    let old = bench.try_append(by_producer(9, 2, 0, 1, false));
    assert!(matches!(old, Err(AppendError::InvalidProducerEpoch { current: 3, found: 2, .. })));
    bench.append(by_producer(9, 4, 0, 1, false));
    bench.append(by_producer(10, 7, 1234, 1, false));
}

#[test]
fn log_append_time_is_stamped_and_told() {
    let mut bench = Bench::with(|s| s.timestamp_type = TimestampType::LogAppendTime);
    let appended = bench.append(plain(2, 10, 5));
    assert_eq!(appended.log_append_time, Some(NOW));
    let bytes = bench.log.read(0, everything()).unwrap().into_bytes().unwrap();
    let batch = Batch::parse(&bytes).unwrap();
    batch.check_crc().unwrap();
    let record = batch.records().unwrap().next_record().unwrap().map(|record| record.timestamp);
    assert_eq!(record, Some(NOW.millis()));
    assert_eq!(bench.log.offset_for_time(NOW).unwrap(), Some((0, NOW)));
}

#[test]
fn transactions_hold_back_the_stable_offset_and_leave_an_index_of_aborts() {
    let mut bench = Bench::new();
    bench.append(plain(1, 10, NOW.millis()));
    bench.append(by_producer(1, 0, 0, 2, true));
    bench.append(by_producer(2, 0, 0, 1, true));
    assert_eq!(bench.log.last_stable_offset(), 1);
    let inside = bench.try_append(by_producer(1, 0, 2, 1, false));
    assert!(matches!(inside, Err(AppendError::InvalidTransactionState { producer_id: 1, .. })));
    bench.append_own(marker(1, 1, false));
    assert_eq!(bench.log.last_stable_offset(), 3);
    bench.append_own(marker(2, 1, true));
    assert_eq!(bench.log.last_stable_offset(), bench.log.end_offset());
    let aborted = AbortedTransaction { producer_id: 1, first_offset: 1, last_offset: 4, last_stable_offset: 3 };
    assert_eq!(bench.log.aborted_transactions(0, 6).unwrap(), [aborted]);
    assert_eq!(bench.log.aborted_transactions(0, 1).unwrap(), []);
    assert_eq!(bench.log.aborted_transactions(5, 6).unwrap(), []);
    assert_eq!(std::fs::metadata(bench.path("00000000000000000000.txnindex")).unwrap().len(), 34);
    let mut producers: Vec<_> = bench.log.producers().map(|p| (p.id, p.epoch, p.current_txn_first_offset)).collect();
    producers.sort();
    assert_eq!(producers, [(1, 1, None), (2, 1, None)]);
}

#[test]
fn a_coordinator_writes_several_batches_at_once_without_sequences() {
    let mut bench = Bench::new();
    let offsets = by_producer(1, 0, -1, 2, true);
    let run = Bytes::from([&offsets[..], &plain(3, 5, 0)[..]].concat());
    let appended = bench.append_own(run);
    assert_eq!((appended.base_offset, appended.last_offset), (0, 4));
    assert_eq!(bench.offsets_from(0), [0, 2]);
    assert_eq!(bench.log.last_stable_offset(), 0);
    bench.append_own(marker(1, 0, true));
    assert_eq!(bench.log.last_stable_offset(), 6);
    let fenced = bench
        .log
        .append(by_producer(1, -1, -1, 1, true), Append { leader_epoch: 0, origin: Origin::Coordinator, now: NOW });
    assert!(matches!(fenced, Err(AppendError::InvalidProducerEpoch { .. })));
}

#[test]
fn the_metadata_log_takes_batches_as_they_are() {
    let mut bench = Bench::with(|s| (s.max_message_bytes, s.timestamp_type) = (10, TimestampType::LogAppendTime));
    let by = Append { leader_epoch: 4, origin: Origin::Raft, now: NOW };
    let two = Bytes::from([&plain(2, 30, 77)[..], &plain(1, 30, 78)[..]].concat());
    let appended = bench.log.append(two.clone(), by).unwrap();
    assert_eq!((appended.base_offset, appended.last_offset, appended.log_append_time), (0, 2, None));
    let bytes = bench.log.read(0, everything()).unwrap().into_bytes().unwrap();
    assert_eq!(bytes[16..61], two[16..61]);
    let broken = bench.log.append(two.slice(..two.len() - 1), by);
    assert!(matches!(broken, Err(AppendError::Corrupt(BatchFault::Incomplete { .. }))));
    assert_eq!(bench.log.end_offset(), 3);
}

#[test]
fn a_full_segment_is_followed_by_another() {
    let batch = plain(1, 100, NOW.millis());
    let mut bench = Bench::with(|s| s.segment_bytes = 3 * batch.len() as u64);
    for _ in 0..7 {
        bench.append(batch.clone());
    }
    assert_eq!(bench.log.segment_count(), 3);
    let names = bench.names();
    for name in ["00000000000000000003.log", "00000000000000000006.index", "00000000000000000003.snapshot"] {
        assert!(names.iter().any(|found| found == name), "{name} is missing in {names:?}");
    }
    assert_eq!(bench.offsets_from(0), [0, 1, 2, 3, 4, 5, 6]);
    let closed = std::fs::read(bench.path("00000000000000000000.timeindex")).unwrap();
    assert_eq!(closed.len(), 12, "the closing entry of the time index is there");
}

#[test]
fn a_record_that_is_a_week_newer_begins_a_segment() {
    let week = 7 * 24 * 3_600_000;
    let mut bench = Bench::with(|s| s.timestamp_after_max_ms = i64::MAX);
    bench.append(plain(1, 10, 1000));
    bench.append(plain(1, 10, 1000 + week));
    assert_eq!(bench.log.segment_count(), 1);
    bench.append(plain(1, 10, 1001 + week));
    assert_eq!(bench.log.segment_count(), 2);
}

#[test]
fn index_entries_follow_kafkas_rule() {
    let mut bench = Bench::new();
    let batch = plain(1, 1930, NOW.millis());
    assert_eq!(batch.len(), 2000);
    for _ in 0..8 {
        bench.append(batch.clone());
    }
    bench.log.flush().unwrap();
    // More than 4096 bytes must lie between entries: three batches.
    let index = std::fs::read(bench.path("00000000000000000000.index")).unwrap();
    let entry = |offset: u32, position: u32| [offset.to_be_bytes(), position.to_be_bytes()].concat();
    assert_eq!(index, [entry(3, 6000), entry(6, 12000)].concat());
}

#[test]
fn after_flush_messages_an_append_owes_a_flush() {
    let mut bench = Bench::with(|s| s.flush_messages = 3);
    bench.append(plain(2, 10, 0));
    assert!(!bench.log.owes_flush());
    bench.append(plain(1, 10, 0));
    assert!(bench.log.owes_flush());
    bench.log.flush().unwrap();
    assert!(!bench.log.owes_flush());
    assert_eq!(bench.log.recovery_point(), 3);
}

#[test]
fn a_flush_is_due_after_a_roll_and_after_its_time() {
    let batch = plain(1, 100, NOW.millis());
    let mut bench = Bench::with(|s| (s.segment_bytes, s.flush_ms) = (batch.len() as u64, 1000));
    let later = |ms| Timestamp(NOW.millis() + ms);
    assert!(!bench.log.flush_is_due(later(9999)));
    bench.append(batch.clone());
    assert!(!bench.log.flush_is_due(later(999)));
    assert!(bench.log.flush_is_due(later(1000)));
    bench.log.flush().unwrap();
    assert!(!bench.log.flush_is_due(later(9999)));
    bench.append(batch.clone());
    assert_eq!(bench.log.recovery_point(), 1);
    assert!(!bench.log.flush_is_due(later(0)), "the segment that ended was flushed before");
    bench.append(batch);
    assert!(bench.log.flush_is_due(later(0)));
}

#[test]
fn a_flush_gathers_what_changed_and_nothing_else() {
    let batch = plain(1, 100, NOW.millis());
    let mut bench = Bench::with(|s| s.segment_bytes = 2 * batch.len() as u64);
    let flushed = |bench: &mut Bench| {
        let work = bench.log.prepare_flush().unwrap();
        let result = work.run();
        bench.log.finish_flush(&work, result).unwrap();
        work.file_count()
    };
    assert_eq!(flushed(&mut bench), 0, "an empty log has nothing to lose");
    bench.append(batch.clone());
    assert_eq!(flushed(&mut bench), 2, "the log and its epochs; indexes of the active segment are rebuilt in any case");
    assert_eq!(flushed(&mut bench), 0);
    bench.append(batch.clone());
    assert_eq!(flushed(&mut bench), 1);
    bench.append(batch.clone());
    assert_eq!(flushed(&mut bench), 4, "the new log, the old segment's two indexes, a snapshot");
    assert_eq!(bench.log.recovery_point(), 3);
    bench.reopen_clean();
    assert_eq!(flushed(&mut bench), 0);
}

#[test]
fn a_flush_without_the_lock_counts_only_what_it_saw() {
    let mut bench = Bench::new();
    bench.append(plain(2, 10, 0));
    let work = bench.log.prepare_flush().unwrap();
    bench.append(plain(1, 10, 0));
    let result = work.run();
    bench.log.finish_flush(&work, result).unwrap();
    assert_eq!(bench.log.recovery_point(), 2);
    let work = bench.log.prepare_flush().unwrap();
    bench.log.truncate_to(1, NOW).unwrap();
    bench.append(plain(5, 10, 0));
    let result = work.run();
    bench.log.finish_flush(&work, result).unwrap();
    assert_eq!(bench.log.recovery_point(), 0, "the records it saw are gone");
}

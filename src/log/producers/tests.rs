use proptest::prelude::*;

use super::*;
use crate::log::batch::{Batch, BatchBuilder, NewRecord, ProducerStamp};
use crate::log::errors::AppendError;

fn data(id: i64, epoch: i16, base_sequence: i32, count: i32, offset: i64) -> BatchHeader {
    header(id, epoch, base_sequence, count, offset, false)
}

fn transactional(id: i64, epoch: i16, base_sequence: i32, count: i32, offset: i64) -> BatchHeader {
    header(id, epoch, base_sequence, count, offset, true)
}

fn header(id: i64, epoch: i16, base_sequence: i32, count: i32, offset: i64, transactional: bool) -> BatchHeader {
    let producer = ProducerStamp { id, epoch, base_sequence };
    let mut builder = BatchBuilder::new().base_offset(offset).producer(producer).transactional(transactional);
    for _ in 0..count {
        builder.add(&NewRecord { timestamp: Timestamp(1000), ..NewRecord::default() });
    }
    BatchHeader::parse(&builder.build()).unwrap()
}

fn end(producers: &mut Producers, id: i64, epoch: i16, offset: i64, committed: bool) -> Option<AbortedTransaction> {
    let marker = TransactionMarker { committed, coordinator_epoch: 3 };
    let bytes = marker.batch(id, epoch, Timestamp(2000));
    let mut header = Batch::parse(&bytes).unwrap().header;
    header.base_offset = offset;
    producers.apply_marker(&header, marker)
}

fn check(producers: &Producers, header: &BatchHeader) -> Result<Option<Duplicate>, AppendError> {
    producers.check_client(header, Proof::NotNeeded)
}

fn sequence_error(result: Result<Option<Duplicate>, AppendError>) -> Option<(i32, i32)> {
    match result {
        Err(AppendError::OutOfOrderSequence { expected, found, .. }) => Some((expected, found)),
        _ => None,
    }
}

#[test]
fn a_batch_that_comes_again_is_recognised_for_five_batches() {
    let mut producers = Producers::default();
    for i in 0..6 {
        let batch = data(7, 0, i * 10, 10, i64::from(i) * 10);
        assert_eq!(check(&producers, &batch).unwrap(), None);
        producers.apply_data(&batch);
    }
    for i in 1..6 {
        let Some(Duplicate(span)) = check(&producers, &data(7, 0, i * 10, 10, 0)).unwrap() else {
            panic!("batch {i} was forgotten");
        };
        assert_eq!((span.first_offset(), span.last_offset), (i64::from(i) * 10, i64::from(i) * 10 + 9));
    }
    assert_eq!(sequence_error(check(&producers, &data(7, 0, 0, 10, 0))), Some((60, 0)));
}

#[test]
fn a_part_of_a_batch_is_no_duplicate() {
    let mut producers = Producers::default();
    producers.apply_data(&data(7, 0, 0, 10, 0));
    assert_eq!(sequence_error(check(&producers, &data(7, 0, 0, 5, 0))), Some((10, 0)));
    assert_eq!(sequence_error(check(&producers, &data(7, 0, 11, 1, 0))), Some((10, 11)));
}

#[test]
fn sequences_wrap_to_zero() {
    let mut producers = Producers::default();
    let last = data(7, 0, i32::MAX - 1, 4, 0);
    assert_eq!(last.last_sequence(), 1);
    producers.apply_data(&last);
    assert_eq!(check(&producers, &data(7, 0, 2, 1, 4)).unwrap(), None);
    assert!(check(&producers, &last).unwrap().is_some());
    producers.apply_data(&data(8, 0, i32::MAX, 1, 4));
    assert_eq!(check(&producers, &data(8, 0, 0, 1, 5)).unwrap(), None);
}

#[test]
fn an_unknown_producer_may_begin_anywhere_and_a_new_epoch_only_at_zero() {
    let mut producers = Producers::default();
    assert_eq!(check(&producers, &data(7, 2, 500, 1, 0)).unwrap(), None);
    producers.apply_data(&data(7, 2, 500, 1, 0));
    assert_eq!(sequence_error(check(&producers, &data(7, 3, 5, 1, 1))), Some((0, 5)));
    assert_eq!(check(&producers, &data(7, 3, 0, 1, 1)).unwrap(), None);
    assert!(matches!(
        check(&producers, &data(7, 1, 0, 1, 1)),
        Err(AppendError::InvalidProducerEpoch { current: 2, found: 1, .. })
    ));
}

#[test]
fn a_marker_of_the_same_epoch_keeps_the_sequence_and_a_higher_one_begins_anew() {
    let mut producers = Producers::default();
    producers.apply_data(&transactional(7, 0, 0, 3, 0));
    end(&mut producers, 7, 0, 3, true);
    assert_eq!(check(&producers, &transactional(7, 0, 3, 1, 4)).unwrap(), None);
    producers.apply_data(&transactional(7, 0, 3, 1, 4));
    end(&mut producers, 7, 1, 5, true);
    assert_eq!(sequence_error(check(&producers, &transactional(7, 1, 4, 1, 6))), Some((0, 4)));
    assert_eq!(check(&producers, &transactional(7, 1, 0, 1, 6)).unwrap(), None);
}

#[test]
fn open_transactions_hold_the_stable_offset_and_aborted_ones_are_told() {
    let mut producers = Producers::default();
    producers.apply_data(&transactional(1, 0, 0, 5, 10));
    producers.apply_data(&transactional(2, 0, 0, 5, 15));
    producers.apply_data(&transactional(1, 0, 5, 5, 20));
    assert_eq!(producers.first_open_offset(), Some(10));
    let told = end(&mut producers, 1, 0, 25, false);
    let expected = AbortedTransaction { producer_id: 1, first_offset: 10, last_offset: 25, last_stable_offset: 15 };
    assert_eq!(told, Some(expected));
    assert_eq!(end(&mut producers, 2, 0, 26, true), None);
    assert_eq!(producers.first_open_offset(), None);
    assert_eq!(end(&mut producers, 2, 0, 27, false), None, "a transaction without data is not told");
}

#[test]
fn a_plain_batch_inside_a_transaction_is_refused() {
    let mut producers = Producers::default();
    producers.apply_data(&transactional(1, 0, 0, 1, 10));
    let refused = check(&producers, &data(1, 0, 1, 1, 11));
    assert!(matches!(refused, Err(AppendError::InvalidTransactionState { producer_id: 1, .. })));
}

#[test]
fn a_marker_of_an_older_coordinator_is_refused() {
    let mut producers = Producers::default();
    producers.apply_data(&transactional(1, 0, 0, 1, 10));
    end(&mut producers, 1, 0, 11, true);
    let header = data(1, 0, -1, 1, 12);
    let older = TransactionMarker { committed: true, coordinator_epoch: 2 };
    assert!(matches!(
        producers.check_marker(&header, older),
        Err(AppendError::CoordinatorFenced { current: 3, found: 2, .. })
    ));
}

#[test]
fn idle_producers_are_forgotten_unless_a_transaction_is_open() {
    let mut producers = Producers::default();
    producers.apply_data(&data(1, 0, 0, 1, 0));
    producers.apply_data(&transactional(2, 0, 0, 1, 1));
    producers.expire(Timestamp(1000 + 99), 100);
    assert_eq!(producers.iter().count(), 2);
    producers.expire(Timestamp(1000 + 100), 100);
    assert_eq!(producers.iter().map(|(id, _)| id).collect::<Vec<_>>(), [2]);
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

#[test]
fn snapshots_are_kafkas_to_the_byte() {
    let mut after_markers = Producers::default();
    let marker = TransactionMarker { committed: true, coordinator_epoch: 0 };
    let bytes = marker.batch(6, 3, Timestamp(0x1a1fd3e0e62));
    after_markers.apply_marker(&Batch::parse(&bytes).unwrap().header, marker);

    let mut one_record = Producers::default();
    let mut header = data(5, 0, 0, 1, 0);
    header.max_timestamp = 0x1a1fd3e0a37;
    one_record.apply_data(&header);

    for (producers, vector) in [
        (Producers::default(), "0001 48674bc7 00000000"),
        (
            after_markers,
            "0001 c67a07c8 00000001 0000000000000006 0003 ffffffff ffffffffffffffff 00000000 000001a1fd3e0e62 00000000 ffffffffffffffff",
        ),
        (
            one_record,
            "0001 a6051046 00000001 0000000000000005 0000 00000000 0000000000000000 00000000 000001a1fd3e0a37 ffffffff ffffffffffffffff",
        ),
    ] {
        assert_eq!(producers.to_snapshot(), hex(vector));
        let read = Producers::from_snapshot(&hex(vector), Timestamp(0), i64::MAX).unwrap();
        assert_eq!(read.entries, producers.entries);
    }
}

#[test]
fn a_snapshot_keeps_open_transactions() {
    let mut producers = Producers::default();
    producers.apply_data(&transactional(1, 0, 0, 5, 10));
    let read = Producers::from_snapshot(&producers.to_snapshot(), Timestamp(i64::MAX), 1).unwrap();
    assert_eq!(read.first_open_offset(), Some(10));
}

#[test]
fn a_damaged_snapshot_is_passed_over_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let disk = crate::log::OsDisk::shared();
    let mut files = SnapshotFiles::empty(disk, home.path().to_owned());
    let mut producers = Producers::default();
    producers.apply_data(&data(1, 0, 0, 5, 0));
    files.write(5, &producers).unwrap();
    files.write(9, &producers).unwrap();
    let newer = home.path().join("00000000000000000009.snapshot");
    let mut bytes = std::fs::read(&newer).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&newer, bytes).unwrap();
    let (offset, read) = files.load(100, Timestamp(0), i64::MAX).unwrap().unwrap();
    assert_eq!((offset, read.iter().count()), (5, 1));
    assert!(!newer.exists());
    assert!(files.load(4, Timestamp(0), i64::MAX).unwrap().is_none());
}

proptest! {
    #[test]
    fn no_bytes_panic_the_snapshot_reader(bytes: Vec<u8>, count: i32) {
        let _ = Producers::from_snapshot(&bytes, Timestamp(0), 1);
        let mut sound = vec![0, 1, 0, 0, 0, 0];
        sound.extend_from_slice(&count.to_be_bytes());
        sound.extend_from_slice(&bytes);
        let crc = crc32c::crc32c(&sound[6..]);
        sound[2..6].copy_from_slice(&crc.to_be_bytes());
        let _ = Producers::from_snapshot(&sound, Timestamp(0), 1);
    }
}

/// As a client's write that the coordinator confirmed.
fn confirmed(
    producers: &Producers,
    header: &BatchHeader,
    guard: Verification,
) -> Result<Option<Duplicate>, AppendError> {
    producers.check_client(header, Proof::Given(guard))
}

fn is_out_of_transaction(result: &Result<Option<Duplicate>, AppendError>) -> bool {
    matches!(result, Err(AppendError::InvalidTransactionState { .. }))
}

#[test]
fn a_transactional_batch_needs_a_transaction_that_the_coordinator_knows_of() {
    let mut producers = Producers::default();
    let first = transactional(7, 0, 0, 1, 10);
    assert!(is_out_of_transaction(&producers.check_client(&first, Proof::Missing)));
    let guard = producers.begin_verification(&first, false, Timestamp(1)).unwrap();
    confirmed(&producers, &first, guard).unwrap();
    producers.apply_data(&first);

    let second = transactional(7, 0, 1, 1, 11);
    assert_eq!(producers.begin_verification(&second, false, Timestamp(2)), None);
    producers.check_client(&second, Proof::Missing).unwrap();
    let of_another_epoch = transactional(7, 1, 0, 1, 11);
    assert!(is_out_of_transaction(&producers.check_client(&of_another_epoch, Proof::Missing)));
}

#[test]
fn an_end_that_comes_between_the_confirmation_and_the_batch_makes_the_confirmation_void() {
    let mut producers = Producers::default();
    let batch = transactional(7, 0, 0, 1, 10);
    let guard = producers.begin_verification(&batch, false, Timestamp(1)).unwrap();
    end(&mut producers, 7, 0, 10, false);
    assert!(is_out_of_transaction(&confirmed(&producers, &batch, guard)));
    let newer = producers.begin_verification(&batch, false, Timestamp(2)).unwrap();
    assert!(is_out_of_transaction(&confirmed(&producers, &batch, guard)));
    confirmed(&producers, &batch, newer).unwrap();
}

#[test]
fn of_several_batches_that_wait_for_confirmation_the_lowest_sequence_comes_first() {
    let mut producers = Producers::default();
    let (first, second) = (transactional(7, 0, 5, 1, 0), transactional(7, 0, 6, 1, 0));
    let guard = producers.begin_verification(&first, false, Timestamp(1)).unwrap();
    assert_eq!(producers.begin_verification(&second, false, Timestamp(1)), Some(guard));
    assert_eq!(sequence_error(confirmed(&producers, &second, guard)), Some((5, 6)));
    confirmed(&producers, &first, guard).unwrap();
}

#[test]
fn an_unknown_producer_of_the_second_protocol_begins_at_zero() {
    let mut producers = Producers::default();
    let batch = transactional(7, 0, 3, 1, 0);
    let guard = producers.begin_verification(&batch, true, Timestamp(1)).unwrap();
    assert_eq!(sequence_error(confirmed(&producers, &batch, guard)), Some((0, 3)));
}

#[test]
fn a_marker_with_an_epoch_of_its_own_does_not_end_the_next_transaction() {
    let mut producers = Producers::default();
    producers.apply_data(&transactional(7, 0, 0, 1, 0));
    let marker = TransactionMarker { committed: true, coordinator_epoch: 3 };
    let header = Batch::parse(&marker.batch(7, 1, Timestamp(2000))).unwrap().header;
    producers.check_marker_of_its_own_epoch(&header, marker).unwrap();
    producers.apply_marker(&header, marker);
    producers.check_marker_of_its_own_epoch(&header, marker).unwrap();
    producers.apply_data(&transactional(7, 1, 0, 1, 2));
    let late = producers.check_marker_of_its_own_epoch(&header, marker);
    assert!(matches!(late, Err(AppendError::InvalidProducerEpoch { current: 1, found: 1, .. })));
    producers.check_marker(&header, marker).unwrap();
}

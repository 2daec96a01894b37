use super::*;
use crate::log::OsDisk;

fn disk() -> Arc<dyn Disk> {
    OsDisk::shared()
}

#[test]
fn an_offset_index_has_kafkas_bytes_once_it_is_written() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("00000000000000000000.index");
    let mut index = OffsetIndex::create(disk(), path.clone(), 0).unwrap();
    index.push(0x3d, 0x1002).unwrap();
    index.push(0x73, 0x2037).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    index.deactivate().unwrap();
    let vector = [0, 0, 0, 0x3d, 0, 0, 0x10, 0x02, 0, 0, 0, 0x73, 0, 0, 0x20, 0x37];
    assert_eq!(std::fs::read(&path).unwrap(), vector);

    for index in [index, OffsetIndex::open(disk(), path, 0).unwrap()] {
        let found = |offset| index.position_before_offset(offset).unwrap();
        assert_eq!(
            [found(0), found(0x3c), found(0x3d), found(0x72), found(0x73), found(9999)],
            [0, 0, 0x1002, 0x1002, 0x2037, 0x2037]
        );
        let boundary = |position| index.boundary_before(position).unwrap();
        assert_eq!([boundary(0x1001), boundary(0x1002), boundary(0x9999)], [0, 0x1002, 0x2037]);
    }
}

#[test]
fn entries_beyond_the_format_are_skipped() {
    let home = tempfile::tempdir().unwrap();
    let mut index = OffsetIndex::create(disk(), home.path().join("x.index"), 100).unwrap();
    index.push(99, 0).unwrap();
    index.push(100 + (1 << 33), 0).unwrap();
    index.push(100, 1 << 33).unwrap();
    assert_eq!(index.count(), 0);
    index.push(110, 10).unwrap();
    index.push(110, 20).unwrap();
    assert_eq!(index.count(), 1, "offsets grow strictly");
}

#[test]
fn the_padding_of_a_kafka_that_crashed_is_no_entry_and_is_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x.index");
    let mut bytes = vec![0, 0, 0, 5, 0, 0, 1, 0];
    bytes.resize(8000, 0);
    std::fs::write(&path, &bytes).unwrap();
    let mut index = OffsetIndex::open(disk(), path.clone(), 0).unwrap();
    assert_eq!(index.count(), 1000);
    index.activate().unwrap();
    assert_eq!((index.count(), index.last_offset()), (1, Some(5)));
    index.push(9, 0x200).unwrap();
    index.deactivate().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), [0, 0, 0, 5, 0, 0, 1, 0, 0, 0, 0, 9, 0, 0, 2, 0]);
}

#[test]
fn truncation_keeps_smaller_offsets_written_or_not() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x.index");
    let mut index = OffsetIndex::create(disk(), path.clone(), 0).unwrap();
    for i in 1..=4 {
        index.push(i * 10, i as u64 * 100).unwrap();
        if i == 2 {
            index.write_waiting().unwrap();
        }
    }
    index.truncate_to_offset(40).unwrap();
    assert_eq!(index.last_offset(), Some(30));
    index.truncate_to_offset(20).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 8);
    index.push(25, 250).unwrap();
    index.deactivate().unwrap();
    assert_eq!(index.position_before_offset(25).unwrap(), 250);
    index.truncate_to_offset(0).unwrap();
    assert_eq!((index.count(), index.last_offset()), (0, None));
}

#[test]
fn many_entries_are_written_in_groups() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x.index");
    let mut index = OffsetIndex::create(disk(), path.clone(), 0).unwrap();
    for i in 1..=GROUP as i64 {
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        index.push(i, i as u64).unwrap();
    }
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 8 * GROUP as u64);
}

#[test]
fn a_time_index_grows_only_with_time_and_has_kafkas_bytes() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x.timeindex");
    let mut index = TimeIndex::create(disk(), path.clone(), 0).unwrap();
    index.push(-1, 0).unwrap();
    index.push(0x1a1fd3e0e62, 4).unwrap();
    index.push(0x1a1fd3e0e62, 5).unwrap();
    index.push(0x1a1fd3e0000, 6).unwrap();
    index.deactivate().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), [0, 0, 1, 0xa1, 0xfd, 0x3e, 0x0e, 0x62, 0, 0, 0, 4]);
    let index = TimeIndex::open(disk(), path, 0).unwrap();
    assert_eq!(index.last(), Some((0x1a1fd3e0e62, 4)));
    assert_eq!(index.last_at_or_before(0x1a1fd3e0e61).unwrap(), None);
    assert_eq!(index.last_at_or_before(i64::MAX).unwrap(), Some((0x1a1fd3e0e62, 4)));
}

#[test]
fn a_transaction_index_appears_with_its_first_entry_and_has_kafkas_bytes() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x.txnindex");
    let mut index = TransactionIndex::create(disk(), path.clone()).unwrap();
    assert!(!path.exists());
    index.push(AbortedTransaction { producer_id: 6, first_offset: 2, last_offset: 3, last_stable_offset: 4 }).unwrap();
    index.write_waiting().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let expected: Vec<u8> = [0i16.to_be_bytes().to_vec()]
        .into_iter()
        .chain([6i64, 2, 3, 4].map(|n| n.to_be_bytes().to_vec()))
        .flatten()
        .collect();
    assert_eq!(bytes, expected);
    let index = TransactionIndex::open(disk(), path).unwrap();
    assert!(index.is_sound(3).unwrap());
    assert!(!index.is_sound(4).unwrap());
}

#[test]
fn aborted_transactions_are_found_by_overlap() {
    let home = tempfile::tempdir().unwrap();
    let mut index = TransactionIndex::create(disk(), home.path().join("x.txnindex")).unwrap();
    let aborted = |producer_id, first_offset, last_offset, last_stable_offset| AbortedTransaction {
        producer_id,
        first_offset,
        last_offset,
        last_stable_offset,
    };
    // Two transactions overlap: while the first is open, it holds the last stable offset back.
    for entry in [aborted(1, 10, 20, 5), aborted(2, 5, 30, 31), aborted(3, 40, 50, 51)] {
        index.push(entry).unwrap();
    }
    let found = |from, below| {
        let mut found = Vec::new();
        let complete = index.collect(from, below, &mut found).unwrap();
        (found.iter().map(|entry| entry.producer_id).collect::<Vec<_>>(), complete)
    };
    assert_eq!(found(0, 5), (vec![], true));
    assert_eq!(found(0, 10), (vec![2], true));
    assert_eq!(found(0, 31), (vec![1, 2], true));
    assert_eq!(found(21, 31), (vec![2], true));
    assert_eq!(found(0, 100), (vec![1, 2, 3], false));
    assert_eq!(found(51, 100), (vec![], false));
}

//! What a log does when its disk fails.

use std::sync::Arc;

use super::*;
use crate::log::disk::failing::{FailingDisk, Faults};

fn failing() -> (Bench, Arc<Faults>) {
    let (disk, faults) = FailingDisk::with_faults();
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("orders-0");
    let log = PartitionLog::create(
        disk,
        directory,
        Uuid(1234),
        LogSettings { verify_transactions: false, ..LogSettings::default() },
        NOW,
    )
    .unwrap();
    let mut bench = Bench { home, log };
    bench.append(by_producer(1, 0, 0, 2, false));
    (bench, faults)
}

fn storage_error(result: Result<Appended, AppendError>) -> LogError {
    match result {
        Err(AppendError::Storage(e)) => e,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_append_that_breaks_off_is_taken_back_and_the_log_goes_on() {
    let (mut bench, faults) = failing();
    let before = bench.image();
    for room in [0, 1, 61, 70] {
        faults.leave_room_for(room);
        let refused = storage_error(bench.try_append(by_producer(1, 0, 2, 2, false)));
        assert!(matches!(refused, LogError::Io { action: "append to", .. }));
        assert_eq!(bench.image(), before, "room for {room} bytes");
        assert_eq!(bench.log.end_offset(), 2);
    }
    faults.mend();
    assert_eq!(bench.append(by_producer(1, 0, 2, 2, false)).base_offset, 2);
    assert_eq!(bench.offsets_from(0), [0, 2]);
}

#[test]
fn a_log_whose_torn_tail_cannot_be_cut_refuses_appends_until_it_is_opened_anew() {
    let (mut bench, faults) = failing();
    faults.leave_room_for(70);
    faults.fail_truncations(true);
    storage_error(bench.try_append(by_producer(1, 0, 2, 2, false)));
    faults.mend();
    let refused = storage_error(bench.try_append(by_producer(1, 0, 2, 2, false)));
    assert!(matches!(refused, LogError::Fenced { .. }));
    assert!(bench.log.close().is_err(), "no promise of a clean shutdown");
    assert_eq!(bench.offsets_from(0), [0], "what was acknowledged can be read");
    assert_eq!(bench.reopen_after_kill().bytes_truncated, 70);
    assert_eq!(bench.append(by_producer(1, 0, 2, 2, false)).base_offset, 2);
}

#[test]
fn after_a_failed_sync_nothing_is_promised() {
    let (mut bench, faults) = failing();
    bench.log.flush().unwrap();
    bench.append(by_producer(1, 0, 2, 2, false));
    faults.fail_syncs(true);
    assert!(bench.log.flush().is_err());
    assert_eq!(bench.log.recovery_point(), 2);
    faults.mend();
    assert!(matches!(storage_error(bench.try_append(plain(1, 1, 0))), LogError::Fenced { .. }));
    assert!(matches!(bench.log.flush(), Err(LogError::Fenced { .. })));
    assert_eq!(bench.log.recovery_point(), 2);
}

#[test]
fn an_index_that_cannot_be_written_does_not_fail_the_append() {
    let (mut bench, faults) = failing();
    bench.log.set_settings(LogSettings {
        index_interval_bytes: 0,
        ..LogSettings { verify_transactions: false, ..LogSettings::default() }
    });
    bench.append(by_producer(1, 0, 2, 2, false));
    let batch = by_producer(1, 0, 4, 2, true);
    faults.leave_room_for(batch.len() + marker(1, 1, false).len());
    bench.append(batch);
    bench.append_own(marker(1, 1, false));
    assert_eq!(bench.log.aborted_transactions(0, 7).unwrap().len(), 1);
    faults.mend();
    bench.reopen_clean();
    assert_eq!(bench.log.aborted_transactions(0, 7).unwrap().len(), 1);
}

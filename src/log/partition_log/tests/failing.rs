//! What a log does when its disk fails: a disk whose appends can be made to break off.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};

use super::*;
use crate::log::disk::{Disk, DiskFile, DiskLock, Entry, Open};

#[derive(Debug, Default)]
struct Faults {
    /// How many more bytes fit; below zero there is no limit.
    room: AtomicI64,
    truncate_fails: AtomicBool,
    sync_fails: AtomicBool,
}

#[derive(Debug)]
struct FailingDisk(Arc<Faults>);

#[derive(Debug)]
struct FailingFile(Arc<dyn DiskFile>, Arc<Faults>);

impl Disk for FailingDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(FailingFile(OsDisk.open(path, how)?, self.0.clone())))
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        OsDisk.exists(path)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        OsDisk.list(directory)
    }
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        OsDisk.create_directory(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsDisk.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        OsDisk.remove_file(path)
    }
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        OsDisk.remove_directory(path)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        OsDisk.sync_directory(path)
    }
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn DiskLock>>> {
        OsDisk.try_lock(path)
    }
}

fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

impl DiskFile for FailingFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let room = self.1.room.load(SeqCst);
        if room < 0 {
            return self.0.append(bytes);
        }
        let written = bytes.len().min(room as usize);
        self.1.room.fetch_sub(written as i64, SeqCst);
        self.0.append(&bytes[..written])?;
        if written < bytes.len() { Err(full()) } else { Ok(()) }
    }
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.read_at(buffer, position)
    }
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn truncate(&self, length: u64) -> io::Result<()> {
        if self.1.truncate_fails.load(SeqCst) { Err(full()) } else { self.0.truncate(length) }
    }
    fn sync(&self) -> io::Result<()> {
        if self.1.sync_fails.load(SeqCst) { Err(full()) } else { self.0.sync() }
    }
    fn modified(&self) -> io::Result<Timestamp> {
        self.0.modified()
    }
    fn set_modified(&self, time: Timestamp) -> io::Result<()> {
        self.0.set_modified(time)
    }
}

fn failing() -> (Bench, Arc<Faults>) {
    let faults = Arc::new(Faults { room: AtomicI64::new(-1), ..Faults::default() });
    let home = tempfile::tempdir().unwrap();
    let disk = Arc::new(FailingDisk(faults.clone()));
    let directory = home.path().join("orders-0");
    let log = PartitionLog::create(disk, directory, Uuid(1234), LogSettings::default(), NOW).unwrap();
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
        faults.room.store(room, SeqCst);
        let refused = storage_error(bench.try_append(by_producer(1, 0, 2, 2, false)));
        assert!(matches!(refused, LogError::Io { action: "append to", .. }));
        assert_eq!(bench.image(), before, "room for {room} bytes");
        assert_eq!(bench.log.end_offset(), 2);
    }
    faults.room.store(-1, SeqCst);
    assert_eq!(bench.append(by_producer(1, 0, 2, 2, false)).base_offset, 2);
    assert_eq!(bench.offsets_from(0), [0, 2]);
}

#[test]
fn a_log_whose_torn_tail_cannot_be_cut_refuses_appends_until_it_is_opened_anew() {
    let (mut bench, faults) = failing();
    faults.room.store(70, SeqCst);
    faults.truncate_fails.store(true, SeqCst);
    storage_error(bench.try_append(by_producer(1, 0, 2, 2, false)));
    faults.room.store(-1, SeqCst);
    faults.truncate_fails.store(false, SeqCst);
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
    faults.sync_fails.store(true, SeqCst);
    assert!(bench.log.flush().is_err());
    assert_eq!(bench.log.recovery_point(), 2);
    faults.sync_fails.store(false, SeqCst);
    assert!(matches!(storage_error(bench.try_append(plain(1, 1, 0))), LogError::Fenced { .. }));
}

#[test]
fn an_index_that_cannot_be_written_does_not_fail_the_append() {
    let (mut bench, faults) = failing();
    bench.log.set_settings(LogSettings { index_interval_bytes: 0, ..LogSettings::default() });
    bench.append(by_producer(1, 0, 2, 2, false));
    let batch = by_producer(1, 0, 4, 2, true);
    faults.room.store(batch.len() as i64 + marker(1, 1, false).len() as i64, SeqCst);
    bench.append(batch);
    bench.append_own(marker(1, 1, false));
    assert_eq!(bench.log.aborted_transactions(0, 7).unwrap().len(), 1);
    faults.room.store(-1, SeqCst);
    bench.reopen_clean();
    assert_eq!(bench.log.aborted_transactions(0, 7).unwrap().len(), 1);
}

//! A disk that fails on demand, for tests: it runs full in the middle of an append, refuses to truncate, or to sync.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};

use super::{Disk, DiskFile, DiskLock, Entry, Open, OsDisk, Site};
use crate::clock::Timestamp;

/// What shall fail from now on.
#[derive(Debug)]
pub struct Faults {
    /// How many more bytes fit; below zero there is no limit.
    room: AtomicI64,
    truncate_fails: AtomicBool,
    sync_fails: AtomicBool,
}

impl Faults {
    pub fn leave_room_for(&self, bytes: usize) {
        self.room.store(bytes as i64, SeqCst);
    }

    pub fn fail_truncations(&self, fail: bool) {
        self.truncate_fails.store(fail, SeqCst);
    }

    pub fn fail_syncs(&self, fail: bool) {
        self.sync_fails.store(fail, SeqCst);
    }

    /// There is room again, and everything works.
    pub fn mend(&self) {
        self.room.store(-1, SeqCst);
        self.fail_truncations(false);
        self.fail_syncs(false);
    }
}

/// The operating system's disk with faults.
#[derive(Debug)]
pub struct FailingDisk(Arc<Faults>);

impl FailingDisk {
    pub fn with_faults() -> (Arc<dyn Disk>, Arc<Faults>) {
        let faults =
            Arc::new(Faults { room: AtomicI64::new(-1), truncate_fails: false.into(), sync_fails: false.into() });
        (Arc::new(FailingDisk(faults.clone())), faults)
    }
}

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
    fn put_names_on_platter(&self, path: &Path, site: Site) -> io::Result<()> {
        OsDisk.put_names_on_platter(path, site)
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
    fn put_on_platter(&self, site: Site) -> io::Result<()> {
        if self.1.sync_fails.load(SeqCst) { Err(full()) } else { self.0.put_on_platter(site) }
    }
    fn modified(&self) -> io::Result<Timestamp> {
        self.0.modified()
    }
    fn set_modified(&self, time: Timestamp) -> io::Result<()> {
        self.0.set_modified(time)
    }
}

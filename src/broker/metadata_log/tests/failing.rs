//! What the metadata log does when its disk fails.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::*;
use crate::log::disk::{DiskFile, DiskLock, Entry, Open};

/// A disk whose writes or syncs can be made to fail.
#[derive(Debug, Default)]
struct Faults {
    appends: AtomicBool,
    syncs: AtomicBool,
}

#[derive(Debug)]
struct FailingDisk(Arc<Faults>);

#[derive(Debug)]
struct FailingFile(Arc<dyn DiskFile>, Arc<Faults>);

fn broken(fails: &AtomicBool) -> io::Result<()> {
    if fails.load(SeqCst) { Err(io::Error::other("the disk is broken")) } else { Ok(()) }
}

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

impl DiskFile for FailingFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = broken(&self.1.appends) {
            self.0.append(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.0.append(bytes)
    }
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.read_at(buffer, position)
    }
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }
    fn sync(&self) -> io::Result<()> {
        broken(&self.1.syncs)?;
        self.0.sync()
    }
    fn modified(&self) -> io::Result<Timestamp> {
        self.0.modified()
    }
    fn set_modified(&self, time: Timestamp) -> io::Result<()> {
        self.0.set_modified(time)
    }
}

fn on_failing_disk(home: &Home) -> (MetadataLog, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    let settings = MetadataLogSettings { disk: Arc::new(FailingDisk(faults.clone())), ..home.settings() };
    (MetadataLog::open(settings).unwrap(), faults)
}

#[test]
fn after_a_failed_write_nothing_is_published_and_nothing_more_is_taken() {
    for sync in [false, true] {
        let home = Home::formatted();
        let (log, faults) = on_failing_disk(&home);
        log.begin_writing(&registration(), NOW).unwrap();
        log.append(&new_topic("a", 1000), NOW).unwrap();
        let failing = if sync { &faults.syncs } else { &faults.appends };
        failing.store(true, SeqCst);
        assert!(log.append(&new_topic("b", 1001), NOW).is_err());
        assert_eq!(image(&log).topics.keys().collect::<Vec<_>>(), ["a"]);
        failing.store(false, SeqCst);
        assert!(matches!(log.append(&new_topic("c", 1002), NOW), Err(MetadataLogError::Fenced(_))));
        assert!(matches!(log.close(), Err(MetadataLogError::Fenced(_))));
        drop(log);
        let log = home.writing();
        let names: Vec<String> = image(&log).topics.keys().cloned().collect();
        assert!(names == ["a"] || (sync && names == ["a", "b"]), "{names:?}");
        log.append(&new_topic("c", 1002), NOW).unwrap();
    }
}

#[test]
fn a_takeover_that_fails_before_its_first_batch_can_be_tried_again() {
    let home = Home::formatted();
    let (log, faults) = on_failing_disk(&home);
    faults.syncs.store(true, SeqCst);
    assert!(log.begin_writing(&registration(), NOW).is_err());
    faults.syncs.store(false, SeqCst);
    log.begin_writing(&registration(), NOW).unwrap();
    log.append(&new_topic("a", 1000), NOW).unwrap();
    assert_eq!(image(&home.open()).topics.len(), 1);
}

//! `.lock`: who holds a log directory. The lock belongs to the open file, conflicts with the one that a Java Kafka
//! takes, and vanishes with the process. The file is never unlinked here: two processes would then lock two files.
//! Kafka does unlink it when it stops, so what was locked is compared with what the path names.

use std::path::Path;

use crate::log::disk::{Disk, DiskLock};
use crate::log::errors::{Attempt, LogError};

pub const LOCK_FILE: &str = ".lock";

/// A log directory that is ours until this is dropped.
#[derive(Debug)]
pub struct DirectoryLock {
    _held: Box<dyn DiskLock>,
}

impl DirectoryLock {
    /// `None` if somebody else holds it.
    pub fn try_acquire(disk: &dyn Disk, directory: &Path) -> Result<Option<DirectoryLock>, LogError> {
        let path = directory.join(LOCK_FILE);
        let held = disk.try_lock(&path).attempt("lock", &path)?;
        Ok(held.map(|held| DirectoryLock { _held: held }))
    }

    /// Waits until nobody else holds it, and so blocks the thread.
    pub fn acquire(disk: &dyn Disk, directory: &Path) -> Result<DirectoryLock, LogError> {
        let path = directory.join(LOCK_FILE);
        Ok(DirectoryLock { _held: disk.lock(&path).attempt("lock", &path)? })
    }

    /// The process that holds the lock as an Apache Kafka does; `None` if none does or if it is held as we hold it.
    pub fn record_lock_holder(disk: &dyn Disk, directory: &Path) -> Result<Option<u32>, LogError> {
        let path = directory.join(LOCK_FILE);
        disk.record_lock_holder(&path).attempt("inspect the lock", &path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::OsDisk;

    #[test]
    fn one_holder_at_a_time_and_the_file_stays() {
        let home = tempfile::tempdir().unwrap();
        let first = DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap();
        assert!(first.is_some());
        assert!(DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap().is_none());
        drop(std::fs::File::open(home.path().join(LOCK_FILE)).unwrap());
        assert!(
            DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap().is_none(),
            "closing another descriptor of the file must not release it"
        );
        drop(first);
        assert!(home.path().join(LOCK_FILE).exists());
        assert!(DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap().is_some());
    }

    #[test]
    fn a_record_lock_such_as_java_takes_conflicts() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(LOCK_FILE);
        let other = std::fs::File::create(&path).unwrap();
        rustix::fs::fcntl_lock(&other, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
        assert!(DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap().is_none());
        // Closing any descriptor of the file, as that attempt did, drops this process's record locks on it.
        rustix::fs::fcntl_lock(&other, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
        let holder = DirectoryLock::record_lock_holder(&OsDisk, home.path()).unwrap();
        assert_eq!(holder, Some(std::process::id()));
    }

    #[test]
    fn our_own_lock_names_no_process() {
        let home = tempfile::tempdir().unwrap();
        let holder = || DirectoryLock::record_lock_holder(&OsDisk, home.path()).unwrap();
        assert_eq!(holder(), None);
        let _first = DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap();
        assert_eq!(holder(), None);
    }

    #[test]
    fn who_waits_has_the_lock_when_its_holder_lets_go() {
        let home = tempfile::tempdir().unwrap();
        let first = DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| DirectoryLock::acquire(&OsDisk, home.path()).unwrap());
            drop(first);
            let second = second.join().unwrap();
            assert!(DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap().is_none());
            drop(second);
        });
        assert!(DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap().is_some());
    }

    #[test]
    fn a_lock_file_that_was_unlinked_meanwhile_is_not_mistaken_for_the_lock() {
        let home = tempfile::tempdir().unwrap();
        let first = DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap();
        std::fs::remove_file(home.path().join(LOCK_FILE)).unwrap();
        let second = DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap();
        assert!(first.is_some() && second.is_some());
        assert!(DirectoryLock::try_acquire(&OsDisk, home.path()).unwrap().is_none());
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        assert!(DirectoryLock::try_acquire(&OsDisk, Path::new("/nonexistent/kavka")).is_err());
    }
}

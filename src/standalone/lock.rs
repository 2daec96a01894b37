//! What standalone needs of the log directory's lock, in its own errors.

use std::error::Error;
use std::io;
use std::path::Path;

use super::entrance::unusable;
use super::errors::StandaloneError;
use crate::log::directory;
pub use crate::log::directory::DirectoryLock;
use crate::log::{LogError, OsDisk};

/// `None` if somebody else holds it.
pub fn try_acquire(directory: &Path) -> Result<Option<DirectoryLock>, StandaloneError> {
    DirectoryLock::try_acquire(&OsDisk, directory).map_err(|e| cannot_lock(directory, e))
}

/// Waits until it is ours. Blocks the thread.
pub fn wait(directory: &Path) -> Result<DirectoryLock, StandaloneError> {
    DirectoryLock::acquire(&OsDisk, directory).map_err(|e| cannot_lock(directory, e))
}

/// The process that holds it as Java does; `None` if none does or if it is held as we do.
pub fn record_lock_holder(directory: &Path) -> Result<Option<u32>, StandaloneError> {
    DirectoryLock::record_lock_holder(&OsDisk, directory).map_err(|e| cannot_lock(directory, e))
}

/// Refuses a directory with sub-directories that are no partitions.
pub fn refuse_foreign(path: &Path) -> Result<(), StandaloneError> {
    match directory::first_foreign_directory(&OsDisk, path) {
        Ok(None) => Ok(()),
        Ok(Some(entry)) => Err(StandaloneError::Foreign { path: path.to_owned(), entry }),
        Err(e) => Err(unusable("list the data directory", path, io_cause(&e))),
    }
}

fn cannot_lock(directory: &Path, e: LogError) -> StandaloneError {
    unusable("lock the data directory", directory, io_cause(&e))
}

/// The system's own words, so that a path is not said twice.
fn io_cause(error: &(dyn Error + 'static)) -> io::Error {
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(source) => source.raw_os_error().map_or_else(|| source.kind().into(), io::Error::from_raw_os_error),
        None => io::Error::other(error.to_string()),
    }
}

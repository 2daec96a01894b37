//! `.kafka_cleanshutdown`: the promise that every log of the directory ends on a batch boundary, with trimmed indexes
//! and a producer snapshot at its end. Written last when a broker stops, removed before its successor writes anything.

use std::path::Path;

use serde_json::Value;

use crate::log::disk::{Disk, Open};
use crate::log::errors::{Attempt, LogError};

pub const CLEAN_SHUTDOWN_FILE: &str = ".kafka_cleanshutdown";

/// What the marker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanShutdown {
    /// `None` if the file is there and does not parse, which still counts as clean.
    pub broker_epoch: Option<i64>,
}

impl CleanShutdown {
    pub fn read(disk: &dyn Disk, directory: &Path) -> Result<Option<CleanShutdown>, LogError> {
        let path = directory.join(CLEAN_SHUTDOWN_FILE);
        let bytes = disk.read(&path).attempt("read", &path)?;
        Ok(bytes.map(|bytes| {
            let json: Option<Value> = serde_json::from_slice(&bytes).ok();
            CleanShutdown { broker_epoch: json.and_then(|json| json.get("brokerEpoch")?.as_i64()) }
        }))
    }

    /// Makes the promise: call it after everything else, and only if it holds.
    pub fn write(disk: &dyn Disk, directory: &Path, broker_epoch: i64) -> Result<(), LogError> {
        let path = directory.join(CLEAN_SHUTDOWN_FILE);
        let text = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
        let write = || {
            let file = disk.open(&path, Open::Replace)?;
            file.append(text.as_bytes())?;
            file.sync()?;
            disk.sync_directory(directory)
        };
        write().attempt("write", &path)
    }

    /// Takes it back: call it before the first write. The removal itself survives a power cut.
    pub fn remove(disk: &dyn Disk, directory: &Path) -> Result<(), LogError> {
        let path = directory.join(CLEAN_SHUTDOWN_FILE);
        let remove = || {
            if disk.exists(&path)? {
                disk.remove_file(&path)?;
                disk.sync_directory(directory)?;
            }
            Ok(())
        };
        remove().attempt("remove", &path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::OsDisk;

    #[test]
    fn the_marker_is_written_as_kafka_writes_it_and_taken_back() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(CleanShutdown::read(&OsDisk, home.path()).unwrap(), None);
        CleanShutdown::write(&OsDisk, home.path(), 15).unwrap();
        let text = std::fs::read_to_string(home.path().join(CLEAN_SHUTDOWN_FILE)).unwrap();
        assert_eq!(text, r#"{"version":0,"brokerEpoch":15}"#);
        let found = CleanShutdown::read(&OsDisk, home.path()).unwrap();
        assert_eq!(found, Some(CleanShutdown { broker_epoch: Some(15) }));
        CleanShutdown::remove(&OsDisk, home.path()).unwrap();
        CleanShutdown::remove(&OsDisk, home.path()).unwrap();
        assert_eq!(CleanShutdown::read(&OsDisk, home.path()).unwrap(), None);
    }

    #[test]
    fn a_marker_that_does_not_parse_still_counts() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(CLEAN_SHUTDOWN_FILE), "x").unwrap();
        let found = CleanShutdown::read(&OsDisk, home.path()).unwrap();
        assert_eq!(found, Some(CleanShutdown { broker_epoch: None }));
    }
}

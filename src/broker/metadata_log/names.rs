//! What lies in `__cluster_metadata-0`: segments `<20 digits>.log`, snapshots `<20 digits>-<10 digits>.checkpoint`.

use std::fmt;
use std::path::Path;

use super::errors::{Attempt, MetadataLogError};
use crate::log::Disk;

pub(super) const CHECKPOINT_SUFFIX: &str = ".checkpoint";

/// Which records a snapshot stands for: all below `end_offset`, the last of them written in `epoch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SnapshotName {
    pub end_offset: i64,
    pub epoch: i32,
}

impl fmt::Display for SnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-{:010}{CHECKPOINT_SUFFIX}", self.end_offset, self.epoch)
    }
}

impl SnapshotName {
    /// By position, as Kafka reads it.
    fn parse(name: &str) -> Option<SnapshotName> {
        let stem = name.strip_suffix(CHECKPOINT_SUFFIX)?;
        let (offset, rest) = stem.split_at_checked(20)?;
        let epoch = rest.strip_prefix('-')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = epoch.len() == 10 && digits(offset) && digits(epoch);
        let name = SnapshotName { end_offset: offset.parse().ok()?, epoch: epoch.parse().ok()? };
        whole.then_some(name)
    }
}

/// The files that matter, each kind in ascending order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    pub segments: Vec<i64>,
    pub snapshots: Vec<SnapshotName>,
    /// Snapshots that were never finished, or that are being deleted.
    pub leftovers: Vec<String>,
}

pub(super) fn segment_name(base_offset: i64) -> String {
    format!("{base_offset:020}.log")
}

/// Nothing if the directory does not exist. A name that only looks like a snapshot's is an error, as it is to Kafka.
pub(super) fn list(disk: &dyn Disk, log_directory: &Path) -> Result<Files, MetadataLogError> {
    let mut files = Files::default();
    if !disk.exists(log_directory).attempt("look for", log_directory)? {
        return Ok(files);
    }
    for entry in disk.list(log_directory).attempt("list", log_directory)? {
        let name = entry.name;
        if let Some(base) = name.strip_suffix(".log") {
            let base = base.parse().map_err(|_| malformed(log_directory, &name, "no segment's name"))?;
            files.segments.push(base);
        } else if name.ends_with(CHECKPOINT_SUFFIX) {
            let snapshot = SnapshotName::parse(&name);
            files.snapshots.push(snapshot.ok_or_else(|| malformed(log_directory, &name, "no snapshot's name"))?);
        } else if name.ends_with(".checkpoint.part") || name.ends_with(".checkpoint.deleted") {
            files.leftovers.push(name);
        }
    }
    files.segments.sort_unstable();
    files.snapshots.sort_unstable();
    Ok(files)
}

fn malformed(directory: &Path, name: &str, fault: &str) -> MetadataLogError {
    MetadataLogError::Malformed { path: directory.join(name), fault: fault.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_named_by_position() {
        let name = SnapshotName { end_offset: 4711, epoch: 12 };
        assert_eq!(name.to_string(), "00000000000000004711-0000000012.checkpoint");
        assert_eq!(SnapshotName::parse(&name.to_string()), Some(name));
        for bad in ["4711-12.checkpoint", "bootstrap.checkpoint", "0000000000000000471é-0000000012.checkpoint"] {
            assert_eq!(SnapshotName::parse(bad), None);
        }
    }
}

//! Why a metadata log cannot be opened or written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::log::{AppendError, LogError};
use crate::metadata::{ContentFault, ReplayError};

#[derive(Debug)]
pub enum MetadataLogError {
    /// There is no `meta.properties`.
    NotFormatted(PathBuf),
    /// The directory belongs to another node than the one that is configured.
    OtherNode {
        directory: PathBuf,
        found: i32,
        configured: i32,
    },
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    Log(LogError),
    Append(AppendError),
    /// What a file of the metadata log holds cannot be understood.
    Content {
        path: PathBuf,
        fault: ContentFault,
    },
    /// A file whose name or text is not what it must be.
    Malformed {
        path: PathBuf,
        fault: String,
    },
    /// Damage in the middle of the log: valid records follow it, so nothing may be cut off.
    Damaged {
        path: PathBuf,
        offset: i64,
        fault: ContentFault,
    },
    /// Records are missing.
    Gap {
        expected: i64,
        found: i64,
    },
    /// The directory is fine, but belongs to a cluster that one node alone cannot be.
    Foreign(String),
    /// Records that contradict the image; nothing was written.
    Contradiction(ReplayError),
    /// An earlier write failed, so what is on disk is not known.
    Fenced(String),
    /// The gate before the first write was not passed.
    NotBegun,
}

impl fmt::Display for MetadataLogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use MetadataLogError::*;
        match self {
            NotFormatted(directory) => write!(f, "{} is not formatted: it has no meta.properties", directory.display()),
            OtherNode { directory, found, configured } => {
                let directory = directory.display();
                write!(f, "{directory} belongs to node {found}, but node.id is {configured}")
            }
            Io { action, path, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Log(error) => error.fmt(f),
            Append(error) => write!(f, "cannot append to the metadata log: {error}"),
            Content { path, fault } => write!(f, "{}: {fault}", path.display()),
            Malformed { path, fault } => write!(f, "{}: {fault}", path.display()),
            Damaged { path, offset, fault } => {
                write!(f, "{} is damaged at offset {offset}, and valid records follow: {fault}", path.display())
            }
            Gap { expected, found } => {
                write!(f, "the metadata log has no records from offset {expected} on; the next is {found}")
            }
            Foreign(why) => write!(f, "this directory cannot be opened by a single node: {why}"),
            Contradiction(error) => write!(f, "records were not written, since they contradict the image: {error}"),
            Fenced(cause) => write!(f, "the metadata log takes no more records since {cause}"),
            NotBegun => f.write_str("the metadata log was not made ready for writing"),
        }
    }
}

impl std::error::Error for MetadataLogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            MetadataLogError::Io { source, .. } => Some(source),
            MetadataLogError::Log(error) => Some(error),
            _ => None,
        }
    }
}

impl From<LogError> for MetadataLogError {
    fn from(error: LogError) -> MetadataLogError {
        MetadataLogError::Log(error)
    }
}

impl From<AppendError> for MetadataLogError {
    fn from(error: AppendError) -> MetadataLogError {
        MetadataLogError::Append(error)
    }
}

/// Names what was attempted when the file system refuses.
pub(super) trait Attempt<T> {
    fn attempt(self, action: &'static str, path: &Path) -> Result<T, MetadataLogError>;
}

impl<T> Attempt<T> for io::Result<T> {
    fn attempt(self, action: &'static str, path: &Path) -> Result<T, MetadataLogError> {
        self.map_err(|source| MetadataLogError::Io { action, path: path.to_owned(), source })
    }
}

//! What can go wrong in a log. No Kafka error code: the broker translates.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::batch::BatchFault;

/// The storage failed, or holds what it must not.
#[derive(Debug)]
pub enum LogError {
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A file that must be well-formed is not.
    Malformed {
        path: PathBuf,
        fault: String,
    },
    /// An earlier write failed and could not be taken back. Reading goes on; appending needs the log opened anew.
    Fenced {
        directory: PathBuf,
        cause: String,
    },
}

impl LogError {
    pub(super) fn malformed(path: &Path, fault: impl Into<String>) -> LogError {
        LogError::Malformed { path: path.to_owned(), fault: fault.into() }
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogError::Io { action, path, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            LogError::Malformed { path, fault } => write!(f, "{}: {fault}", path.display()),
            LogError::Fenced { directory, cause } => {
                write!(f, "{} takes no more appends since {cause}", directory.display())
            }
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LogError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Names what was attempted when the file system refuses.
pub(super) trait Attempt<T> {
    fn attempt(self, action: &'static str, path: &Path) -> Result<T, LogError>;
}

impl<T> Attempt<T> for io::Result<T> {
    fn attempt(self, action: &'static str, path: &Path) -> Result<T, LogError> {
        self.map_err(|source| LogError::Io { action, path: path.to_owned(), source })
    }
}

/// Why nothing was appended.
#[derive(Debug)]
pub enum AppendError {
    /// A batch is larger than `max.message.bytes`.
    TooLarge {
        size: u64,
        limit: u64,
    },
    /// The whole append is larger than `segment.bytes`.
    LargerThanSegment {
        size: u64,
        limit: u64,
    },
    /// The bytes are damaged: length, CRC.
    Corrupt(BatchFault),
    /// The bytes arrived as they were sent, and say what no producer may. `records` names offending ones by index.
    InvalidRecord {
        message: String,
        records: Vec<(i32, String)>,
    },
    InvalidTimestamp {
        message: String,
        records: Vec<(i32, String)>,
    },
    OutOfOrderSequence {
        producer_id: i64,
        expected: i32,
        found: i32,
    },
    InvalidProducerEpoch {
        producer_id: i64,
        current: i16,
        found: i16,
    },
    InvalidTransactionState {
        producer_id: i64,
        message: String,
    },
    /// A marker from a coordinator that was replaced.
    CoordinatorFenced {
        producer_id: i64,
        current: i32,
        found: i32,
    },
    UnsupportedCodec {
        id: u8,
    },
    Storage(LogError),
}

impl From<LogError> for AppendError {
    fn from(e: LogError) -> AppendError {
        AppendError::Storage(e)
    }
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendError::TooLarge { size, limit } => {
                write!(f, "the record batch of {size} bytes exceeds the maximum configured value of {limit}")
            }
            AppendError::LargerThanSegment { size, limit } => {
                write!(f, "the append of {size} bytes exceeds the maximum configured segment size of {limit}")
            }
            AppendError::Corrupt(fault) => fault.fmt(f),
            AppendError::InvalidRecord { message, .. } | AppendError::InvalidTimestamp { message, .. } => {
                f.write_str(message)
            }
            AppendError::OutOfOrderSequence { producer_id, expected, found } => {
                write!(f, "out of order sequence number for producer {producer_id}: {found}, expected {expected}")
            }
            AppendError::InvalidProducerEpoch { producer_id, current, found } => {
                write!(f, "epoch {found} of producer {producer_id} is older than the last seen epoch {current}")
            }
            AppendError::InvalidTransactionState { producer_id, message } => {
                write!(f, "producer {producer_id}: {message}")
            }
            AppendError::CoordinatorFenced { producer_id, current, found } => write!(
                f,
                "coordinator epoch {found} for producer {producer_id} is older than the last seen epoch {current}"
            ),
            AppendError::UnsupportedCodec { id } => write!(f, "unknown compression codec {id}"),
            AppendError::Storage(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for AppendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            AppendError::Corrupt(fault) => Some(fault),
            AppendError::Storage(e) => Some(e),
            _ => None,
        }
    }
}

/// Why nothing was read.
#[derive(Debug)]
pub enum ReadError {
    /// The offset is below the start of the log or above its end.
    OutOfRange {
        start: i64,
        end: i64,
    },
    Storage(LogError),
}

impl From<LogError> for ReadError {
    fn from(e: LogError) -> ReadError {
        ReadError::Storage(e)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::OutOfRange { start, end } => write!(f, "the log holds offsets {start} to {end}"),
            ReadError::Storage(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

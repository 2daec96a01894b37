//! Why bytes are no metadata record.

use std::fmt;

use crate::protocol::Malformed;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordFault {
    /// The three numbers in front of the message are cut off or too long.
    Frame(Malformed),
    UnknownFrame(u32),
    UnknownType(u32),
    UnknownVersion {
        name: &'static str,
        version: u32,
    },
    Malformed {
        name: &'static str,
        fault: Malformed,
    },
    /// Bytes follow the message.
    LeftOver {
        name: &'static str,
        bytes: usize,
    },
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordFault::Frame(fault) => write!(f, "no frame of a metadata record: {fault}"),
            RecordFault::UnknownFrame(version) => {
                write!(f, "frame version {version} of a metadata record, only 1 is known")
            }
            RecordFault::UnknownType(key) => write!(f, "metadata record type {key} is unknown"),
            RecordFault::UnknownVersion { name, version } => write!(f, "version {version} of {name} is unknown"),
            RecordFault::Malformed { name, fault } => write!(f, "a malformed {name}: {fault}"),
            RecordFault::LeftOver { name, bytes } => write!(f, "{bytes} bytes are left over behind a {name}"),
        }
    }
}

impl std::error::Error for RecordFault {}

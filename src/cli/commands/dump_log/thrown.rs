//! What stops a dump: a fault of the files, with the exception that Java's tool dies of, or an output that is gone.

use std::io;
use std::path::Path;

use crate::cli::failure::{Failure, Kind};

/// A fault of a file, in our words and in Java's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thrown {
    pub class: &'static str,
    /// Some of Java's exceptions have no message.
    pub java: Option<String>,
    pub message: String,
}

#[derive(Debug)]
pub enum Stop {
    Thrown(Thrown),
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Output(error)
    }
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Stop {
        Stop::Thrown(thrown)
    }
}

pub const INVALID_RECORD: &str = "org.apache.kafka.common.InvalidRecordException";
pub const CORRUPT_RECORD: &str = "org.apache.kafka.common.errors.CorruptRecordException";
pub const CORRUPT_INDEX: &str = "org.apache.kafka.storage.internals.log.CorruptIndexException";
pub const KAFKA: &str = "org.apache.kafka.common.KafkaException";
pub const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";
pub const OUT_OF_BOUNDS: &str = "java.lang.IndexOutOfBoundsException";
pub const UNDERFLOW: &str = "java.nio.BufferUnderflowException";
const TOO_SHORT_NAME: &str = "java.lang.StringIndexOutOfBoundsException";

impl Thrown {
    /// An exception whose message says it all.
    pub fn new(class: &'static str, message: impl Into<String>) -> Thrown {
        let message = message.into();
        Thrown { class, java: Some(message.clone()), message }
    }

    /// An exception that says less than we do, or something else.
    pub fn told(class: &'static str, java: Option<String>, message: impl Into<String>) -> Thrown {
        Thrown { class, java, message: message.into() }
    }

    /// A file cannot be opened.
    pub fn opening(path: &Path, error: &io::Error) -> Thrown {
        let class = match error.kind() {
            io::ErrorKind::NotFound => "java.nio.file.NoSuchFileException",
            io::ErrorKind::PermissionDenied => "java.nio.file.AccessDeniedException",
            _ => "java.nio.file.FileSystemException",
        };
        let message = format!("cannot open {}: {error}", path.display());
        Thrown::told(class, Some(path.display().to_string()), message)
    }

    pub fn reading(path: &Path, error: &io::Error) -> Thrown {
        Thrown::told("java.io.IOException", Some(error.to_string()), format!("cannot read {}: {error}", path.display()))
    }

    /// A name that is no number where one should be.
    pub fn no_number(text: &str) -> Thrown {
        let java = format!("For input string: \"{text}\"");
        Thrown::told("java.lang.NumberFormatException", Some(java), format!("\"{text}\" is not an offset"))
    }

    /// A name that is too short to be cut as names of its kind are.
    pub fn short_name(name: &str, begin: i64, end: usize) -> Thrown {
        let length = name.encode_utf16().count();
        let java = format!("begin {begin}, end {end}, length {length}");
        Thrown::told(TOO_SHORT_NAME, Some(java), format!("{name} is not the name of such a file"))
    }

    /// More than this program takes into memory at once. Java's heap is smaller still.
    pub fn too_large(what: &str) -> Thrown {
        Thrown::told("java.lang.OutOfMemoryError", Some("Java heap space".to_owned()), format!("{what} is too large"))
    }
}

impl From<Thrown> for Failure {
    fn from(thrown: Thrown) -> Failure {
        Failure::new(Kind::Failed, thrown.message).thrown(thrown.class, thrown.java.unwrap_or_default())
    }
}

//! A file of batches, walked as Kafka's `FileLogInputStream` walks it, in bounded memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::names::Named;
use super::thrown::{CORRUPT_RECORD, ILLEGAL_ARGUMENT, KAFKA, Thrown};
use crate::log::batch::old::{OLD_MIN_LENGTH, OldMessage};
use crate::log::batch::{BatchHeader, HEADER_BYTES, LENGTH_PREFIX_BYTES};

/// Larger batches are shown, but their records are not read.
const LARGEST_BATCH: u64 = 256 << 20;
const UP_TO_MAGIC: i64 = 17;
const CRC_STARTS_AT: u64 = 21;
const CHUNK_BYTES: usize = 256 << 10;

/// An open file, or a part of it from its start.
#[derive(Debug)]
pub struct LogFile {
    file: File,
    path: PathBuf,
    /// What lies behind is not read.
    end: i64,
    /// The end as Java would tell it.
    shown_end: i64,
}

impl LogFile {
    /// `is_java` refuses what Java's tool cannot count.
    pub fn open(named: &Named, is_java: bool) -> Result<LogFile, Thrown> {
        let file = File::open(&named.path).map_err(|error| Thrown::opening(&named.path, &error))?;
        let len = file.metadata().map_err(|error| Thrown::reading(&named.path, &error))?.len() as i64;
        if is_java && len > i64::from(i32::MAX) {
            let message = format!(
                "The size of segment {} ({len}) is larger than the maximum allowed segment size of {}",
                named.shown,
                i32::MAX
            );
            return Err(Thrown::new(KAFKA, message));
        }
        Ok(LogFile { file, path: named.path.clone(), end: len, shown_end: i64::from(i32::MAX) })
    }

    /// The first `size` bytes only.
    pub fn cut(mut self, size: i64) -> Result<LogFile, Thrown> {
        if size < 0 {
            let java = format!("Invalid size: {size} in read from {}", self.described());
            return Err(Thrown::told(ILLEGAL_ARGUMENT, Some(java), format!("{size} bytes cannot be read")));
        }
        self.end = self.end.min(size);
        self.shown_end = self.end;
        Ok(self)
    }

    pub fn len(&self) -> i64 {
        self.end
    }

    fn described(&self) -> String {
        format!("FileRecords(size={}, file={}, start=0, end={})", self.end, self.path.display(), self.shown_end)
    }

    /// Batches that lie wholly within `size` bytes from `position`.
    pub fn batches(&self, position: i64, size: i64) -> Result<Batches<'_>, Thrown> {
        let fault = if position < 0 {
            format!("Invalid position: {position} in read from {}", self.described())
        } else if position > self.end {
            format!("Slice from position {position} exceeds end position of {}", self.described())
        } else if size < 0 {
            format!("Invalid size: {size} in read from {}", self.described())
        } else {
            return Ok(Batches { log: self, position, end: position.saturating_add(size).min(self.end) });
        };
        let message = format!("{} has no {size} bytes at position {position}", self.path.display());
        Err(Thrown::told(ILLEGAL_ARGUMENT, Some(fault), message))
    }

    fn read(&self, position: i64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, position as u64).map(|()| bytes)
    }

    /// The whole entry.
    pub fn bytes_of(&self, entry: &Entry) -> Result<Vec<u8>, Thrown> {
        if entry.size() as u64 > LARGEST_BATCH {
            return Err(Thrown::too_large(&format!("the batch of {} bytes at {}", entry.size(), entry.position)));
        }
        self.read(entry.position, entry.size() as usize).map_err(|error| self.unreadable(entry, &error))
    }

    /// Its fields, which may lie behind its end.
    pub fn header_of(&self, entry: &Entry) -> Result<BatchHeader, Thrown> {
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let bytes = self.read(entry.position, HEADER_BYTES);
        bytes
            .and_then(|bytes| BatchHeader::fields(&bytes).ok_or_else(cut))
            .map_err(|error| self.unreadable(entry, &error))
    }

    fn unreadable(&self, entry: &Entry, error: &io::Error) -> Thrown {
        let java = format!("Failed to load record batch at position {} from {}", entry.position, self.described());
        Thrown::told(KAFKA, Some(java), format!("the batch at position {} cannot be read: {error}", entry.position))
    }

    /// Whether what a batch says of its bytes is true. Not a matter of memory.
    pub fn is_valid(&self, entry: &Entry) -> Result<bool, Thrown> {
        let reading = |error: io::Error| Thrown::reading(&self.path, &error);
        if entry.is_old() {
            let bytes = self.bytes_of(entry)?;
            return Ok(OldMessage::parse(&bytes).is_ok_and(|message| message.check_crc().is_ok()));
        }
        if entry.size() < HEADER_BYTES as i64 {
            return Ok(false);
        }
        let declared = self.header_of(entry)?.crc;
        let (mut at, end) = (entry.position as u64 + CRC_STARTS_AT, (entry.position + entry.size()) as u64);
        let mut buffer = vec![0; CHUNK_BYTES.min((end - at) as usize)];
        let mut crc = 0;
        while at < end {
            let wanted = buffer.len().min((end - at) as usize);
            self.file.read_exact_at(&mut buffer[..wanted], at).map_err(reading)?;
            crc = crc32c::crc32c_append(crc, &buffer[..wanted]);
            at += wanted as u64;
        }
        Ok(crc == declared)
    }
}

/// A batch or an old message set, found by its first 17 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub position: i64,
    pub offset: i64,
    length: i32,
    pub magic: i8,
}

impl Entry {
    pub fn size(&self) -> i64 {
        LENGTH_PREFIX_BYTES as i64 + i64::from(self.length)
    }

    pub fn is_old(&self) -> bool {
        self.magic < 2
    }
}

/// A walk from batch to batch.
#[derive(Debug)]
pub struct Batches<'f> {
    log: &'f LogFile,
    position: i64,
    end: i64,
}

impl Batches<'_> {
    /// `None` at the first that is not whole.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, Thrown> {
        let position = self.position;
        if position >= self.end - UP_TO_MAGIC {
            return Ok(None);
        }
        let bytes = self.log.read(position, UP_TO_MAGIC as usize);
        let bytes = bytes.map_err(|error| Thrown::reading(&self.log.path, &error))?;
        let offset = bytes.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        let length = bytes[8..].first_chunk().map_or(0, |bytes| i32::from_be_bytes(*bytes));
        if length < OLD_MIN_LENGTH {
            return Err(self.too_small(length));
        }
        let entry = Entry { position, offset, length, magic: bytes[16] as i8 };
        if position > self.end - entry.size() {
            return Ok(None);
        }
        self.position += entry.size();
        Ok(Some(entry))
    }

    fn too_small(&self, length: i32) -> Thrown {
        let java = format!(
            "Found record size {length} smaller than minimum record overhead ({OLD_MIN_LENGTH}) in file {}.",
            self.log.path.display()
        );
        let message = format!(
            "at position {} of {}, a batch says that {length} bytes follow; there is none so small",
            self.position,
            self.log.path.display()
        );
        Thrown::told(CORRUPT_RECORD, Some(java), message)
    }
}

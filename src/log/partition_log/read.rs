//! Reading: where the bytes are is found under the caller's lock, the bytes are fetched without it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::PartitionLog;
use super::tail::Found;
use crate::log::disk::{DiskFile, read_exact};
use crate::log::errors::ReadError;
use crate::log::segment::{Extent, ExtentLimit};

/// How much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    pub max_bytes: usize,
    /// Give the first batch even if it is larger than `max_bytes`.
    pub at_least_one: bool,
    /// Exclusive: the high watermark or the last stable offset. A batch that reaches it is not given.
    pub below: i64,
}

/// Whole batches that were found under the log's lock and can be fetched without it.
#[derive(Debug, Clone)]
pub struct Located {
    place: Place,
    length: usize,
    first_offset: i64,
    next_offset: i64,
}

#[derive(Debug, Clone)]
enum Place {
    Nowhere,
    Memory(Vec<Bytes>),
    File { file: Arc<dyn DiskFile>, path: PathBuf, position: u64 },
}

/// Where whole batches lie.
#[derive(Debug)]
pub enum Source {
    Memory(Vec<Bytes>),
    /// In a file, `length` bytes from `position` on, which stay as they are as long as the file is open.
    File {
        file: Arc<File>,
        position: u64,
        length: usize,
    },
}

impl Located {
    fn nothing(offset: i64) -> Located {
        Located { place: Place::Nowhere, length: 0, first_offset: offset, next_offset: offset }
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Base offset of the first batch; the offset asked for if there is none.
    pub fn first_offset(&self) -> i64 {
        self.first_offset
    }

    /// Where reading goes on.
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// Whether [`Located::into_bytes`] will have to read a file.
    pub fn is_on_disk(&self) -> bool {
        matches!(self.place, Place::File { .. })
    }

    /// The batches, copied only if several are in memory.
    pub fn into_bytes(self) -> io::Result<Bytes> {
        let mut chunks = self.into_chunks()?;
        if chunks.len() <= 1 {
            return Ok(chunks.pop().unwrap_or_default());
        }
        let mut whole = BytesMut::with_capacity(chunks.iter().map(Bytes::len).sum());
        chunks.iter().for_each(|chunk| whole.extend_from_slice(chunk));
        Ok(whole.freeze())
    }

    /// Puts the batches behind what `out` holds: for a buffer that is used again and again.
    pub fn append_to(&self, out: &mut Vec<u8>) -> io::Result<()> {
        match &self.place {
            Place::Nowhere => {}
            Place::Memory(chunks) => chunks.iter().for_each(|chunk| out.extend_from_slice(chunk)),
            Place::File { file, path, position } => {
                let end = out.len();
                out.resize(end + self.length, 0);
                let read = file.read_at(&mut out[end..], *position).and_then(|read| match read == self.length {
                    true => Ok(()),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                });
                if let Err(e) = read {
                    out.truncate(end);
                    return Err(at_path(path, e));
                }
            }
        }
        Ok(())
    }

    /// Where the batches lie, for those who can send a part of a file without reading it.
    pub fn into_source(self) -> io::Result<Source> {
        match self.place {
            Place::File { file, position, .. } if let Some(file) = file.system_file() => {
                Ok(Source::File { file, position, length: self.length })
            }
            _ => self.into_chunks().map(Source::Memory),
        }
    }

    /// The batches in as many pieces as they are in memory, for a vectored write.
    pub fn into_chunks(self) -> io::Result<Vec<Bytes>> {
        match self.place {
            Place::Nowhere => Ok(Vec::new()),
            Place::Memory(chunks) => Ok(chunks),
            Place::File { file, path, position } => match read_exact(&*file, position, self.length) {
                Ok(bytes) => Ok(vec![bytes.into()]),
                Err(e) => Err(at_path(&path, e)),
            },
        }
    }
}

fn at_path(path: &Path, e: io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("cannot read {}: {e}", path.display()))
}

impl PartitionLog {
    /// Whole batches from the one that contains `from`, or from the next one if `from` lies in a gap.
    pub fn read(&self, from: i64, limit: ReadLimit) -> Result<Located, ReadError> {
        if from < self.start_offset || from > self.end_offset {
            return Err(ReadError::OutOfRange { start: self.start_offset, end: self.end_offset });
        }
        if from >= limit.below.min(self.end_offset) {
            self.tail.note_reader();
            return Ok(Located::nothing(from));
        }
        if let Some(found) = self.tail.find(from, limit) {
            return Ok(in_memory(from, found));
        }
        let wanted =
            ExtentLimit { max_bytes: limit.max_bytes as u64, at_least_one: limit.at_least_one, below: limit.below };
        let floor = self.segments.range(..=from).next_back().map_or(from, |(base, _)| *base);
        for segment in self.segments.range(floor..).map(|(_, segment)| segment) {
            if segment.size == 0 {
                continue;
            }
            let file = segment.file()?;
            if let Some(extent) = segment.find_extent(&file, from, wanted)? {
                return Ok(on_disk(from, extent, file, segment.path().to_owned()));
            }
        }
        Ok(Located::nothing(from))
    }
}

fn in_memory(from: i64, found: Found) -> Located {
    if found.length == 0 {
        return Located::nothing(from);
    }
    let Found { chunks, length, first_offset, next_offset } = found;
    Located { place: Place::Memory(chunks), length, first_offset, next_offset }
}

fn on_disk(from: i64, extent: Extent, file: Arc<dyn DiskFile>, path: PathBuf) -> Located {
    if extent.length == 0 {
        return Located::nothing(from);
    }
    Located {
        place: Place::File { file, path, position: extent.position },
        length: extent.length,
        first_offset: extent.first_offset,
        next_offset: extent.next_offset,
    }
}

//! Reading a segment's batches from the first to the last, whole and checked, many with one read. What was stored before
//! there were batches is made one, as Kafka's cleaner does.

use std::path::PathBuf;
use std::sync::Arc;

use crate::log::batch::{Batch, BatchFault, BatchHeader, HEADER_BYTES, stored_batch};
use crate::log::disk::DiskFile;
use crate::log::errors::{Attempt, LogError};

pub(super) struct BatchReader {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    /// Where in the buffer `position` is.
    at: usize,
    /// The batch that an old message set was made.
    modern: Vec<u8>,
    /// How much is read at once, unless a batch is larger.
    portion: usize,
}

impl BatchReader {
    pub fn new(file: Arc<dyn DiskFile>, path: PathBuf, end: u64, portion: usize) -> BatchReader {
        BatchReader { file, path, position: 0, end, buffer: Vec::new(), at: 0, modern: Vec::new(), portion }
    }

    pub fn next_batch(&mut self) -> Result<Option<Batch<'_>>, LogError> {
        if self.position >= self.end {
            return Ok(None);
        }
        self.fill(HEADER_BYTES.min((self.end - self.position) as usize))?;
        let header = BatchHeader::parse_stored(&self.buffer[self.at..]).map_err(|fault| self.fault(&fault))?;
        let size = header.size();
        if size as u64 > self.end - self.position {
            let found = (self.end - self.position) as usize;
            return Err(self.fault(&BatchFault::Incomplete { needed: size, found }));
        }
        self.fill(size)?;
        let from = self.at;
        self.at += size;
        self.position += size as u64;
        let position = self.position - size as u64;
        let damaged = |fault: BatchFault| fault_at(&self.path, position, &fault);
        let bytes = &self.buffer[from..from + size];
        if header.magic < 2 {
            self.modern = stored_batch(bytes).map_err(damaged)?.0.into_owned();
            return Batch::parse(&self.modern).map(Some).map_err(damaged);
        }
        let batch = Batch { header, bytes };
        batch.check_crc().map_err(damaged)?;
        Ok(Some(batch))
    }

    /// Has `wanted` bytes from the position on in the buffer, or all there are.
    fn fill(&mut self, wanted: usize) -> Result<(), LogError> {
        if self.buffer.len() - self.at >= wanted {
            return Ok(());
        }
        let left = self.end - self.position;
        let length = wanted.max(self.portion).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.buffer.resize(length, 0);
        self.buffer.shrink_to(2 * self.portion);
        let read = self.file.read_at(&mut self.buffer, self.position).attempt("read", &self.path)?;
        self.buffer.truncate(read);
        self.at = 0;
        match read < length.min(wanted) {
            true => Err(self.fault(&BatchFault::Incomplete { needed: wanted, found: read })),
            false => Ok(()),
        }
    }

    fn fault(&self, fault: &BatchFault) -> LogError {
        fault_at(&self.path, self.position, fault)
    }
}

fn fault_at(path: &std::path::Path, position: u64, fault: &BatchFault) -> LogError {
    LogError::malformed(path, format!("no batch at position {position}: {fault}"))
}

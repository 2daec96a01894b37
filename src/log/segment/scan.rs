//! Walking a log file from batch to batch, by headers alone.

use std::io;
use std::sync::Arc;

use crate::log::batch::{BatchFault, BatchHeader, HEADER_BYTES};
use crate::log::disk::DiskFile;

/// Why a walk ended early.
#[derive(Debug)]
pub(in crate::log) enum ScanFault {
    Io(io::Error),
    Batch { position: u64, fault: BatchFault },
}

/// What one read brings in. Small batches share it; large ones need a read each.
const CHUNK_BYTES: usize = 4096;

/// A walk over the headers between two positions of a file.
#[derive(Debug)]
pub(in crate::log) struct HeaderScan {
    file: Arc<dyn DiskFile>,
    position: u64,
    end: u64,
    chunk: Vec<u8>,
    chunk_at: u64,
}

impl HeaderScan {
    pub fn new(file: Arc<dyn DiskFile>, from: u64, to: u64) -> HeaderScan {
        HeaderScan { file, position: from, end: to, chunk: Vec::new(), chunk_at: 0 }
    }

    /// Where the next batch begins: the end of the last whole one.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next batch that lies wholly before the end, and where. `None` if there is none, or only a part of one.
    pub fn next_batch(&mut self) -> Result<Option<(u64, BatchHeader)>, ScanFault> {
        let position = self.position;
        if position >= self.end {
            return Ok(None);
        }
        let header = match BatchHeader::parse_stored(self.header_bytes()?) {
            Ok(header) => header,
            // Too short for a header: torn off. What is there already may show that it never was a batch.
            Err(BatchFault::Incomplete { .. }) => return Ok(None),
            Err(fault) => return Err(ScanFault::Batch { position, fault }),
        };
        let after = position + header.size() as u64;
        if after > self.end {
            return Ok(None);
        }
        self.position = after;
        Ok(Some((position, header)))
    }

    fn header_bytes(&mut self) -> Result<&[u8], ScanFault> {
        let wanted = HEADER_BYTES.min((self.end - self.position) as usize);
        let chunk_end = self.chunk_at + self.chunk.len() as u64;
        if self.position < self.chunk_at || self.position + wanted as u64 > chunk_end {
            let length = CHUNK_BYTES.min((self.end - self.position) as usize);
            self.chunk.resize(length, 0);
            self.chunk_at = self.position;
            let read = self.file.read_at(&mut self.chunk, self.position).map_err(ScanFault::Io)?;
            self.chunk.truncate(read);
        }
        let from = (self.position - self.chunk_at) as usize;
        Ok(&self.chunk[from..(from + wanted).min(self.chunk.len())])
    }
}

//! Walking a whole log file with every CRC checked, in memory that does not depend on what the bytes claim.

use std::sync::Arc;

use super::ScanFault;
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, BatchFault, BatchHeader, CRC_STARTS_AT, HEADER_BYTES};
use crate::log::disk::DiskFile;

const BUFFER_BYTES: usize = 256 << 10;
/// Where the bytes under the CRC of an old message set begin.
const OLD_CRC_STARTS_AT: u64 = 16;

/// A walk from the beginning of a file.
#[derive(Debug)]
pub(in crate::log) struct CheckedScan {
    file: Arc<dyn DiskFile>,
    end: u64,
    position: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl CheckedScan {
    pub fn new(file: Arc<dyn DiskFile>, end: u64) -> CheckedScan {
        CheckedScan { file, end, position: 0, buffer: Vec::new(), buffer_at: 0 }
    }

    /// The end of the last valid batch.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The batch at `position` was not acceptable after all.
    pub fn step_back(&mut self, position: u64) {
        self.position = position;
    }

    /// The next batch, if it is whole and its CRC holds, with the transaction marker that it may be.
    pub fn next_batch(&mut self) -> Result<Option<(u64, BatchHeader, Option<TransactionMarker>)>, ScanFault> {
        let position = self.position;
        if position >= self.end {
            return Ok(None);
        }
        let header = BatchHeader::parse_stored(self.bytes(position, HEADER_BYTES)?)
            .map_err(|fault| ScanFault::Batch { position, fault })?;
        let after = position + header.size() as u64;
        if after > self.end {
            let fault = BatchFault::Incomplete { needed: header.size(), found: (self.end - position) as usize };
            return Err(ScanFault::Batch { position, fault });
        }
        let computed = match header.magic {
            2 => self.crc(position + CRC_STARTS_AT as u64, after)?,
            _ => self.old_crc(position + OLD_CRC_STARTS_AT, after)?,
        };
        if computed != header.crc {
            let fault = BatchFault::BadCrc { declared: header.crc, computed };
            return Err(ScanFault::Batch { position, fault });
        }
        let marker = match header.attributes.is_control() && header.has_producer() {
            true => {
                let bytes = self.bytes(position, header.size().min(BUFFER_BYTES))?;
                TransactionMarker::read(&Batch { header, bytes })
            }
            false => None,
        };
        self.position = after;
        Ok(Some((position, header, marker)))
    }

    fn crc(&mut self, from: u64, to: u64) -> Result<u32, ScanFault> {
        let mut crc = 0;
        self.each_chunk(from, to, |chunk| crc = crc32c::crc32c_append(crc, chunk))?;
        Ok(crc)
    }

    fn old_crc(&mut self, from: u64, to: u64) -> Result<u32, ScanFault> {
        let mut crc = flate2::Crc::new();
        self.each_chunk(from, to, |chunk| crc.update(chunk))?;
        Ok(crc.sum())
    }

    fn each_chunk(&mut self, from: u64, to: u64, mut each: impl FnMut(&[u8])) -> Result<(), ScanFault> {
        let mut at = from;
        while at < to {
            let chunk = self.bytes(at, (to - at).min(BUFFER_BYTES as u64) as usize)?;
            if chunk.is_empty() {
                return Err(ScanFault::Io(std::io::ErrorKind::UnexpectedEof.into()));
            }
            each(chunk);
            at += chunk.len() as u64;
        }
        Ok(())
    }

    /// Up to `wanted` bytes from `from`: fewer only at the end of the buffer or the file.
    fn bytes(&mut self, from: u64, wanted: usize) -> Result<&[u8], ScanFault> {
        let wanted = wanted.min((self.end - from) as usize);
        let buffered = self.buffer_at..self.buffer_at + self.buffer.len() as u64;
        if from < buffered.start || from + wanted as u64 > buffered.end {
            self.buffer.resize(BUFFER_BYTES.min((self.end - from) as usize), 0);
            self.buffer_at = from;
            let read = self.file.read_at(&mut self.buffer, from).map_err(ScanFault::Io)?;
            self.buffer.truncate(read);
        }
        let start = (from - self.buffer_at) as usize;
        Ok(&self.buffer[start..(start + wanted).min(self.buffer.len())])
    }
}

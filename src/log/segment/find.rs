//! Finding batches in a segment: an index entry to start from, then a walk over few headers.

use std::sync::Arc;

use super::{HeaderScan, Latest, Segment};
use crate::log::batch::{Batch, BatchHeader, stored_batch};
use crate::log::disk::{DiskFile, read_exact};
use crate::log::errors::{Attempt, LogError};

/// A run of whole batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::log) struct Extent {
    pub position: u64,
    pub length: usize,
    pub first_offset: i64,
    /// Where reading goes on.
    pub next_offset: i64,
}

/// Limits of a run, as in [`crate::log::ReadLimit`].
#[derive(Debug, Clone, Copy)]
pub(in crate::log) struct ExtentLimit {
    pub max_bytes: u64,
    pub at_least_one: bool,
    pub below: i64,
}

impl Segment {
    /// The first batch that ends at `offset` or above.
    pub fn find_batch(&self, offset: i64) -> Result<Option<(u64, BatchHeader)>, LogError> {
        let mut scan = self.scan(self.offsets.position_before_offset(offset)?, self.size)?;
        self.first_where(&mut scan, |header| header.last_offset() >= offset)
    }

    /// Whole batches from the one that contains `from`, or from the first after it. `None` if the segment has none.
    pub fn find_extent(
        &self,
        file: &Arc<dyn DiskFile>,
        from: i64,
        limit: ExtentLimit,
    ) -> Result<Option<Extent>, LogError> {
        let mut scan = HeaderScan::new(file.clone(), self.offsets.position_before_offset(from)?, self.size);
        let first = self.first_where(&mut scan, |header| header.last_offset() >= from)?;
        let Some((position, first)) = first else { return Ok(None) };
        let mut extent =
            Extent { position, length: 0, first_offset: first.base_offset, next_offset: first.base_offset };
        let first_size = first.size() as u64;
        let fits = first_size <= limit.max_bytes || limit.at_least_one;
        if first.last_offset() >= limit.below || !fits {
            return Ok(Some(extent));
        }
        extent.length = first.size();
        extent.next_offset = first.next_offset();
        let end = position.saturating_add(limit.max_bytes.max(first_size)).min(self.size);
        // Everything up to an indexed batch below both limits is taken without looking at it.
        let mut start = self.offsets.boundary_before(end)?.max(position + first_size);
        if limit.below < i64::MAX {
            start = start.min(self.offsets.position_before_offset(limit.below)?.max(position + first_size));
        }
        let mut scan = HeaderScan::new(file.clone(), start, self.size);
        while let Some((at, header)) = scan.next_batch().map_err(|fault| self.fault(fault))? {
            extent.length = (at - position) as usize;
            extent.next_offset = header.base_offset;
            let after = at + header.size() as u64;
            if after > end || header.last_offset() >= limit.below {
                break;
            }
            extent.length = (after - position) as usize;
            extent.next_offset = header.next_offset();
        }
        Ok(Some(extent))
    }

    /// The first record at or after `timestamp` and `start_offset`: its offset and timestamp.
    pub fn find_time(&self, timestamp: i64, start_offset: i64) -> Result<Option<(i64, i64)>, LogError> {
        let from = self.times.last_at_or_before(timestamp)?.map_or(self.base_offset, |(_, offset)| offset);
        let mut scan = self.scan(self.offsets.position_before_offset(from.max(start_offset))?, self.size)?;
        let mut fits = |header: &BatchHeader| header.max_timestamp >= timestamp && header.last_offset() >= start_offset;
        while let Some((position, header)) = self.first_where(&mut scan, &mut fits)? {
            let found = self.first_record(position, &header, |at, offset| at >= timestamp && offset >= start_offset)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The first record of the segment's latest batch that has the largest timestamp.
    pub fn find_latest_record(&self) -> Result<Option<(i64, i64)>, LogError> {
        let Some(latest) = self.latest else { return Ok(None) };
        match self.find_batch(latest.offset)? {
            Some((position, header)) => self.first_record(position, &header, |at, _| at >= header.max_timestamp),
            None => Ok(None),
        }
    }

    /// Learns the largest timestamp from the time index and the batches after the last index entry.
    pub fn find_latest(&mut self) -> Result<(), LogError> {
        self.latest = self.times.last().map(|(timestamp, offset)| Latest { timestamp, offset });
        let mut scan = self.scan(self.offsets.last_position(), self.size)?;
        while let Some((_, header)) = scan.next_batch().map_err(|fault| self.fault(fault))? {
            if header.max_timestamp >= 0 && self.latest.is_none_or(|latest| header.max_timestamp > latest.timestamp) {
                self.latest = Some(Latest { timestamp: header.max_timestamp, offset: header.last_offset() });
            }
        }
        Ok(())
    }

    fn first_where(
        &self,
        scan: &mut HeaderScan,
        mut holds: impl FnMut(&BatchHeader) -> bool,
    ) -> Result<Option<(u64, BatchHeader)>, LogError> {
        while let Some((position, header)) = scan.next_batch().map_err(|fault| self.fault(fault))? {
            if holds(&header) {
                return Ok(Some((position, header)));
            }
        }
        Ok(None)
    }

    /// The offset and timestamp of the first record of a batch for which `holds(timestamp, offset)`.
    fn first_record(
        &self,
        position: u64,
        header: &BatchHeader,
        holds: impl Fn(i64, i64) -> bool,
    ) -> Result<Option<(i64, i64)>, LogError> {
        let bytes = read_exact(&*self.file()?, position, header.size()).attempt("read", self.path())?;
        let broken = |fault: String| LogError::malformed(self.path(), format!("batch at position {position}: {fault}"));
        let (bytes, _) = stored_batch(&bytes).map_err(|fault| broken(fault.to_string()))?;
        let batch = Batch::parse(&bytes).map_err(|fault| broken(fault.to_string()))?;
        let mut records = batch.records().map_err(|fault| broken(fault.to_string()))?;
        while let Some(record) = records.next_record().map_err(|fault| broken(fault.to_string()))? {
            if holds(record.timestamp, record.offset) {
                return Ok(Some((record.offset, record.timestamp)));
            }
        }
        Ok(None)
    }
}

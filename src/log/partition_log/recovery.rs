//! Recovery: every batch of a segment is checked, the log is cut at the first that is not whole and valid, and indexes,
//! leader epochs and producers are built anew from what remains.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::append::apply;
use super::open::{Opening, RecoveryReport};
use super::{PartitionLog, Segment};
use crate::clock::Timestamp;
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, BatchHeader};
use crate::log::disk::{DiskFile, read_exact};
use crate::log::errors::{Attempt, LogError};
use crate::log::producers::Producers;
use crate::log::segment::{CheckedScan, ScanFault};

impl PartitionLog {
    /// Recovers every segment that needs it and finds the end of the log. Yields the offset up to which the producers
    /// are known by then, if anything was recovered.
    pub(super) fn recover_where_due(
        &mut self,
        unsound: &BTreeSet<i64>,
        opening: &Opening,
        report: &mut RecoveryReport,
    ) -> Result<Option<i64>, LogError> {
        let unchecked_from = (!opening.clean).then(|| opening.recovery_point.unwrap_or(0));
        let bases: Vec<i64> = self.segments.keys().copied().collect();
        let mut producers_at = None;
        for (i, &base) in bases.iter().enumerate() {
            let next_base = bases.get(i + 1).copied();
            self.end_offset = base;
            // One that ends at the recovery point was perhaps active when that was reached, with indexes in the air.
            let due = unsound.contains(&base)
                || unchecked_from.is_some_and(|from| next_base.is_none_or(|next| next >= from))
                || (next_base.is_none() && !self.ends_on_a_batch(base)?);
            if !due {
                continue;
            }
            if producers_at != Some(base) {
                self.end_offset = base;
                self.reload_producers(base, opening.now)?;
            }
            let cut = self.recover_segment(base, report)?;
            producers_at = Some(next_base.filter(|_| !cut).unwrap_or(self.end_offset));
            if cut {
                report.segments_dropped = bases.len() - i - 1;
                bases[i + 1..].iter().try_for_each(|base| self.delete_segment(*base, opening.now))?;
                // They must not come back behind a segment that grew again.
                self.disk.sync_directory(&self.directory).attempt("sync", &self.directory)?;
                break;
            }
        }
        Ok(producers_at)
    }

    /// Walks from the last index entry to the end of the last segment, and notes where the log ends. False if what is
    /// there is not all batches: not even a clean shutdown excuses that.
    fn ends_on_a_batch(&mut self, base: i64) -> Result<bool, LogError> {
        let Some(segment) = self.segments.get(&base) else { return Ok(true) };
        let mut scan = segment.scan(segment.offsets.last_position(), segment.size)?;
        loop {
            match scan.next_batch() {
                Ok(Some((_, header))) => self.end_offset = header.next_offset(),
                Ok(None) => return Ok(scan.position() == segment.size),
                Err(ScanFault::Io(source)) => return Err(segment.fault(ScanFault::Io(source))),
                Err(ScanFault::Batch { .. }) => return Ok(false),
            }
        }
    }

    /// Checks one segment from its beginning; true if it had to be cut.
    fn recover_segment(&mut self, base: i64, report: &mut RecoveryReport) -> Result<bool, LogError> {
        let interval = self.settings.index_interval_bytes;
        let Some(segment) = self.segments.get_mut(&base) else { return Ok(false) };
        segment.clear_indexes()?;
        let mut scan = CheckedScan::new(segment.file()?, segment.size);
        let mut end_offset = base;
        let fault = loop {
            let (position, header, marker) = match scan.next_batch() {
                Ok(Some(found)) => found,
                Ok(None) => break None,
                Err(ScanFault::Io(source)) => return Err(segment.fault(ScanFault::Io(source))),
                Err(ScanFault::Batch { fault, .. }) => break Some(fault.to_string()),
            };
            if header.base_offset < end_offset || header.last_offset() - base > i64::from(i32::MAX) {
                scan.step_back(position);
                break Some(format!("offset {} follows {}", header.base_offset, end_offset - 1));
            }
            segment.note_batch(&header, position, interval)?;
            self.epochs.assign_found(header.leader_epoch, header.base_offset);
            if let Some(aborted) = apply(&mut self.producers, &header, marker) {
                segment.note_aborted(aborted)?;
            }
            end_offset = header.next_offset();
        };
        report.segments_recovered += 1;
        self.end_offset = end_offset;
        let (path, position, size) = (segment.path().to_owned(), scan.position(), segment.size);
        let cut = position < size;
        if cut {
            let fault = fault.unwrap_or_else(|| "the last batch is incomplete".to_owned());
            tracing::warn!(path = %path.display(), position, bytes = size - position, fault, "the log is cut here");
            report.bytes_truncated += size - position;
            segment.cut_file(position)?;
        }
        let is_last = self.segments.keys().next_back() == Some(&base);
        match self.segments.get_mut(&base) {
            Some(segment) if !cut && !is_last => segment.deactivate()?,
            _ => {}
        }
        Ok(cut)
    }

    /// The producers as of `offset`: the newest snapshot below it, and the batches since.
    pub(super) fn reload_producers(&mut self, offset: i64, now: Timestamp) -> Result<(), LogError> {
        let expire_after_ms = self.settings.producer_id_expiration_ms;
        let (from, producers) = self.snapshots.load(offset, now, expire_after_ms)?.unwrap_or_default();
        self.producers = producers;
        let floor = self.segments.range(..=from).next_back().map_or(from, |(base, _)| *base);
        for segment in self.segments.range(floor..offset.max(floor)).map(|(_, segment)| segment) {
            replay(segment, from..offset, &mut self.producers)?;
        }
        self.producers.expire(now, expire_after_ms);
        Ok(())
    }
}

/// Applies a segment's batches within `offsets` to the producers.
fn replay(segment: &Segment, offsets: std::ops::Range<i64>, producers: &mut Producers) -> Result<(), LogError> {
    let start = segment.offsets.position_before_offset(offsets.start)?;
    let file = segment.file()?;
    let mut scan = segment.scan(start, segment.size)?;
    while let Some((position, header)) = scan.next_batch().map_err(|fault| segment.fault(fault))? {
        if header.base_offset >= offsets.end {
            break;
        }
        if header.has_producer() && header.base_offset >= offsets.start {
            apply(producers, &header, read_marker(&file, position, &header).attempt("read", segment.path())?);
        }
    }
    Ok(())
}

/// The marker in a control batch of a producer.
fn read_marker(
    file: &Arc<dyn DiskFile>,
    position: u64,
    header: &BatchHeader,
) -> std::io::Result<Option<TransactionMarker>> {
    if !header.attributes.is_control() {
        return Ok(None);
    }
    let bytes = read_exact(&**file, position, header.size())?;
    Ok(TransactionMarker::read(&Batch { header: *header, bytes: &bytes }))
}

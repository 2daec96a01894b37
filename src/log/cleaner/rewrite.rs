//! What becomes of one batch in a pass: it stays as it is, is written anew with fewer records, or goes.

use bytes::Bytes;

use super::offset_map::OffsetMap;
use crate::clock::Timestamp;
use crate::log::batch::{Batch, BatchBuilder, Header, NewRecord, ProducerStamp, Record, RecordFault};

/// The judgement of a batch as a whole.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Judgement {
    /// None of its records stays: it was aborted, or it is a marker that had its time.
    pub drop_records: bool,
    /// If no record stays, its header does: it tells of a producer's last sequence, or where the pass ended.
    pub keep_empty: bool,
    /// It is a marker of a transaction without batches.
    pub ends_nothing: bool,
}

/// What stays of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rewritten {
    Unchanged,
    Changed(Bytes),
    Nothing,
}

/// Which records of a batch stay.
#[derive(Debug, Default)]
struct Kept {
    flags: Vec<bool>,
    count: i32,
    tombstones: bool,
}

/// A pass, as far as a record is concerned.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    pub map: &'a OffsetMap,
    pub now: Timestamp,
    /// `delete.retention.ms`.
    pub delete_retention_ms: i64,
}

impl Rules<'_> {
    pub fn rewrite(&self, batch: &Batch<'_>, judgement: Judgement) -> Result<Rewritten, RecordFault> {
        let header = &batch.header;
        let kept = self.kept(batch, judgement)?;
        let needs_horizon = !header.attributes.has_delete_horizon() && (kept.tombstones || judgement.ends_nothing);
        match kept.count {
            0 if !judgement.keep_empty => Ok(Rewritten::Nothing),
            0 if header.record_count == 0 => Ok(Rewritten::Unchanged),
            0 => Ok(Rewritten::Changed(like(batch).empty(header.max_timestamp))),
            all if all == header.record_count && !needs_horizon => Ok(Rewritten::Unchanged),
            _ => self.written_anew(batch, &kept, needs_horizon).map(Rewritten::Changed),
        }
    }

    fn kept(&self, batch: &Batch<'_>, judgement: Judgement) -> Result<Kept, RecordFault> {
        let mut kept = Kept::default();
        if judgement.drop_records {
            return Ok(kept);
        }
        let is_control = batch.header.attributes.is_control();
        let mut records = batch.records()?;
        while let Some(record) = records.next_record()? {
            let stays = is_control || self.stays(batch, &record);
            kept.flags.push(stays);
            kept.count += i32::from(stays);
            kept.tombstones |= stays && record.value.is_none() && !is_control;
        }
        Ok(kept)
    }

    fn written_anew(&self, batch: &Batch<'_>, kept: &Kept, needs_horizon: bool) -> Result<Bytes, RecordFault> {
        let builder = like(batch);
        let mut builder = if needs_horizon { builder.delete_horizon(self.horizon()) } else { builder };
        let mut records = batch.records()?;
        for stays in &kept.flags {
            if let Some(record) = records.next_record()?.filter(|_| *stays) {
                add(&mut builder, &record);
            }
        }
        builder.try_build().map_err(|e| RecordFault::Decompression(e.to_string()))
    }

    fn horizon(&self) -> i64 {
        self.now.millis().saturating_add(self.delete_retention_ms)
    }

    fn stays(&self, batch: &Batch<'_>, record: &Record<'_>) -> bool {
        if record.offset > self.map.latest {
            return true;
        }
        let Some(key) = record.key else { return false };
        let is_current = !self.map.supersedes(key, record.offset);
        let had_its_time = batch.header.delete_horizon().is_some_and(|horizon| self.now.millis() >= horizon);
        is_current && (record.value.is_some() || !had_its_time)
    }
}

/// An empty batch with all that a batch keeps when it is written anew.
fn like(batch: &Batch<'_>) -> BatchBuilder {
    let header = &batch.header;
    let producer =
        ProducerStamp { id: header.producer_id, epoch: header.producer_epoch, base_sequence: header.base_sequence };
    let builder = BatchBuilder::new()
        .base_offset(header.base_offset)
        .leader_epoch(header.leader_epoch)
        .producer(producer)
        .transactional(header.attributes.is_transactional())
        .control(header.attributes.is_control())
        .codec(header.attributes.codec().unwrap_or_default())
        .timestamp_type(header.attributes.timestamp_type())
        .last_offset_delta(header.last_offset_delta);
    match header.delete_horizon() {
        Some(horizon) => builder.delete_horizon(horizon),
        None => builder,
    }
}

fn add(builder: &mut BatchBuilder, record: &Record<'_>) {
    let headers: Vec<Header<'_>> = record.headers.collect();
    let timestamp = Timestamp(record.timestamp);
    builder
        .add_at(record.offset_delta, &NewRecord { timestamp, key: record.key, value: record.value, headers: &headers });
}

//! Filling the map of a pass: the keys of the dirty part, from its first record to where a pass must stop or the map is
//! full. Records of aborted transactions have no say.

use super::choice::Choice;
use super::offset_map::OffsetMap;
use super::pace::Meter;
use super::transactions::Transactions;
use super::work::{CleaningWork, Source, Unfinished, fault};
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, RecordFault};
use crate::log::index::AbortedTransaction;

/// The keys, as far as they fit; `latest` says how far that is, which may be in the middle of a batch.
pub(super) fn map(work: &CleaningWork, meter: &mut Meter<'_>) -> Result<OffsetMap, Unfinished> {
    let Choice { first_dirty, first_uncleanable, .. } = work.choice;
    let mut map = OffsetMap::new(work.map_limit);
    map.latest = first_dirty - 1;
    let undecided = |aborted: &&AbortedTransaction| aborted.last_offset >= first_dirty;
    let aborted: Vec<AbortedTransaction> = work.aborted.iter().filter(undecided).copied().collect();
    let mut transactions = Transactions::new(&aborted);
    let dirty = |source: &&Source| source.next_offset > first_dirty && source.base_offset < first_uncleanable;
    for source in work.sources.iter().filter(dirty) {
        let mut batches = work.read(source)?;
        while let Some(batch) = batches.next_batch()? {
            if !meter.moved(batch.bytes.len()) {
                return Err(Unfinished::GivenUp);
            }
            if batch.header.last_offset() < first_dirty {
                continue;
            }
            let is_mapped = map_batch(&batch, first_dirty, &mut map, &mut transactions);
            if !is_mapped.map_err(|e| fault(source, &batch.header, &e))? {
                return Ok(map);
            }
            map.latest = batch.header.last_offset();
        }
        // Where batches are missing at the end there is nothing to come back for.
        map.latest = map.latest.max(source.next_offset - 1);
    }
    Ok(map)
}

/// False if the map is full.
fn map_batch(
    batch: &Batch<'_>,
    first_dirty: i64,
    map: &mut OffsetMap,
    transactions: &mut Transactions,
) -> Result<bool, RecordFault> {
    if batch.header.attributes.is_control() {
        let marker = TransactionMarker::read(batch);
        if marker.is_some() || batch.header.record_count == 0 {
            transactions.see_marker(&batch.header, marker);
        }
        return Ok(true);
    }
    if transactions.see_records(&batch.header) {
        return Ok(true);
    }
    let mut records = batch.records()?;
    while let Some(record) = records.next_record()? {
        let key = record.key.filter(|_| record.offset >= first_dirty);
        if key.is_some_and(|key| !map.put(key, record.offset)) {
            return Ok(false);
        }
    }
    Ok(true)
}

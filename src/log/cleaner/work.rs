//! A pass over a log without its lock: closed segments are read, `.cleaned` files are written. Nothing of the log is
//! changed until `PartitionLog::finish_cleaning`; until then the files are leftovers that the next start removes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::choice::Choice;
use super::offset_map::OffsetMap;
use super::reader::BatchReader;
use super::rewrite::{Judgement, Rewritten, Rules};
use super::transactions::{Ended, Transactions};
use crate::clock::Timestamp;
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, BatchHeader, RecordFault};
use crate::log::disk::{Disk, Open};
use crate::log::errors::{Attempt, LogError};
use crate::log::index::AbortedTransaction;
use crate::log::segment::Segment;
use crate::log::settings::LogSettings;

/// A closed segment, as it was when the pass was planned.
#[derive(Debug, Clone)]
pub(in crate::log) struct Source {
    pub base_offset: i64,
    pub next_offset: i64,
    pub path: PathBuf,
    pub size: u64,
    pub index_entries: u64,
}

/// What the log knows of a producer that may still go on.
#[derive(Debug, Clone, Copy)]
pub(in crate::log) struct LastOfProducer {
    /// The end of its last batch, if that is remembered.
    pub data_offset: Option<i64>,
    pub epoch: i16,
}

/// A pass that can run without the log's lock.
#[derive(Debug)]
pub struct CleaningWork {
    pub(in crate::log) disk: Arc<dyn Disk>,
    pub(in crate::log) directory: PathBuf,
    pub(in crate::log) settings: LogSettings,
    pub(in crate::log) choice: Choice,
    pub(in crate::log) sources: Vec<Source>,
    pub(in crate::log) aborted: Vec<AbortedTransaction>,
    pub(in crate::log) producers: HashMap<i64, LastOfProducer>,
    pub(in crate::log) generation: u64,
    pub(in crate::log) now: Timestamp,
    /// How many keys the map may take.
    pub(in crate::log) map_limit: usize,
}

/// Segments that one `.cleaned` file takes the place of.
#[derive(Debug, Clone)]
pub(in crate::log) struct Group {
    pub sources: Vec<Source>,
}

/// What a pass wrote.
#[derive(Debug)]
pub struct Cleaned {
    pub(in crate::log) groups: Vec<Group>,
    /// The first offset that the next pass has to look at.
    pub first_dirty: i64,
    pub bytes_before: u64,
    pub bytes_after: u64,
}

impl CleaningWork {
    /// Reads and writes, and waits for the platter.
    pub fn run(&self) -> Result<Cleaned, LogError> {
        let (map, is_whole) = self.map()?;
        let end = map.latest + 1;
        let Choice { first_dirty, first_uncleanable, .. } = self.choice;
        if !is_whole && end <= first_dirty {
            let fault =
                format!("the batch at offset {first_dirty} has more keys than the cleaner's {}", self.map_limit);
            return Err(LogError::malformed(&self.directory, fault));
        }
        let groups = self.groups(end);
        let bytes_before = groups.iter().flat_map(|group| &group.sources).map(|source| source.size).sum();
        let mut transactions = Transactions::new(&self.aborted);
        let mut bytes_after = 0;
        for group in &groups {
            bytes_after += self.rewrite_group(group, &map, end, &mut transactions)?;
        }
        // Where batches are missing at the end there is nothing to come back for.
        let first_dirty = if is_whole { first_uncleanable.max(end) } else { end };
        Ok(Cleaned { groups, first_dirty, bytes_before, bytes_after })
    }

    /// The keys of the dirty part, as far as they fit, and whether that is all of it.
    fn map(&self) -> Result<(OffsetMap, bool), LogError> {
        let Choice { first_dirty, first_uncleanable, .. } = self.choice;
        let mut map = OffsetMap::new(self.map_limit);
        map.latest = first_dirty - 1;
        let aborted: Vec<AbortedTransaction> =
            self.aborted.iter().filter(|aborted| aborted.last_offset >= first_dirty).copied().collect();
        let mut transactions = Transactions::new(&aborted);
        let dirty = |source: &&Source| source.next_offset > first_dirty && source.base_offset < first_uncleanable;
        for source in self.sources.iter().filter(dirty) {
            let mut batches = self.read(source)?;
            while let Some(batch) = batches.next_batch()? {
                if batch.header.base_offset >= first_uncleanable {
                    return Ok((map, true));
                }
                if batch.header.last_offset() < first_dirty {
                    continue;
                }
                let is_mapped = self.map_batch(&batch, &mut map, &mut transactions);
                if !is_mapped.map_err(|fault| self.fault(source, &batch.header, &fault))? {
                    return Ok((map, false));
                }
                map.latest = batch.header.last_offset();
            }
        }
        Ok((map, true))
    }

    /// False if the map is full.
    fn map_batch(
        &self,
        batch: &Batch<'_>,
        map: &mut OffsetMap,
        transactions: &mut Transactions,
    ) -> Result<bool, RecordFault> {
        if batch.header.attributes.is_control() {
            if let Some(marker) = TransactionMarker::read(batch) {
                transactions.see_marker(&batch.header, marker);
            }
            return Ok(true);
        }
        if transactions.see_records(&batch.header) {
            return Ok(true);
        }
        let mut records = batch.records()?;
        while let Some(record) = records.next_record()? {
            let is_dirty = record.offset >= self.choice.first_dirty;
            if let Some(key) = record.key.filter(|_| is_dirty)
                && !map.put(key, record.offset)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Segments that together are no larger than one may be.
    fn groups(&self, end: i64) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for source in self.sources.iter().filter(|source| source.base_offset < end) {
            match groups.last_mut().filter(|group| self.has_room(group, source)) {
                Some(group) => group.sources.push(source.clone()),
                None => groups.push(Group { sources: vec![source.clone()] }),
            }
        }
        groups
    }

    fn has_room(&self, group: &Group, next: &Source) -> bool {
        /// Of the larger kind, the time index.
        const ENTRY_BYTES: u64 = 12;
        let size: u64 = group.sources.iter().map(|source| source.size).sum();
        let entries: u64 = group.sources.iter().map(|source| source.index_entries).sum();
        let base = group.sources.first().map_or(next.base_offset, |first| first.base_offset);
        size + next.size <= self.settings.segment_bytes
            && (entries + next.index_entries) * ENTRY_BYTES <= self.settings.segment_index_bytes
            && next.next_offset - 1 - base <= i64::from(i32::MAX)
    }

    /// Writes what stays of a group, and yields how much that is.
    fn rewrite_group(
        &self,
        group: &Group,
        map: &OffsetMap,
        end: i64,
        transactions: &mut Transactions,
    ) -> Result<u64, LogError> {
        let base = group.sources.first().map_or(0, |source| source.base_offset);
        let mut output = Segment::create_cleaned(&self.disk, &self.directory, base, self.now)?;
        let rules = Rules { map, now: self.now, delete_retention_ms: self.settings.delete_retention_ms };
        let mut waiting = Vec::new();
        for source in &group.sources {
            let mut batches = self.read(source)?;
            while let Some(batch) = batches.next_batch()? {
                let judgement = self.judge(&batch, end, transactions, &mut output)?;
                let rewritten =
                    rules.rewrite(&batch, judgement).map_err(|fault| self.fault(source, &batch.header, &fault))?;
                let (bytes, header) = match &rewritten {
                    Rewritten::Nothing => continue,
                    Rewritten::Unchanged => (batch.bytes, batch.header),
                    Rewritten::Changed(bytes) => match BatchHeader::parse(bytes) {
                        Ok(header) => (&bytes[..], header),
                        Err(fault) => return Err(LogError::malformed(&source.path, fault.to_string())),
                    },
                };
                output.note_batch(&header, output.size + waiting.len() as u64, self.settings.index_interval_bytes)?;
                waiting.extend_from_slice(bytes);
                if waiting.len() >= WRITE_BYTES {
                    append(&mut output, &mut waiting)?;
                }
            }
        }
        append(&mut output, &mut waiting)?;
        self.close(output, group)
    }

    /// The output is on the platter, as old as the newest of its input.
    fn close(&self, mut output: Segment, group: &Group) -> Result<u64, LogError> {
        output.deactivate()?;
        for file in output.files_to_sync()? {
            file.sync().attempt("sync", output.path())?;
        }
        if let Some(last) = group.sources.last() {
            let modified = self.open(last)?.modified().attempt("read", &last.path)?;
            output.file()?.set_modified(modified).attempt("change the time of", output.path())?;
        }
        Ok(output.size)
    }

    fn judge(
        &self,
        batch: &Batch<'_>,
        end: i64,
        transactions: &mut Transactions,
        output: &mut Segment,
    ) -> Result<Judgement, LogError> {
        let header = &batch.header;
        let keep_empty = header.next_offset() == end || self.is_last_of_its_producer(header);
        let Some(marker) = TransactionMarker::read(batch).filter(|_| header.attributes.is_control()) else {
            let drop_records = transactions.see_records(header);
            return Ok(Judgement { drop_records, keep_empty, ends_nothing: false });
        };
        match transactions.see_marker(header, marker) {
            Ended::Empty => {
                let had_its_time = header.delete_horizon().is_some_and(|horizon| self.now.millis() >= horizon);
                Ok(Judgement { drop_records: had_its_time, keep_empty, ends_nothing: true })
            }
            Ended::WithBatches(aborted) => {
                aborted.map_or(Ok(()), |aborted| output.note_aborted(aborted))?;
                Ok(Judgement { keep_empty, ..Judgement::default() })
            }
        }
    }

    /// The batch that its producer's sequence, or its epoch, is known by.
    fn is_last_of_its_producer(&self, header: &BatchHeader) -> bool {
        let Some(last) = self.producers.get(&header.producer_id) else { return false };
        match last.data_offset {
            Some(offset) => header.last_offset() == offset,
            None => header.attributes.is_control() && header.producer_epoch == last.epoch,
        }
    }

    fn read(&self, source: &Source) -> Result<BatchReader, LogError> {
        Ok(BatchReader::new(self.open(source)?, source.path.clone(), source.size))
    }

    fn open(&self, source: &Source) -> Result<Arc<dyn crate::log::disk::DiskFile>, LogError> {
        self.disk.open(&source.path, Open::Read).attempt("open", &source.path)
    }

    fn fault(&self, source: &Source, header: &BatchHeader, fault: &RecordFault) -> LogError {
        LogError::malformed(&source.path, format!("the batch at offset {}: {fault}", header.base_offset))
    }
}

const WRITE_BYTES: usize = 512 << 10;

fn append(output: &mut Segment, waiting: &mut Vec<u8>) -> Result<(), LogError> {
    if !waiting.is_empty() {
        output.append(waiting).map_err(|(error, _)| error)?;
        waiting.clear();
    }
    Ok(())
}

//! A pass over a log without its lock: closed segments are read, `.cleaned` files are written. Nothing of the log is
//! changed until `PartitionLog::swap_in`; until then the files are leftovers that the next start removes.

use std::collections::{HashMap, VecDeque};
use std::io::IoSlice;
use std::path::PathBuf;
use std::sync::Arc;

use super::CLEANED_SUFFIX;
use super::choice::Choice;
use super::mapping;
use super::offset_map::OffsetMap;
use super::pace::{Meter, Pace};
use super::reader::BatchReader;
use super::rewrite::{Judgement, Rewritten, Rules};
use super::transactions::{Ended, Transactions};
use crate::clock::Timestamp;
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, BatchHeader, RecordFault};
use crate::log::disk::{Disk, DiskFile, Open};
use crate::log::errors::{Attempt, LogError};
use crate::log::index::AbortedTransaction;
use crate::log::segment::{EXTENSIONS, Segment, file_path, suffixed};
use crate::log::settings::LogSettings;

/// A closed segment, as it was when the pass was planned.
#[derive(Debug, Clone)]
pub(in crate::log) struct Source {
    pub base_offset: i64,
    pub next_offset: i64,
    pub path: PathBuf,
    pub size: u64,
    pub offset_index_bytes: u64,
    pub time_index_bytes: u64,
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
    pub(in crate::log) buffer_bytes: usize,
}

/// Segments that one `.cleaned` file takes the place of.
#[derive(Debug)]
pub struct CleanedGroup {
    pub(in crate::log) sources: Vec<Source>,
}

/// Why a pass did not come to its end.
#[derive(Debug)]
pub enum Unfinished {
    /// Its [`Pace`] said so.
    GivenUp,
    Failed(LogError),
}

impl From<LogError> for Unfinished {
    fn from(error: LogError) -> Unfinished {
        Unfinished::Failed(error)
    }
}

/// What a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleaned {
    /// The first offset that the next pass has to look at.
    pub first_dirty: i64,
    pub keys: usize,
    pub bytes_before: u64,
    pub bytes_after: u64,
}

/// A pass whose keys are known, and that has groups of segments to write.
pub struct Pass<'a> {
    work: &'a CleaningWork,
    meter: Meter<'a>,
    map: OffsetMap,
    waiting: VecDeque<Vec<Source>>,
    transactions: Transactions,
    cleaned: Cleaned,
}

/// Half of `log.cleaner.io.buffer.size`, of which reading and writing have one each.
pub(in crate::log) const BUFFER_BYTES: usize = 256 << 10;
/// Less would be a read for every batch.
const LEAST_BUFFER_BYTES: usize = 4 << 10;

impl CleaningWork {
    /// How much is read and written at once, unless a batch is larger.
    pub fn with_buffers(self, bytes: usize) -> CleaningWork {
        CleaningWork { buffer_bytes: bytes.max(LEAST_BUFFER_BYTES), ..self }
    }

    /// The records that it may keep in place of others lie below. They are to be on the platter before it begins, or a
    /// power cut takes the older and the newer.
    pub fn reads_up_to(&self) -> i64 {
        self.choice.first_uncleanable
    }

    /// Reads the keys of the dirty part, as many as fit.
    pub fn begin<'a>(&'a self, pace: &'a dyn Pace) -> Result<Pass<'a>, Unfinished> {
        let map = mapping::map(self, &mut Meter::new(pace, self.buffer_bytes))?;
        let first_dirty = map.latest + 1;
        let waiting = self.groups(first_dirty);
        let bytes_before = waiting.iter().flatten().map(|source| source.size).sum();
        let cleaned = Cleaned { first_dirty, keys: map.len(), bytes_before, bytes_after: 0 };
        let transactions = Transactions::new(&self.aborted);
        Ok(Pass { work: self, meter: Meter::new(pace, self.buffer_bytes), map, waiting, transactions, cleaned })
    }

    /// Segments that together are no larger than one may be, up to `end`.
    fn groups(&self, end: i64) -> VecDeque<Vec<Source>> {
        let mut groups: VecDeque<Vec<Source>> = VecDeque::new();
        for source in self.sources.iter().filter(|source| source.base_offset < end) {
            match groups.back_mut().filter(|group| self.has_room(group, source)) {
                Some(group) => group.push(source.clone()),
                None => groups.push_back(vec![source.clone()]),
            }
        }
        groups
    }

    fn has_room(&self, group: &[Source], next: &Source) -> bool {
        let sum = |of: &dyn Fn(&Source) -> u64| group.iter().map(of).sum::<u64>() + of(next);
        let base = group.first().map_or(next.base_offset, |first| first.base_offset);
        sum(&|source| source.size) <= self.settings.segment_bytes
            && sum(&|source| source.offset_index_bytes) <= self.settings.segment_index_bytes
            && sum(&|source| source.time_index_bytes) <= self.settings.segment_index_bytes
            && (next.size == 0 || next.next_offset - 1 - base <= i64::from(i32::MAX))
    }

    /// The batch that its producer's sequence, or its epoch, is known by.
    fn is_last_of_its_producer(&self, header: &BatchHeader) -> bool {
        let Some(last) = self.producers.get(&header.producer_id) else { return false };
        match last.data_offset {
            Some(offset) => header.last_offset() == offset,
            None => header.attributes.is_control() && header.producer_epoch == last.epoch,
        }
    }

    pub(super) fn read(&self, source: &Source) -> Result<BatchReader, LogError> {
        Ok(BatchReader::new(self.open(source)?, source.path.clone(), source.size, self.buffer_bytes))
    }

    fn open(&self, source: &Source) -> Result<Arc<dyn DiskFile>, LogError> {
        self.disk.open(&source.path, Open::Read).attempt("open", &source.path)
    }
}

pub(super) fn fault(source: &Source, header: &BatchHeader, fault: &RecordFault) -> LogError {
    LogError::malformed(&source.path, format!("the batch at offset {}: {fault}", header.base_offset))
}

impl Pass<'_> {
    /// Writes the next group and waits for the platter; it is to be swapped in before the next one is asked for. `None`
    /// after the last.
    pub fn write_next(&mut self) -> Result<Option<CleanedGroup>, Unfinished> {
        let Some(sources) = self.waiting.pop_front() else { return Ok(None) };
        let written = self.write_group(&sources);
        let group = CleanedGroup { sources };
        match written {
            Ok(size) => {
                self.cleaned.bytes_after += size;
                Ok(Some(group))
            }
            Err(unfinished) => {
                if let Err(e) = group.discard(self.work) {
                    tracing::warn!("the output of an unfinished cleaning stays until the next start: {e}");
                }
                Err(unfinished)
            }
        }
    }

    /// What the whole pass did, once there is no group left.
    pub fn finish(self) -> Cleaned {
        self.cleaned
    }

    /// Writes what stays of a group, and yields how much that is.
    fn write_group(&mut self, sources: &[Source]) -> Result<u64, Unfinished> {
        let work = self.work;
        let base = sources.first().map_or(0, |source| source.base_offset);
        let mut output = Segment::create_cleaned(&work.disk, &work.directory, base, work.now)?;
        let mut waiting = Vec::new();
        for source in sources {
            let mut batches = work.read(source)?;
            while let Some(batch) = batches.next_batch()? {
                let judgement = self.judge(&batch, &mut output)?;
                let rules =
                    Rules { map: &self.map, now: work.now, delete_retention_ms: work.settings.delete_retention_ms };
                let rewritten = rules.rewrite(&batch, judgement).map_err(|e| fault(source, &batch.header, &e))?;
                let (bytes, header) = match &rewritten {
                    Rewritten::Nothing => (&[][..], batch.header),
                    Rewritten::Unchanged => (batch.bytes, batch.header),
                    Rewritten::Changed(bytes) => match BatchHeader::parse(bytes) {
                        Ok(header) => (&bytes[..], header),
                        Err(fault) => return Err(LogError::malformed(&source.path, fault.to_string()).into()),
                    },
                };
                if !self.meter.moved(batch.bytes.len() + bytes.len()) {
                    return Err(Unfinished::GivenUp);
                }
                if bytes.is_empty() {
                    continue;
                }
                let position = output.size + waiting.len() as u64;
                output.note_batch(&header, position, work.settings.index_interval_bytes)?;
                waiting.extend_from_slice(bytes);
                if waiting.len() >= work.buffer_bytes {
                    append(&mut output, &mut waiting)?;
                }
            }
        }
        append(&mut output, &mut waiting)?;
        Ok(work.close(output, sources)?)
    }

    fn judge(&mut self, batch: &Batch<'_>, output: &mut Segment) -> Result<Judgement, LogError> {
        let header = &batch.header;
        let work = self.work;
        // Where the pass ends stays known, whatever becomes of the records there.
        let is_end = header.next_offset() == work.choice.first_uncleanable;
        let keep_empty = is_end || work.is_last_of_its_producer(header);
        if !header.attributes.is_control() {
            let drop_records = self.transactions.see_records(header);
            return Ok(Judgement { drop_records, keep_empty, ends_nothing: false });
        }
        let marker = TransactionMarker::read(batch);
        if marker.is_none() && header.record_count > 0 {
            return Ok(Judgement { keep_empty, ..Judgement::default() });
        }
        match self.transactions.see_marker(header, marker) {
            Ended::Empty => {
                let had_its_time = header.delete_horizon().is_some_and(|horizon| work.now.millis() >= horizon);
                Ok(Judgement { drop_records: had_its_time, keep_empty, ends_nothing: true })
            }
            Ended::WithBatches(aborted) => {
                aborted.map_or(Ok(()), |aborted| output.note_aborted(aborted))?;
                Ok(Judgement { keep_empty, ..Judgement::default() })
            }
        }
    }
}

impl CleaningWork {
    /// The output is on the platter, as old as the newest of its input.
    fn close(&self, mut output: Segment, sources: &[Source]) -> Result<u64, LogError> {
        output.deactivate()?;
        for file in output.files_to_sync()? {
            file.sync().attempt("sync", output.path())?;
        }
        if let Some(last) = sources.last() {
            let modified = self.open(last)?.modified().attempt("read", &last.path)?;
            output.file()?.set_modified(modified).attempt("change the time of", output.path())?;
        }
        Ok(output.size)
    }
}

impl CleanedGroup {
    /// Removes what was written, which nothing in the log refers to.
    pub(in crate::log) fn discard(&self, work: &CleaningWork) -> Result<(), LogError> {
        let Some(base) = self.sources.first().map(|source| source.base_offset) else { return Ok(()) };
        for extension in EXTENSIONS {
            let path = suffixed(&file_path(&work.directory, base, extension), CLEANED_SUFFIX);
            work.disk.remove_file(&path).attempt("remove", &path)?;
        }
        Ok(())
    }
}

fn append(output: &mut Segment, waiting: &mut Vec<u8>) -> Result<(), LogError> {
    if !waiting.is_empty() {
        output.append(&mut [IoSlice::new(waiting)]).map_err(|(error, _)| error)?;
        waiting.clear();
    }
    Ok(())
}

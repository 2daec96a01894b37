//! Is what a crash left, opened again, what it may be?

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kavka::broker::partitions::Partition;
use kavka::clock::Timestamp;
use kavka::log::batch::control::TransactionMarker;
use kavka::log::batch::{Batch, BatchBuilder, NewRecord};
use kavka::log::checkpoints::OffsetCheckpoint;
use kavka::log::disk::simulated::{Crash, SimulatedDisk};
use kavka::log::{Append, Origin, PartitionLog, ReadLimit};
use kavka::metadata::ClusterImage;
use kavka::vocabulary::Uuid;

use crate::files;
use crate::history::{Facts, History, LogFacts, LogId, committed, keyed};
use crate::node::{Node, root};
use crate::run::{BEGIN, id, producers};

/// What is wrong, if anything is.
pub type Verdict = Result<(), String>;

macro_rules! hold {
    ($holds:expr, $($said:tt)+) => {
        if !$holds { return Err(format!($($said)+)); }
    };
}

/// What a crash left, beside what was known at that moment.
pub struct Case<'h> {
    pub history: &'h History,
    pub known: &'h Facts,
    pub coming: &'h Facts,
    pub crash: Crash,
    /// Between two deeds.
    pub at_rest: bool,
}

impl<'h> Case<'h> {
    pub fn new(history: &'h History, count: usize, crash: Crash) -> Case<'h> {
        let (known, coming) = history.around(count);
        Case { history, known, coming, crash, at_rest: known.steps == count }
    }

    /// Looks at the files, starts a broker on them, looks at everything, and writes to every partition. Tells whether
    /// the start had to cut anything off a log.
    pub fn judge(&self, disk: &SimulatedDisk) -> Result<bool, String> {
        files::check_directory(disk, self.known.formatted, self.at_rest && self.known.stopped)?;
        let cleaned = OffsetCheckpoint::Cleaner.read(disk, root()).map_err(|error| error.to_string())?;
        let now = Timestamp(BEGIN.millis() + 1000);
        let before = files::log_bytes(disk);
        let node = Node::start(disk, now).map_err(|error| format!("cannot be started: {error}"))?;
        let is_repaired = files::log_bytes(disk) < before;
        self.check_image(&node.image())?;
        self.check_names(disk)?;
        files::check_closed_segments(disk)?;
        for partition in node.all() {
            let named = |fault| format!("{} {}: {fault}", partition.name, partition.topic_id);
            self.check_partition(&partition).map_err(named)?;
            let first_dirty = cleaned.get(&partition.name).copied().unwrap_or(0);
            check_cleaned(&partition, first_dirty).map_err(named)?;
        }
        Ok(is_repaired)
    }

    fn check_image(&self, image: &ClusterImage) -> Verdict {
        let Some(known) = &self.known.image else { return Ok(()) };
        let coming = self.coming.image.as_ref().unwrap_or(known);
        let found = Visible::of(image);
        hold!(
            found == Visible::of(known) || found == Visible::of(coming),
            "other metadata: {found:?} instead of {:?}",
            Visible::of(known)
        );
        for (name, topic) in &image.topics {
            for (index, partition) in topic.partitions.iter().enumerate() {
                let before = known.topic_by_id(topic.id).and_then(|topic| topic.partitions.get(index));
                let epoch = before.map_or(0, |before| before.leader_epoch);
                hold!(partition.leader_epoch >= epoch, "{name}-{index}: leader epoch below {epoch}");
            }
        }
        Ok(())
    }

    /// A topic that is gone for good leaves nothing behind.
    fn check_names(&self, disk: &SimulatedDisk) -> Verdict {
        for (path, topic_id) in files::topic_ids(disk) {
            let is_gone = self.known.retired.contains(&topic_id);
            hold!(!is_gone, "{} is there, and its topic is gone", path.display());
        }
        Ok(())
    }

    fn check_partition(&self, partition: &Partition) -> Verdict {
        let id = id(partition);
        let nothing = LogFacts::nothing();
        let known = self.known.logs.get(&id).unwrap_or(&nothing);
        let coming = self.coming.logs.get(&id).unwrap_or(known);
        let looked = partition.with_log(|log| match log {
            Some(log) => self.check_log(id, known, coming, log),
            None => {
                let promised = self.promised(known, coming);
                hold!(promised <= known.start, "there is no log, {promised} was promised");
                Ok(())
            }
        });
        looked.map_err(|rejection| rejection.to_string())?
    }

    /// Everything that was answered must be there, flushed or not.
    fn keeps_all(&self) -> bool {
        self.crash == Crash::Process && !self.known.damaged
    }

    fn promised(&self, known: &LogFacts, coming: &LogFacts) -> i64 {
        let promised = if self.keeps_all() { known.end } else { known.recovery_point };
        promised.min(coming.end)
    }

    fn check_log(&self, id: LogId, known: &LogFacts, coming: &LogFacts, log: &mut PartitionLog) -> Verdict {
        let (promised, start, end) = (self.promised(known, coming), log.start_offset(), log.end_offset());
        hold!(end >= promised, "ends at {end}, {promised} was promised");
        hold!(end <= coming.end.max(known.end), "ends at {end}, beyond all that was written");
        hold!(start <= coming.start.max(known.start), "starts at {start}");
        let lowest = match self.keeps_all() {
            true => known.start.min(coming.start),
            false => known.deleted_to.min(coming.deleted_to),
        };
        hold!(start >= lowest, "starts at {start}, although what is below {lowest} was deleted");
        let found = read(log)?;
        if known.compacted {
            self.check_compacted(id, known, promised, log, &found)?;
        } else {
            self.check_batches(id, known, promised, start, &found)?;
        }
        check_lookups(log, &found)?;
        check_transactions(log, &found)?;
        // Deleting records raises the recovery point without a flush.
        let settled = self.at_rest && known.recovery_point == known.end && known.start < known.end;
        if (end, start) == (known.end, known.start) && known.end == coming.end && settled && !known.compacted {
            let now = producers(log);
            hold!(now == known.producers, "other producers: {now:?} instead of {:?}", known.producers);
        }
        write_to(log)
    }

    /// Every batch as it was written.
    fn check_batches(&self, id: LogId, known: &LogFacts, promised: i64, start: i64, found: &[Found]) -> Verdict {
        let possible: BTreeSet<(i64, &Bytes)> =
            self.history.possible(id, self.known, self.coming).map(|written| (written.base, &written.bytes)).collect();
        for batch in found {
            hold!(possible.contains(&(batch.base, &batch.bytes)), "the batch at {} was never written", batch.base);
        }
        let there: BTreeSet<i64> = found.iter().map(|batch| batch.base).collect();
        for written in self.history.certain(id, self.known, self.coming) {
            let is_promised = match self.keeps_all() {
                true => written.next > start,
                false => written.base >= start.max(known.start) && written.next <= promised,
            };
            hold!(!is_promised || there.contains(&written.base), "the batch at {} is missing", written.base);
        }
        Ok(())
    }

    /// Every record as it was written; and of each key the newest, or one that was newer.
    fn check_compacted(
        &self,
        id: LogId,
        known: &LogFacts,
        promised: i64,
        log: &PartitionLog,
        found: &[Found],
    ) -> Verdict {
        let start = log.start_offset();
        let possible: BTreeMap<i64, _> = self
            .history
            .possible(id, self.known, self.coming)
            .flat_map(|written| keyed(&written.bytes))
            .map(|record| (record.offset, record))
            .collect();
        let mut newest: BTreeMap<&[u8], i64> = BTreeMap::new();
        let kept: Vec<_> = found.iter().flat_map(|batch| keyed(&batch.bytes)).collect();
        for record in &kept {
            let written = possible.get(&record.offset);
            hold!(written == Some(record), "the record at {} was never written", record.offset);
            newest.insert(&record.key, record.offset);
        }
        let certain = self.history.certain(id, self.known, self.coming);
        let certain = committed(certain.filter(|written| written.next <= promised).map(|written| &written.bytes[..]));
        let mut last: BTreeMap<&[u8], _> = BTreeMap::new();
        for record in certain.iter().filter(|record| record.offset >= start.max(known.start)) {
            last.insert(&record.key, record);
        }
        for (key, due) in last {
            let key = String::from_utf8_lossy(key);
            match newest.get(due.key.as_slice()) {
                Some(offset) => hold!(*offset >= due.offset, "{key} is back at {offset}, it was at {}", due.offset),
                None => {
                    let mut later = possible.range(due.offset..).map(|(_, record)| record);
                    let is_deleted = later.any(|record| record.key == due.key && record.value.is_none());
                    hold!(is_deleted, "{key} is missing, it was at {}", due.offset);
                }
            }
        }
        Ok(())
    }
}

impl LogFacts {
    fn nothing() -> LogFacts {
        LogFacts { start: 0, deleted_to: 0, end: 0, recovery_point: 0, compacted: false, producers: Vec::new() }
    }
}

/// What clients see of the metadata.
#[derive(Debug, PartialEq)]
struct Visible {
    topics: BTreeMap<String, (Uuid, usize)>,
    configs: BTreeMap<(i8, String), BTreeMap<String, String>>,
    features: BTreeMap<String, i16>,
}

impl Visible {
    fn of(image: &ClusterImage) -> Visible {
        let topics = image.topics.values().map(|topic| (topic.name.clone(), (topic.id, topic.partitions.len())));
        Visible { topics: topics.collect(), configs: image.configs.clone(), features: image.features.clone() }
    }
}

/// A batch that a reader gets.
struct Found {
    base: i64,
    next: i64,
    bytes: Bytes,
}

/// By reading as a client does, each batch looked up on its own.
fn read(log: &PartitionLog) -> Result<Vec<Found>, String> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = log.start_offset();
    while at < log.end_offset() {
        let limit = ReadLimit { max_bytes: 1, at_least_one: true, below: i64::MAX };
        let located = log.read(at, limit).map_err(|error| format!("cannot be read at {at}: {error:?}"))?;
        if located.is_empty() {
            break;
        }
        let (base, next) = (located.first_offset(), located.next_offset());
        hold!(next > at, "reading at {at} leads to {next}");
        hold!(found.last().is_none_or(|last| last.next <= base), "the batch at {base} overlaps the one before");
        let bytes = located.into_bytes().map_err(|error| error.to_string())?;
        Batch::parse(&bytes).and_then(|batch| batch.check_crc()).map_err(|fault| format!("at {at}: {fault}"))?;
        found.push(Found { base, next, bytes });
        at = next;
    }
    Ok(found)
}

/// What the indexes and epochs say, beside a scan.
fn check_lookups(log: &PartitionLog, found: &[Found]) -> Verdict {
    let start = log.start_offset();
    let mut times = Vec::new();
    for batch in found {
        let parsed = Batch::parse(&batch.bytes).map_err(|fault| fault.to_string())?;
        let epoch = log.epoch_of(batch.base.max(start));
        let written_in = parsed.header.leader_epoch;
        hold!(epoch == Some(written_in), "epoch {epoch:?} at {}, it was written in {written_in}", batch.base);
        if parsed.header.attributes.is_control() {
            times.push((batch.base, parsed.header.max_timestamp));
            continue;
        }
        let mut records = parsed.records().map_err(|fault| fault.to_string())?;
        while let Some(record) = records.next_record().map_err(|fault| fault.to_string())? {
            times.push((record.offset, record.timestamp));
        }
    }
    times.retain(|(offset, _)| *offset >= start);
    let wanted = [times.len() / 3, 2 * times.len() / 3, times.len().saturating_sub(1)];
    for (_, wanted) in wanted.iter().filter_map(|i| times.get(*i)) {
        let due = times.iter().find(|(_, time)| time >= wanted).map(|(offset, time)| (*offset, Timestamp(*time)));
        let told = log.offset_for_time(Timestamp(*wanted)).map_err(|error| error.to_string())?;
        hold!(told == due, "{told:?} is the first at {wanted}, a scan finds {due:?}");
    }
    Ok(())
}

/// The transaction index beside the markers.
fn check_transactions(log: &PartitionLog, found: &[Found]) -> Verdict {
    let aborted = log.aborted_transactions(0, log.end_offset()).map_err(|error| error.to_string())?;
    let mut open: BTreeMap<i64, i64> = BTreeMap::new();
    for batch in found {
        let parsed = Batch::parse(&batch.bytes).map_err(|fault| fault.to_string())?;
        let header = parsed.header;
        if !header.attributes.is_transactional() {
            continue;
        }
        let Some(marker) = TransactionMarker::read(&parsed) else {
            if header.record_count > 0 {
                open.entry(header.producer_id).or_insert(batch.base);
            }
            continue;
        };
        let since = open.remove(&header.producer_id);
        let entry = aborted.iter().find(|entry| entry.last_offset == batch.base);
        let is_told = entry.is_some_and(|entry| {
            entry.producer_id == header.producer_id && since.is_none_or(|since| entry.first_offset <= since)
        });
        let is_due = !marker.committed && since.is_some();
        hold!(is_told || !is_due, "the transaction that aborted at {} is not indexed", batch.base);
        hold!(entry.is_none() || !marker.committed, "the transaction that committed at {} is aborted", batch.base);
    }
    let first = open.values().min().copied().unwrap_or(i64::MAX);
    let stable = log.last_stable_offset();
    hold!(stable <= first.max(log.start_offset()), "stable up to {stable}, a transaction is open since {first}");
    Ok(())
}

/// Below the first dirty offset every key is there once: what is not cleaned again must have been cleaned.
fn check_cleaned(partition: &Partition, first_dirty: i64) -> Verdict {
    let looked = partition.with_log(|log| {
        let Some(log) = log.filter(|log| log.settings().compact && first_dirty <= log.end_offset()) else {
            return Ok(());
        };
        let mut keys = BTreeSet::new();
        for batch in read(log)? {
            for record in keyed(&batch.bytes).into_iter().filter(|record| record.offset < first_dirty) {
                hold!(keys.insert(record.key), "a key is there again at {}, below {first_dirty}", record.offset);
            }
        }
        Ok(())
    });
    looked.map_err(|rejection| rejection.to_string())?
}

fn write_to(log: &mut PartitionLog) -> Verdict {
    let end = log.end_offset();
    let mut builder = BatchBuilder::new();
    builder.add(&NewRecord { timestamp: BEGIN, key: Some(b"key"), value: Some(b"value"), headers: &[] });
    let by = Append { leader_epoch: i32::MAX, origin: Origin::Client, now: BEGIN };
    let appended = log.append(builder.build(), by).map_err(|error| format!("takes no append: {error}"))?;
    hold!(appended.base_offset == end, "the next record is at {} instead of {end}", appended.base_offset);
    Ok(())
}

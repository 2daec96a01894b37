//! One partition that this broker leads: its log under a lock, and the fetches that wait for it.
//!
//! With one replica the high watermark is the end of the log. The log's files are made by the first append; until then
//! a partition that was created but never written to reads as empty. A panic under the lock leaves the log in an unknown
//! state, so the partition then refuses everything with a storage error.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::checkpoint::Marks;
use super::directories::View;
use super::directory::LogDirectory;
use super::errors::{AppendRejection, log_rejection, read_rejection, storage_rejection};
use super::flushing::{FlushTicket, Flushes};
use super::parked::{Parked, Watch};
use crate::broker::blocking::blocking;
use crate::clock::Timestamp;
use crate::log::batch::BatchHeader;
use crate::log::{
    AbortedTransaction, Append, Appended, Choice, Cleaned, CleanedGroup, CleaningWork, Codec, FlushWork, Located,
    LogError, Origin, PartitionLog, ReadError, ReadLimit, Retained, Verification,
};
use crate::metadata::ClusterImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, Uuid};

/// A partition of a topic that exists, led by this broker.
pub struct Partition {
    pub name: TopicPartition,
    pub topic_id: Uuid,
    view: Arc<View>,
    pub(super) home: Mutex<Arc<LogDirectory>>,
    pub(super) state: Mutex<State>,
    /// Woken when the log is not sealed any more.
    pub(super) unsealed: Condvar,
    /// Held by the one who waits for the platter; those who come meanwhile may find their records there already.
    flushing: Mutex<()>,
    pub(super) flushes: Flushes,
    pub(super) parked: Parked,
}

pub(super) struct State {
    /// `None` as long as nothing was ever written.
    pub(super) log: Option<PartitionLog>,
    /// The image whose configuration the log has.
    settings_of: i64,
    /// The topic is gone, and the directory with it.
    pub(super) deleted: bool,
    /// Everything below was compacted, as far as that is known.
    first_dirty: Option<i64>,
    /// Segments at the last flush, and when that was.
    flushed_segments: usize,
    pub(super) flushed_at: Timestamp,
    /// How many copies of it are being made in other log directories: nothing but appends may happen to the log.
    pub(super) moving: usize,
    /// Writers wait, since the log is about to be replaced by its copy.
    pub(super) sealed: bool,
}

/// The offsets that bound what can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub start: i64,
    /// Everything below is decided: no open transaction begins there.
    pub stable: i64,
    /// The high watermark, which is the end of the log.
    pub end: i64,
}

/// What a fetch found.
#[derive(Debug)]
pub struct Found {
    /// `None` if there is nothing to read.
    pub located: Option<Located>,
    pub bounds: Bounds,
    /// Only for those who read committed records.
    pub aborted: Vec<AbortedTransaction>,
}

/// Batches of this size and more are checked and written on a thread that may block; the hand-over costs more than
/// a millisecond of work is worth. Compressed ones may become much more than they are.
const LONG_WORK_BYTES: usize = 2 << 20;
const LONG_WORK_COMPRESSED_BYTES: usize = 64 << 10;

impl Partition {
    /// Opens the log if the partition has one.
    pub(super) fn open(home: Arc<LogDirectory>, name: TopicPartition, topic_id: Uuid) -> Result<Partition, LogError> {
        let view = home.view().clone();
        let image = view.image();
        let log = home.open_log(&image, &name, topic_id).inspect_err(|e| home.note(e))?;
        let state = State {
            flushed_segments: log.as_ref().map_or(0, PartitionLog::segment_count),
            flushed_at: Timestamp::now(),
            log,
            settings_of: image.end_offset,
            deleted: false,
            moving: 0,
            sealed: false,
            first_dirty: home.first_dirty(&name),
        };
        Ok(Partition {
            name,
            topic_id,
            view,
            home: Mutex::new(home),
            state: Mutex::new(state),
            unsealed: Condvar::new(),
            flushing: Mutex::default(),
            flushes: Flushes::default(),
            parked: Parked::default(),
        })
    }

    /// The log directory that it lies in.
    pub fn home(&self) -> Arc<LogDirectory> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a client is told of an error of the log, of which the log directory hears too.
    pub(super) fn failed(&self, error: &LogError) -> Rejection {
        self.home().note(error);
        log_rejection(&self.name, error)
    }

    fn lock(&self) -> Result<MutexGuard<'_, State>, Rejection> {
        let state = self.state.lock().map_err(|_| storage_rejection())?;
        if !self.home().is_online() {
            return Err(storage_rejection());
        }
        if state.deleted {
            return Err(ErrorCode::UnknownTopicOrPartition.into());
        }
        Ok(state)
    }

    /// The same for those who change the log: they wait while it is replaced by its copy in another directory.
    fn lock_to_write(&self) -> Result<MutexGuard<'_, State>, Rejection> {
        let mut state = self.lock()?;
        if state.sealed {
            state =
                blocking(|| self.unsealed.wait_while(state, |state| state.sealed)).map_err(|_| storage_rejection())?;
            drop(state);
            state = self.lock()?;
        }
        Ok(state)
    }

    /// Appends what a coordinator made. The caller has passed the gate before the first write.
    pub fn append(&self, records: Bytes, origin: Origin, now: Timestamp) -> Result<Appended, AppendRejection> {
        let (appended, flush_due) = self.append_unflushed(records, origin, now)?;
        if flush_due {
            blocking(|| self.flush_up_to(appended.last_offset + 1)).map_err(|e| self.failed(&e))?;
        }
        self.wake(&appended);
        Ok(appended)
    }

    /// Appends what a client sent. Nothing may be acknowledged before the ticket, if there is one, is redeemed; then the
    /// caller is the one to [`wake`](Partition::wake) those who wait for the records.
    pub fn append_of_client(
        self: &Arc<Self>,
        records: Bytes,
        origin: Origin,
        now: Timestamp,
    ) -> Result<(Appended, Option<FlushTicket>), AppendRejection> {
        let (appended, flush_due) = self.append_unflushed(records, origin, now)?;
        if flush_due {
            return Ok((appended, Some(self.order_flush(appended.last_offset + 1))));
        }
        self.wake(&appended);
        Ok((appended, None))
    }

    /// Tells those who wait for records.
    pub fn wake(&self, appended: &Appended) {
        if !appended.duplicate {
            self.parked.wake();
        }
    }

    /// The records are in the log; the second result says whether they must be on the platter before that is said.
    fn append_unflushed(
        &self,
        records: Bytes,
        origin: Origin,
        now: Timestamp,
    ) -> Result<(Appended, bool), AppendRejection> {
        let compressed =
            BatchHeader::fields(&records).is_some_and(|header| header.attributes.codec() != Ok(Codec::None));
        if records.len() >= if compressed { LONG_WORK_COMPRESSED_BYTES } else { LONG_WORK_BYTES } {
            return blocking(|| self.append_here(records, origin, now));
        }
        self.append_here(records, origin, now)
    }

    fn append_here(&self, records: Bytes, origin: Origin, now: Timestamp) -> Result<(Appended, bool), AppendRejection> {
        let image = self.view.image();
        let topic = image.topic(&self.name.topic).filter(|topic| topic.id == self.topic_id);
        let current = topic.and_then(|topic| topic.partitions.get(usize::try_from(self.name.partition).ok()?));
        let Some(current) = current else {
            return Err(ErrorCode::UnknownTopicOrPartition.into());
        };
        let mut state = self.lock_to_write()?;
        let log = self.writable_log(&mut state, &image, now).map_err(|e| self.failed(&e))?;
        let by = Append { leader_epoch: current.leader_epoch, origin, now };
        let appended = log.append(records, by).map_err(|e| {
            if let crate::log::AppendError::Storage(e) = &e {
                self.home().note(e);
                tracing::error!(partition = %self.name, "cannot append: {e}");
            }
            AppendRejection::from(e)
        })?;
        Ok((appended, log.owes_flush()))
    }

    /// The log with its current configuration; made if this is the first write.
    fn writable_log<'a>(
        &self,
        state: &'a mut State,
        image: &ClusterImage,
        now: Timestamp,
    ) -> Result<&'a mut PartitionLog, LogError> {
        if let Some(log) = &mut state.log
            && state.settings_of != image.end_offset
        {
            let settings = self.view.settings(image, &self.name.topic);
            if *log.settings() != settings {
                log.set_settings(settings);
            }
        }
        state.settings_of = image.end_offset;
        match &mut state.log {
            Some(log) => Ok(log),
            empty => {
                let log = blocking(|| self.home().create_log(image, &self.name, self.topic_id, now))?;
                state.first_dirty = None;
                Ok(empty.insert(log))
            }
        }
    }

    /// To be called before the transaction coordinator is asked whether the batch with this header is part of an open
    /// transaction; `None` if that need not be asked. The caller has passed the gate before the first write.
    pub fn begin_verification(
        &self,
        header: &BatchHeader,
        begins_at_zero: bool,
        now: Timestamp,
    ) -> Result<Option<Verification>, Rejection> {
        let image = self.view.image();
        let mut state = self.lock_to_write()?;
        let log = self.writable_log(&mut state, &image, now).map_err(|e| self.failed(&e))?;
        let needs_proof = begins_at_zero || log.settings().verify_transactions;
        Ok(needs_proof.then(|| log.begin_verification(header, begins_at_zero, now)).flatten())
    }

    /// Finds whole batches from `from` on, without reading them yet.
    pub fn find(&self, from: i64, max_bytes: usize, at_least_one: bool, committed: bool) -> Result<Found, Rejection> {
        let state = self.lock()?;
        let bounds = state.bounds();
        let below = if committed { bounds.stable } else { bounds.end };
        let Some(log) = &state.log else {
            return match from {
                0 => Ok(Found { located: None, bounds, aborted: Vec::new() }),
                _ => Err(ErrorCode::OffsetOutOfRange.into()),
            };
        };
        let located = log.read(from, ReadLimit { max_bytes, at_least_one, below }).map_err(|e| {
            if let ReadError::Storage(e) = &e {
                self.home().note(e);
                tracing::error!(partition = %self.name, "cannot read: {e}");
            }
            read_rejection(&e)
        })?;
        let aborted = match committed && !located.is_empty() {
            true => log.aborted_transactions(from, located.next_offset()).map_err(|e| self.failed(&e))?,
            false => Vec::new(),
        };
        Ok(Found { located: Some(located), bounds, aborted })
    }

    pub fn bounds(&self) -> Result<Bounds, Rejection> {
        Ok(self.lock()?.bounds())
    }

    /// Looks at the log, if there is one.
    pub fn with_log<T>(&self, look: impl FnOnce(Option<&mut PartitionLog>) -> T) -> Result<T, Rejection> {
        Ok(look(self.lock()?.log.as_mut()))
    }

    /// Until the result is dropped, `fetch` is woken by every append.
    pub fn watch(&self, fetch: &Arc<Notify>) -> Watch<'_> {
        self.parked.watch(fetch)
    }

    /// Puts everything below `offset` on the platter, if it is not there yet. Those who come while one waits for the
    /// platter wait for the next flush, which then does for them all.
    pub(super) fn flush_up_to(&self, offset: i64) -> Result<(), LogError> {
        let _flushing = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        let work = match self.state.lock() {
            Ok(mut state) => match &mut state.log {
                Some(log) if log.recovery_point() < offset => log.prepare_flush()?,
                _ => return Ok(()),
            },
            Err(_) => return Ok(()),
        };
        let result = work.run();
        match self.state.lock().as_deref_mut() {
            Ok(State { log: Some(log), flushed_segments, .. }) => {
                *flushed_segments = log.segment_count();
                log.finish_flush(&work, result)
            }
            _ => result,
        }
    }

    /// Flushes after a segment was completed, or when `flush.ms` has passed.
    pub(super) fn flush_if_due(&self, now: Timestamp) -> Result<(), LogError> {
        let due = match self.state.lock() {
            Ok(mut state) => match &state.log {
                Some(log) => {
                    let waited = i64::try_from(now.since(state.flushed_at).as_millis()).unwrap_or(i64::MAX);
                    let due = log.segment_count() != state.flushed_segments || waited >= log.settings().flush_ms;
                    let end = log.end_offset();
                    if due {
                        state.flushed_at = now;
                    }
                    due.then_some(end)
                }
                None => None,
            },
            Err(_) => None,
        };
        due.map_or(Ok(()), |end| self.flush_up_to(end))
    }

    /// Deletes what need not be kept; `None` if there is no log, or if its policy says the opposite of `compacted`.
    fn apply_retention(&self, compacted: bool, now: Timestamp) -> Result<Option<Retained>, LogError> {
        let image = self.view.image();
        let Ok(mut state) = self.state.lock() else { return Ok(None) };
        if state.log.is_none() {
            return Ok(None);
        }
        if state.moving > 0 {
            return Ok(None);
        }
        let log = self.writable_log(&mut state, &image, now)?;
        if log.settings().compact != compacted {
            return Ok(None);
        }
        let retained = log.apply_retention(now)?;
        drop(state);
        self.parked.wake();
        Ok(Some(retained))
    }

    /// The same, with what is to be said about it. Who compacts a log also sees to its retention.
    pub(super) fn retain(&self, compacted: bool, now: Timestamp) {
        match self.apply_retention(compacted, now) {
            Ok(Some(retained)) if retained.segments_deleted > 0 => {
                tracing::info!(partition = %self.name, ?retained, "deleted old segments");
            }
            Ok(_) => {}
            Err(e) => {
                self.home().note(&e);
                tracing::error!(partition = %self.name, "cannot apply retention: {e}");
            }
        }
    }

    /// Forgets producers that were idle for long, and what is kept for readers that come no more.
    pub(super) fn forget_idle(&self, now: Timestamp) {
        if let Ok(mut state) = self.state.lock()
            && let Some(log) = &mut state.log
        {
            log.expire_producers(now);
            log.drop_idle_cache(now);
        }
    }

    /// How it is to be compacted, if it is worth it.
    pub(super) fn cleaning_choice(&self, now: Timestamp) -> Result<Option<Choice>, LogError> {
        let image = self.view.image();
        let Ok(mut state) = self.state.lock() else { return Ok(None) };
        if state.log.is_none() || state.deleted || state.moving > 0 {
            return Ok(None);
        }
        let first_dirty = state.first_dirty;
        self.writable_log(&mut state, &image, now)?.cleaning_choice(first_dirty, now)
    }

    /// The same with all that is needed for it.
    pub(super) fn plan_cleaning(&self, map_limit: usize, now: Timestamp) -> Result<Option<CleaningWork>, LogError> {
        let Ok(mut state) = self.state.lock() else { return Ok(None) };
        let first_dirty = state.first_dirty;
        state.log.as_mut().map_or(Ok(None), |log| log.plan_cleaning(first_dirty, map_limit, now))
    }

    /// Puts the output of a pass in its place; false if the log changed meanwhile.
    pub(super) fn swap_in(&self, work: &CleaningWork, group: &CleanedGroup, now: Timestamp) -> Result<bool, LogError> {
        let Ok(mut state) = self.state.lock() else { return Ok(false) };
        if state.moving > 0 {
            return Ok(false);
        }
        state.log.as_mut().map_or(Ok(false), |log| log.swap_in(work, group, now))
    }

    /// Whether the checkpoint says anything of it.
    pub(super) fn was_cleaned(&self) -> bool {
        self.state.lock().is_ok_and(|state| state.first_dirty.is_some())
    }

    pub(super) fn note_cleaned(&self, cleaned: &Cleaned) {
        if let Ok(mut state) = self.state.lock() {
            state.first_dirty = Some(cleaned.first_dirty);
        }
    }

    /// Makes everything below `offset` unreadable. Gives the new start of the log.
    pub fn delete_records_before(&self, offset: i64) -> Result<i64, Rejection> {
        let mut state = self.lock_to_write()?;
        let bounds = state.bounds();
        let offset = if offset == -1 { bounds.end } else { offset };
        if !(0..=bounds.end).contains(&offset) {
            return Err(ErrorCode::OffsetOutOfRange.into());
        }
        match &mut state.log {
            Some(log) => log.delete_records_before(offset).map_err(|e| self.failed(&e)),
            None => Ok(0),
        }
    }

    /// What the checkpoints say about this partition; `None` if it has no log.
    pub(super) fn marks(&self) -> Option<Marks> {
        let state = self.state.lock().ok()?;
        let log = state.log.as_ref()?;
        let start = log.start_offset();
        Some(Marks {
            recovery_point: log.recovery_point(),
            log_start: log.start_is_to_be_noted().then_some(start),
            high_watermark: log.end_offset(),
            first_dirty: state.first_dirty.filter(|_| log.settings().compact).map(|offset| {
                // What lies outside the log was said of another one, or of more than there is left.
                if (start..=log.end_offset()).contains(&offset) { offset } else { start }
            }),
        })
    }

    /// Begins to leave the log as a clean shutdown promises it, if there is one.
    pub(super) fn prepare_close(&self) -> Result<Option<FlushWork>, LogError> {
        match self.state.lock() {
            Ok(mut state) => state.log.as_mut().map(PartitionLog::prepare_close).transpose(),
            Err(_) => Err(LogError::Malformed {
                path: self.home().partition_path(&self.name),
                fault: "its state is unknown since a defect".to_owned(),
            }),
        }
    }

    /// It is left so, if all of it reached the platter.
    pub(super) fn finish_close(&self, work: &FlushWork, result: Result<(), LogError>) -> Result<(), LogError> {
        match self.state.lock().as_deref_mut() {
            Ok(State { log: Some(log), .. }) => log.finish_close(work, result),
            _ => result,
        }
    }

    /// The topic is deleted: whoever waits is told, and the log is given up. Its directory is left to
    /// [`LogDirectory::set_aside`]: another topic of the same name may have taken its place by now.
    pub(super) fn retire(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.deleted = true;
            state.log = None;
        }
        self.parked.wake();
    }
}

impl State {
    pub(super) fn bounds(&self) -> Bounds {
        match &self.log {
            Some(log) => Bounds { start: log.start_offset(), stable: log.last_stable_offset(), end: log.end_offset() },
            None => Bounds { start: 0, stable: 0, end: 0 },
        }
    }
}

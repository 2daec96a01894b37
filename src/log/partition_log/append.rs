//! Appending: check, number, roll if due, write once, remember.

use std::io::IoSlice;

use bytes::Bytes;

use super::PartitionLog;
use crate::clock::Timestamp;
use crate::log::batch::control::TransactionMarker;
use crate::log::batch::{Batch, BatchHeader, HEADER_BYTES};
use crate::log::errors::{AppendError, LogError};
use crate::log::producers::{Duplicate, Proof, Verification};
use crate::log::segment::Segment;
use crate::log::settings::TimestampType;
use crate::log::validate::{self, Validated};

/// Who appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client's produce request: everything is checked.
    Client,
    /// The same, and the transaction coordinator has confirmed that the batch is part of an open transaction.
    Verified(Verification),
    /// A coordinator of this broker: sequences are not checked, control batches and several batches are welcome.
    Coordinator,
    /// The same, for the marker of a transaction that was ended under this `transaction.version`. From 2 on every end has
    /// an epoch of its own, so that a marker which comes late is known as such.
    Marker { transaction_version: i16 },
    /// The metadata log: only lengths and CRCs are checked.
    Raft,
}

/// The circumstances of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Append {
    pub leader_epoch: i32,
    pub origin: Origin,
    pub now: Timestamp,
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub base_offset: i64,
    pub last_offset: i64,
    /// Set if the topic's records carry the broker's time.
    pub log_append_time: Option<Timestamp>,
    pub log_start_offset: i64,
    /// Nothing was written: the producer sent these records before, and these are their offsets.
    pub duplicate: bool,
}

/// Batches that passed, in the order in which they will be written.
pub(super) struct Run {
    pub batches: Vec<Validated>,
    /// Bytes of them all.
    pub size: usize,
}

impl Run {
    fn new(batches: Vec<Validated>) -> Run {
        Run { size: batches.iter().map(|batch| batch.header.size()).sum(), batches }
    }

    /// Gives the batches their offsets from `offset` on, and yields the offset after them. Gaps inside a batch stay.
    fn number(&mut self, mut offset: i64, leader_epoch: i32) -> i64 {
        for Validated { header, .. } in &mut self.batches {
            header.base_offset = offset;
            header.leader_epoch = leader_epoch;
            offset = header.next_offset();
        }
        offset
    }

    pub fn max_timestamp(&self) -> i64 {
        self.batches.iter().map(|batch| batch.header.max_timestamp).max().unwrap_or(-1)
    }

    /// Writes it at the end of a segment: headers from here, records from where the request has them.
    fn write(&self, segment: &mut Segment) -> Result<(), (LogError, Option<LogError>)> {
        let headers: Vec<[u8; HEADER_BYTES]> = self.batches.iter().map(|batch| batch.header.to_bytes()).collect();
        let parts = headers.iter().zip(&self.batches);
        let mut parts: Vec<IoSlice<'_>> =
            parts.flat_map(|(header, batch)| [IoSlice::new(header), IoSlice::new(&batch.records)]).collect();
        segment.append(&mut parts)
    }
}

fn marker(batch: &Validated) -> Option<TransactionMarker> {
    TransactionMarker::of(&batch.header, &batch.records)
}

impl PartitionLog {
    /// Appends what may be appended, as a whole or not at all. When this returns, the bytes are the file's: a process
    /// that is killed loses nothing. Then ask [`PartitionLog::owes_flush`]: many appends may share one flush.
    pub fn append(&mut self, batches: Bytes, by: Append) -> Result<Appended, AppendError> {
        self.check_fence()?;
        let mut run = self.validated(batches, by)?;
        if let Some(Duplicate(span)) = self.check_producers(&run, by.origin)? {
            return Ok(Appended {
                base_offset: span.first_offset(),
                last_offset: span.last_offset,
                log_append_time: Some(Timestamp(span.timestamp)),
                log_start_offset: self.start_offset,
                duplicate: true,
            });
        }
        let base_offset = self.end_offset;
        let end_offset = run.number(base_offset, by.leader_epoch);
        if run.batches.is_empty() {
            return Ok(self.appended(base_offset, by));
        }
        self.sync_topic_id()?;
        self.epochs.assign(by.leader_epoch, base_offset)?;
        self.roll_if_due(&run, end_offset - 1, by.now)?;
        self.write(run, end_offset, by.now)?;
        Ok(self.appended(base_offset, by))
    }

    fn appended(&self, base_offset: i64, by: Append) -> Appended {
        let stamped = self.settings.timestamp_type == TimestampType::LogAppendTime && by.origin != Origin::Raft;
        Appended {
            base_offset,
            last_offset: self.end_offset - 1,
            log_append_time: stamped.then_some(by.now),
            log_start_offset: self.start_offset,
            duplicate: false,
        }
    }

    fn validated(&self, bytes: Bytes, by: Append) -> Result<Run, AppendError> {
        let settings = &self.settings;
        let parts = match by.origin {
            Origin::Client | Origin::Verified(_) => vec![validate::client_batch(bytes, settings, by.now)?],
            Origin::Coordinator | Origin::Marker { .. } | Origin::Raft => {
                let parts = split(bytes)?.into_iter();
                let check = |part| match by.origin {
                    Origin::Raft => validate::raft_batch(part),
                    _ => validate::own_batch(part, settings, by.now),
                };
                parts.map(check).collect::<Result<_, _>>()?
            }
        };
        let run = Run::new(parts);
        let (size, limit) = (run.size as u64, settings.segment_bytes);
        match size > limit && by.origin != Origin::Raft {
            true => Err(AppendError::LargerThanSegment { size, limit }),
            false => Ok(run),
        }
    }

    fn check_producers(&self, run: &Run, origin: Origin) -> Result<Option<Duplicate>, AppendError> {
        for batch in run.batches.iter().filter(|batch| batch.header.has_producer()) {
            let header = &batch.header;
            match (origin, marker(batch)) {
                (Origin::Raft, _) => {}
                (Origin::Marker { transaction_version: 2.. }, Some(marker)) => {
                    self.producers.check_marker_of_its_own_epoch(header, marker)?;
                }
                (_, Some(marker)) => self.producers.check_marker(header, marker)?,
                (Origin::Coordinator | Origin::Marker { .. }, None) => self.producers.check_coordinator(header)?,
                (Origin::Client | Origin::Verified(_), None) => {
                    return self.producers.check_client(header, self.proof(origin));
                }
            }
        }
        Ok(None)
    }

    fn proof(&self, origin: Origin) -> Proof {
        match origin {
            Origin::Verified(guard) => Proof::Given(guard),
            _ if self.settings.verify_transactions => Proof::Missing,
            _ => Proof::NotNeeded,
        }
    }

    /// To be called before the coordinator is asked whether the batch with this header is part of an open transaction;
    /// `None` if that need not be asked. `begins_at_zero` if the producer speaks the second protocol (KIP-890).
    pub fn begin_verification(
        &mut self,
        header: &BatchHeader,
        begins_at_zero: bool,
        now: Timestamp,
    ) -> Option<Verification> {
        self.producers.begin_verification(header, begins_at_zero, now)
    }

    fn write(&mut self, run: Run, end_offset: i64, now: Timestamp) -> Result<(), LogError> {
        let interval = self.settings.index_interval_bytes;
        let segment = self.active()?;
        let mut position = segment.size;
        if let Err((e, not_cut)) = run.write(segment) {
            if let Some(not_cut) = not_cut {
                self.fence(format!("{e}, and then {not_cut}"));
            }
            return Err(e);
        }
        for Validated { header, .. } in &run.batches {
            // The records are in the log: from here on nothing may fail the append. An index that cannot be written
            // keeps its entries in memory, and is rebuilt if they get lost.
            warn(segment.note_batch(header, position, interval), "an index entry is not written yet");
            position += header.size() as u64;
        }
        self.end_offset = end_offset;
        self.unflushed_since.get_or_insert(now);
        self.remember(&run);
        let segment_offset = self.active()?.base_offset;
        self.tail.push(segment_offset, run.batches, now);
        Ok(())
    }

    /// Takes the batches into what is known of their producers.
    fn remember(&mut self, run: &Run) {
        for batch in run.batches.iter().filter(|batch| batch.header.has_producer()) {
            let aborted = apply(&mut self.producers, &batch.header, marker(batch));
            if let (Some(aborted), Ok(segment)) = (aborted, self.active()) {
                warn(segment.note_aborted(aborted), "an aborted transaction is not indexed on disk yet");
            }
        }
    }
}

/// Applies a batch of the log to the state of its producer; yields what the transaction index must say.
pub(super) fn apply(
    producers: &mut crate::log::producers::Producers,
    header: &BatchHeader,
    marker: Option<TransactionMarker>,
) -> Option<crate::log::index::AbortedTransaction> {
    match marker {
        Some(marker) => producers.apply_marker(header, marker),
        None if header.attributes.is_control() => None,
        None => {
            producers.apply_data(header);
            None
        }
    }
}

/// Splits bytes that must be nothing but whole batches.
fn split(mut bytes: Bytes) -> Result<Vec<Bytes>, AppendError> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let size = Batch::parse(&bytes).map_err(AppendError::Corrupt)?.bytes.len();
        parts.push(bytes.split_to(size));
    }
    Ok(parts)
}

fn warn(result: Result<(), LogError>, consequence: &'static str) {
    if let Err(error) = result {
        tracing::warn!(%error, consequence);
    }
}

//! Questions about a log that are no reading: offsets by time, ends of epochs, aborted transactions, producers.

use super::PartitionLog;
use crate::clock::Timestamp;
use crate::log::errors::LogError;
use crate::log::index::AbortedTransaction;
use crate::log::segment::Segment;

/// A producer that the log remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveProducer {
    pub id: i64,
    pub epoch: i16,
    /// -1 if no batch is remembered.
    pub last_sequence: i32,
    pub last_timestamp: i64,
    /// -1 if no transaction of it ended here.
    pub coordinator_epoch: i32,
    pub current_txn_first_offset: Option<i64>,
}

impl PartitionLog {
    /// The first record, in the order of offsets, whose timestamp is `target` or later.
    pub fn offset_for_time(&self, target: Timestamp) -> Result<Option<(i64, Timestamp)>, LogError> {
        for segment in self.readable_segments() {
            if segment.latest.is_none_or(|latest| latest.timestamp < target.millis()) {
                continue;
            }
            if let Some((offset, timestamp)) = segment.find_time(target.millis(), self.start_offset)? {
                return Ok(Some((offset, Timestamp(timestamp))));
            }
        }
        Ok(None)
    }

    /// The first record of those with the largest timestamp.
    pub fn offset_of_max_timestamp(&self) -> Result<Option<(i64, Timestamp)>, LogError> {
        let mut latest: Option<&Segment> = None;
        for segment in self.readable_segments().filter(|segment| segment.latest.is_some()) {
            let timestamp = |segment: &Segment| segment.latest.map(|latest| latest.timestamp);
            if latest.is_none_or(|latest| timestamp(segment) > timestamp(latest)) {
                latest = Some(segment);
            }
        }
        let found = latest.map_or(Ok(None), Segment::find_latest_record)?;
        Ok(found.map(|(offset, timestamp)| (offset, Timestamp(timestamp))))
    }

    /// Segments that hold the log's start or lie after it.
    fn readable_segments(&self) -> impl Iterator<Item = &Segment> {
        let floor = self.segments.range(..=self.start_offset).next_back().map_or(0, |(base, _)| *base);
        self.segments.range(floor..).map(|(_, segment)| segment)
    }

    /// The greatest epoch up to `epoch`, and the offset at which it ends.
    pub fn end_of_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        self.epochs.end_of(epoch, self.end_offset)
    }

    pub fn latest_epoch(&self) -> Option<i32> {
        self.epochs.latest()
    }

    /// The epoch in which the record at `offset` was written, or would be.
    pub fn epoch_of(&self, offset: i64) -> Option<i32> {
        self.epochs.epoch_of(offset)
    }

    /// Notes that this broker leads from here on in `epoch`.
    pub fn begin_epoch(&mut self, epoch: i32) -> Result<(), LogError> {
        self.epochs.assign(epoch, self.end_offset)
    }

    /// Aborted transactions with records or marker among the offsets `from..to`, by first offset.
    pub fn aborted_transactions(&self, from: i64, to: i64) -> Result<Vec<AbortedTransaction>, LogError> {
        let mut found = Vec::new();
        let floor = self.segments.range(..=from).next_back().map_or(from, |(base, _)| *base);
        for segment in self.segments.range(floor..).map(|(_, segment)| segment) {
            if segment.aborted.collect(from, to, &mut found)? {
                break;
            }
        }
        found.sort_by_key(|aborted| aborted.first_offset);
        Ok(found)
    }

    pub fn producers(&self) -> impl Iterator<Item = ActiveProducer> {
        self.producers.iter().map(|(id, entry)| ActiveProducer {
            id,
            epoch: entry.epoch,
            last_sequence: entry.last_sequence(),
            last_timestamp: entry.last_timestamp,
            coordinator_epoch: entry.coordinator_epoch,
            current_txn_first_offset: entry.open_since,
        })
    }

    /// Forgets producers that were idle for `producer.id.expiration.ms`, unless a transaction of theirs is open.
    pub fn expire_producers(&mut self, now: Timestamp) {
        self.producers.expire(now, self.settings.producer_id_expiration_ms);
    }

    /// Forgets the batches kept for readers at the end, if those had their time, and closes the file of a log to which
    /// nothing was appended since.
    pub fn drop_idle_cache(&mut self, now: Timestamp) {
        self.tail.drop_older(now);
        if self.tail.is_idle(now)
            && let Ok(active) = self.active()
        {
            active.release_file();
        }
    }
}

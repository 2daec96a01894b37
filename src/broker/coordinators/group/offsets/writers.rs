//! The transactional producers that have written to this partition: hard state, as much of it as tells a late write of
//! one from a timely one. The log refuses what comes too late as well, but for the log that is a failure; here it is an
//! answer.
//!
//! Source: `ProducerAppendInfo` of Kafka 4.2.1.

use std::collections::BTreeMap;

use crate::broker::coordinators::transaction::Producer;
use crate::log::batch::control::TransactionMarker;
use crate::protocol::ErrorCode;

/// Beyond so many, those that were silent the longest are forgotten, unless a transaction is open: as many as the log
/// remembers.
const MOST_WRITERS: usize = 100_000;

#[derive(Debug, Default)]
pub struct Writers {
    writers: BTreeMap<i64, Writer>,
}

#[derive(Debug)]
struct Writer {
    epoch: i16,
    /// Of the last marker, -1 if there was none.
    coordinator_epoch: i32,
    is_open: bool,
    /// The place in the log of the last thing written, and of the last marker.
    last: u64,
    ended: Option<u64>,
}

impl Writers {
    /// Offsets of a transaction are in the log.
    pub fn note_offset(&mut self, producer: Producer, place: u64) {
        self.seen(producer, place).is_open = true;
    }

    /// A marker is in the log.
    pub fn note_marker(&mut self, producer: Producer, marker: TransactionMarker, place: u64) {
        let writer = self.seen(producer, place);
        writer.coordinator_epoch = marker.coordinator_epoch;
        writer.is_open = false;
        writer.ended = Some(place);
    }

    /// Something is or was in the log.
    pub fn note(&mut self, producer: Producer, place: u64) {
        self.seen(producer, place);
    }

    pub fn check_offset(&self, producer: Producer) -> Result<(), ErrorCode> {
        match self.writers.get(&producer.id) {
            Some(writer) if producer.epoch < writer.epoch => Err(ErrorCode::InvalidProducerEpoch),
            _ => Ok(()),
        }
    }

    /// A marker of the second protocol has an epoch above that of what it ends; once that is ended it may come again.
    pub fn check_marker(
        &self,
        producer: Producer,
        marker: TransactionMarker,
        transaction_version: i16,
    ) -> Result<(), ErrorCode> {
        let Some(writer) = self.writers.get(&producer.id) else { return Ok(()) };
        let is_of_what_is_open = writer.is_open && producer.epoch == writer.epoch;
        if producer.epoch < writer.epoch || (transaction_version >= 2 && is_of_what_is_open) {
            return Err(ErrorCode::InvalidProducerEpoch);
        }
        if marker.coordinator_epoch < writer.coordinator_epoch {
            return Err(ErrorCode::TransactionCoordinatorFenced);
        }
        Ok(())
    }

    /// Whether a transaction of this producer has ended behind a place of the log.
    pub fn has_ended_since(&self, producer_id: i64, place: u64) -> bool {
        self.writers.get(&producer_id).and_then(|writer| writer.ended).is_some_and(|ended| ended > place)
    }

    fn seen(&mut self, producer: Producer, place: u64) -> &mut Writer {
        if self.writers.len() >= MOST_WRITERS && !self.writers.contains_key(&producer.id) {
            self.shed();
        }
        let writer = self.writers.entry(producer.id).or_insert(Writer {
            epoch: producer.epoch,
            coordinator_epoch: -1,
            is_open: false,
            last: place,
            ended: None,
        });
        writer.epoch = producer.epoch;
        writer.last = place;
        writer
    }

    fn shed(&mut self) {
        let idle = self.writers.iter().filter(|(_, writer)| !writer.is_open);
        let mut idle: Vec<(u64, i64)> = idle.map(|(id, writer)| (writer.last, *id)).collect();
        idle.sort_unstable();
        for (_, id) in idle.iter().take(MOST_WRITERS / 10) {
            self.writers.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(coordinator_epoch: i32) -> TransactionMarker {
        TransactionMarker { committed: true, coordinator_epoch }
    }

    #[test]
    fn so_many_are_remembered_and_none_with_an_open_transaction_is_forgotten() {
        let mut writers = Writers::default();
        writers.note_offset(Producer { id: 0, epoch: 5 }, 0);
        for id in 1..=MOST_WRITERS as i64 {
            writers.note_marker(Producer { id, epoch: 5 }, marker(0), id as u64);
        }
        assert!(writers.writers.len() <= MOST_WRITERS);
        let is_known = |id| writers.check_offset(Producer { id, epoch: 4 }).is_err();
        assert!(is_known(0) && !is_known(1) && is_known(MOST_WRITERS as i64));
    }

    #[test]
    fn a_marker_of_the_second_protocol_is_above_what_it_ends() {
        let mut writers = Writers::default();
        let producer = |epoch| Producer { id: 1, epoch };
        writers.note_offset(producer(3), 0);
        assert_eq!(writers.check_marker(producer(3), marker(0), 2), Err(ErrorCode::InvalidProducerEpoch));
        assert_eq!(writers.check_marker(producer(3), marker(0), 1), Ok(()));
        assert_eq!(writers.check_marker(producer(4), marker(0), 2), Ok(()));
        writers.note_marker(producer(4), marker(0), 1);
        assert_eq!(writers.check_marker(producer(4), marker(0), 2), Ok(()), "it comes again");
    }
}

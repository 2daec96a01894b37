//! One producer: its epoch, its last five batches, its open transaction.

use std::collections::VecDeque;

use crate::log::batch::BatchHeader;

/// How many batches are remembered: as many as a client may have in flight.
const REMEMBERED_BATCHES: usize = 5;

/// A remembered batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::log) struct BatchSpan {
    pub last_sequence: i32,
    pub last_offset: i64,
    /// Records after the first.
    pub offset_delta: i32,
    pub timestamp: i64,
}

impl BatchSpan {
    pub fn first_offset(&self) -> i64 {
        self.last_offset - i64::from(self.offset_delta)
    }

    pub fn first_sequence(&self) -> i32 {
        self.last_sequence.wrapping_sub(self.offset_delta) & i32::MAX
    }
}

/// What is known of one producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::log) struct ProducerEntry {
    pub epoch: i16,
    /// Oldest first.
    pub batches: VecDeque<BatchSpan>,
    /// Of the last marker, -1 if there was none.
    pub coordinator_epoch: i32,
    pub last_timestamp: i64,
    /// First offset of the open transaction.
    pub open_since: Option<i64>,
}

impl ProducerEntry {
    pub fn new(epoch: i16) -> ProducerEntry {
        ProducerEntry { epoch, batches: VecDeque::new(), coordinator_epoch: -1, last_timestamp: -1, open_since: None }
    }

    /// -1 if no batch is remembered.
    pub fn last_sequence(&self) -> i32 {
        self.batches.back().map_or(-1, |batch| batch.last_sequence)
    }

    pub fn note_batch(&mut self, header: &BatchHeader) {
        self.begin_epoch(header.producer_epoch);
        if self.batches.len() == REMEMBERED_BATCHES {
            self.batches.pop_front();
        }
        self.batches.push_back(BatchSpan {
            last_sequence: header.last_sequence(),
            last_offset: header.last_offset(),
            offset_delta: header.last_offset_delta,
            timestamp: header.max_timestamp,
        });
        self.last_timestamp = header.max_timestamp;
    }

    /// Yields the first offset of the transaction that the marker ends, if one was open. Within the same epoch the
    /// producer's sequences go on; a higher one starts them anew.
    pub fn end_transaction(&mut self, header: &BatchHeader, coordinator_epoch: i32) -> Option<i64> {
        self.begin_epoch(header.producer_epoch);
        self.coordinator_epoch = coordinator_epoch;
        self.last_timestamp = header.max_timestamp;
        self.open_since.take()
    }

    fn begin_epoch(&mut self, epoch: i16) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.batches.clear();
        }
    }
}

//! What a walk over files finds, told to whoever writes it down.

use super::names::Named;
use super::source::Entry;
use super::thrown::{Stop, Thrown};
use super::view::{BatchView, RecordView};
use crate::log::AbortedTransaction;

/// Told in the order of the files. What returns an error ends the dump.
pub trait Report {
    fn file(&mut self, file: &Named) -> Result<(), Stop>;
    fn unknown_file(&mut self, file: &Named) -> Result<(), Stop>;
    fn log(&mut self, begin: LogBegin) -> Result<(), Stop>;
    fn batch(&mut self, batch: &BatchView) -> Result<(), Stop>;
    /// A batch of which no more than its place can be told.
    fn unknown_batch(&mut self, entry: &Entry, thrown: Thrown) -> Result<(), Stop>;
    fn record(&mut self, batch: &BatchView, record: &RecordView<'_>) -> Result<(), Stop>;
    /// Bytes behind the last whole batch.
    fn rest(&mut self, file: &Named, bytes: i64) -> Result<(), Stop>;
    fn empty_index(&mut self, file: &Named) -> Result<(), Stop>;
    fn sane_index(&mut self, file: &Named) -> Result<(), Stop>;
    fn offset_entry(&mut self, offset: i64, position: i32) -> Result<(), Stop>;
    fn time_entry(&mut self, timestamp: i64, offset: i64) -> Result<(), Stop>;
    fn aborted(&mut self, version: i8, aborted: &AbortedTransaction) -> Result<(), Stop>;
    fn producer(&mut self, producer: &ProducerView) -> Result<(), Stop>;
    /// A producer snapshot that cannot be used; Java's tool goes on.
    fn corrupt_snapshot(&mut self, why: &str) -> Result<(), Stop>;
    /// Something in a file that ends Java's tool.
    fn fault(&mut self, thrown: Thrown) -> Result<(), Stop>;
}

/// How a file of batches begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogBegin {
    Log { base_offset: i64 },
    Snapshot { end_offset: i64, epoch: i32 },
    Bootstrap,
}

/// One producer in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerView {
    pub id: i64,
    pub epoch: i16,
    pub last_sequence: i32,
    pub last_offset: i64,
    pub offset_delta: i32,
    pub timestamp: i64,
    pub coordinator_epoch: i32,
    pub open_since: Option<i64>,
}

impl ProducerView {
    /// The sequence that its last batch began with; before 0 comes 2^31-1.
    pub fn first_sequence(&self) -> i32 {
        let steps = self.offset_delta;
        if self.last_sequence < steps {
            return i32::MAX.wrapping_sub(steps.wrapping_sub(self.last_sequence)).wrapping_add(1);
        }
        self.last_sequence.wrapping_sub(steps)
    }
}

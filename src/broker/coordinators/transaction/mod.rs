//! The coordinator of the transactional ids that fall on one partition of `__transaction_state`: a pure machine.

mod requests;
mod settings;

pub use requests::{
    AddPartitions, DescribeTransaction, DescribedTransaction, EndTransaction, InitProducer, ListTransactions,
    ListedTransaction, MarkersWritten, Producer, Refused, TransactionCall, TransactionReply, TransactionRequest,
    VerifyPartitions,
};
pub use settings::TransactionSettings;

use std::collections::BTreeSet;

use crate::broker::machine::{Context, Machine, Outcome, Ticket};
use crate::records::transaction::TransactionRecord;
use crate::vocabulary::{TopicPartition, Uuid};

/// The transactional ids of one partition of `__transaction_state`.
pub struct TransactionCoordinator {
    settings: TransactionSettings,
    /// The leader epoch of the partition, which markers carry.
    epoch: i32,
}

/// What a transactional id waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionTimer {
    /// The time of an open transaction is over.
    Timeout { transactional_id: String },
    /// Markers that could not be written are to be tried again.
    Markers { transactional_id: String },
    /// Ids that nobody has used for long are to be looked for.
    Expiration,
}

/// Work outside the machine.
#[derive(Debug, PartialEq, Eq)]
pub enum TransactionTask {
    /// To be answered by [`MarkersWritten`].
    WriteMarkers(WriteMarkers),
}

/// The end of a transaction, to be written to each of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteMarkers {
    pub transactional_id: String,
    /// Belongs to this task alone and comes back in its answer, so that an answer to an earlier one is known as such: two
    /// transactions of the first protocol have the same producer.
    pub attempt: Uuid,
    /// With the epoch that the markers carry.
    pub producer: Producer,
    pub coordinator_epoch: i32,
    /// The transaction.version that the transaction was ended with: from 2 on, an epoch that is not above that of the
    /// producer's batches is refused.
    pub transaction_version: i16,
    pub committed: bool,
    pub partitions: BTreeSet<TopicPartition>,
}

/// What a request or a timer leads to.
pub type Decision = Outcome<TransactionCoordinator>;

impl TransactionCoordinator {
    pub fn new(settings: TransactionSettings, epoch: i32) -> TransactionCoordinator {
        TransactionCoordinator { settings, epoch }
    }
}

impl Machine for TransactionCoordinator {
    type Request = TransactionRequest;
    type Reply = TransactionReply;
    type Record = TransactionRecord;
    type Timer = TransactionTimer;
    type Task = TransactionTask;

    fn handle(&mut self, _: &mut Context<'_>, _: Ticket, _: TransactionRequest) -> Decision {
        Outcome::none()
    }

    fn expire(&mut self, _: &mut Context<'_>, _: TransactionTimer) -> Decision {
        Outcome::none()
    }

    fn apply(&mut self, _: &TransactionRecord) {}

    fn loaded(&mut self, _: &mut Context<'_>) -> Decision {
        let _ = (&self.settings, self.epoch);
        Outcome::none()
    }

    fn abandon(&mut self, _: Ticket) {}
}

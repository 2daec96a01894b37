//! What the coordinator is asked and what it answers, and how one belongs to the other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::TransactionCoordinator;
use crate::broker::machine::calls;
use crate::protocol::ErrorCode;
use crate::vocabulary::{TopicPartition, Uuid};

calls! { TransactionCoordinator, TransactionRequest TransactionReply {
    Init InitProducer => Result<Producer, Refused>,
    Add AddPartitions => Result<(), ErrorCode>,
    Verify VerifyPartitions => Result<Vec<(TopicPartition, ErrorCode)>, ErrorCode>,
    End EndTransaction => Result<Producer, Refused>,
    MarkersWritten MarkersWritten => (),
    Describe DescribeTransaction => Result<DescribedTransaction, ErrorCode>,
    List ListTransactions => Vec<ListedTransaction>,
}}

/// A producer id and its epoch, as a producer stamps its batches with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Producer {
    pub id: i64,
    pub epoch: i16,
}

/// Why a request that may need a new producer id has none of the other answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Code(ErrorCode),
    /// To be asked again with a producer id that nobody ever had. Nothing has changed.
    NeedsProducerId,
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Refused {
        Refused::Code(code)
    }
}

/// InitProducerId with a transactional id that is not empty.
#[derive(Debug, Clone)]
pub struct InitProducer {
    pub transactional_id: String,
    pub timeout_ms: i32,
    /// Which id and epoch the producer had (KIP-360).
    pub had: Option<Producer>,
    /// A producer id that nobody ever had, if one was asked for.
    pub new_producer_id: Option<i64>,
}

/// AddPartitionsToTxn, AddOffsetsToTxn, and what a write of the second protocol does by itself.
#[derive(Debug, Clone)]
pub struct AddPartitions {
    pub transactional_id: String,
    pub producer: Producer,
    pub partitions: Vec<TopicPartition>,
    /// The transaction.version that the client speaks: 2 if the request comes from a write (KIP-890).
    pub client_version: i16,
}

/// Are these partitions part of the open transaction? `TRANSACTION_ABORTABLE` for each that is not.
#[derive(Debug, Clone)]
pub struct VerifyPartitions {
    pub transactional_id: String,
    pub producer: Producer,
    pub partitions: Vec<TopicPartition>,
}

/// EndTxn. The reply is given when the markers are written, or when the first attempt at that has failed: the end is
/// decided and durable in either case.
#[derive(Debug, Clone)]
pub struct EndTransaction {
    pub transactional_id: String,
    pub producer: Producer,
    pub committed: bool,
    /// The transaction.version that the client speaks: 2 from version 5 of the request.
    pub client_version: i16,
    /// As in [`InitProducer`].
    pub new_producer_id: Option<i64>,
}

/// What became of a [`super::WriteMarkers`].
#[derive(Debug, Clone)]
pub struct MarkersWritten {
    pub transactional_id: String,
    /// As in the task.
    pub attempt: Uuid,
    /// Partitions that could not take theirs yet, to be tried again.
    pub left: BTreeSet<TopicPartition>,
}

#[derive(Debug, Clone)]
pub struct DescribeTransaction {
    pub transactional_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedTransaction {
    pub producer: Producer,
    /// As Kafka spells it.
    pub state: &'static str,
    pub timeout_ms: i32,
    /// Of the last transaction, open or not; -1 if the producer has had none.
    pub start_time_ms: i64,
    pub partitions: BTreeSet<TopicPartition>,
}

/// What to list; an empty filter lets everything through.
#[derive(Debug, Clone, Default)]
pub struct ListTransactions {
    /// As Kafka spells them; unknown ones match nothing.
    pub states: Vec<String>,
    pub producer_ids: Vec<i64>,
    /// Begun longer ago than this.
    pub longer_than: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTransaction {
    pub transactional_id: String,
    pub producer_id: i64,
    pub state: &'static str,
}

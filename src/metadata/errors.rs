//! Why a metadata log or snapshot cannot be understood. Each carries its evidence; none is a Kafka error code.

use std::fmt;
use std::ops::RangeInclusive;

use crate::log::batch::{BatchFault, RecordFault as FrameFault};
use crate::protocol::Malformed;
use crate::records::metadata::RecordFault;
use crate::vocabulary::Uuid;

/// A record that contradicts the image it is applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayError {
    UnknownFeature {
        name: String,
        level: i16,
    },
    FeatureLevel {
        name: String,
        level: i16,
        supported: RangeInclusive<i16>,
    },
    NoSuchBroker {
        record: &'static str,
        id: i32,
        epoch: i64,
        registered: Option<i64>,
    },
    UnknownEnumValue {
        record: &'static str,
        field: &'static str,
        value: i8,
    },
    TopicExists {
        name: String,
        id: Uuid,
    },
    NoSuchTopic {
        record: &'static str,
        topic: String,
    },
    NoSuchPartition {
        topic: String,
        partition: i32,
    },
    PartitionNumber {
        topic: String,
        partition: i32,
    },
    Directories {
        topic: String,
        partition: i32,
        replicas: usize,
        directories: usize,
    },
    BrokerName(String),
    ProducerIds {
        next: i64,
        current: i64,
    },
    NothingToRemove {
        record: &'static str,
        what: String,
    },
    Transaction {
        record: &'static str,
        open: bool,
    },
    TransactionInSnapshot {
        record: &'static str,
    },
    /// Partition `missing` of a topic is not there, although a higher one is.
    Gap {
        topic: String,
        missing: i32,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ReplayError::*;
        match self {
            UnknownFeature { name, level } => write!(f, "feature {name} at level {level} is not known"),
            FeatureLevel { name, level, supported } => {
                let (lowest, highest) = (supported.start(), supported.end());
                write!(f, "feature {name} is at level {level}; levels {lowest} to {highest} are supported")
            }
            NoSuchBroker { record, id, epoch, registered: None } => {
                write!(f, "{record} for broker {id} with epoch {epoch}, which is not registered")
            }
            NoSuchBroker { record, id, epoch, registered: Some(registered) } => {
                write!(f, "{record} for broker {id} with epoch {epoch}, which is registered with epoch {registered}")
            }
            UnknownEnumValue { record, field, value } => write!(f, "{record} with {field} = {value}"),
            TopicExists { name, id } => write!(f, "topic {name} is made a second time, with id {id}"),
            NoSuchTopic { record, topic } => write!(f, "{record} for topic {topic}, which does not exist"),
            NoSuchPartition { topic, partition } => write!(f, "a change of {topic}-{partition}, which does not exist"),
            PartitionNumber { topic, partition } => write!(f, "partition number {partition} of topic {topic}"),
            Directories { topic, partition, replicas, directories } => {
                write!(f, "{topic}-{partition} has {replicas} replicas and {directories} directories")
            }
            BrokerName(name) => write!(f, "a broker config for '{name}', which is not a node id"),
            ProducerIds { next, current } => write!(f, "producer ids go on with {next}, but {current} was reached"),
            NothingToRemove { record, what } => write!(f, "{record} of {what}, which is not there"),
            Transaction { record, open: true } => write!(f, "{record} within a metadata transaction"),
            Transaction { record, open: false } => write!(f, "{record} without a metadata transaction"),
            TransactionInSnapshot { record } => write!(f, "{record} in a snapshot"),
            Gap { topic, missing } => write!(f, "topic {topic} has no partition {missing}, but higher ones"),
        }
    }
}

impl std::error::Error for ReplayError {}

/// Bytes that are no batch of the metadata log, or that say what cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentFault {
    Batch {
        offset: i64,
        fault: BatchFault,
    },
    Frame {
        offset: i64,
        fault: FrameFault,
    },
    /// A control record without a readable key or value.
    Control {
        offset: i64,
        fault: Option<Malformed>,
    },
    Record {
        offset: i64,
        fault: RecordFault,
    },
    Replay {
        offset: i64,
        error: ReplayError,
    },
    /// Offsets of the log are dense; these are not.
    Order {
        expected: i64,
        found: i64,
    },
    /// A data record with a key, with headers or without a value.
    NotBare {
        offset: i64,
    },
    /// The first batch of a snapshot does not begin with its header.
    NoHeader,
    /// The last record of a snapshot is not its footer.
    NoFooter,
    UnfinishedTransaction,
    /// A bootstrap file without a metadata.version.
    NoMetadataVersion,
}

impl fmt::Display for ContentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContentFault::Batch { offset, fault } => write!(f, "batch at offset {offset}: {fault}"),
            ContentFault::Frame { offset, fault } => write!(f, "batch at offset {offset}: {fault}"),
            ContentFault::Control { offset, fault: None } => write!(f, "control record {offset} has no key or value"),
            ContentFault::Control { offset, fault: Some(fault) } => write!(f, "control record {offset}: {fault}"),
            ContentFault::Record { offset, fault } => write!(f, "record {offset}: {fault}"),
            ContentFault::Replay { offset, error } => write!(f, "record {offset}: {error}"),
            ContentFault::Order { expected, found } => write!(f, "offset {found} where {expected} was to come"),
            ContentFault::NotBare { offset } => write!(f, "record {offset} is not just a value"),
            ContentFault::NoHeader => f.write_str("the snapshot does not begin with a header"),
            ContentFault::NoFooter => f.write_str("the snapshot does not end with a footer"),
            ContentFault::UnfinishedTransaction => f.write_str("the snapshot ends within a metadata transaction"),
            ContentFault::NoMetadataVersion => f.write_str("there is no metadata.version"),
        }
    }
}

impl std::error::Error for ContentFault {}

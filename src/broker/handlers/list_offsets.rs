//! ListOffsets: offsets by time, and where a partition begins and ends.
//!
//! A timestamp of −1 is the end (the last stable offset for readers of committed records), −2 the start, −3 (from version
//! 7) the record with the largest timestamp, −4 (8) the start of what is on this disk, −5 (9) the end of what is in
//! tiered storage and −6 (11) the start of what is not there yet: without tiered storage the last two have no answer,
//! which is offset −1. A time after the last record has none either. From version 10 a timeout is sent; nothing here
//! waits.

use std::collections::HashSet;

use crate::broker::BrokerState;
use crate::broker::handlers::fetch::check_epoch;
use crate::broker::partitions::errors::log_rejection;
use crate::broker::request::RequestContext;
use crate::clock::Timestamp;
use crate::log::PartitionLog;
use crate::metadata::{ClusterImage, PartitionImage};
use crate::protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use crate::protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};
use crate::protocol::{ErrorCode, Rejection};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let image = broker.image();
    let lookup =
        Lookup { broker, image: &image, version: context.api_version, committed: request.isolation_level == 1 };
    let topics = request
        .topics
        .into_iter()
        .map(|topic| {
            let mut seen = HashSet::new();
            let mut twice = HashSet::new();
            for partition in &topic.partitions {
                if !seen.insert(partition.partition_index) {
                    twice.insert(partition.partition_index);
                }
            }
            let answer = |partition: &ListOffsetsPartition| match twice.contains(&partition.partition_index) {
                true => Err(ErrorCode::InvalidRequest.into()),
                false => lookup.one(&topic.name, partition),
            };
            let partitions = topic
                .partitions
                .iter()
                .map(|partition| response(partition.partition_index, answer(partition), context.api_version));
            ListOffsetsTopicResponse { partitions: partitions.collect(), name: topic.name.clone() }
        })
        .collect();
    ListOffsetsResponse { topics, ..Default::default() }
}

/// An offset with what is known of it; −1 where nothing is.
struct Offset {
    offset: i64,
    timestamp: i64,
    leader_epoch: i32,
}

impl Offset {
    const NONE: Offset = Offset { offset: -1, timestamp: -1, leader_epoch: -1 };
}

struct Lookup<'a> {
    broker: &'a BrokerState,
    image: &'a ClusterImage,
    version: i16,
    committed: bool,
}

impl Lookup<'_> {
    fn one(&self, topic: &str, wanted: &ListOffsetsPartition) -> Result<Offset, Rejection> {
        let topic = self.image.topic(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let current = usize::try_from(wanted.partition_index).ok().and_then(|index| topic.partitions.get(index));
        let current = current.ok_or(ErrorCode::UnknownTopicOrPartition)?;
        check_epoch(current, wanted.current_leader_epoch)?;
        self.check_version(wanted.timestamp)?;
        let partition = self.broker.partitions.leader(topic, wanted.partition_index)?;
        let bounds = partition.bounds()?;
        let end = if self.committed { bounds.stable } else { bounds.end };
        match wanted.timestamp {
            LATEST => Ok(Offset { offset: end, timestamp: -1, leader_epoch: current.leader_epoch }),
            LATEST_TIERED | EARLIEST_PENDING_UPLOAD => Ok(Offset::NONE),
            timestamp => partition.with_log(|log| match log {
                None => Ok(empty(timestamp, current)),
                Some(log) => find(log, timestamp, end).map_err(|e| log_rejection(&partition.name, &e)),
            })?,
        }
    }

    /// What stands for something else than a time came with later versions.
    fn check_version(&self, timestamp: i64) -> Result<(), Rejection> {
        let since = match timestamp {
            LATEST | EARLIEST | 0.. => 1,
            MAX_TIMESTAMP => 7,
            EARLIEST_LOCAL => 8,
            LATEST_TIERED => 9,
            EARLIEST_PENDING_UPLOAD => 11,
            _ => i16::MAX,
        };
        if self.version < since { Err(ErrorCode::UnsupportedVersion.into()) } else { Ok(()) }
    }
}

fn find(log: &PartitionLog, timestamp: i64, end: i64) -> Result<Offset, crate::log::LogError> {
    let found = match timestamp {
        EARLIEST | EARLIEST_LOCAL => {
            let offset = log.start_offset();
            return Ok(Offset { offset, timestamp: -1, leader_epoch: log.epoch_of(offset).unwrap_or(-1) });
        }
        MAX_TIMESTAMP => log.offset_of_max_timestamp()?,
        target => log.offset_for_time(Timestamp(target))?,
    };
    Ok(match found {
        Some((offset, timestamp)) if offset < end => {
            Offset { offset, timestamp: timestamp.millis(), leader_epoch: log.epoch_of(offset).unwrap_or(-1) }
        }
        _ => Offset::NONE,
    })
}

/// The answer for a partition that was never written to.
fn empty(timestamp: i64, current: &PartitionImage) -> Offset {
    match timestamp {
        EARLIEST | EARLIEST_LOCAL => Offset { offset: 0, timestamp: -1, leader_epoch: current.leader_epoch },
        _ => Offset::NONE,
    }
}

fn response(partition_index: i32, found: Result<Offset, Rejection>, version: i16) -> ListOffsetsPartitionResponse {
    let (error, offset) = match found {
        Ok(offset) => (ErrorCode::None, offset),
        Err(rejection) => (rejection.code, Offset::NONE),
    };
    ListOffsetsPartitionResponse {
        partition_index,
        error_code: error.code(),
        timestamp: offset.timestamp,
        offset: offset.offset,
        // The field is new in version 4.
        leader_epoch: if version >= 4 { offset.leader_epoch } else { -1 },
    }
}

//! OffsetForLeaderEpoch: where the records of an epoch end, so that a client can tell whether what it has read is still
//! there after a change of leader. The answer is the greatest epoch up to the one asked for and its end; an epoch that is
//! not known has (−1, −1) without an error.

use crate::broker::BrokerState;
use crate::broker::handlers::fetch::check_epoch;
use crate::broker::request::RequestContext;
use crate::metadata::ClusterImage;
use crate::protocol::messages::offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderPartition, OffsetForLeaderTopicResult,
};
use crate::protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};
use crate::protocol::{ErrorCode, Rejection};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let image = broker.image();
    let answer = |topic: &str, wanted: &OffsetForLeaderPartition| {
        let found = one(broker, &image, topic, wanted);
        let (error, (leader_epoch, end_offset)) = match found {
            Ok(end) => (ErrorCode::None, end),
            Err(rejection) => (rejection.code, (-1, -1)),
        };
        EpochEndOffset { error_code: error.code(), partition: wanted.partition, leader_epoch, end_offset }
    };
    let topics = request.topics.into_iter().map(|topic| OffsetForLeaderTopicResult {
        partitions: topic.partitions.iter().map(|wanted| answer(&topic.topic, wanted)).collect(),
        topic: topic.topic,
    });
    OffsetForLeaderEpochResponse { topics: topics.collect(), ..Default::default() }
}

fn one(
    broker: &BrokerState,
    image: &ClusterImage,
    topic: &str,
    wanted: &OffsetForLeaderPartition,
) -> Result<(i32, i64), Rejection> {
    let topic = image.topic(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let current = usize::try_from(wanted.partition).ok().and_then(|index| topic.partitions.get(index));
    let current = current.ok_or(ErrorCode::UnknownTopicOrPartition)?;
    check_epoch(current, wanted.current_leader_epoch)?;
    let partition = broker.partitions.leader(topic, wanted.partition)?;
    let end = partition.bounds()?.end;
    match wanted.leader_epoch {
        // The current epoch counts from the moment of leadership, not from its first record.
        epoch if epoch == current.leader_epoch => Ok((epoch, end)),
        epoch if epoch > current.leader_epoch => Ok((-1, -1)),
        epoch => partition.with_log(|log| log.and_then(|log| log.end_of_epoch(epoch)).unwrap_or((-1, -1))),
    }
}

//! OffsetCommit 2–10 (KIP-211, 320, 345, 848).
//!
//! Versions 2 to 4 may say how long the offsets are kept. From 9 on a group that is not there is GROUP_ID_NOT_FOUND. From
//! 10 on topics are named by id, and an unknown id is UNKNOWN_TOPIC_ID.

use std::sync::Arc;

use crate::broker::BrokerState;
use crate::broker::coordinators::group::offsets::{CommitOffsets, CommittedTopic, NewOffset, TopicCommit};
use crate::broker::request::RequestContext;
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::protocol::messages::offset_commit::{
    OffsetCommitRequestTopic, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use crate::protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let image: Arc<ClusterImage> = broker.image();
    let by_id = context.api_version >= 10;
    let name = |topic: &OffsetCommitRequestTopic| match by_id {
        true => image.topic_by_id(topic.topic_id).map(|known| known.name.clone()),
        false => Some(topic.name.clone()),
    };
    let names: Vec<Option<String>> = request.topics.iter().map(name).collect();
    let topics = request.topics.iter().zip(&names).filter_map(|(topic, name)| Some(commit_of(name.clone()?, topic)));
    let commit = CommitOffsets {
        group: request.group_id.clone(),
        generation: request.generation_id_or_member_epoch,
        member: request.member_id.clone(),
        instance: request.group_instance_id.clone(),
        retention_time_ms: request.retention_time_ms,
        knows_group_id_not_found: context.api_version >= 9,
        topics: topics.collect(),
    };
    let reply = match broker.groups.ask_or_found(&request.group_id, commit).await {
        Ok(Ok(committed)) => Ok(committed),
        Ok(Err(code)) | Err(code) => Err(code),
    };
    let mut committed = reply.as_deref().unwrap_or_default().iter();
    let topics = request.topics.iter().zip(&names).map(|(topic, name)| match (name, &reply) {
        (None, _) => answer(topic, |_| ErrorCode::UnknownTopicId),
        (Some(_), Err(code)) => answer(topic, |_| *code),
        (Some(_), Ok(_)) => {
            let done = committed.next();
            answer(topic, |index| code_at(done, index))
        }
    });
    OffsetCommitResponse { topics: topics.collect(), ..Default::default() }
}

fn commit_of(topic: String, wanted: &OffsetCommitRequestTopic) -> TopicCommit {
    let partitions = wanted.partitions.iter().map(|p| NewOffset {
        partition: p.partition_index,
        offset: p.committed_offset,
        leader_epoch: p.committed_leader_epoch,
        metadata: p.committed_metadata.clone(),
    });
    TopicCommit { topic, topic_id: wanted.topic_id, partitions: partitions.collect() }
}

/// The coordinator answers in the order in which it was asked.
fn code_at(done: Option<&CommittedTopic>, index: usize) -> ErrorCode {
    done.and_then(|topic| topic.partitions.get(index)).map_or(ErrorCode::UnknownServerError, |(_, code)| *code)
}

fn answer(topic: &OffsetCommitRequestTopic, code: impl Fn(usize) -> ErrorCode) -> OffsetCommitResponseTopic {
    let partitions = topic.partitions.iter().enumerate().map(|(index, p)| OffsetCommitResponsePartition {
        partition_index: p.partition_index,
        error_code: code(index).code(),
    });
    OffsetCommitResponseTopic { name: topic.name.clone(), topic_id: topic.topic_id, partitions: partitions.collect() }
}

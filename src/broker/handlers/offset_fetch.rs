//! OffsetFetch 1–10 (KIP-88, 447, 709, 848).
//!
//! Up to 7 there is one group; a null list of topics (from 2) is everything that it committed. Version 1 has room for
//! errors at partitions only. From 9 on members of consumer groups say who they are. From 10 on topics are named by id.
//! Who requires stable offsets (7) gets none where a transaction is about to commit.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::offsets::{FetchOffsets, FetchedOffset, FetchedTopic, TopicFetch};
use crate::broker::request::RequestContext;
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::protocol::messages::offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponseGroup, OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions, OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use crate::protocol::messages::{OffsetFetchRequest, OffsetFetchResponse};

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    if context.api_version < 8 {
        return one_group(broker, context, request).await;
    }
    let mut groups = Vec::new();
    for group in request.groups {
        groups.push(batched_group(broker, context, group, request.require_stable).await);
    }
    OffsetFetchResponse { groups, ..Default::default() }
}

async fn one_group(broker: &BrokerState, context: &RequestContext, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let topics = request.topics.map(|topics| {
        topics.into_iter().map(|t| TopicFetch { topic: t.name, partitions: t.partition_indexes }).collect::<Vec<_>>()
    });
    let only_stable = request.require_stable;
    let (group, member) = (request.group_id, None);
    let fetch = FetchOffsets { group: group.clone(), topics: topics.clone(), only_stable, member, epoch: -1 };
    match broker.groups.ask(&group, fetch).await.flatten() {
        Ok(fetched) => {
            OffsetFetchResponse { topics: fetched.into_iter().map(old_topic).collect(), ..Default::default() }
        }
        Err(code) => OffsetFetchResponse {
            error_code: code.code(),
            topics: match context.api_version {
                ..2 => topics.into_iter().flatten().map(|topic| old_topic(nothing(topic, code))).collect(),
                _ => Vec::new(),
            },
            ..Default::default()
        },
    }
}

fn nothing(wanted: TopicFetch, code: ErrorCode) -> FetchedTopic {
    let partitions = wanted.partitions.into_iter().map(|partition| FetchedOffset::none(partition, code));
    FetchedTopic { topic: wanted.topic, topic_id: Default::default(), partitions: partitions.collect() }
}

fn old_topic(fetched: FetchedTopic) -> OffsetFetchResponseTopic {
    let partitions = fetched.partitions.into_iter().map(|offset| OffsetFetchResponsePartition {
        partition_index: offset.partition,
        committed_offset: offset.offset,
        committed_leader_epoch: offset.leader_epoch,
        metadata: Some(offset.metadata),
        error_code: offset.code.code(),
    });
    OffsetFetchResponseTopic { name: fetched.topic, partitions: partitions.collect() }
}

async fn batched_group(
    broker: &BrokerState,
    context: &RequestContext,
    group: OffsetFetchRequestGroup,
    only_stable: bool,
) -> OffsetFetchResponseGroup {
    let by_id = context.api_version >= 10;
    let image = broker.image();
    let wanted = group.topics.map(|topics| resolve(&image, by_id, topics));
    let fetch = FetchOffsets {
        group: group.group_id.clone(),
        topics: wanted.as_ref().map(|wanted| wanted.iter().filter_map(|w| w.clone().ok()).collect()),
        only_stable,
        member: group.member_id,
        epoch: group.member_epoch,
    };
    match broker.groups.ask(&group.group_id, fetch).await.flatten() {
        Ok(fetched) => {
            let topics = match wanted {
                None => fetched.into_iter().filter(|t| !by_id || !t.topic_id.is_zero()).map(topic).collect(),
                Some(wanted) => in_order(wanted, fetched),
            };
            OffsetFetchResponseGroup { group_id: group.group_id, topics, ..Default::default() }
        }
        Err(code) => {
            OffsetFetchResponseGroup { group_id: group.group_id, error_code: code.code(), ..Default::default() }
        }
    }
}

/// The topics by name; those whose id is unknown stay what they are.
fn resolve(
    image: &ClusterImage,
    by_id: bool,
    topics: Vec<OffsetFetchRequestTopics>,
) -> Vec<Result<TopicFetch, OffsetFetchRequestTopics>> {
    let one = |topic: OffsetFetchRequestTopics| match image.topic_by_id(topic.topic_id) {
        Some(known) if by_id => Ok(TopicFetch { topic: known.name.clone(), partitions: topic.partition_indexes }),
        None if by_id => Err(topic),
        _ => Ok(TopicFetch { topic: topic.name, partitions: topic.partition_indexes }),
    };
    topics.into_iter().map(one).collect()
}

fn in_order(
    wanted: Vec<Result<TopicFetch, OffsetFetchRequestTopics>>,
    fetched: Vec<FetchedTopic>,
) -> Vec<OffsetFetchResponseTopics> {
    let mut fetched = fetched.into_iter();
    let one = |wanted| match wanted {
        Ok(_) => fetched.next().map(topic),
        Err(unknown) => Some(unknown_topic(unknown)),
    };
    wanted.into_iter().filter_map(one).collect()
}

fn topic(fetched: FetchedTopic) -> OffsetFetchResponseTopics {
    let partitions = fetched.partitions.into_iter().map(|offset| OffsetFetchResponsePartitions {
        partition_index: offset.partition,
        committed_offset: offset.offset,
        committed_leader_epoch: offset.leader_epoch,
        metadata: Some(offset.metadata),
        error_code: offset.code.code(),
    });
    OffsetFetchResponseTopics { name: fetched.topic, topic_id: fetched.topic_id, partitions: partitions.collect() }
}

fn unknown_topic(wanted: OffsetFetchRequestTopics) -> OffsetFetchResponseTopics {
    let partitions = wanted.partition_indexes.into_iter().map(|partition_index| OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: -1,
        error_code: ErrorCode::UnknownTopicId.code(),
        ..Default::default()
    });
    OffsetFetchResponseTopics { topic_id: wanted.topic_id, partitions: partitions.collect(), ..Default::default() }
}

//! DescribeTopicPartitions: topics in the order of their names, page by page. An empty list asks for all topics; the cursor
//! says where the last page ended (KIP-966). Nothing is created here.

use std::collections::BTreeSet;

use crate::broker::BrokerState;
use crate::broker::request::{Answer, RequestContext};
use crate::broker::security::operations::TOPIC_OPERATIONS;
use crate::metadata::{ClusterImage, PartitionImage};
use crate::protocol::ErrorCode;
use crate::protocol::messages::describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic, ResponseCursor,
};
use crate::protocol::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse};
use crate::vocabulary::{is_internal_topic, topic_name_fault};

pub async fn handle(
    broker: &BrokerState,
    _context: &RequestContext,
    request: DescribeTopicPartitionsRequest,
) -> Answer<DescribeTopicPartitionsResponse> {
    let image = broker.image();
    let broker_limit = broker.keys.number("max.request.partition.size.limit");
    let limit = i64::from(request.response_partition_limit).clamp(1, broker_limit.max(1)) as usize;
    let names: BTreeSet<String> = match request.topics.is_empty() {
        true => image.topics.keys().cloned().collect(),
        false => request.topics.into_iter().map(|topic| topic.name).collect(),
    };
    Answer::Respond(page(&image, names, request.cursor.as_deref(), limit))
}

/// The topics from the cursor on, up to `limit` partitions.
fn page(
    image: &ClusterImage,
    names: BTreeSet<String>,
    cursor: Option<&Cursor>,
    limit: usize,
) -> DescribeTopicPartitionsResponse {
    let (from_topic, from_partition) = match cursor {
        Some(cursor) => (cursor.topic_name.as_str(), usize::try_from(cursor.partition_index).unwrap_or_default()),
        None => ("", 0),
    };
    let mut response = DescribeTopicPartitionsResponse::default();
    let mut left = limit;
    for name in names.iter().filter(|name| name.as_str() >= from_topic) {
        let skip = if name == from_topic { from_partition } else { 0 };
        let topic = describe(image, name, skip, left);
        let next = skip + topic.partitions.len();
        left -= topic.partitions.len();
        response.topics.push(topic);
        let total = image.topic(name).map_or(0, |topic| topic.partitions.len());
        if next < total {
            response.next_cursor =
                Some(Box::new(ResponseCursor { topic_name: name.clone(), partition_index: next as i32 }));
            break;
        }
        if left == 0 {
            let following = names.range::<String, _>((std::ops::Bound::Excluded(name), std::ops::Bound::Unbounded));
            response.next_cursor = following
                .into_iter()
                .next()
                .map(|name| Box::new(ResponseCursor { topic_name: name.clone(), partition_index: 0 }));
            break;
        }
    }
    response
}

fn describe(image: &ClusterImage, name: &str, skip: usize, take: usize) -> DescribeTopicPartitionsResponseTopic {
    let known = image.topic(name);
    let error = match known {
        Some(_) => ErrorCode::None,
        None if topic_name_fault(name).is_some() => ErrorCode::InvalidTopicException,
        None => ErrorCode::UnknownTopicOrPartition,
    };
    let partitions = known.into_iter().flat_map(|topic| topic.partitions.iter().zip(0..)).skip(skip).take(take);
    DescribeTopicPartitionsResponseTopic {
        error_code: error.code(),
        name: Some(name.to_owned()),
        topic_id: known.map(|topic| topic.id).unwrap_or_default(),
        is_internal: is_internal_topic(name),
        partitions: partitions.map(|(partition, index)| describe_partition(partition, index)).collect(),
        topic_authorized_operations: if known.is_some() { TOPIC_OPERATIONS } else { i32::MIN },
    }
}

fn describe_partition(partition: &PartitionImage, partition_index: i32) -> DescribeTopicPartitionsResponsePartition {
    let error = if partition.leader < 0 { ErrorCode::LeaderNotAvailable } else { ErrorCode::None };
    DescribeTopicPartitionsResponsePartition {
        error_code: error.code(),
        partition_index,
        leader_id: partition.leader,
        leader_epoch: partition.leader_epoch,
        replica_nodes: partition.replicas.clone(),
        isr_nodes: partition.isr.clone(),
        eligible_leader_replicas: Some(partition.eligible_leader_replicas.clone().unwrap_or_default()),
        last_known_elr: Some(partition.last_known_elr.clone().unwrap_or_default()),
        offline_replicas: if partition.leader < 0 { partition.replicas.clone() } else { Vec::new() },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::metadata::TopicImage;
    use crate::vocabulary::Uuid;

    fn image(topics: &[(&str, usize)]) -> ClusterImage {
        let topic = |(name, count): &(&str, usize)| {
            let partitions = vec![PartitionImage::default(); *count];
            let topic = TopicImage { name: (*name).to_owned(), id: Uuid(100), partitions };
            ((*name).to_owned(), Arc::new(topic))
        };
        ClusterImage { topics: topics.iter().map(topic).collect(), ..Default::default() }
    }

    #[test]
    fn pages_continue_where_the_last_one_ended() {
        let image = image(&[("a", 3), ("b", 2), ("c", 1)]);
        let names: BTreeSet<String> = image.topics.keys().cloned().collect();
        let mut cursor = None;
        let mut seen = Vec::new();
        loop {
            let page = page(&image, names.clone(), cursor.as_ref(), 2);
            for topic in page.topics {
                let name = topic.name.unwrap();
                seen.extend(topic.partitions.iter().map(|p| format!("{name}{}", p.partition_index)));
            }
            let Some(next) = page.next_cursor else { break };
            cursor = Some(Cursor { topic_name: next.topic_name, partition_index: next.partition_index });
        }
        assert_eq!(seen, ["a0", "a1", "a2", "b0", "b1", "c0"]);
    }
}

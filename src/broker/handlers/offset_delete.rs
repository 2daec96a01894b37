//! OffsetDelete 0 (KIP-496).

use crate::broker::BrokerState;
use crate::broker::coordinators::group::offsets::{DeleteOffsets, TopicPartitions, TopicResults};
use crate::broker::request::RequestContext;
use crate::protocol::messages::offset_delete::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use crate::protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

pub async fn handle(broker: &BrokerState, _: &RequestContext, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let topics = request.topics.into_iter().map(|topic| TopicPartitions {
        topic: topic.name,
        partitions: topic.partitions.into_iter().map(|p| p.partition_index).collect(),
    });
    let delete = DeleteOffsets { group: request.group_id, topics: topics.collect() };
    let group = delete.group.clone();
    match broker.groups.ask(&group, delete).await {
        Ok(Ok(topics)) => {
            OffsetDeleteResponse { topics: topics.into_iter().map(topic).collect(), ..Default::default() }
        }
        Ok(Err(code)) | Err(code) => OffsetDeleteResponse { error_code: code.code(), ..Default::default() },
    }
}

fn topic(results: TopicResults) -> OffsetDeleteResponseTopic {
    let partitions = results
        .partitions
        .into_iter()
        .map(|(partition_index, code)| OffsetDeleteResponsePartition { partition_index, error_code: code.code() });
    OffsetDeleteResponseTopic { name: results.topic, partitions: partitions.collect() }
}

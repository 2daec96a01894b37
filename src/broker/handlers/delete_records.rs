//! DeleteRecords: everything below an offset becomes unreadable; −1 stands for the high watermark. The new start is on disk
//! before the response leaves, so that deleted records do not come back. Refused for internal topics and for topics that
//! are only compacted (KIP-107).

use crate::broker::BrokerState;
use crate::broker::blocking::blocking;
use crate::broker::partitions::errors::log_rejection;
use crate::broker::request::RequestContext;
use crate::metadata::ClusterImage;
use crate::protocol::messages::delete_records::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use crate::protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, is_internal_topic};

pub async fn handle(broker: &BrokerState, _: &RequestContext, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let writable = broker.before_write().await;
    let image = broker.image();
    let mut deleted = false;
    let mut one = |name: TopicPartition, offset: i64| {
        let partition_index = name.partition;
        match writable.clone().and_then(|()| delete(broker, &image, &name, offset)) {
            Ok(low_watermark) => {
                deleted = true;
                DeleteRecordsPartitionResult { partition_index, low_watermark, error_code: 0 }
            }
            Err(rejection) => failed(partition_index, &rejection),
        }
    };
    let mut topics: Vec<DeleteRecordsTopicResult> = request
        .topics
        .into_iter()
        .map(|topic| {
            let partitions = topic.partitions.iter();
            let results =
                partitions.map(|p| one(TopicPartition::new(&topic.name, p.partition_index), p.offset)).collect();
            DeleteRecordsTopicResult { partitions: results, name: topic.name }
        })
        .collect();
    if deleted && let Err(e) = blocking(|| broker.partitions.write_log_starts()) {
        let rejection = log_rejection(&"log-start-offset-checkpoint", &e);
        for result in topics.iter_mut().flat_map(|topic| &mut topic.partitions).filter(|one| one.error_code == 0) {
            *result = failed(result.partition_index, &rejection);
        }
    }
    DeleteRecordsResponse { topics, ..Default::default() }
}

fn failed(partition_index: i32, rejection: &Rejection) -> DeleteRecordsPartitionResult {
    DeleteRecordsPartitionResult { partition_index, low_watermark: -1, error_code: rejection.code.code() }
}

fn delete(broker: &BrokerState, image: &ClusterImage, name: &TopicPartition, offset: i64) -> Result<i64, Rejection> {
    let topic = image.topic(&name.topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    if is_internal_topic(&name.topic) {
        return Err(ErrorCode::InvalidTopicException.into());
    }
    let partition = broker.partitions.leader(topic, name.partition)?;
    if !broker.partitions.settings(image, &name.topic).delete {
        return Err(ErrorCode::PolicyViolation.into());
    }
    partition.delete_records_before(offset)
}

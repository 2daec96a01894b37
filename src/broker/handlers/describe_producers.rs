//! DescribeProducers 0: what the log of a partition remembers of idempotent and transactional producers (KIP-664).

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::log::{ActiveProducer, PartitionLog};
use crate::protocol::messages::describe_producers::{PartitionResponse, ProducerState, TopicRequest, TopicResponse};
use crate::protocol::messages::{DescribeProducersRequest, DescribeProducersResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, topic_name_fault};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: DescribeProducersRequest,
) -> DescribeProducersResponse {
    let topics = request.topics.into_iter().map(|topic| one(broker, topic)).collect();
    DescribeProducersResponse { topics, ..Default::default() }
}

fn one(broker: &BrokerState, topic: TopicRequest) -> TopicResponse {
    let fault = topic_name_fault(&topic.name).map(|fault| Rejection::new(ErrorCode::InvalidTopicException, fault));
    let partitions = topic.partition_indexes.into_iter().map(|partition_index| {
        let found = match &fault {
            Some(fault) => Err(fault.clone()),
            None => producers(broker, &TopicPartition::new(&topic.name, partition_index)),
        };
        match found {
            Ok(active_producers) => PartitionResponse { partition_index, active_producers, ..Default::default() },
            Err(rejection) => PartitionResponse {
                partition_index,
                error_code: rejection.code.code(),
                error_message: rejection.message,
                ..Default::default()
            },
        }
    });
    TopicResponse { partitions: partitions.collect(), name: topic.name.clone() }
}

fn producers(broker: &BrokerState, partition: &TopicPartition) -> Result<Vec<ProducerState>, Rejection> {
    let list = |log: &mut PartitionLog| log.producers().map(state).collect();
    broker.partitions.leader_of(partition)?.with_log(|log| log.map(list).unwrap_or_default())
}

fn state(producer: ActiveProducer) -> ProducerState {
    ProducerState {
        producer_id: producer.id,
        producer_epoch: i32::from(producer.epoch),
        last_sequence: producer.last_sequence,
        last_timestamp: producer.last_timestamp,
        coordinator_epoch: producer.coordinator_epoch,
        current_txn_start_offset: producer.current_txn_first_offset.unwrap_or(-1),
    }
}

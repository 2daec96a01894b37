//! TxnOffsetCommit 0–5 (KIP-98, 447, 890): offsets that count when the transaction is committed.
//!
//! Before 3 nobody says which member of the group it is. Up to 4 the client has added the group to its transaction, and
//! the transaction coordinator is only asked whether that is so; from 5 on this request adds it. From 4 on clients know
//! TRANSACTION_ABORTABLE. Before 2 they do not know that a coordinator may be loading.
//!
//! Source: `KafkaApis`, `GroupCoordinatorService`, `CoordinatorOperationExceptionHelper` of Kafka 4.2.1.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::offsets::{
    CommitTransactionOffsets, CommittedTopic, NewOffset, TopicCommit, WatchTransactions,
};
use crate::broker::coordinators::transaction::Producer;
use crate::broker::coordinators::{TransactionSupport, TransactionalWrite};
use crate::broker::request::RequestContext;
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::protocol::messages::txn_offset_commit::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic, TxnOffsetCommitResponsePartition,
    TxnOffsetCommitResponseTopic,
};
use crate::protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};
use crate::vocabulary::Uuid;

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: TxnOffsetCommitRequest,
) -> TxnOffsetCommitResponse {
    let image = broker.image();
    let known: Vec<TopicCommit> = request.topics.iter().filter_map(|topic| known_part(&image, topic)).collect();
    let reply = match known.is_empty() {
        true => Ok(Vec::new()),
        false => commit(broker, support(context.api_version), &request, known).await,
    };
    let reply = reply.map_err(|code| as_told(code, context.api_version));
    // The coordinator answers in the order in which it was asked.
    let mut codes = reply.iter().flatten().flat_map(|topic| &topic.partitions).map(|(_, code)| *code);
    let mut answer = |topic: &str, partition: i32| match &reply {
        _ if image.partition(topic, partition).is_none() => ErrorCode::UnknownTopicOrPartition,
        Err(code) => *code,
        Ok(_) => codes.next().unwrap_or(ErrorCode::UnknownServerError),
    };
    let topics = request.topics.iter().map(|TxnOffsetCommitRequestTopic { name, partitions }| {
        let partitions = partitions.iter().map(|&TxnOffsetCommitRequestPartition { partition_index, .. }| {
            let error_code = answer(name, partition_index).code();
            TxnOffsetCommitResponsePartition { partition_index, error_code }
        });
        TxnOffsetCommitResponseTopic { name: name.clone(), partitions: partitions.collect() }
    });
    TxnOffsetCommitResponse { topics: topics.collect(), ..Default::default() }
}

/// The partitions that there are.
fn known_part(image: &ClusterImage, topic: &TxnOffsetCommitRequestTopic) -> Option<TopicCommit> {
    let known = topic.partitions.iter().filter(|p| image.partition(&topic.name, p.partition_index).is_some());
    let partitions: Vec<NewOffset> = known
        .map(|p| NewOffset {
            partition: p.partition_index,
            offset: p.committed_offset,
            leader_epoch: p.committed_leader_epoch,
            metadata: p.committed_metadata.clone(),
        })
        .collect();
    (!partitions.is_empty()).then(|| TopicCommit { topic: topic.name.clone(), topic_id: Uuid::ZERO, partitions })
}

fn support(version: i16) -> TransactionSupport {
    match version {
        ..4 => TransactionSupport::Default,
        4 => TransactionSupport::AbortableErrors,
        _ => TransactionSupport::AddsPartitions,
    }
}

async fn commit(
    broker: &BrokerState,
    support: TransactionSupport,
    request: &TxnOffsetCommitRequest,
    topics: Vec<TopicCommit>,
) -> Result<Vec<CommittedTopic>, ErrorCode> {
    let group = &request.group_id;
    if group.is_empty() {
        return Err(ErrorCode::InvalidGroupId);
    }
    if request.transactional_id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    let producer = Producer { id: request.producer_id, epoch: request.producer_epoch };
    let write = TransactionalWrite {
        transactional_id: request.transactional_id.clone(),
        producer,
        partitions: vec![broker.groups.partition_for(group).await?],
        support,
    };
    let guard = match support {
        TransactionSupport::AddsPartitions => None,
        _ => Some(broker.groups.ask(group, WatchTransactions).await?),
    };
    for (_, code) in broker.transactions.admit(write).await {
        if !code.is_none() {
            return Err(code);
        }
    }
    let commit = CommitTransactionOffsets {
        group: group.clone(),
        generation: request.generation_id,
        member: request.member_id.clone(),
        instance: request.group_instance_id.clone(),
        producer,
        guard,
        topics,
    };
    broker.groups.ask_or_found(group, commit).await?
}

/// An error of the whole request in the words that clients of this API know.
fn as_told(code: ErrorCode, version: i16) -> ErrorCode {
    let code = match code {
        ErrorCode::NetworkException => ErrorCode::CoordinatorLoadInProgress,
        ErrorCode::UnknownTopicOrPartition | ErrorCode::NotEnoughReplicas | ErrorCode::RequestTimedOut => {
            ErrorCode::CoordinatorNotAvailable
        }
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge | ErrorCode::InvalidFetchSize => {
            ErrorCode::UnknownServerError
        }
        code => code,
    };
    match code {
        ErrorCode::CoordinatorLoadInProgress if version < 2 => ErrorCode::CoordinatorNotAvailable,
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_clients_do_not_know_that_a_coordinator_may_be_loading() {
        assert_eq!(as_told(ErrorCode::NetworkException, 2), ErrorCode::CoordinatorLoadInProgress);
        assert_eq!(as_told(ErrorCode::NetworkException, 1), ErrorCode::CoordinatorNotAvailable);
        assert_eq!(as_told(ErrorCode::CoordinatorLoadInProgress, 0), ErrorCode::CoordinatorNotAvailable);
        assert_eq!(as_told(ErrorCode::KafkaStorageError, 5), ErrorCode::NotCoordinator);
        assert_eq!(as_told(ErrorCode::InvalidProducerEpoch, 0), ErrorCode::InvalidProducerEpoch);
    }

    #[test]
    fn the_version_says_what_the_client_knows_of_transactions() {
        let supports: Vec<_> = (0..=5).map(support).collect();
        let older = [TransactionSupport::Default; 4];
        let newer = [TransactionSupport::AbortableErrors, TransactionSupport::AddsPartitions];
        assert_eq!(supports, [older.as_slice(), newer.as_slice()].concat());
    }
}

//! AddPartitionsToTxn 0–5: partitions that a transaction is going to write to.
//!
//! Up to version 3 it comes from clients and is about one transaction; from version 4 it carries several and comes from
//! other brokers, of which there are none: it is answered all the same. If one partition is not there, none is added, and
//! the others are told OPERATION_NOT_ATTEMPTED. Clients may not name internal topics.

use std::collections::BTreeMap;

use super::init_producer_id::fenced_before;
use crate::broker::BrokerState;
use crate::broker::coordinators::transaction::{AddPartitions, Producer, VerifyPartitions};
use crate::broker::coordinators::unknown_id;
use crate::broker::request::RequestContext;
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::protocol::messages::add_partitions_to_txn::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopic,
    AddPartitionsToTxnTopicResult, AddPartitionsToTxnTransaction,
};
use crate::protocol::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse};
use crate::vocabulary::{TopicPartition, is_internal_topic};

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: AddPartitionsToTxnRequest,
) -> AddPartitionsToTxnResponse {
    if context.api_version >= 4 {
        let mut results_by_transaction = Vec::new();
        for transaction in request.transactions {
            let transactional_id = transaction.transactional_id.clone();
            let topic_results = one(broker, context, transaction).await;
            results_by_transaction.push(AddPartitionsToTxnResult { transactional_id, topic_results });
        }
        return AddPartitionsToTxnResponse { results_by_transaction, ..Default::default() };
    }
    let transaction = AddPartitionsToTxnTransaction {
        transactional_id: request.v3_and_below_transactional_id,
        producer_id: request.v3_and_below_producer_id,
        producer_epoch: request.v3_and_below_producer_epoch,
        verify_only: false,
        topics: request.v3_and_below_topics,
    };
    let results_by_topic_v3_and_below = one(broker, context, transaction).await;
    AddPartitionsToTxnResponse { results_by_topic_v3_and_below, ..Default::default() }
}

/// The results by topic; within a request a partition that is named twice counts once.
async fn one(
    broker: &BrokerState,
    context: &RequestContext,
    transaction: AddPartitionsToTxnTransaction,
) -> Vec<AddPartitionsToTxnTopicResult> {
    let image = broker.image();
    let from_client = context.api_version < 4;
    let mut results: BTreeMap<TopicPartition, ErrorCode> = transaction
        .topics
        .iter()
        .flat_map(partitions_of)
        .map(|partition| (partition.clone(), fault(&image, &partition, from_client)))
        .collect();
    if results.values().any(|code| *code != ErrorCode::None) {
        results.values_mut().filter(|code| **code == ErrorCode::None).for_each(|code| {
            *code = ErrorCode::OperationNotAttempted;
        });
        return by_topic(results);
    }
    let partitions: Vec<TopicPartition> = results.keys().cloned().collect();
    match attempt(broker, context, transaction, partitions).await {
        Ok(each) => results.extend(each),
        Err(code) => results.values_mut().for_each(|result| *result = fenced_before(2, context, code)),
    }
    by_topic(results)
}

/// Adds or verifies; the codes of single partitions where they differ.
async fn attempt(
    broker: &BrokerState,
    context: &RequestContext,
    transaction: AddPartitionsToTxnTransaction,
    partitions: Vec<TopicPartition>,
) -> Result<Vec<(TopicPartition, ErrorCode)>, ErrorCode> {
    let AddPartitionsToTxnTransaction { transactional_id, producer_id, producer_epoch, verify_only, .. } = transaction;
    let producer = Producer { id: producer_id, epoch: producer_epoch };
    let id = transactional_id.clone();
    if id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    if verify_only {
        let call = VerifyPartitions { transactional_id, producer, partitions };
        return broker.transactions.ask(&id, call).await.map_err(unknown_id)?;
    }
    // As `TransactionVersion.transactionVersionForAddPartitionsToTxn` has it.
    let client_version = if context.api_version >= 4 { 2 } else { 0 };
    let call = AddPartitions { transactional_id, producer, partitions, client_version };
    broker.transactions.ask(&id, call).await.map_err(unknown_id)?.map(|()| Vec::new())
}

fn partitions_of(topic: &AddPartitionsToTxnTopic) -> impl Iterator<Item = TopicPartition> {
    topic.partitions.iter().map(|index| TopicPartition::new(&topic.name, *index))
}

fn fault(image: &ClusterImage, partition: &TopicPartition, from_client: bool) -> ErrorCode {
    if from_client && is_internal_topic(&partition.topic) {
        return ErrorCode::TopicAuthorizationFailed;
    }
    match image.partition(&partition.topic, partition.partition) {
        Some(_) => ErrorCode::None,
        None => ErrorCode::UnknownTopicOrPartition,
    }
}

fn by_topic(results: BTreeMap<TopicPartition, ErrorCode>) -> Vec<AddPartitionsToTxnTopicResult> {
    let mut topics: Vec<AddPartitionsToTxnTopicResult> = Vec::new();
    for (TopicPartition { topic, partition }, code) in results {
        let result =
            AddPartitionsToTxnPartitionResult { partition_index: partition, partition_error_code: code.code() };
        match topics.last_mut().filter(|last| last.name == topic) {
            Some(last) => last.results_by_partition.push(result),
            None => topics.push(AddPartitionsToTxnTopicResult { name: topic, results_by_partition: vec![result] }),
        }
    }
    topics
}

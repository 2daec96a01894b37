//! DescribeTransactions 0: the state of transactional ids, and the partitions of their open transactions (KIP-664).

use crate::broker::BrokerState;
use crate::broker::coordinators::transaction::{DescribeTransaction, DescribedTransaction};
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::describe_transactions::{TopicData, TransactionState};
use crate::protocol::messages::{DescribeTransactionsRequest, DescribeTransactionsResponse};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: DescribeTransactionsRequest,
) -> DescribeTransactionsResponse {
    let mut transaction_states = Vec::new();
    for transactional_id in request.transactional_ids {
        transaction_states.push(match describe(broker, &transactional_id).await {
            Ok(described) => state(transactional_id, described),
            Err(code) => TransactionState { error_code: code.code(), transactional_id, ..Default::default() },
        });
    }
    DescribeTransactionsResponse { transaction_states, ..Default::default() }
}

async fn describe(broker: &BrokerState, transactional_id: &str) -> Result<DescribedTransaction, ErrorCode> {
    let call = DescribeTransaction { transactional_id: transactional_id.to_owned() };
    broker.transactions.ask(transactional_id, call).await?
}

fn state(transactional_id: String, described: DescribedTransaction) -> TransactionState {
    let mut topics: Vec<TopicData> = Vec::new();
    for partition in described.partitions {
        match topics.last_mut().filter(|last| last.topic == partition.topic) {
            Some(last) => last.partitions.push(partition.partition),
            None => topics.push(TopicData { topic: partition.topic, partitions: vec![partition.partition] }),
        }
    }
    TransactionState {
        error_code: ErrorCode::None.code(),
        transactional_id,
        transaction_state: described.state.to_owned(),
        transaction_timeout_ms: described.timeout_ms,
        transaction_start_time_ms: described.start_time_ms,
        producer_id: described.producer.id,
        producer_epoch: described.producer.epoch,
        topics,
    }
}

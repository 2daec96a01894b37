//! AddOffsetsToTxn 0–4: a transaction is going to commit offsets of a group. What is added is the partition of
//! `__consumer_offsets` that the group belongs to. Clients of the second protocol (KIP-890) do not send it.

use super::init_producer_id::fenced_before;
use crate::broker::BrokerState;
use crate::broker::coordinators::transaction::{AddPartitions, Producer};
use crate::broker::coordinators::unknown_id;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: AddOffsetsToTxnRequest,
) -> AddOffsetsToTxnResponse {
    let code = add(broker, request).await.err().unwrap_or(ErrorCode::None);
    AddOffsetsToTxnResponse { error_code: fenced_before(2, context, code).code(), ..Default::default() }
}

async fn add(broker: &BrokerState, request: AddOffsetsToTxnRequest) -> Result<(), ErrorCode> {
    let AddOffsetsToTxnRequest { transactional_id, producer_id, producer_epoch, group_id } = request;
    if transactional_id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    let partitions = vec![broker.groups.partition_for(&group_id).await?];
    let producer = Producer { id: producer_id, epoch: producer_epoch };
    let id = transactional_id.clone();
    let call = AddPartitions { transactional_id, producer, partitions, client_version: 0 };
    broker.transactions.ask(&id, call).await.map_err(unknown_id)?
}

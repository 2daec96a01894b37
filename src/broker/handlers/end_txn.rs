//! EndTxn 0–5: commits or aborts a transaction. The answer leaves when the markers are in the partitions, so that the
//! next transaction does not meet this one (Kafka answers before).
//!
//! Version 5 is the second protocol (KIP-890): every end gives the producer a new epoch, and sometimes a new id. Before
//! version 2 a fenced producer is told INVALID_PRODUCER_EPOCH.

use super::init_producer_id::{fenced_before, new_producer_id, refusal};
use crate::broker::BrokerState;
use crate::broker::coordinators::transaction::{EndTransaction, Producer, Refused};
use crate::broker::coordinators::unknown_id;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{EndTxnRequest, EndTxnResponse};

pub async fn handle(broker: &BrokerState, context: &RequestContext, request: EndTxnRequest) -> EndTxnResponse {
    match end(broker, context, request).await {
        Ok(Producer { id, epoch }) if context.api_version >= 5 => {
            EndTxnResponse { producer_id: id, producer_epoch: epoch, ..Default::default() }
        }
        Ok(_) => EndTxnResponse::default(),
        Err(code) => EndTxnResponse { error_code: fenced_before(2, context, code).code(), ..Default::default() },
    }
}

async fn end(broker: &BrokerState, context: &RequestContext, request: EndTxnRequest) -> Result<Producer, ErrorCode> {
    let EndTxnRequest { transactional_id, producer_id, producer_epoch, committed, .. } = request;
    if transactional_id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    let producer = Producer { id: producer_id, epoch: producer_epoch };
    let client_version = if context.api_version >= 5 { 2 } else { 0 };
    let mut call = EndTransaction { transactional_id, producer, committed, client_version, new_producer_id: None };
    let mut reply = broker.transactions.ask(&call.transactional_id, call.clone()).await.map_err(unknown_id)?;
    if reply == Err(Refused::NeedsProducerId) {
        call.new_producer_id = Some(new_producer_id(broker).await?);
        reply = broker.transactions.ask(&call.transactional_id, call.clone()).await.map_err(unknown_id)?;
    }
    reply.map_err(refusal)
}

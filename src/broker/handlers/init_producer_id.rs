//! InitProducerId 0–5: an id for a producer that numbers its batches, and the epoch that fences its predecessors.
//!
//! Version 3 lets a producer say which id and epoch it had (KIP-360); without a transactional id it gets a new id anyway,
//! as from Kafka. Before version 4 a fenced producer is told INVALID_PRODUCER_EPOCH. Version 6 (two-phase commit) is not
//! stable in Kafka 4.2 and not advertised.

use crate::broker::BrokerState;
use crate::broker::coordinators::transaction::{InitProducer, Producer, Refused};
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{InitProducerIdRequest, InitProducerIdResponse};

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    match init(broker, request).await {
        Ok(Producer { id, epoch }) => {
            InitProducerIdResponse { producer_id: id, producer_epoch: epoch, ..Default::default() }
        }
        Err(code) => {
            let error_code = fenced_before(4, context, code).code();
            InitProducerIdResponse { error_code, producer_epoch: -1, ..Default::default() }
        }
    }
}

async fn init(broker: &BrokerState, request: InitProducerIdRequest) -> Result<Producer, ErrorCode> {
    let had = match (request.producer_id, request.producer_epoch) {
        (-1, -1) => None,
        (-1, _) | (_, -1) => return Err(ErrorCode::InvalidRequest),
        (id, epoch) => Some(Producer { id, epoch }),
    };
    let Some(transactional_id) = request.transactional_id else {
        return Ok(Producer { id: new_producer_id(broker).await?, epoch: 0 });
    };
    if transactional_id.is_empty() {
        return Err(ErrorCode::InvalidRequest);
    }
    let timeout_ms = request.transaction_timeout_ms;
    let mut call = InitProducer { transactional_id, timeout_ms, had, new_producer_id: None };
    let mut reply = broker.transactions.ask_or_found(&call.transactional_id, call.clone()).await?;
    if reply == Err(Refused::NeedsProducerId) {
        call.new_producer_id = Some(new_producer_id(broker).await?);
        reply = broker.transactions.ask_or_found(&call.transactional_id, call.clone()).await?;
    }
    reply.map_err(refusal)
}

pub async fn new_producer_id(broker: &BrokerState) -> Result<i64, ErrorCode> {
    broker.producer_ids.next().await.map_err(|rejection| rejection.code)
}

/// A coordinator that was given a new id does not ask for another.
pub fn refusal(refused: Refused) -> ErrorCode {
    match refused {
        Refused::Code(code) => code,
        Refused::NeedsProducerId => ErrorCode::UnknownServerError,
    }
}

/// Clients that are older than PRODUCER_FENCED handle another code in its place.
pub fn fenced_before(version: i16, context: &RequestContext, code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::ProducerFenced if context.api_version < version => ErrorCode::InvalidProducerEpoch,
        code => code,
    }
}

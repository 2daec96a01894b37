//! InitProducerId: an id for a producer that numbers its batches.
//!
//! Version 3 lets a producer say which id and epoch it had (KIP-360); without a transactional id it gets a new id anyway,
//! as from Kafka. Missing: transactions. A transactional id is refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED, which
//! every client takes as final; an empty one with INVALID_REQUEST. Version 6 (two-phase commit) is not
//! stable in Kafka 4.2 and not advertised.

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::messages::{InitProducerIdRequest, InitProducerIdResponse};
use crate::protocol::{ErrorCode, Rejection};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    match producer_id(broker, request.transactional_id.as_deref()).await {
        Ok(producer_id) => InitProducerIdResponse { producer_id, producer_epoch: 0, ..Default::default() },
        Err(rejection) => {
            InitProducerIdResponse { error_code: rejection.code.code(), producer_epoch: -1, ..Default::default() }
        }
    }
}

async fn producer_id(broker: &BrokerState, transactional_id: Option<&str>) -> Result<i64, Rejection> {
    match transactional_id {
        None => broker.producer_ids.next().await,
        Some("") => Err(ErrorCode::InvalidRequest.into()),
        Some(_) => Err(ErrorCode::TransactionalIdAuthorizationFailed.into()),
    }
}

//! FindCoordinator 0–6: which broker coordinates a group or a transactional id. It is always this one.
//!
//! The answer does not wait for `__consumer_offsets` or `__transaction_state`: such a topic is made by the first request
//! that needs it. Versions below 4 ask for one key. Key type 0 is a group, 1 a transactional id; share groups (2) are not
//! served, and are refused with INVALID_REQUEST as Kafka refuses a key type that it does not know, so that no client
//! retries.

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::messages::find_coordinator::Coordinator;
use crate::protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use crate::protocol::{ErrorCode, Rejection};

const GROUP: i8 = 0;
const TRANSACTIONAL_ID: i8 = 1;

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    if context.api_version >= 4 {
        let found = request.coordinator_keys.into_iter().map(|key| one(broker, context, request.key_type, key));
        return FindCoordinatorResponse { coordinators: found.collect(), ..Default::default() };
    }
    let found = one(broker, context, request.key_type, request.key);
    let is_found = ErrorCode::from_code(found.error_code).is_none();
    FindCoordinatorResponse {
        error_code: found.error_code,
        // Kafka's text for "no error".
        error_message: if is_found { Some("NONE".to_owned()) } else { found.error_message },
        node_id: found.node_id,
        host: found.host,
        port: found.port,
        ..Default::default()
    }
}

fn one(broker: &BrokerState, context: &RequestContext, key_type: i8, key: String) -> Coordinator {
    match check_key_type(key_type) {
        Ok(()) => Coordinator {
            key,
            node_id: broker.node_id,
            host: context.listener.advertised_host.clone(),
            port: i32::from(context.listener.advertised_port),
            ..Default::default()
        },
        Err(refused) => Coordinator {
            key,
            node_id: -1,
            port: -1,
            error_code: refused.code.code(),
            error_message: refused.message,
            ..Default::default()
        },
    }
}

fn check_key_type(key_type: i8) -> Result<(), Rejection> {
    let kind = match key_type {
        GROUP | TRANSACTIONAL_ID => return Ok(()),
        2 => "share groups are",
        _ => "this key type is",
    };
    Err(Rejection::new(
        ErrorCode::InvalidRequest,
        format!("There is no coordinator: {kind} not served by this broker."),
    ))
}

//! Heartbeat 0–4 (KIP-345).

use crate::broker::BrokerState;
use crate::broker::coordinators::group::classic::Heartbeat;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{HeartbeatRequest, HeartbeatResponse};

pub async fn handle(broker: &BrokerState, _: &RequestContext, request: HeartbeatRequest) -> HeartbeatResponse {
    let heartbeat = Heartbeat {
        group: request.group_id,
        generation: request.generation_id,
        member: request.member_id,
        instance: request.group_instance_id,
    };
    let group = heartbeat.group.clone();
    let code = match broker.groups.ask(&group, heartbeat).await {
        Ok(Ok(())) => ErrorCode::None,
        Ok(Err(code)) | Err(code) => code,
    };
    HeartbeatResponse { error_code: code.code(), ..Default::default() }
}

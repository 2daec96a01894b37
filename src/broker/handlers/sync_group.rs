//! SyncGroup 0–5 (KIP-345, 559). From 5 on a request without protocol type and name is refused, as Kafka does.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::classic::SyncGroup;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{SyncGroupRequest, SyncGroupResponse};

pub async fn handle(broker: &BrokerState, context: &RequestContext, request: SyncGroupRequest) -> SyncGroupResponse {
    if context.api_version >= 5 && (request.protocol_type.is_none() || request.protocol_name.is_none()) {
        return refused(ErrorCode::InconsistentGroupProtocol);
    }
    let sync = SyncGroup {
        group: request.group_id,
        generation: request.generation_id,
        member: request.member_id,
        instance: request.group_instance_id,
        protocol_type: request.protocol_type,
        protocol: request.protocol_name,
        assignments: request.assignments.into_iter().map(|a| (a.member_id, a.assignment)).collect(),
    };
    let group = sync.group.clone();
    match broker.groups.ask(&group, sync).await {
        Ok(Ok(synced)) => SyncGroupResponse {
            protocol_type: synced.protocol_type,
            protocol_name: synced.protocol,
            assignment: synced.assignment,
            ..Default::default()
        },
        Ok(Err(code)) | Err(code) => refused(code),
    }
}

fn refused(code: ErrorCode) -> SyncGroupResponse {
    SyncGroupResponse { error_code: code.code(), ..Default::default() }
}

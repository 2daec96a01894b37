//! JoinGroup 0–9 (KIP-62, 345, 394, 559, 800, 814).
//!
//! Version 0 knows one timeout for session and rebalance. From 4 on a client can be told its member id before it joins,
//! from 9 on that it need not assign. Up to 6 the protocol name cannot be null. The reason (8) is not used.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::classic::{JoinGroup, JoinRefused, Joined, Protocol};
use crate::broker::handlers::client_host::client_host;
use crate::broker::request::RequestContext;
use crate::protocol::messages::join_group::JoinGroupResponseMember;
use crate::protocol::messages::{JoinGroupRequest, JoinGroupResponse};

pub async fn handle(broker: &BrokerState, context: &RequestContext, request: JoinGroupRequest) -> JoinGroupResponse {
    let version = context.api_version;
    let member = request.member_id.clone();
    let join = JoinGroup {
        group: request.group_id,
        member: request.member_id,
        instance: request.group_instance_id,
        client_id: context.client_id.clone(),
        client_host: client_host(context.client_host),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: if version == 0 { request.session_timeout_ms } else { request.rebalance_timeout_ms },
        protocol_type: request.protocol_type,
        protocols: request.protocols.into_iter().map(|p| Protocol { name: p.name, metadata: p.metadata }).collect(),
        can_be_told_its_id: version >= 4,
        can_skip_assignment: version >= 9,
    };
    let group = join.group.clone();
    let mut response = match broker.groups.ask_or_found(&group, join).await {
        Ok(Ok(joined)) => joined_response(joined),
        Ok(Err(refused)) => refused_response(refused),
        Err(code) => refused_response(JoinRefused { code, member }),
    };
    if version < 7 {
        response.protocol_name.get_or_insert_default();
    }
    response
}

fn joined_response(joined: Joined) -> JoinGroupResponse {
    let members = joined.members.into_iter().map(|member| JoinGroupResponseMember {
        member_id: member.id,
        group_instance_id: member.instance,
        metadata: member.metadata,
    });
    JoinGroupResponse {
        generation_id: joined.generation,
        protocol_type: joined.protocol_type,
        protocol_name: joined.protocol,
        leader: joined.leader,
        skip_assignment: joined.skip_assignment,
        member_id: joined.member,
        members: members.collect(),
        ..Default::default()
    }
}

fn refused_response(refused: JoinRefused) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: refused.code.code(),
        member_id: refused.member,
        protocol_name: None,
        ..Default::default()
    }
}

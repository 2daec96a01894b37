//! LeaveGroup 0–5 (KIP-345, 800). Up to version 2 there is one member, whose error is that of the whole request.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::classic::{LeaveGroup, Leaver, Left};
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::leave_group::MemberResponse;
use crate::protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

pub async fn handle(broker: &BrokerState, context: &RequestContext, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let is_single = context.api_version < 3;
    let members = match is_single {
        true => vec![Leaver { member: request.member_id, instance: None }],
        false => {
            let listed = request.members.into_iter();
            listed.map(|m| Leaver { member: m.member_id, instance: m.group_instance_id }).collect()
        }
    };
    let leave = LeaveGroup { group: request.group_id, members };
    let group = leave.group.clone();
    match broker.groups.ask(&group, leave).await {
        Ok(Ok(left)) if is_single => {
            failed(left.into_iter().map(|left| left.code).find(|code| !code.is_none()).unwrap_or(ErrorCode::None))
        }
        Ok(Ok(left)) => LeaveGroupResponse { members: left.into_iter().map(member).collect(), ..Default::default() },
        Ok(Err(code)) | Err(code) => failed(code),
    }
}

fn failed(code: ErrorCode) -> LeaveGroupResponse {
    LeaveGroupResponse { error_code: code.code(), ..Default::default() }
}

fn member(left: Left) -> MemberResponse {
    MemberResponse {
        member_id: left.leaver.member,
        group_instance_id: left.leaver.instance,
        error_code: left.code.code(),
    }
}

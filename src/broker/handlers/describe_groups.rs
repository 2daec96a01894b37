//! DescribeGroups 0–6 (KIP-345, 430, 1043).
//!
//! A group that is not there is in state Dead; from version 6 on it is GROUP_ID_NOT_FOUND with a message beside that.
//! Without an authorizer everybody may do everything that can be done with a group.

use crate::broker::BrokerState;
use crate::broker::coordinators::group as groups;
use crate::broker::request::RequestContext;
use crate::broker::security::operations::{GROUP_OPERATIONS, if_requested};
use crate::protocol::ErrorCode;
use crate::protocol::messages::describe_groups::{DescribedGroup, DescribedGroupMember};
use crate::protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let mut described = Vec::new();
    for group in request.groups {
        let mut one = one(broker, context, group).await;
        if one.error_code == 0 {
            one.authorized_operations = if_requested(request.include_authorized_operations, GROUP_OPERATIONS);
        }
        described.push(one);
    }
    DescribeGroupsResponse { groups: described, ..Default::default() }
}

async fn one(broker: &BrokerState, context: &RequestContext, group: String) -> DescribedGroup {
    let wanted = groups::DescribeGroups { groups: vec![group.clone()] };
    match broker.groups.ask(&group, wanted).await.map(|described| described.into_iter().next()) {
        Ok(Some(groups::DescribedGroup::Known { group, state, protocol_type, protocol, members })) => DescribedGroup {
            group_id: group,
            group_state: state.to_owned(),
            protocol_type,
            protocol_data: protocol,
            members: members.into_iter().map(member).collect(),
            ..Default::default()
        },
        Ok(Some(groups::DescribedGroup::Unknown { group, message })) => dead(context, group, message),
        Ok(None) => failed(group, ErrorCode::UnknownServerError),
        Err(code) => failed(group, code),
    }
}

fn dead(context: &RequestContext, group: String, message: String) -> DescribedGroup {
    let is_an_error = context.api_version >= 6;
    DescribedGroup {
        error_code: if is_an_error { ErrorCode::GroupIdNotFound.code() } else { 0 },
        error_message: is_an_error.then_some(message),
        group_id: group,
        group_state: "Dead".to_owned(),
        ..Default::default()
    }
}

fn failed(group: String, code: ErrorCode) -> DescribedGroup {
    DescribedGroup { error_code: code.code(), group_id: group, ..Default::default() }
}

fn member(member: groups::DescribedMember) -> DescribedGroupMember {
    DescribedGroupMember {
        member_id: member.id,
        group_instance_id: member.instance,
        client_id: member.client_id,
        client_host: member.client_host,
        member_metadata: member.metadata,
        member_assignment: member.assignment,
    }
}

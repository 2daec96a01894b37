//! ListGroups 0–5 (KIP-518 states, KIP-848 types). Empty filters ask for everything.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::ListGroups;
use crate::broker::request::RequestContext;
use crate::protocol::messages::list_groups::ListedGroup;
use crate::protocol::messages::{ListGroupsRequest, ListGroupsResponse};

pub async fn handle(broker: &BrokerState, _: &RequestContext, request: ListGroupsRequest) -> ListGroupsResponse {
    let wanted = ListGroups { states: request.states_filter, types: request.types_filter };
    match broker.groups.list(wanted).await {
        Ok(groups) => {
            let groups = groups.into_iter().map(|group| ListedGroup {
                group_id: group.group,
                protocol_type: group.protocol_type,
                group_state: group.state.to_owned(),
                group_type: group.kind.to_owned(),
            });
            ListGroupsResponse { groups: groups.collect(), ..Default::default() }
        }
        Err(code) => ListGroupsResponse { error_code: code.code(), ..Default::default() },
    }
}

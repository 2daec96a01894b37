//! DeleteGroups 0–2 (KIP-229). A group that is named twice has one result, as with Kafka.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::DeleteGroups;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::delete_groups::DeletableGroupResult;
use crate::protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

pub async fn handle(broker: &BrokerState, _: &RequestContext, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut results: Vec<DeletableGroupResult> = Vec::new();
    for group in request.groups_names {
        if results.iter().any(|result| result.group_id == group) {
            continue;
        }
        let code = one(broker, &group).await;
        results.push(DeletableGroupResult { group_id: group, error_code: code.code() });
    }
    DeleteGroupsResponse { results, ..Default::default() }
}

async fn one(broker: &BrokerState, group: &str) -> ErrorCode {
    match broker.groups.ask(group, DeleteGroups { groups: vec![group.to_owned()] }).await {
        Ok(results) => results.into_iter().next().map_or(ErrorCode::UnknownServerError, |(_, code)| code),
        Err(code) => code,
    }
}

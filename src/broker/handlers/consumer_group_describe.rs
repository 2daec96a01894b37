//! ConsumerGroupDescribe 0–1 (KIP-848). It is about groups of the newer protocol, which are not served: no group is one of
//! them. Clients that hear so ask again with DescribeGroups, which is for all others.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::{DescribeGroups, DescribedGroup};
use crate::broker::request::RequestContext;
use crate::protocol::messages::consumer_group_describe::DescribedGroup as Described;
use crate::protocol::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse};
use crate::protocol::{ErrorCode, Rejection};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let mut groups = Vec::new();
    for group_id in request.group_ids {
        let refused = refusal(broker, &group_id).await;
        let (error_code, error_message) = (refused.code.code(), refused.message);
        groups.push(Described { error_code, error_message, group_id, ..Default::default() });
    }
    ConsumerGroupDescribeResponse { groups, ..Default::default() }
}

async fn refusal(broker: &BrokerState, group: &str) -> Rejection {
    if group.is_empty() {
        return ErrorCode::InvalidGroupId.into();
    }
    let message = match broker.groups.ask(group, DescribeGroups { groups: vec![group.to_owned()] }).await {
        Err(code) => return code.into(),
        Ok(described) => match described.into_iter().next() {
            Some(DescribedGroup::Unknown { message, .. }) => message,
            _ => format!("Group {group} is not a consumer group."),
        },
    };
    Rejection::new(ErrorCode::GroupIdNotFound, message)
}

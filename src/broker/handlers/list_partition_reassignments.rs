//! ListPartitionReassignments: there are none. A partition has one replica, on this broker, and cannot move.

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::messages::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse};

pub async fn handle(
    _: &BrokerState,
    _: &RequestContext,
    _: ListPartitionReassignmentsRequest,
) -> ListPartitionReassignmentsResponse {
    ListPartitionReassignmentsResponse { error_message: None, ..Default::default() }
}

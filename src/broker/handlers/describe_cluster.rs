//! DescribeCluster: who is here. A broker's listener tells of brokers (endpoint type 1), a controller's of controllers (2);
//! version 0 has only brokers.

use crate::broker::BrokerState;
use crate::broker::config::Role;
use crate::broker::request::RequestContext;
use crate::broker::security::operations::{CLUSTER_OPERATIONS, if_requested};
use crate::protocol::ErrorCode;
use crate::protocol::messages::describe_cluster::DescribeClusterBroker;
use crate::protocol::messages::{DescribeClusterRequest, DescribeClusterResponse};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: DescribeClusterRequest,
) -> DescribeClusterResponse {
    let refusal = match (request.endpoint_type, context.listener.role) {
        (BROKERS, Role::Broker) | (CONTROLLERS, Role::Controller) => None,
        (CONTROLLERS, Role::Broker) => Some((
            ErrorCode::MismatchedEndpointType,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
        )),
        (BROKERS, Role::Controller) => Some((
            ErrorCode::MismatchedEndpointType,
            "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER",
        )),
        _ => Some((ErrorCode::UnsupportedEndpointType, "Unsupported endpoint type")),
    };
    if let Some((code, message)) = refusal {
        return DescribeClusterResponse {
            error_code: code.code(),
            error_message: Some(message.to_owned()),
            endpoint_type: request.endpoint_type,
            ..Default::default()
        };
    }
    DescribeClusterResponse {
        endpoint_type: request.endpoint_type,
        cluster_id: broker.cluster_id.clone(),
        controller_id: broker.node_id,
        brokers: vec![DescribeClusterBroker {
            broker_id: broker.node_id,
            host: context.listener.advertised_host.clone(),
            port: i32::from(context.listener.advertised_port),
            rack: broker.keys.get("broker.rack").map(str::to_owned),
            is_fenced: false,
        }],
        cluster_authorized_operations: if_requested(request.include_cluster_authorized_operations, CLUSTER_OPERATIONS),
        ..Default::default()
    }
}

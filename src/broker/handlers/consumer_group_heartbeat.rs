//! ConsumerGroupHeartbeat 0–1 (KIP-848, 1082). From 1 on a member makes its id itself, and may subscribe by a regular
//! expression. In a cluster at group.version 0 there are no consumer groups.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::consumer::{Assignment, ConsumerHeartbeat, HeartbeatAnswer};
use crate::broker::handlers::client_host::client_host;
use crate::broker::request::RequestContext;
use crate::metadata::features::GROUP_VERSION;
use crate::protocol::messages::consumer_group_heartbeat as messages;
use crate::protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use crate::protocol::{ErrorCode, Rejection};

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: ConsumerGroupHeartbeatRequest,
) -> ConsumerGroupHeartbeatResponse {
    if !has_consumer_groups(broker) {
        return refused(ErrorCode::UnsupportedVersion.into());
    }
    let heartbeat = ConsumerHeartbeat {
        group: request.group_id,
        member: request.member_id,
        epoch: request.member_epoch,
        instance: request.instance_id,
        rack: request.rack_id,
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        names: request.subscribed_topic_names,
        regex: request.subscribed_topic_regex,
        assignor: request.server_assignor,
        owned: request.topic_partitions.as_deref().map(Assignment::from_message),
        client_id: context.client_id.clone(),
        client_host: client_host(context.client_host),
        brings_its_id: context.api_version >= 1,
    };
    let group = heartbeat.group.clone();
    let answered = match heartbeat.epoch {
        0 => broker.groups.ask_or_found(&group, heartbeat).await,
        _ => broker.groups.ask(&group, heartbeat).await,
    };
    match answered.map_err(Rejection::from).flatten() {
        Ok(answer) => response(answer),
        Err(rejection) => refused(rejection),
    }
}

/// Whether the cluster is at a level at which there are consumer groups, and its owner wants them.
pub fn has_consumer_groups(broker: &BrokerState) -> bool {
    broker.keys.list("group.coordinator.rebalance.protocols").contains(&"consumer")
        && broker.image().features.get(GROUP_VERSION).is_some_and(|level| *level >= 1)
}

fn response(answer: HeartbeatAnswer) -> ConsumerGroupHeartbeatResponse {
    let assignment = answer
        .assignment
        .map(|assignment| Box::new(messages::Assignment { topic_partitions: assignment.to_message() }));
    ConsumerGroupHeartbeatResponse {
        member_id: Some(answer.member),
        member_epoch: answer.epoch,
        heartbeat_interval_ms: i32::try_from(answer.interval.as_millis()).unwrap_or(i32::MAX),
        assignment,
        ..Default::default()
    }
}

fn refused(rejection: Rejection) -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse {
        error_code: rejection.code.code(),
        error_message: rejection.message,
        ..Default::default()
    }
}

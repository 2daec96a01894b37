//! ConsumerGroupDescribe 0–1 (KIP-848, 1099). A group of another kind is not found; clients that hear so ask again with
//! DescribeGroups. Topics that are there no more are left out of assignments.

use crate::broker::BrokerState;
use crate::broker::coordinators::group::consumer::{
    Assignment, DescribeConsumerGroups, DescribedConsumerGroup, DescribedConsumerMember,
};
use crate::broker::request::RequestContext;
use crate::broker::security::operations::{GROUP_OPERATIONS, if_requested};
use crate::metadata::ClusterImage;
use crate::protocol::messages::consumer_group_describe as messages;
use crate::protocol::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse};
use crate::protocol::{ErrorCode, Rejection};

use super::consumer_group_heartbeat::has_consumer_groups;

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    let operations = if_requested(request.include_authorized_operations, GROUP_OPERATIONS);
    let mut groups = Vec::new();
    for group_id in request.group_ids {
        groups.push(match described(broker, &group_id).await {
            Ok(group) => messages::DescribedGroup { authorized_operations: operations, ..group },
            Err(rejection) => messages::DescribedGroup {
                error_code: rejection.code.code(),
                error_message: rejection.message,
                group_id,
                ..Default::default()
            },
        });
    }
    ConsumerGroupDescribeResponse { groups, ..Default::default() }
}

async fn described(broker: &BrokerState, group: &str) -> Result<messages::DescribedGroup, Rejection> {
    if !has_consumer_groups(broker) {
        return Err(ErrorCode::UnsupportedVersion.into());
    }
    if group.is_empty() {
        return Err(ErrorCode::InvalidGroupId.into());
    }
    let image = broker.image();
    let answered = broker.groups.ask(group, DescribeConsumerGroups { groups: vec![group.to_owned()] }).await?;
    match answered.into_iter().next() {
        Some(DescribedConsumerGroup::Known { group, state, epoch, assignment_epoch, assignor, members }) => {
            Ok(messages::DescribedGroup {
                group_id: group,
                group_state: state.to_owned(),
                group_epoch: epoch,
                assignment_epoch,
                assignor_name: assignor.to_owned(),
                members: members.into_iter().map(|member| described_member(member, &image)).collect(),
                ..Default::default()
            })
        }
        Some(DescribedConsumerGroup::Unknown { message, .. }) => {
            Err(Rejection::new(ErrorCode::GroupIdNotFound, message))
        }
        None => Err(ErrorCode::UnknownServerError.into()),
    }
}

fn described_member(described: DescribedConsumerMember, image: &ClusterImage) -> messages::Member {
    const CLASSIC: i8 = 0;
    const CONSUMER: i8 = 1;
    let member = described.member;
    messages::Member {
        member_type: if member.is_classic() { CLASSIC } else { CONSUMER },
        member_id: member.id,
        instance_id: member.instance,
        rack_id: member.rack,
        member_epoch: member.epoch,
        client_id: member.client_id,
        client_host: member.client_host,
        subscribed_topic_names: member.names.into_iter().collect(),
        subscribed_topic_regex: member.regex,
        assignment: assignment(&member.assigned, image),
        target_assignment: assignment(&described.target, image),
    }
}

fn assignment(assignment: &Assignment, image: &ClusterImage) -> messages::Assignment {
    let topics = assignment.topics().filter_map(|(topic_id, partitions)| {
        let topic_name = image.topic_by_id(topic_id)?.name.clone();
        Some(messages::TopicPartitions { topic_id, topic_name, partitions: partitions.iter().copied().collect() })
    });
    messages::Assignment { topic_partitions: topics.collect() }
}

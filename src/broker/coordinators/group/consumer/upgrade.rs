//! A classic group becomes a consumer group when the first member of the newer protocol joins it. Those who are in it stay,
//! with what they have: they are stable at an epoch that is the generation, and the newcomer makes the next one.
//!
//! A cooperative member may still read what the last assignment took away from it: it has not heard that yet, or is giving
//! it back. It said so when it joined, and here that is kept for it until it has joined again. Kafka takes it for free.
//!
//! Source: `GroupMetadataManager.convertToConsumerGroup`, `ConsumerGroup.fromClassicGroup` of Kafka 4.2.1.

use super::assignment::Assignment;
use super::group::ConsumerGroup;
use super::heartbeat::not_found;
use super::member::{Member, MemberState};
use super::metadata_hash::metadata_hash;
use super::settings::ConsumerGroupSettings;
use crate::broker::coordinators::group::Decision;
use crate::broker::coordinators::group::classic::{self, ClassicGroup, as_millis};
use crate::broker::machine::{Context, TimerChange};
use crate::metadata::ClusterImage;
use crate::protocol::Rejection;
use crate::records::consumer_group::{
    ClassicMemberMetadata, ClassicProtocol, ConsumerGroupChange, ConsumerGroupMetadataValue,
    ConsumerGroupTargetAssignmentMemberValue, ConsumerGroupTargetAssignmentMetadataValue,
};
use crate::records::consumer_protocol::{
    self, ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartitions,
};
use crate::records::group::GroupRecord;
use crate::vocabulary::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What makes a consumer group of a classic one, behind the tombstone of the latter.
pub(super) fn upgraded(
    group: &ClassicGroup,
    settings: &ConsumerGroupSettings,
    context: &Context<'_>,
    out: &mut Decision,
) -> Result<Vec<ConsumerGroupChange>, Rejection> {
    check(group, settings)?;
    let mut made = ConsumerGroup::new(group.id());
    let mut changes = Vec::new();
    let mut targets = Vec::new();
    let mut currents = Vec::new();
    let members: Result<Vec<_>, _> = group.members().map(|classic| member_of(group, classic, context.image)).collect();
    let (mut members, claims): (Vec<Member>, Vec<Claim>) =
        members.map_err(|why| refusal(group, why))?.into_iter().unzip();
    keep_what_is_still_read(&mut members, &claims);
    for (classic, member) in group.members().zip(members) {
        let value = ConsumerGroupTargetAssignmentMemberValue { topic_partitions: member.assigned.to_records() };
        targets.push(ConsumerGroupChange::Target { member: member.id.clone(), value: Some(value) });
        currents.push(member.current_record());
        changes.push(member.subscription_record());
        let session = context.now + classic.session_timeout;
        out.timers.push(TimerChange::Arm(made.session_timer(&member.id), session));
    }
    changes.iter().for_each(|change| made.apply(change));
    let epoch = group.generation();
    let metadata_hash = metadata_hash(&made.subscribed_topics(), context.image);
    changes.push(ConsumerGroupChange::Epoch(Some(ConsumerGroupMetadataValue { epoch, metadata_hash })));
    changes.extend(targets);
    let value = ConsumerGroupTargetAssignmentMetadataValue { assignment_epoch: epoch };
    changes.push(ConsumerGroupChange::TargetEpoch(Some(value)));
    changes.extend(currents);
    group.end_as_classic(out);
    out.records.push(GroupRecord::Group { group: group.id().to_owned(), value: None }.into());
    Ok(changes)
}

fn refusal(group: &ClassicGroup, why: &str) -> Rejection {
    not_found(format!("Cannot upgrade classic group {} to consumer group because {why}.", group.id()))
}

fn check(group: &ClassicGroup, settings: &ConsumerGroupSettings) -> Result<(), Rejection> {
    let why = if !settings.migration.upgrade {
        "online upgrade is disabled"
    } else if !group.is_consumer_group() {
        "the group does not use the consumer embedded protocol"
    } else if group.members().count() > settings.max_size {
        "the group size exceeds the consumer group maximum size"
    } else {
        return Ok(());
    };
    Err(refusal(group, why))
}

const MALFORMED: &str = "the embedded consumer protocol is malformed";
const FOREIGN_ASSIGNOR: &str = "an unsupported custom assignor is in use. Please refer to the documentation or switch to a \
                                default assignor before re-attempting the upgrade";

/// What a member said that it has, in the generation in which it got that.
struct Claim {
    owned: Assignment,
    generation: i32,
}

/// Of what nobody was assigned, whoever got it last gives it back.
fn keep_what_is_still_read(members: &mut [Member], claims: &[Claim]) {
    let assigned: BTreeSet<_> = members.iter().flat_map(|member| member.assigned.iter()).collect();
    let mut last: BTreeMap<(Uuid, i32), (i32, usize)> = BTreeMap::new();
    for (at, claim) in claims.iter().enumerate() {
        for place in claim.owned.iter().filter(|place| !assigned.contains(place)) {
            let known = last.entry(place).or_insert((claim.generation, at));
            *known = (*known).max((claim.generation, at));
        }
    }
    for (place, (_, at)) in last {
        if let Some(member) = members.get_mut(at) {
            member.state = MemberState::Unrevoked;
            member.revoking.extend([place]);
        }
    }
}

fn member_of(
    group: &ClassicGroup,
    classic: &classic::Member,
    image: &ClusterImage,
) -> Result<(Member, Claim), &'static str> {
    let bytes = group.settled_assignment(&classic.id);
    let assigned = match bytes.is_empty() {
        // It has just joined.
        true => ConsumerProtocolAssignment::default(),
        false => consumer_protocol::read(&bytes).map_err(|_| MALFORMED)?,
    };
    if assigned.user_data.is_some_and(|data| !data.is_empty()) {
        return Err(FOREIGN_ASSIGNOR);
    }
    let metadata = match group.protocol().and_then(|protocol| classic.metadata(protocol)) {
        Some(metadata) => metadata,
        None => &classic.protocols.first().ok_or(MALFORMED)?.metadata,
    };
    let subscription: ConsumerProtocolSubscription = consumer_protocol::read(metadata).map_err(|_| MALFORMED)?;
    let owned = by_id(&subscription.owned_partitions, image);
    let member = Member {
        epoch: group.generation(),
        previous_epoch: group.generation(),
        state: MemberState::Stable,
        instance: classic.instance.clone(),
        rack: subscription.rack_id.filter(|rack| !rack.is_empty()),
        client_id: classic.client_id.clone(),
        client_host: classic.client_host.clone(),
        rebalance_timeout_ms: as_millis(classic.rebalance_timeout),
        names: subscription.topics.into_iter().collect(),
        assigned: by_id(&assigned.assigned_partitions, image),
        classic: Some(classic_metadata(classic.session_timeout, &classic.protocols)),
        ..Member::new(&classic.id)
    };
    Ok((member, Claim { owned, generation: subscription.generation_id }))
}

pub(super) fn classic_metadata(session_timeout: Duration, protocols: &[classic::Protocol]) -> ClassicMemberMetadata {
    let protocol = |protocol: &classic::Protocol| ClassicProtocol {
        name: protocol.name.clone(),
        metadata: protocol.metadata.clone(),
    };
    ClassicMemberMetadata {
        session_timeout_ms: as_millis(session_timeout),
        supported_protocols: protocols.iter().map(protocol).collect(),
    }
}

/// Partitions of the topics that exist.
pub(super) fn by_id(topics: &[TopicPartitions], image: &ClusterImage) -> Assignment {
    let known = topics.iter().filter_map(|topic| Some((image.topic(&topic.topic)?.id, &topic.partitions)));
    known.flat_map(|(id, partitions)| partitions.iter().map(move |partition| (id, *partition))).collect()
}

pub(super) fn by_name(assignment: &Assignment, image: &ClusterImage) -> ConsumerProtocolAssignment {
    let topics = assignment.topics().filter_map(|(id, partitions)| {
        let topic = image.topic_by_id(id)?.name.clone();
        Some(TopicPartitions { topic, partitions: partitions.iter().copied().collect() })
    });
    ConsumerProtocolAssignment { assigned_partitions: topics.collect(), user_data: None }
}

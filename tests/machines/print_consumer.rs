//! What is printed of consumer groups: records, answers, descriptions. Topics by name, members by their short names.

use kavka::broker::coordinators::group::consumer::{
    Assignment, ConsumerHeartbeatReply, DescribedConsumerGroup, DescribedConsumerMember, MemberState,
};
use kavka::records::consumer_group::{ConsumerGroupChange, ConsumerGroupMemberMetadataValue};

use crate::print::{Names, bracketed, short};

/// One line for a record.
pub fn record(group: &str, change: &ConsumerGroupChange, names: &Names) -> String {
    let member = |id: &str| short(id, names).to_owned();
    match change {
        ConsumerGroupChange::Epoch(None) => format!("ConsumerGroup {group} tombstone"),
        ConsumerGroupChange::Epoch(Some(value)) => format!("ConsumerGroup {group} epoch={}", value.epoch),
        ConsumerGroupChange::PartitionMetadata(None) => format!("ConsumerPartitionMetadata {group} tombstone"),
        ConsumerGroupChange::PartitionMetadata(Some(_)) => format!("ConsumerPartitionMetadata {group}"),
        ConsumerGroupChange::Member { member: id, value: None } => {
            format!("ConsumerMember {group} {} tombstone", member(id))
        }
        ConsumerGroupChange::Member { member: id, value: Some(value) } => {
            format!("ConsumerMember {group} {}{}", member(id), subscription(value))
        }
        ConsumerGroupChange::TargetEpoch(None) => format!("ConsumerTargetEpoch {group} tombstone"),
        ConsumerGroupChange::TargetEpoch(Some(value)) => {
            format!("ConsumerTargetEpoch {group} {}", value.assignment_epoch)
        }
        ConsumerGroupChange::Target { member: id, value: None } => {
            format!("ConsumerTarget {group} {} tombstone", member(id))
        }
        ConsumerGroupChange::Target { member: id, value: Some(value) } => {
            let target = Assignment::from_records(&value.topic_partitions);
            format!("ConsumerTarget {group} {} {}", member(id), partitions(&target, names))
        }
        ConsumerGroupChange::Current { member: id, value: None } => {
            format!("ConsumerCurrent {group} {} tombstone", member(id))
        }
        ConsumerGroupChange::Current { member: id, value: Some(value) } => {
            let state = state_name(MemberState::from_number(value.state));
            let assigned = Assignment::from_records(&value.assigned_partitions);
            let revoking = Assignment::from_records(&value.partitions_pending_revocation);
            let (epoch, previous) = (value.member_epoch, value.previous_member_epoch);
            format!(
                "ConsumerCurrent {group} {} epoch={epoch} previous={previous} {state} {}{}",
                member(id),
                partitions(&assigned, names),
                if revoking.is_empty() { String::new() } else { format!(" revoking={}", partitions(&revoking, names)) }
            )
        }
        ConsumerGroupChange::Regex { regex, value: None } => format!("ConsumerRegex {group} '{regex}' tombstone"),
        ConsumerGroupChange::Regex { regex, value: Some(value) } => {
            format!("ConsumerRegex {group} '{regex}' {}", bracketed(value.topics.clone(), " "))
        }
    }
}

fn subscription(value: &ConsumerGroupMemberMetadataValue) -> String {
    let mut line = format!(" topics={}", value.subscribed_topic_names.join("+"));
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            line += &format!(" {name}={value}");
        }
    };
    add("regex", value.subscribed_topic_regex.as_deref());
    add("instance", value.instance_id.as_deref());
    add("rack", value.rack_id.as_deref());
    add("assignor", value.server_assignor.as_deref());
    let protocols = |names: &[_]| {
        let name = |protocol: &kavka::records::consumer_group::ClassicProtocol| protocol.name.clone();
        names.iter().map(name).collect::<Vec<_>>().join(",")
    };
    let classic = value.classic_member_metadata.0.as_ref().map(|classic| protocols(&classic.supported_protocols));
    add("classic", classic.as_deref());
    line
}

fn state_name(state: MemberState) -> &'static str {
    match state {
        MemberState::Stable => "stable",
        MemberState::Unrevoked => "unrevoked",
        MemberState::Unreleased => "unreleased",
        MemberState::Unknown(_) => "unknown",
    }
}

pub fn partitions(assignment: &Assignment, names: &Names) -> String {
    let place = |(topic, partition): (kavka::vocabulary::Uuid, i32)| {
        format!("{}-{partition}", short(&topic.to_string(), names))
    };
    let mut places: Vec<String> = assignment.iter().map(place).collect();
    places.sort();
    bracketed(places, " ")
}

pub fn heartbeat(reply: &ConsumerHeartbeatReply, names: &Names) -> String {
    match reply {
        Err(rejection) => rejection.code.name().to_owned(),
        Ok(answer) => {
            let mut line = format!("member={} epoch={}", short(&answer.member, names), answer.epoch);
            if let Some(assignment) = &answer.assignment {
                line += &format!(" assignment={}", partitions(assignment, names));
            }
            line
        }
    }
}

pub fn described(group: &DescribedConsumerGroup, names: &Names) -> String {
    match group {
        DescribedConsumerGroup::Unknown { group, message } => format!("{group} unknown: {message}"),
        DescribedConsumerGroup::Known { group, state, epoch, assignment_epoch, assignor, members } => {
            let members = bracketed(members.iter().map(|member| described_member(member, names)).collect(), ", ");
            format!("{group} {state} epoch={epoch} assignment-epoch={assignment_epoch} {assignor} members={members}")
        }
    }
}

fn described_member(described: &DescribedConsumerMember, names: &Names) -> String {
    let member = &described.member;
    format!(
        "{} {} epoch={} {} target={}",
        short(&member.id, names),
        if member.is_classic() { "classic" } else { "consumer" },
        member.epoch,
        partitions(&member.assigned, names),
        partitions(&described.target, names)
    )
}

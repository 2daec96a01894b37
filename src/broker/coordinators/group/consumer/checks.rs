//! Heartbeats that are refused before anything is looked at, and members that are refused by what is known of them.

use super::assignment::Assignment;
use super::group::ConsumerGroup;
use super::heartbeat::ConsumerHeartbeat;
use super::member::{LEAVING, LEAVING_FOR_A_WHILE, Member};
use super::settings::ConsumerGroupSettings;
use crate::protocol::{ErrorCode, Rejection};

fn invalid<T>(message: &str) -> Result<T, Rejection> {
    Err(Rejection::new(ErrorCode::InvalidRequest, message))
}

/// Blanks are as good as nothing.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

pub(super) fn check_request(request: &ConsumerHeartbeat, settings: &ConsumerGroupSettings) -> Result<(), Rejection> {
    let must_have_id = request.brings_its_id || request.epoch > 0 || request.epoch == LEAVING;
    if must_have_id && is_blank(&request.member) {
        return invalid("MemberId can't be empty.");
    }
    if is_blank(&request.group) {
        return invalid("GroupId can't be empty.");
    }
    if request.instance.as_deref().is_some_and(is_blank) {
        return invalid("InstanceId can't be empty.");
    }
    if request.rack.as_deref().is_some_and(is_blank) {
        return invalid("RackId can't be empty.");
    }
    match request.epoch {
        0 => check_first(request)?,
        LEAVING_FOR_A_WHILE if request.instance.is_none() => return invalid("InstanceId can't be null."),
        ..LEAVING_FOR_A_WHILE => return invalid("MemberEpoch is invalid."),
        _ => {}
    }
    check_assignor(request, settings)
}

fn check_first(request: &ConsumerHeartbeat) -> Result<(), Rejection> {
    if request.rebalance_timeout_ms == -1 {
        return invalid("RebalanceTimeoutMs must be provided in first request.");
    }
    if request.owned.as_ref().is_none_or(|owned| !owned.is_empty()) {
        return invalid("TopicPartitions must be empty when (re-)joining.");
    }
    if request.names.is_none() && request.regex.is_none() {
        return invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
    }
    Ok(())
}

fn check_assignor(request: &ConsumerHeartbeat, settings: &ConsumerGroupSettings) -> Result<(), Rejection> {
    let Some(wanted) = request.assignor.as_deref() else { return Ok(()) };
    let known: Vec<&str> = settings.assignors.iter().map(|assignor| assignor.name()).collect();
    if known.contains(&wanted) {
        return Ok(());
    }
    let known = known.join(", ");
    let message = format!("ServerAssignor {wanted} is not supported. Supported assignors: {known}.");
    Err(Rejection::new(ErrorCode::UnsupportedAssignor, message))
}

/// Whether the epoch that a member comes with is the one that it has, or the one before, if the answer with the new one
/// may have been lost. Epoch 0 is always right: whoever joins holds nothing.
pub(super) fn check_epoch(member: &Member, received: i32, owned: Option<&Assignment>) -> Result<(), Rejection> {
    let known = member.epoch;
    let lost_the_answer =
        received == member.previous_epoch && owned.is_some_and(|owned| owned.is_subset_of(&member.assigned));
    let which = match received {
        0 => return Ok(()),
        _ if received == known || received < known && lost_the_answer => return Ok(()),
        _ if received > known => "greater",
        _ => "smaller",
    };
    let message = format!(
        "The consumer group member has a {which} member epoch ({received}) than the one known by the group coordinator \
         ({known}). The member must abandon all its partitions and rejoin."
    );
    Err(Rejection::new(ErrorCode::FencedMemberEpoch, message))
}

impl ConsumerGroup {
    pub(super) fn known_member(&self, id: &str) -> Result<&Member, Rejection> {
        let unknown = || format!("Member {id} is not a member of group {}.", self.id());
        self.member(id).ok_or_else(|| Rejection::new(ErrorCode::UnknownMemberId, unknown()))
    }

    /// The member with this instance id, if it has this member id too.
    pub(super) fn known_static_member(&self, instance: &str, id: &str) -> Result<&Member, Rejection> {
        let unknown = || Rejection::new(ErrorCode::UnknownMemberId, format!("Instance id {instance} is unknown."));
        let holder = self.static_member(instance).ok_or_else(unknown)?;
        if holder.id == id {
            return Ok(holder);
        }
        let message = format!("Static member {id} with instance id {instance} was fenced by member {}.", holder.id);
        Err(Rejection::new(ErrorCode::FencedInstanceId, message))
    }

    pub(super) fn check_room(&self, id: &str, max_size: usize) -> Result<(), Rejection> {
        if self.member_count() < max_size || self.member(id).is_some() {
            return Ok(());
        }
        let message = format!("The consumer group has reached its maximum capacity of {max_size} members.");
        Err(Rejection::new(ErrorCode::GroupMaxSizeReached, message))
    }
}

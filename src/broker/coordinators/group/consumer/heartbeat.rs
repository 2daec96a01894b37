//! ConsumerGroupHeartbeat: how a member joins, says what it wants and what it has, and learns what it is to have.

use std::collections::BTreeSet;
use std::time::Duration;

use super::assignment::Assignment;
use super::checks::{check_epoch, check_request};
use super::draft::Draft;
use super::group::ConsumerGroup;
use super::member::{LEAVING, LEAVING_FOR_A_WHILE, Member, MemberState};
use super::reconciliation::Reconciliation;
use super::regexes::RegexChange;
use super::static_members::check_released;
use super::upgrade::upgraded;
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupReply, MAX_GROUPS};
use crate::broker::machine::{Context, Outcome, Ticket, TimerChange};
use crate::metadata::ClusterImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::consumer_group::{ConsumerGroupChange, ConsumerGroupMetadataValue};
use crate::records::group::GroupRecord;

/// What is `None` has not changed since the member's last heartbeat.
#[derive(Debug, Clone, Default)]
pub struct ConsumerHeartbeat {
    pub group: String,
    pub member: String,
    /// 0 joins, -1 leaves, -2 leaves for a while.
    pub epoch: i32,
    pub instance: Option<String>,
    pub rack: Option<String>,
    /// -1 has not changed.
    pub rebalance_timeout_ms: i32,
    pub names: Option<Vec<String>>,
    pub regex: Option<String>,
    pub assignor: Option<String>,
    /// What the member has.
    pub owned: Option<Assignment>,
    pub client_id: String,
    pub client_host: String,
    /// The client makes its member id itself (version 1).
    pub brings_its_id: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatAnswer {
    pub member: String,
    pub epoch: i32,
    pub interval: Duration,
    /// `None` if it has not changed.
    pub assignment: Option<Assignment>,
}

pub type ConsumerHeartbeatReply = Result<HeartbeatAnswer, Rejection>;

impl ConsumerHeartbeat {
    /// Whether it says all that there is to say, as members do when they cannot be sure what the coordinator knows.
    fn is_full(&self) -> bool {
        self.rebalance_timeout_ms != -1 && (self.names.is_some() || self.regex.is_some()) && self.owned.is_some()
    }

    /// The member as it is after this.
    fn applied_to(&self, member: &Member) -> Member {
        let mut updated = member.clone();
        updated.instance = self.instance.clone().or(updated.instance);
        updated.rack = self.rack.clone().or(updated.rack);
        if self.rebalance_timeout_ms != -1 {
            updated.rebalance_timeout_ms = self.rebalance_timeout_ms;
        }
        if let Some(names) = &self.names {
            updated.names = names.iter().cloned().collect();
        }
        updated.regex = self.regex.clone().or(updated.regex);
        updated.assignor = self.assignor.clone().or(updated.assignor);
        updated.client_id = self.client_id.clone();
        updated.client_host = self.client_host.clone();
        updated.classic = None;
        updated
    }
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn consumer_heartbeat(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: ConsumerHeartbeat,
    ) -> Decision {
        let checked = check_request(&request, &self.settings.consumer);
        let decided = checked.and_then(|()| match request.epoch {
            LEAVING | LEAVING_FOR_A_WHILE => self.leave_consumer_group(context, &request),
            _ => self.beat(context, request),
        });
        match decided {
            Ok((answer, mut out)) => {
                out.replies.push((ticket, GroupReply::ConsumerHeartbeat(Ok(answer))));
                out
            }
            Err(rejection) => Outcome::reply(ticket, GroupReply::ConsumerHeartbeat(Err(rejection))),
        }
    }

    fn beat(
        &mut self,
        context: &mut Context<'_>,
        mut request: ConsumerHeartbeat,
    ) -> Result<(HeartbeatAnswer, Decision), Rejection> {
        let mut out = Outcome::none();
        let founded = self.founded(context, &request, &mut out)?;
        let group = match (&founded, self.groups.get(&request.group)) {
            (Some((founded, _)), _) => founded,
            (None, Some(Group::Consumer(group))) => group,
            _ => return Err(not_found(format!("Group {} is not a consumer group.", request.group))),
        };
        if request.member.is_empty() {
            request.member = context.ids.uuid().to_string();
        }
        let settings = &self.settings.consumer;
        let mut draft = Draft::of(group);
        let upgrade = founded.iter().flat_map(|(_, changes)| changes);
        upgrade.for_each(|change| draft.put(change.clone()));
        draft.check_room(&request.member, settings.max_size)?;
        let member = draft.member_of(&request, &mut out)?;
        let updated = request.applied_to(&member);
        if updated != member {
            draft.put(updated.subscription_record());
        }
        let has_other_names = updated.names != member.names;
        let regexes = draft.change_regex(context, &member, &updated, &mut out)?;
        let has_subscribed = has_other_names || regexes != RegexChange::None;
        let must_bump = draft.epoch() == 0
            || has_other_names
            || regexes == RegexChange::AndResolved
            || founded.is_some() && draft.has_unwanted_partitions(context.image);
        draft.bump_epoch_if(must_bump, context.image);
        if draft.epoch() > draft.assignment_epoch() {
            draft.assign(settings, context.image);
        }
        let before = draft.member(&updated.id).cloned().unwrap_or(updated);
        let after = draft.reconcile(before, has_subscribed, request.owned.as_ref(), context, &mut out)?;
        let session = context.now + settings.session_timeout_of(&request.group, context.image);
        out.timers.push(TimerChange::Arm(draft.session_timer(&after.id), session));
        let is_told = request.epoch == 0 || request.is_full() || after.assigned != member.assigned;
        let answer = HeartbeatAnswer {
            epoch: after.epoch,
            interval: settings.heartbeat_interval_of(&request.group, context.image),
            assignment: is_told.then_some(after.assigned),
            member: after.id,
        };
        out.records.extend(draft.into_records());
        if let Some(Group::Consumer(group)) = self.groups.get_mut(&request.group) {
            group.noted.topics_seen_at = Some(context.image.end_offset);
        }
        Ok((answer, out))
    }

    /// A group for those who join one that is not there, or one of the classic kind, and what makes it of the latter.
    fn founded(
        &self,
        context: &Context<'_>,
        request: &ConsumerHeartbeat,
        out: &mut Decision,
    ) -> Result<Option<(ConsumerGroup, Vec<ConsumerGroupChange>)>, Rejection> {
        let id = &request.group;
        let is_crowded = self.groups.len() >= MAX_GROUPS;
        match self.groups.get(id) {
            Some(Group::Consumer(_)) => Ok(None),
            None if request.epoch != 0 => Err(not_found(format!("Consumer group {id} not found."))),
            None if is_crowded => Err(ErrorCode::GroupMaxSizeReached.into()),
            None => Ok(Some((ConsumerGroup::new(id), Vec::new()))),
            Some(Group::Classic(group)) if request.epoch == 0 && group.is_empty() => {
                group.disarm_pending(out);
                out.records.push(GroupRecord::Group { group: id.clone(), value: None }.into());
                Ok(Some((ConsumerGroup::new(id), Vec::new())))
            }
            Some(Group::Classic(group)) if request.epoch == 0 => {
                let changes = upgraded(group, &self.settings.consumer, context, out)?;
                Ok(Some((ConsumerGroup::new(id), changes)))
            }
            Some(Group::Classic(_)) => Err(not_found(format!("Group {id} is not a consumer group."))),
        }
    }
}

pub(super) fn not_found(message: String) -> Rejection {
    Rejection::new(ErrorCode::GroupIdNotFound, message)
}

impl Draft<'_> {
    /// The member that a heartbeat comes from, as it is before it.
    fn member_of(&mut self, request: &ConsumerHeartbeat, out: &mut Decision) -> Result<Member, Rejection> {
        let (id, owned) = (request.member.as_str(), request.owned.as_ref());
        let joins = request.epoch == 0;
        let Some(instance) = request.instance.as_deref() else {
            return match self.member(id) {
                None if joins => Ok(Member::new(id)),
                _ => {
                    let member = self.known_member(id)?;
                    check_epoch(member, request.epoch, owned)?;
                    Ok(member.clone())
                }
            };
        };
        if !joins {
            let member = self.known_static_member(instance, id)?;
            check_epoch(member, request.epoch, owned)?;
            return Ok(member.clone());
        }
        match self.static_member(instance).cloned() {
            None => Ok(self.member(id).cloned().unwrap_or_else(|| Member::new(id))),
            Some(holder) => {
                check_released(&holder, instance, id)?;
                if holder.id != id {
                    self.disarm_timers(&holder.id, out);
                }
                Ok(self.replace_member(&holder, id))
            }
        }
    }

    /// Raises the epoch of the group if this says so, or if the metadata of the topics has changed since the last one.
    pub(super) fn bump_epoch_if(&mut self, must_bump: bool, image: &ClusterImage) {
        if !must_bump && self.noted.topics_seen_at == Some(image.end_offset) {
            return;
        }
        let metadata_hash = super::metadata_hash::metadata_hash(&self.subscribed_topics(), image);
        if must_bump || metadata_hash != self.settled().metadata_hash {
            let value = ConsumerGroupMetadataValue { epoch: self.epoch() + 1, metadata_hash };
            self.put(ConsumerGroupChange::Epoch(Some(value)));
        }
        if self.settled().has_partition_metadata {
            self.put(ConsumerGroupChange::PartitionMetadata(None));
        }
    }

    /// Takes a member one step towards its target.
    pub(super) fn reconcile(
        &mut self,
        member: Member,
        has_subscribed: bool,
        owned: Option<&Assignment>,
        context: &Context<'_>,
        out: &mut Decision,
    ) -> Result<Member, Rejection> {
        let target_epoch = self.assignment_epoch();
        if !has_subscribed && member.is_reconciled_to(target_epoch) {
            return Ok(member);
        }
        let target = self.target(&member.id);
        let subscribed: BTreeSet<_> = self.topic_ids_of(&member, context.image);
        let (target, subscribed) = (&target, &subscribed);
        let step = Reconciliation { group: self, target_epoch, target, subscribed, has_subscribed, owned };
        let after = step.next(member.clone())?;
        if after == member {
            return Ok(after);
        }
        self.put(after.current_record());
        // Those who speak the classic protocol have other deadlines.
        if !after.is_classic() {
            let timer = self.revocation_timer(&after.id);
            out.timers.push(match after.state {
                MemberState::Unrevoked => {
                    let timeout = Duration::from_millis(u64::try_from(after.rebalance_timeout_ms).unwrap_or(0));
                    TimerChange::Arm(timer, context.now + timeout)
                }
                _ => TimerChange::Disarm(timer),
            });
        }
        Ok(after)
    }
}

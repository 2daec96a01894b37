//! Members that speak the classic protocol in a consumer group: the coordinator assigns, nobody leads. JoinGroup is a step
//! towards the target, SyncGroup tells what the member has, and Heartbeat sends it to JoinGroup again whenever there is
//! something to do.
//!
//! Source: `GroupMetadataManager.classicGroupJoinToConsumerGroup` and its neighbours of Kafka 4.2.1.

use std::time::Duration;

use super::assignment::Assignment;
use super::draft::Draft;
use super::group::ConsumerGroup;
use super::member::{Member, MemberState};
use super::regexes::RegexChange;
use super::upgrade::{by_id, by_name, classic_metadata};
use crate::broker::coordinators::group::classic::{
    CONSUMER_PROTOCOL_TYPE, Heartbeat, JoinGroup, JoinRefused, Joined, SyncGroup, Synced, millis,
};
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupReply};
use crate::broker::machine::{Context, Outcome, Ticket, TimerChange};
use crate::metadata::ClusterImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::consumer_group::ClassicMemberMetadata;
use crate::records::consumer_protocol::{self, ConsumerProtocolSubscription};

impl GroupCoordinator {
    /// JoinGroup of a consumer group that has members.
    pub(in crate::broker::coordinators::group) fn join_consumer_group(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: JoinGroup,
    ) -> Decision {
        let told = request.member.clone();
        match self.try_join_consumer_group(context, ticket, request) {
            Ok(out) => out,
            Err(refused) => {
                let refused = JoinRefused { code: refused.code, member: told };
                Outcome::reply(ticket, GroupReply::Join(Err(refused)))
            }
        }
    }

    fn try_join_consumer_group(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        mut request: JoinGroup,
    ) -> Result<Decision, Rejection> {
        let Some(Group::Consumer(group)) = self.groups.get(&request.group) else {
            return Err(ErrorCode::UnknownMemberId.into());
        };
        let is_unknown = request.member.is_empty();
        if is_unknown {
            request.member = context.ids.uuid().to_string();
        }
        group.check_room(&request.member, self.settings.consumer.max_size)?;
        if !group.supports_classic(&request) {
            return Err(ErrorCode::InconsistentGroupProtocol.into());
        }
        if is_unknown && request.instance.is_none() && request.can_be_told_its_id {
            let refused = JoinRefused { code: ErrorCode::MemberIdRequired, member: request.member };
            return Ok(Outcome::reply(ticket, GroupReply::Join(Err(refused))));
        }
        let protocol = request.protocols.first().ok_or(ErrorCode::InconsistentGroupProtocol)?;
        let subscription: ConsumerProtocolSubscription =
            consumer_protocol::read(&protocol.metadata).map_err(|_| ErrorCode::UnknownServerError)?;
        let protocol = protocol.name.clone();
        let mut out = Outcome::none();
        let mut draft = Draft::of(group);
        let holder = request.instance.as_deref().and_then(|instance| group.static_member(instance));
        let replaces_last = holder.is_some_and(|holder| {
            !holder.is_classic() && group.turns_classic_without(std::slice::from_ref(&holder.id), &self.settings)
                || !holder.is_classic() && group.member_count() == 1 && self.settings.consumer.migration.downgrade
        });
        let member = draft.classic_member_of(&request, is_unknown, &mut out)?;
        let updated = subscribed_by(&request, &subscription, &member);
        if updated != member {
            draft.put(updated.subscription_record());
        }
        let has_other_names = updated.names != member.names;
        let has_subscribed =
            draft.change_regex(context, &member, &updated, &mut out)? != RegexChange::None || has_other_names;
        draft.bump_epoch_if(has_subscribed, context.image);
        if draft.epoch() > draft.assignment_epoch() && !replaces_last {
            draft.assign(&self.settings.consumer, context.image);
        }
        let before = draft.member(&updated.id).cloned().unwrap_or(updated);
        let owned = by_id(&subscription.owned_partitions, context.image);
        let after = match replaces_last && has_subscribed {
            true => before,
            false => draft.reconcile(before, has_subscribed, Some(&owned), context, &mut out)?,
        };
        let joined = Joined {
            member: after.id.clone(),
            generation: after.epoch,
            protocol_type: Some(CONSUMER_PROTOCOL_TYPE.to_owned()),
            protocol: Some(protocol),
            leader: String::new(),
            skip_assignment: false,
            members: Vec::new(),
        };
        out.replies.push((ticket, GroupReply::Join(Ok(joined))));
        let downgraded = if replaces_last { draft.downgraded(&[], context) } else { None };
        match downgraded {
            Some((mut classic, record)) => {
                let everybody_has_all = draft.is_reconciled();
                draft.disarm_all(&mut out);
                let tombstones: Vec<_> = draft.tombstones().map(Into::into).collect();
                out.records.extend(draft.into_records());
                out.records.extend(tombstones);
                out.records.push(record);
                let must_rebalance = has_subscribed || !everybody_has_all;
                classic.take_over(context.now, must_rebalance, &self.settings, &mut out);
                self.turning_classic.insert(request.group, classic);
            }
            None => {
                let session = context.now + millis(request.session_timeout_ms);
                let sync = context.now + millis(request.rebalance_timeout_ms);
                out.timers.push(TimerChange::Disarm(draft.rejoin_timer(&after.id)));
                out.timers.push(TimerChange::Arm(draft.session_timer(&after.id), session));
                out.timers.push(TimerChange::Arm(draft.collection_timer(&after.id), sync));
                out.records.extend(draft.into_records());
                if let Some(Group::Consumer(group)) = self.groups.get_mut(&request.group) {
                    group.noted.rejoining.remove(&after.id);
                    group.noted.topics_seen_at = Some(context.image.end_offset);
                }
            }
        }
        Ok(out)
    }

    /// SyncGroup of a consumer group.
    pub(in crate::broker::coordinators::group) fn sync_consumer_group(
        &mut self,
        context: &Context<'_>,
        ticket: Ticket,
        request: SyncGroup,
    ) -> Decision {
        let Some(Group::Consumer(group)) = self.groups.get_mut(&request.group) else {
            return Outcome::reply(ticket, GroupReply::Sync(Err(ErrorCode::UnknownMemberId)));
        };
        let mut out = Outcome::none();
        let reply = group.sync_classic(context, request, &mut out).map_err(|rejection| rejection.code);
        out.replies.push((ticket, GroupReply::Sync(reply)));
        out
    }

    /// Heartbeat of a consumer group.
    pub(in crate::broker::coordinators::group) fn heartbeat_consumer_group(
        &mut self,
        context: &Context<'_>,
        ticket: Ticket,
        request: &Heartbeat,
    ) -> Decision {
        let Some(Group::Consumer(group)) = self.groups.get_mut(&request.group) else {
            return Outcome::reply(ticket, GroupReply::Heartbeat(Err(ErrorCode::UnknownMemberId)));
        };
        let mut out = Outcome::none();
        let reply = group.heartbeat_classic(context, request, &mut out).map_err(|rejection| rejection.code);
        out.replies.push((ticket, GroupReply::Heartbeat(reply)));
        out
    }
}

/// The member as it is after its JoinGroup.
fn subscribed_by(request: &JoinGroup, subscription: &ConsumerProtocolSubscription, member: &Member) -> Member {
    let rack = subscription.rack_id.clone().filter(|rack| !rack.is_empty());
    Member {
        instance: request.instance.clone().or(member.instance.clone()),
        rack: rack.or(member.rack.clone()),
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        names: subscription.topics.iter().cloned().collect(),
        regex: Some(String::new()),
        client_id: request.client_id.clone(),
        client_host: request.client_host.clone(),
        classic: Some(classic_metadata(millis(request.session_timeout_ms), &request.protocols)),
        ..member.clone()
    }
}

impl Draft<'_> {
    /// The member that a JoinGroup comes from, as it is before it.
    fn classic_member_of(
        &mut self,
        request: &JoinGroup,
        is_unknown: bool,
        out: &mut Decision,
    ) -> Result<Member, Rejection> {
        let id = request.member.as_str();
        let known = |draft: &Self| draft.member(id).cloned().unwrap_or_else(|| Member::new(id));
        let Some(instance) = request.instance.as_deref() else { return Ok(known(self)) };
        if !is_unknown {
            return Ok(self.known_static_member(instance, id)?.clone());
        }
        match self.static_member(instance).cloned() {
            None => Ok(known(self)),
            Some(holder) => {
                self.disarm_timers(&holder.id, out);
                Ok(self.replace_member(&holder, id))
            }
        }
    }
}

impl ConsumerGroup {
    /// Whether somebody who knows these protocols fits to those who speak the classic protocol too.
    fn supports_classic(&self, request: &JoinGroup) -> bool {
        let classic = || self.members().filter_map(|member| member.classic.as_ref());
        let knows = |member: &ClassicMemberMetadata, name: &str| {
            member.supported_protocols.iter().any(|protocol| protocol.name == name)
        };
        let is_common = |name: &str| classic().all(|member| knows(member, name));
        request.protocol_type == CONSUMER_PROTOCOL_TYPE && request.protocols.iter().any(|p| is_common(&p.name))
    }

    /// The member that a request speaks for, if it speaks the classic protocol.
    fn classic_member(&self, id: &str, instance: Option<&str>) -> Result<(&Member, &ClassicMemberMetadata), Rejection> {
        let member = match instance {
            None => self.known_member(id)?,
            Some(instance) => self.known_static_member(instance, id)?,
        };
        let classic = member.classic.as_ref().ok_or(ErrorCode::UnknownMemberId)?;
        Ok((member, classic))
    }

    fn sync_classic(
        &mut self,
        context: &Context<'_>,
        request: SyncGroup,
        out: &mut Decision,
    ) -> Result<Synced, Rejection> {
        let (member, classic) = self.classic_member(&request.member, request.instance.as_deref())?;
        if member.epoch != request.generation {
            return Err(ErrorCode::IllegalGeneration.into());
        }
        let spoken = classic.supported_protocols.first().ok_or(ErrorCode::InconsistentGroupProtocol)?;
        let differs = |said: &Option<String>, is: &str| said.as_deref().is_some_and(|said| said != is);
        if differs(&request.protocol_type, CONSUMER_PROTOCOL_TYPE) || differs(&request.protocol, &spoken.name) {
            return Err(ErrorCode::InconsistentGroupProtocol.into());
        }
        // One that gives back partitions has joined already; the next time comes when it has given them back.
        if self.epoch() > member.epoch && member.state != MemberState::Unrevoked {
            let member = member.clone();
            self.send_to_join(context, &member, out);
            return Err(ErrorCode::RebalanceInProgress.into());
        }
        let version = consumer_protocol::version_of(&spoken.metadata).map_err(|_| ErrorCode::UnknownServerError)?;
        let session = context.now + millis(classic.session_timeout_ms);
        out.timers.push(TimerChange::Disarm(self.collection_timer(&member.id)));
        out.timers.push(TimerChange::Arm(self.session_timer(&member.id), session));
        Ok(Synced {
            protocol_type: request.protocol_type,
            protocol: request.protocol,
            assignment: encoded(&member.assigned, version, context.image),
        })
    }

    fn heartbeat_classic(
        &mut self,
        context: &Context<'_>,
        request: &Heartbeat,
        out: &mut Decision,
    ) -> Result<(), Rejection> {
        let (member, classic) = self.classic_member(&request.member, request.instance.as_deref())?;
        if member.epoch != request.generation {
            return Err(ErrorCode::IllegalGeneration.into());
        }
        let session = context.now + millis(classic.session_timeout_ms);
        out.timers.push(TimerChange::Arm(self.session_timer(&member.id), session));
        let must_join = match member.state {
            _ if member.epoch < self.epoch() => true,
            MemberState::Unrevoked => true,
            MemberState::Unreleased => !self.waits_for_others(member),
            _ => false,
        };
        if !must_join {
            return Ok(());
        }
        let member = member.clone();
        self.send_to_join(context, &member, out);
        Err(ErrorCode::RebalanceInProgress.into())
    }

    /// It has its rebalance timeout to join, from the first time that it is told.
    fn send_to_join(&mut self, context: &Context<'_>, member: &Member, out: &mut Decision) {
        if self.noted.rejoining.insert(member.id.clone()) {
            let timeout = Duration::from_millis(u64::try_from(member.rebalance_timeout_ms).unwrap_or(0));
            out.timers.push(TimerChange::Arm(self.rejoin_timer(&member.id), context.now + timeout));
        }
    }
}

fn encoded(assigned: &Assignment, version: i16, image: &ClusterImage) -> bytes::Bytes {
    consumer_protocol::write(&by_name(assigned, image), version)
}

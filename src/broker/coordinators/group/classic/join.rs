//! JoinGroup: a member asks to be part of the next generation.
//!
//! Versions: from 4, a dynamic member is first told its id and joins with that (KIP-394); from 9, a static leader that
//! comes back is told not to assign (KIP-814).

use bytes::Bytes;

use super::group::{ClassicGroup, Phase};
use super::member::{Member, Protocol, millis, new_member_id};
use super::rebalance::turn_away;
use super::static_members::Replacement;
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupReply, GroupSettings, MAX_GROUPS};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::clock::Timestamp;
use crate::protocol::errors::ErrorCode;
use std::time::Duration;

/// How long a member may be new: it may not know its id, so nothing but the rebalance keeps it.
const NEW_MEMBER_JOIN_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Most ids that are given out at a time, as long as nobody has come back with them.
const MAX_PENDING: usize = 10_000;

/// Most bytes that the members of a group may send as metadata; the leader gets all of them in one response.
const MAX_METADATA_BYTES: usize = 64 << 20;

#[derive(Debug, Clone, Default)]
pub struct JoinGroup {
    pub group: String,
    /// Empty for somebody who has no id yet.
    pub member: String,
    pub instance: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub protocol_type: String,
    pub protocols: Vec<Protocol>,
    /// The client can be told to come again with an id (version 4).
    pub can_be_told_its_id: bool,
    /// The client can be told that the assignment stands (version 9).
    pub can_skip_assignment: bool,
}

/// The generation that a member is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    pub member: String,
    pub generation: i32,
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    pub leader: String,
    pub skip_assignment: bool,
    /// For the leader: everybody.
    pub members: Vec<JoinedMember>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedMember {
    pub id: String,
    pub instance: Option<String>,
    pub metadata: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRefused {
    pub code: ErrorCode,
    /// The id to come back with, or the one that was refused.
    pub member: String,
}

pub type JoinReply = Result<Joined, JoinRefused>;

fn refuse(ticket: Ticket, code: ErrorCode, member: &str) -> Decision {
    Outcome::reply(ticket, GroupReply::Join(Err(JoinRefused { code, member: member.to_owned() })))
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn join(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: JoinGroup,
    ) -> Decision {
        if let Err(code) = self.check_join(&request) {
            return refuse(ticket, code, &request.member);
        }
        match self.groups.get_mut(&request.group) {
            Some(Group::Classic(group)) => group.join(context, ticket, request, &self.settings),
            Some(Group::Consumer(group)) if !group.is_empty() => self.join_consumer_group(context, ticket, request),
            _ => self.found(context, ticket, request),
        }
    }

    /// The first to join makes the group, in place of one of another kind that is empty.
    fn found(&mut self, context: &mut Context<'_>, ticket: Ticket, request: JoinGroup) -> Decision {
        let id = request.group.clone();
        let mut group = ClassicGroup::new(&id, Some(context.now));
        let mut out = group.join(context, ticket, request, &self.settings);
        let was_refused = matches!(out.replies.as_slice(), [(_, GroupReply::Join(Err(refused)))]
            if refused.code != ErrorCode::MemberIdRequired);
        if was_refused {
            return out;
        }
        if out.records.is_empty() {
            out.records.push(group.founding_record());
        }
        let ended = self.groups.get(&id).map(Group::tombstones).unwrap_or_default();
        out.records.splice(0..0, ended);
        self.turning_classic.insert(id, group);
        out
    }

    fn check_join(&self, request: &JoinGroup) -> Result<(), ErrorCode> {
        let session_timeout = millis(request.session_timeout_ms);
        if request.group.is_empty() {
            return Err(ErrorCode::InvalidGroupId);
        }
        if session_timeout < self.settings.min_session_timeout || session_timeout > self.settings.max_session_timeout {
            return Err(ErrorCode::InvalidSessionTimeout);
        }
        let known = self.groups.get(&request.group);
        if known.is_none_or(|group| matches!(group, Group::Consumer(_)) && group.is_empty()) {
            if !request.member.is_empty() {
                return Err(ErrorCode::UnknownMemberId);
            }
            if self.groups.len() >= MAX_GROUPS {
                return Err(ErrorCode::GroupMaxSizeReached);
            }
        }
        Ok(())
    }
}

impl ClassicGroup {
    fn join(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: JoinGroup,
        settings: &GroupSettings,
    ) -> Decision {
        if !self.has_room_for(&request, settings) {
            let mut out = refuse(ticket, ErrorCode::GroupMaxSizeReached, "");
            self.disarm_session(&request.member, &mut out);
            self.remove_member(&request.member, &mut out);
            self.complete_join_if_all_joined(context.now, &mut out);
            return out;
        }
        if !self.supports(&request.protocol_type, &request.protocols) {
            return refuse(ticket, ErrorCode::InconsistentGroupProtocol, &request.member);
        }
        match request.member.is_empty() {
            true => self.join_without_id(context, ticket, request, settings),
            false => self.join_with_id(context.now, ticket, request, settings),
        }
    }

    /// Whether one more fits. While a rebalance collects members, those that have joined count, so that a limit that
    /// was lowered turns away whoever comes last.
    fn has_room_for(&self, request: &JoinGroup, settings: &GroupSettings) -> bool {
        let member = self.members.get(&request.member);
        if member.is_none() && self.metadata_bytes() + size_of(&request.protocols) > MAX_METADATA_BYTES {
            return false;
        }
        match self.phase {
            Phase::Empty => true,
            Phase::Preparing { .. } => {
                member.is_some_and(|member| member.joining.is_some()) || self.awaiting_join() < settings.max_size
            }
            Phase::Completing { .. } | Phase::Stable { .. } => {
                member.is_some() || self.members.len() < settings.max_size
            }
        }
    }

    fn metadata_bytes(&self) -> usize {
        self.members.values().map(|member| size_of(&member.protocols)).sum()
    }

    fn join_without_id(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: JoinGroup,
        settings: &GroupSettings,
    ) -> Decision {
        let known_by = request.instance.as_deref().unwrap_or(&request.client_id);
        let id = new_member_id(known_by, context.ids.uuid());
        let now = context.now;
        if let Some(holder) = request.instance.as_deref().and_then(|instance| self.static_member(instance)) {
            let holder = holder.to_owned();
            let replacement = Replacement { old: &holder, new: &id };
            return self.replace_static_member(now, ticket, replacement, request, settings);
        }
        if request.instance.is_none() && request.can_be_told_its_id {
            return self.give_out_id(now, ticket, id, &request);
        }
        self.add_member(now, ticket, id, request, settings)
    }

    fn give_out_id(&mut self, now: Timestamp, ticket: Ticket, id: String, request: &JoinGroup) -> Decision {
        if self.pending.len() >= MAX_PENDING {
            return refuse(ticket, ErrorCode::GroupMaxSizeReached, "");
        }
        let mut out = refuse(ticket, ErrorCode::MemberIdRequired, &id);
        self.arm_session(&id, now + millis(request.session_timeout_ms), &mut out);
        self.pending.insert(id);
        out
    }

    fn join_with_id(
        &mut self,
        now: Timestamp,
        ticket: Ticket,
        request: JoinGroup,
        settings: &GroupSettings,
    ) -> Decision {
        // Ids are given out to dynamic members only; one that comes back as a static member is somebody else's.
        if request.instance.is_none() && self.pending.remove(&request.member) {
            let id = request.member.clone();
            return self.add_member(now, ticket, id, request, settings);
        }
        if let Err(code) = self.check_member(&request.member, request.instance.as_deref()) {
            return refuse(ticket, code, &request.member);
        }
        let is_unchanged = self.members.get(&request.member).is_some_and(|m| m.protocols == request.protocols);
        let knows_generation = match self.phase {
            Phase::Empty | Phase::Preparing { .. } => false,
            Phase::Completing { .. } => is_unchanged,
            // A leader may see changes that its own metadata does not show, such as new partitions.
            Phase::Stable { .. } => is_unchanged && !self.is_leader(&request.member),
        };
        if knows_generation {
            return Outcome::reply(ticket, GroupReply::Join(Ok(self.joined(&request.member))));
        }
        let mut out = Outcome::none();
        self.update_member(ticket, &request, &mut out);
        self.rebalance(now, settings, &mut out);
        out
    }

    pub(super) fn update_member(&mut self, ticket: Ticket, request: &JoinGroup, out: &mut Decision) {
        let Some(member) = self.members.get_mut(&request.member) else { return };
        // A client that sends again has given up its earlier request.
        let earlier = Member { syncing: None, ..member.clone() };
        turn_away(&earlier, &request.member, ErrorCode::RebalanceInProgress, out);
        member.protocols = request.protocols.clone();
        member.session_timeout = millis(request.session_timeout_ms);
        member.rebalance_timeout = millis(request.rebalance_timeout_ms);
        member.joining = Some(ticket);
    }

    fn add_member(
        &mut self,
        now: Timestamp,
        ticket: Ticket,
        id: String,
        request: JoinGroup,
        settings: &GroupSettings,
    ) -> Decision {
        let mut out = Outcome::none();
        if let Phase::Preparing { initial: Some(delay) } = &mut self.phase {
            delay.somebody_joined = true;
        }
        if self.members.is_empty() {
            self.protocol_type = Some(request.protocol_type);
        }
        self.leader.get_or_insert_with(|| id.clone());
        self.arm_session(&id, now + NEW_MEMBER_JOIN_TIMEOUT, &mut out);
        let member = Member {
            id: id.clone(),
            instance: request.instance,
            client_id: request.client_id,
            client_host: request.client_host,
            session_timeout: millis(request.session_timeout_ms),
            rebalance_timeout: millis(request.rebalance_timeout_ms),
            protocols: request.protocols,
            is_new: true,
            joining: Some(ticket),
            syncing: None,
        };
        self.members.insert(id, member);
        self.rebalance(now, settings, &mut out);
        out
    }
}

fn size_of(protocols: &[Protocol]) -> usize {
    protocols.iter().map(|protocol| protocol.metadata.len()).sum()
}

//! SyncGroup: the leader hands in the assignment, everybody fetches their part of it.

use std::collections::HashMap;

use bytes::Bytes;

use super::group::{ClassicGroup, Phase};
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupReply};
use crate::broker::machine::{Context, Outcome, Ticket, TimerChange};
use crate::clock::Timestamp;
use crate::protocol::errors::ErrorCode;

#[derive(Debug, Clone, Default)]
pub struct SyncGroup {
    pub group: String,
    pub generation: i32,
    pub member: String,
    pub instance: Option<String>,
    /// What the member believes the group to use; old clients do not say.
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    /// From the leader: assignment by member id.
    pub assignments: HashMap<String, Bytes>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    pub assignment: Bytes,
}

pub type SyncReply = Result<Synced, ErrorCode>;

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn sync(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: SyncGroup,
    ) -> Decision {
        if matches!(self.groups.get(&request.group), Some(Group::Consumer(_))) {
            return self.sync_consumer_group(context, ticket, request);
        }
        let checked = match self.classic_mut(&request.group) {
            _ if request.group.is_empty() => Err(ErrorCode::InvalidGroupId),
            None => Err(ErrorCode::UnknownMemberId),
            Some(group) => group.check_sync(&request).map(|()| group),
        };
        match checked {
            Err(code) => Outcome::reply(ticket, GroupReply::Sync(Err(code))),
            Ok(group) => group.sync(context.now, ticket, request),
        }
    }
}

impl ClassicGroup {
    fn check_sync(&self, request: &SyncGroup) -> Result<(), ErrorCode> {
        self.check_member(&request.member, request.instance.as_deref())?;
        if request.generation != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        let differs = |said: &Option<String>, is: Option<&str>| matches!((said.as_deref(), is), (Some(said), Some(is)) if said != is);
        if differs(&request.protocol_type, self.protocol_type()) || differs(&request.protocol, self.protocol()) {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn sync(&mut self, now: Timestamp, ticket: Ticket, request: SyncGroup) -> Decision {
        let mut out = Outcome::none();
        let member = request.member.as_str();
        match &mut self.phase {
            Phase::Empty => out.replies.push((ticket, GroupReply::Sync(Err(ErrorCode::UnknownMemberId)))),
            Phase::Preparing { .. } => {
                out.replies.push((ticket, GroupReply::Sync(Err(ErrorCode::RebalanceInProgress))));
            }
            Phase::Completing { unsynced } => {
                unsynced.remove(member);
                self.park_sync(member, ticket, &mut out);
                if self.is_leader(member) {
                    self.settle_assignment(now, request.assignments, &mut out);
                }
            }
            Phase::Stable { unsynced } => {
                unsynced.remove(member);
                out.replies.push((ticket, self.synced(self.settled_assignment(member))));
                self.restart_session(member, now, &mut out);
            }
        }
        self.disarm_sync_timer_if_all_synced(&mut out);
        out
    }

    fn park_sync(&mut self, member: &str, ticket: Ticket, out: &mut Decision) {
        let earlier = self.members.get_mut(member).and_then(|member| member.syncing.replace(ticket));
        if let Some(earlier) = earlier {
            // A client that sends again has given up its earlier request.
            out.replies.push((earlier, GroupReply::Sync(Err(ErrorCode::RebalanceInProgress))));
        }
    }

    /// Whoever the leader left out gets nothing, which is what empty bytes say.
    fn settle_assignment(&mut self, now: Timestamp, mut assignments: HashMap<String, Bytes>, out: &mut Decision) {
        assignments.retain(|member, _| self.members.contains_key(member));
        let assignment_of = |member: &str| assignments.get(member).cloned().unwrap_or_default();
        out.records.push(self.settling_record(assignment_of));
        let mut answered = Vec::new();
        for member in self.members.values_mut() {
            if let Some(ticket) = member.syncing.take() {
                answered.push((ticket, member.id.clone()));
            }
        }
        for (ticket, member) in answered {
            out.replies.push((ticket, self.synced(assignment_of(&member))));
            self.restart_session(&member, now, out);
        }
        let unsynced = match &mut self.phase {
            Phase::Completing { unsynced } => std::mem::take(unsynced),
            _ => Default::default(),
        };
        self.enter(Phase::Stable { unsynced }, now);
    }

    fn synced(&self, assignment: Bytes) -> GroupReply {
        GroupReply::Sync(Ok(Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment,
        }))
    }

    fn disarm_sync_timer_if_all_synced(&self, out: &mut Decision) {
        let (Phase::Completing { unsynced } | Phase::Stable { unsynced }) = &self.phase else { return };
        if unsynced.is_empty() {
            out.timers.push(TimerChange::Disarm(self.sync_timer()));
        }
    }
}

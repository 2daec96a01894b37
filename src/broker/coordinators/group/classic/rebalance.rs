//! From one generation to the next: collect everybody's JoinGroup, elect leader and protocol, wait for the assignment.

use std::collections::BTreeSet;

use super::group::{ClassicGroup, InitialDelay, Phase};
use super::join::{Joined, JoinedMember};
use super::member::Member;
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupReply, GroupSettings};
use crate::broker::machine::{Context, Outcome, TimerChange};
use crate::clock::Timestamp;
use crate::protocol::errors::ErrorCode;

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn rebalance_expired(
        &mut self,
        context: &mut Context<'_>,
        group: &str,
    ) -> Decision {
        let mut out = Outcome::none();
        if let Some(group) = self.classic_mut(group) {
            group.join_time_is_over(context.now, &mut out);
        }
        out
    }

    pub(in crate::broker::coordinators::group) fn sync_expired(
        &mut self,
        context: &mut Context<'_>,
        group: &str,
    ) -> Decision {
        let mut out = Outcome::none();
        let settings = &self.settings;
        if let Some(Group::Classic(group)) = self.groups.get_mut(group) {
            group.sync_time_is_over(context.now, settings, &mut out);
        }
        out
    }
}

impl ClassicGroup {
    /// Starts a rebalance, or sees whether the one that runs is complete now.
    pub(super) fn rebalance(&mut self, now: Timestamp, settings: &GroupSettings, out: &mut Decision) {
        match self.phase {
            Phase::Preparing { .. } => self.complete_join_if_all_joined(now, out),
            _ => self.prepare_rebalance(now, settings, out),
        }
    }

    pub(super) fn prepare_rebalance(&mut self, now: Timestamp, settings: &GroupSettings, out: &mut Decision) {
        match self.phase {
            Phase::Empty => return self.prepare_first_rebalance(now, settings, out),
            Phase::Completing { .. } => self.send_waiting_syncs_back(now, out),
            _ => {}
        }
        out.timers.push(TimerChange::Disarm(self.sync_timer()));
        self.enter(Phase::Preparing { initial: None }, now);
        if self.have_all_joined() {
            self.complete_join(now, out);
        } else {
            out.timers.push(TimerChange::Arm(self.rebalance_timer(), now + self.rebalance_timeout()));
        }
    }

    /// A group without members gives others a moment to come before its first generation.
    fn prepare_first_rebalance(&mut self, now: Timestamp, settings: &GroupSettings, out: &mut Decision) {
        let step = settings.initial_rebalance_delay;
        let remaining = self.rebalance_timeout().saturating_sub(step);
        let initial = InitialDelay { step, remaining, somebody_joined: false };
        self.enter(Phase::Preparing { initial: Some(initial) }, now);
        out.timers.push(TimerChange::Arm(self.rebalance_timer(), now + step));
    }

    /// Nobody gets an assignment of a generation that will not be.
    fn send_waiting_syncs_back(&mut self, now: Timestamp, out: &mut Decision) {
        let mut sent_back = Vec::new();
        for member in self.members.values_mut() {
            if let Some(ticket) = member.syncing.take() {
                out.replies.push((ticket, GroupReply::Sync(Err(ErrorCode::RebalanceInProgress))));
                sent_back.push(member.id.clone());
            }
        }
        for member in sent_back {
            self.restart_session(&member, now, out);
        }
    }

    fn join_time_is_over(&mut self, now: Timestamp, out: &mut Decision) {
        let Phase::Preparing { initial } = &mut self.phase else { return };
        if let Some(delay) = initial
            && delay.somebody_joined
            && !delay.remaining.is_zero()
        {
            let next = delay.step.min(delay.remaining);
            *delay = InitialDelay {
                step: next,
                remaining: delay.remaining.saturating_sub(delay.step),
                somebody_joined: false,
            };
            return out.timers.push(TimerChange::Arm(self.rebalance_timer(), now + next));
        }
        self.complete_join(now, out);
    }

    /// The first generation waits for its delay even when everybody is there.
    pub(super) fn complete_join_if_all_joined(&mut self, now: Timestamp, out: &mut Decision) {
        if self.phase == (Phase::Preparing { initial: None }) && self.have_all_joined() {
            self.complete_join(now, out);
        }
    }

    /// Ends the joining: whoever has not come is dropped, unless it is static; the rest is the next generation.
    pub(super) fn complete_join(&mut self, now: Timestamp, out: &mut Decision) {
        out.timers.push(TimerChange::Disarm(self.rebalance_timer()));
        self.drop_dynamic_members_that_did_not_join(out);
        if self.members.is_empty() {
            return self.become_empty(now, out);
        }
        if !self.elect_leader() {
            // Only static members are left and none of them came; their sessions will decide.
            let deadline = now + self.rebalance_timeout();
            return out.timers.push(TimerChange::Arm(self.rebalance_timer(), deadline));
        }
        self.begin_generation(now, out);
    }

    fn drop_dynamic_members_that_did_not_join(&mut self, out: &mut Decision) {
        let is_gone = |member: &Member| member.joining.is_none() && member.instance.is_none();
        let gone: Vec<String> = self.members.values().filter(|m| is_gone(m)).map(|m| m.id.clone()).collect();
        for member in gone {
            self.disarm_session(&member, out);
            self.remove_member(&member, out);
        }
    }

    fn become_empty(&mut self, now: Timestamp, out: &mut Decision) {
        self.generation = self.generation.wrapping_add(1).max(0);
        self.protocol = None;
        self.leader = None;
        self.enter(Phase::Empty, now);
        out.records.push(self.settling_record(|_| bytes::Bytes::new()));
    }

    /// The leader stays if it joined, else anybody who did takes over. False if nobody joined.
    fn elect_leader(&mut self) -> bool {
        let joined = |member: &&Member| member.joining.is_some();
        let current = self.leader.as_ref().and_then(|leader| self.members.get(leader)).filter(joined);
        let elected = current.or_else(|| self.members.values().find(joined)).map(|member| member.id.clone());
        match elected {
            Some(elected) => {
                self.leader = Some(elected);
                true
            }
            None => false,
        }
    }

    fn begin_generation(&mut self, now: Timestamp, out: &mut Decision) {
        self.generation = self.generation.wrapping_add(1).max(0);
        self.protocol = self.elect_protocol();
        let members: BTreeSet<String> = self.members.keys().cloned().collect();
        self.enter(Phase::Completing { unsynced: members.clone() }, now);
        for id in &members {
            let joined = self.joined(id);
            if let Some(member) = self.members.get_mut(id) {
                member.is_new = false;
                if let Some(ticket) = member.joining.take() {
                    out.replies.push((ticket, GroupReply::Join(Ok(joined))));
                }
            }
            self.restart_session(id, now, out);
        }
        out.timers.push(TimerChange::Arm(self.sync_timer(), now + self.rebalance_timeout()));
    }

    /// The present generation as a member is told of it: only the leader sees the others.
    pub(super) fn joined(&self, member: &str) -> Joined {
        Joined {
            member: member.to_owned(),
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            skip_assignment: false,
            members: if self.is_leader(member) { self.joined_members() } else { Vec::new() },
        }
    }

    fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let joined = self.members.values().map(|member| JoinedMember {
            id: member.id.clone(),
            instance: member.instance.clone(),
            metadata: member.metadata(protocol).cloned().unwrap_or_default(),
        });
        joined.collect()
    }

    /// Those who know the generation but never asked for their assignment hold everybody up no longer.
    fn sync_time_is_over(&mut self, now: Timestamp, settings: &GroupSettings, out: &mut Decision) {
        let (Phase::Completing { unsynced } | Phase::Stable { unsynced }) = &mut self.phase else { return };
        let gone = std::mem::take(unsynced);
        if gone.is_empty() {
            return;
        }
        for member in gone {
            self.disarm_session(&member, out);
            self.remove_member(&member, out);
        }
        self.prepare_rebalance(now, settings, out);
    }

    /// Takes a member out. Whatever it waits for is answered: should it still be there, it joins anew.
    pub(super) fn remove_member(&mut self, id: &str, out: &mut Decision) {
        self.pending.remove(id);
        if let Phase::Completing { unsynced } | Phase::Stable { unsynced } = &mut self.phase {
            unsynced.remove(id);
        }
        if let Some(member) = self.members.remove(id) {
            turn_away(&member, "", ErrorCode::UnknownMemberId, out);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
    }
}

/// Answers the parked requests of a member with an error.
pub(super) fn turn_away(member: &Member, told_id: &str, code: ErrorCode, out: &mut Decision) {
    if let Some(ticket) = member.joining {
        out.replies.push((ticket, GroupReply::Join(Err(super::JoinRefused { code, member: told_id.to_owned() }))));
    }
    if let Some(ticket) = member.syncing {
        out.replies.push((ticket, GroupReply::Sync(Err(code))));
    }
}

//! A classic group: who takes part, and how far the rebalance has come.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;

use super::member::Member;
use super::settled::Settled;
use crate::broker::coordinators::group::{Decision, GroupTimer};
use crate::broker::machine::TimerChange;
use crate::clock::Timestamp;
use crate::protocol::errors::ErrorCode;

/// The protocol type of consumers, whose subscriptions the broker can read.
pub const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

#[derive(Debug)]
pub struct ClassicGroup {
    id: String,
    /// Hard state: what the log says. `None` if only offsets were ever written.
    settled: Option<Settled>,

    // All below is soft.
    pub(super) protocol_type: Option<String>,
    pub(super) generation: i32,
    pub(super) protocol: Option<String>,
    pub(super) leader: Option<String>,
    pub(super) members: BTreeMap<String, Member>,
    /// Ids given out that have not come back with a JoinGroup (KIP-394).
    pub(super) pending: BTreeSet<String>,
    pub(super) phase: Phase,
    /// When the phase began.
    pub(super) since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Empty,
    Preparing {
        initial: Option<InitialDelay>,
    },
    /// Waits for the leader's assignment. `unsynced` have not asked for theirs.
    Completing {
        unsynced: BTreeSet<String>,
    },
    Stable {
        unsynced: BTreeSet<String>,
    },
}

/// The wait for more members before a group's first generation (KIP-134).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InitialDelay {
    pub step: Duration,
    /// How much longer the wait may be extended.
    pub remaining: Duration,
    /// Somebody joined since the last step began.
    pub somebody_joined: bool,
}

impl ClassicGroup {
    /// An empty group. One that only holds offsets has no known beginning.
    pub fn new(id: &str, since: Option<Timestamp>) -> ClassicGroup {
        ClassicGroup {
            id: id.to_owned(),
            settled: None,
            protocol_type: None,
            generation: 0,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            pending: BTreeSet::new(),
            phase: Phase::Empty,
            since: since.unwrap_or(Timestamp::NONE),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn settled(&self) -> Option<&Settled> {
        self.settled.as_ref()
    }

    pub(super) fn set_settled(&mut self, settled: Settled) {
        self.settled = Some(settled);
    }

    /// What the leader of the settled generation gave to a member.
    pub fn settled_assignment(&self, member: &str) -> Bytes {
        self.settled
            .as_ref()
            .and_then(|settled| settled.members.get(member))
            .map(|m| m.assignment.clone())
            .unwrap_or_default()
    }

    pub fn protocol_type(&self) -> Option<&str> {
        self.protocol_type.as_deref()
    }

    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    pub fn is_consumer_group(&self) -> bool {
        self.protocol_type() == Some(CONSUMER_PROTOCOL_TYPE)
    }

    pub fn is_empty(&self) -> bool {
        self.phase == Phase::Empty
    }

    pub fn is_stable(&self) -> bool {
        matches!(self.phase, Phase::Stable { .. })
    }

    pub fn is_completing(&self) -> bool {
        matches!(self.phase, Phase::Completing { .. })
    }

    /// When the group became what it is; unknown for groups that only hold offsets.
    pub fn since(&self) -> Option<Timestamp> {
        (self.since != Timestamp::NONE).then_some(self.since)
    }

    /// The state's name as ListGroups and DescribeGroups give it.
    pub fn state_name(&self) -> &'static str {
        match self.phase {
            Phase::Empty => "Empty",
            Phase::Preparing { .. } => "PreparingRebalance",
            Phase::Completing { .. } => "CompletingRebalance",
            Phase::Stable { .. } => "Stable",
        }
    }

    pub fn generation(&self) -> i32 {
        self.generation
    }

    pub(super) fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    pub(super) fn enter(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.since = now;
    }

    /// The member that holds an instance id.
    pub(super) fn static_member(&self, instance: &str) -> Option<&str> {
        self.members.values().find(|m| m.instance.as_deref() == Some(instance)).map(|m| m.id.as_str())
    }

    /// Whether a request speaks for a member of this group.
    pub fn check_member(&self, member: &str, instance: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            match self.static_member(instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(holder) if holder != member => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }

    /// The longest rebalance timeout of any member.
    pub(super) fn rebalance_timeout(&self) -> Duration {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or_default()
    }

    pub(super) fn awaiting_join(&self) -> usize {
        self.members.values().filter(|member| member.joining.is_some()).count()
    }

    pub(super) fn have_all_joined(&self) -> bool {
        self.pending.is_empty() && self.awaiting_join() == self.members.len()
    }

    pub(super) fn arm_session(&self, member: &str, deadline: Timestamp, out: &mut Decision) {
        out.timers.push(TimerChange::Arm(self.session_timer(member), deadline));
    }

    pub(super) fn disarm_session(&self, member: &str, out: &mut Decision) {
        out.timers.push(TimerChange::Disarm(self.session_timer(member)));
    }

    /// A sign of life: the member has its session timeout again.
    pub fn restart_session(&self, member: &str, now: Timestamp, out: &mut Decision) {
        if let Some(member) = self.members.get(member) {
            self.arm_session(&member.id, now + member.session_timeout, out);
        }
    }

    fn session_timer(&self, member: &str) -> GroupTimer {
        GroupTimer::Session { group: self.id.clone(), member: member.to_owned() }
    }

    pub(super) fn rebalance_timer(&self) -> GroupTimer {
        GroupTimer::Rebalance { group: self.id.clone() }
    }

    pub(super) fn sync_timer(&self) -> GroupTimer {
        GroupTimer::SyncTimeout { group: self.id.clone() }
    }

    /// The group is about to end: whoever comes with an id that was given out will be unknown.
    pub fn disarm_pending(&self, out: &mut Decision) {
        self.pending.iter().for_each(|id| self.disarm_session(id, out));
    }
}

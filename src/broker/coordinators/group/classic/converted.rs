//! A classic group that was a consumer group until all who are left in it speak the classic protocol.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::group::{CONSUMER_PROTOCOL_TYPE, ClassicGroup, Phase};
use super::member::Member;
use crate::broker::coordinators::group::{Decision, GroupEntry, GroupSettings};
use crate::clock::Timestamp;

impl ClassicGroup {
    /// A group that is stable in a generation that nobody led.
    pub fn converted(id: &str, generation: i32, members: Vec<Member>, now: Timestamp) -> ClassicGroup {
        let mut group = ClassicGroup::new(id, Some(now));
        group.protocol_type = Some(CONSUMER_PROTOCOL_TYPE.to_owned());
        group.generation = generation;
        group.leader = members.first().map(|member| member.id.clone());
        group.members = members.into_iter().map(|member| (member.id.clone(), member)).collect();
        group.protocol = group.elect_protocol();
        group.enter(Phase::Stable { unsynced: BTreeSet::new() }, now);
        group
    }

    /// The record of that generation.
    pub fn converted_record(&self, assignments: &BTreeMap<String, Bytes>) -> GroupEntry {
        self.settling_record(|member| assignments.get(member).cloned().unwrap_or_default())
    }

    /// Gives every member its session; and a rebalance, if the generation does not fit any more.
    pub fn take_over(&mut self, now: Timestamp, must_rebalance: bool, settings: &GroupSettings, out: &mut Decision) {
        for member in self.members.values() {
            self.arm_session(&member.id, now + member.session_timeout, out);
        }
        if must_rebalance {
            self.prepare_rebalance(now, settings, out);
        }
    }

    /// Whoever waits for this group is sent back to it, since it is about to become a consumer group; its timers end.
    pub fn end_as_classic(&self, out: &mut Decision) {
        for member in self.members.values() {
            super::rebalance::turn_away(member, &member.id, crate::protocol::ErrorCode::RebalanceInProgress, out);
        }
        self.disarm_pending(out);
        for timer in [self.rebalance_timer(), self.sync_timer()] {
            out.timers.push(crate::broker::machine::TimerChange::Disarm(timer));
        }
    }
}

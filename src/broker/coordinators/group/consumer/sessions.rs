//! Deadlines of members: the session, and the time to give back partitions. Whoever misses one is out.

use super::group::ConsumerGroup;
use super::member::MemberState;
use super::settings::ConsumerGroupSettings;
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator};
use crate::broker::machine::{Context, Outcome, TimerChange};
use std::time::Duration;

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn revocation_expired(
        &mut self,
        context: &mut Context<'_>,
        group: &str,
        member: &str,
    ) -> Decision {
        match self.groups.get(group) {
            Some(Group::Consumer(consumers)) if consumers.must_give_back(member) => {
                self.fence_in_consumer_group(context, group, &[member.to_owned()])
            }
            _ => Outcome::none(),
        }
    }
}

impl ConsumerGroup {
    fn must_give_back(&self, member: &str) -> bool {
        self.member(member).is_some_and(|member| member.state == MemberState::Unrevoked)
    }

    /// The log has been read: each member has its deadlines anew.
    pub(in crate::broker::coordinators::group) fn wake(
        &self,
        context: &Context<'_>,
        settings: &ConsumerGroupSettings,
        out: &mut Decision,
    ) {
        let session = context.now + settings.session_timeout_of(self.id(), context.image);
        for member in self.members() {
            out.timers.push(TimerChange::Arm(self.session_timer(&member.id), session));
            if member.state == MemberState::Unrevoked {
                let timeout = Duration::from_millis(u64::try_from(member.rebalance_timeout_ms).unwrap_or(0));
                out.timers.push(TimerChange::Arm(self.revocation_timer(&member.id), context.now + timeout));
            }
        }
    }
}

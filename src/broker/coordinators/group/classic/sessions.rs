//! The end of a session: a member was not heard of for as long as it said it could be silent.

use super::group::{ClassicGroup, Phase};
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupSettings};
use crate::broker::machine::{Context, Outcome};
use crate::clock::Timestamp;

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn session_expired(
        &mut self,
        context: &mut Context<'_>,
        group: &str,
        member: &str,
    ) -> Decision {
        let mut out = Outcome::none();
        let settings = &self.settings;
        match self.groups.get_mut(group) {
            Some(Group::Classic(group)) => group.session_is_over(context.now, member, settings, &mut out),
            Some(Group::Consumer(_)) => return self.fence_in_consumer_group(context, group, &[member.to_owned()]),
            None => {}
        }
        out
    }
}

impl ClassicGroup {
    fn session_is_over(&mut self, now: Timestamp, member: &str, settings: &GroupSettings, out: &mut Decision) {
        let is_pending = self.pending.contains(member);
        // A member that waits for the group gets its session again with the answer.
        let is_silent = self.members.get(member).is_some_and(|member| !member.is_waiting());
        if !is_pending && !is_silent {
            return;
        }
        self.remove_member(member, out);
        match self.phase {
            Phase::Preparing { .. } if self.have_all_joined() => self.complete_join(now, out),
            Phase::Completing { .. } | Phase::Stable { .. } if !is_pending => {
                self.prepare_rebalance(now, settings, out);
            }
            _ => {}
        }
    }
}

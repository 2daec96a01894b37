//! A static member that comes back without its id (KIP-345): a new id takes the place of the old one.
//!
//! In a stable group whose protocol stays the same that is all: same generation, same assignment. The returning member
//! must not assign, so from version 9 on a leader is told to skip it (KIP-814), and before that it is told that its old
//! id leads.

use super::group::{ClassicGroup, Phase};
use super::join::JoinGroup;
use super::rebalance::turn_away;
use crate::broker::coordinators::group::{Decision, GroupReply, GroupSettings};
use crate::broker::machine::{Outcome, Ticket};
use crate::clock::Timestamp;
use crate::protocol::errors::ErrorCode;

/// The id of a static member, and the one that takes its place.
pub(super) struct Replacement<'a> {
    pub old: &'a str,
    pub new: &'a str,
}

impl ClassicGroup {
    pub(super) fn replace_static_member(
        &mut self,
        now: Timestamp,
        ticket: Ticket,
        Replacement { old, new }: Replacement<'_>,
        request: JoinGroup,
        settings: &GroupSettings,
    ) -> Decision {
        let mut out = Outcome::none();
        let old_leader = self.leader.clone();
        let can_skip_assignment = request.can_skip_assignment;
        self.hand_over(old, new, &mut out);
        self.update_member(ticket, &JoinGroup { member: new.to_owned(), ..request }, &mut out);
        self.restart_session(new, now, &mut out);
        match self.phase {
            Phase::Stable { .. } if self.elect_protocol() == self.protocol => {
                if let Some(member) = self.members.get_mut(new) {
                    member.joining = None;
                }
                let assignments = |id: &str| self.settled_assignment(if id == new { old } else { id });
                out.records.push(self.settling_record(assignments));
                let mut joined = self.joined(new);
                if can_skip_assignment {
                    joined.skip_assignment = self.is_leader(new);
                } else {
                    joined.leader = old_leader.unwrap_or_default();
                    joined.members = Vec::new();
                }
                out.replies.push((ticket, GroupReply::Join(Ok(joined))));
            }
            // The old id may be on its way to the leader already, so this generation cannot be completed.
            _ => self.rebalance(now, settings, &mut out),
        }
        out
    }

    /// Fences the old id and gives its place, its leadership and its timeouts to the new one.
    fn hand_over(&mut self, old: &str, new: &str, out: &mut Decision) {
        let Some(mut member) = self.members.remove(old) else { return };
        self.disarm_session(old, out);
        turn_away(&member, old, ErrorCode::FencedInstanceId, out);
        member.id = new.to_owned();
        member.joining = None;
        member.syncing = None;
        member.is_new = false;
        self.members.insert(new.to_owned(), member);
        if self.is_leader(old) {
            self.leader = Some(new.to_owned());
        }
        if let Phase::Completing { unsynced } | Phase::Stable { unsynced } = &mut self.phase
            && unsynced.remove(old)
        {
            unsynced.insert(new.to_owned());
        }
    }
}

//! The next step of a member from what it has to what it is to have.
//!
//! First it gives back what it must not have any more, at its old epoch; then it goes to the epoch of the target and gets
//! what is free. No partition is given to a member as long as another one holds it or has not said that it gave it back.

use std::collections::BTreeSet;

use super::assignment::Assignment;
use super::group::ConsumerGroup;
use super::member::{Member, MemberState};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::Uuid;

pub(super) struct Reconciliation<'a> {
    pub group: &'a ConsumerGroup,
    pub target_epoch: i32,
    pub target: &'a Assignment,
    /// The topics that the member subscribes to.
    pub subscribed: &'a BTreeSet<Uuid>,
    /// It subscribed anew just now.
    pub has_subscribed: bool,
    /// What the member says that it has; if it says nothing, that has not changed.
    pub owned: Option<&'a Assignment>,
}

impl Reconciliation<'_> {
    pub fn next(&self, member: Member) -> Result<Member, Rejection> {
        match member.state {
            MemberState::Stable if member.epoch != self.target_epoch => Ok(self.step(member)),
            MemberState::Unrevoked if !self.still_owns(&member.revoking) => Ok(self.step(member)),
            MemberState::Stable | MemberState::Unrevoked if self.has_subscribed => Ok(self.narrowed(member)),
            MemberState::Stable | MemberState::Unrevoked => Ok(member),
            MemberState::Unreleased => Ok(self.step(member)),
            MemberState::Unknown(_) if self.owned.is_none_or(|owned| !owned.is_empty()) => {
                let message = "The consumer group member is in a unknown state. The member must abandon all its \
                               partitions and rejoin.";
                Err(Rejection::new(ErrorCode::FencedMemberEpoch, message))
            }
            MemberState::Unknown(_) => Ok(self.step(Member { epoch: self.target_epoch, ..member })),
        }
    }

    /// Whoever does not say what it has may have all of it.
    fn still_owns(&self, revoked: &Assignment) -> bool {
        self.owned.is_none_or(|owned| owned.intersects(revoked))
    }

    /// Takes away what the member does not subscribe to any more, without waiting for a new target.
    fn narrowed(&self, mut member: Member) -> Member {
        let assigned = member.assigned.filtered(|topic, _| self.subscribed.contains(&topic));
        if assigned == member.assigned {
            return member;
        }
        let mut revoking = member.revoking.clone();
        revoking.extend(member.assigned.iter().filter(|(topic, _)| !self.subscribed.contains(topic)));
        member.assigned = assigned;
        if self.still_owns(&revoking) {
            member.state = MemberState::Unrevoked;
            member.revoking = revoking;
        }
        member
    }

    fn step(&self, mut member: Member) -> Member {
        let target = self.target.filtered(|topic, _| self.subscribed.contains(&topic));
        let kept = member.assigned.filtered(|topic, partition| target.contains(topic, partition));
        let revoked = member.assigned.filtered(|topic, partition| !target.contains(topic, partition));
        if !revoked.is_empty() && self.still_owns(&revoked) {
            member.state = MemberState::Unrevoked;
            // The epoch stays, but what the answer with it said is now out of date.
            member.enter_epoch(member.epoch);
            member.assigned = kept;
            member.revoking = revoked;
            return member;
        }
        // What it has not got back from itself is no hindrance: nobody else can hold that.
        let is_free =
            |topic, partition| !self.group.is_held(topic, partition) || member.revoking.contains(topic, partition);
        let missing = target.filtered(|topic, partition| !kept.contains(topic, partition));
        let free = missing.filtered(is_free);
        member.state = if free == missing { MemberState::Stable } else { MemberState::Unreleased };
        member.enter_epoch(self.target_epoch);
        member.assigned = kept;
        member.assigned.extend(free.iter());
        member.revoking = Assignment::default();
        member
    }
}

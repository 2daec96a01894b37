//! Expiration: offsets that nobody has needed for the retention time, and groups that have nothing left.
//!
//! What an offset's age is counted from depends on its group: in an empty group from when it became empty, in a simple
//! group from the commit, and in a stable group of consumers, or any consumer group (KIP-848), from the commit if the
//! topic is no longer subscribed. In all other states nothing expires. Offsets with an expiry of their own go by that (old clients). Nothing goes where a
//! transaction is about to commit.

use std::time::Duration;

use super::is_of_a_deleted_topic;
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupTimer};
use crate::broker::machine::{Context, Outcome, TimerChange};
use crate::clock::Timestamp;
use crate::records::group::{GroupRecord, OffsetCommitValue};

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn expire_offsets(&mut self, context: &mut Context<'_>) -> Decision {
        let mut out = Outcome::none();
        for (id, group) in &self.groups {
            let nothing_left = self.expire_offsets_of(context, id, group, &mut out);
            if nothing_left && group.may_expire() {
                out.records.extend(group.tombstones());
            }
        }
        let next = context.now + self.settings.offsets_retention_check_interval;
        out.timers.push(TimerChange::Arm(GroupTimer::Expiration, next));
        out
    }

    /// Adds the tombstones of what has expired; true if that leaves none, and none is pending.
    fn expire_offsets_of(&self, context: &Context<'_>, id: &str, group: &Group, out: &mut Decision) -> bool {
        let mut nothing_left = !self.offsets.pending.is_in_group(id);
        for (key, offset) in self.offsets.of_group(id) {
            let is_old = is_of_a_deleted_topic(context.image, &key.topic, offset)
                || (!group.is_subscribed_to(&key.topic)
                    && group
                        .base_of_age(offset)
                        .is_some_and(|base| is_expired(context.now, base, offset, self.settings.offsets_retention)));
            if is_old && !self.offsets.pending.is_at(id, &key.topic, key.partition) {
                out.records.push(GroupRecord::Offset { key, value: None }.into());
            } else {
                nothing_left = false;
            }
        }
        nothing_left
    }
}

fn is_expired(now: Timestamp, base: Timestamp, offset: &OffsetCommitValue, retention: Duration) -> bool {
    match offset.expire_timestamp {
        -1 => now.since(base) >= retention,
        expiry => now.millis() >= expiry,
    }
}

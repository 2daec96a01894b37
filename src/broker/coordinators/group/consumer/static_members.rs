//! A static member that comes back under another member id takes the place of the one that it was: its subscription, its
//! target and what it has.

use super::draft::Draft;
use super::member::{LEAVING_FOR_A_WHILE, Member};
use crate::protocol::{ErrorCode, Rejection};
use crate::records::consumer_group::{ConsumerGroupChange, ConsumerGroupTargetAssignmentMemberValue};

/// Two members that speak this protocol may not have one instance id, unless the first has said that it is away.
pub(super) fn check_released(holder: &Member, instance: &str, id: &str) -> Result<(), Rejection> {
    if holder.is_classic() || holder.epoch == LEAVING_FOR_A_WHILE {
        return Ok(());
    }
    let message = format!(
        "Static member {id} with instance id {instance} cannot join the group because the instance id is owned by {} member.",
        holder.id
    );
    Err(Rejection::new(ErrorCode::UnreleasedInstanceId, message))
}

impl Draft<'_> {
    /// Puts a new member id in the place of an old one, at epoch 0.
    pub(super) fn replace_member(&mut self, old: &Member, id: &str) -> Member {
        let target = self.target(&old.id);
        let new = Member { id: id.to_owned(), epoch: 0, previous_epoch: 0, ..old.clone() };
        self.remove_member(&old.id);
        self.put(new.subscription_record());
        let value = ConsumerGroupTargetAssignmentMemberValue { topic_partitions: target.to_records() };
        self.put(ConsumerGroupChange::Target { member: new.id.clone(), value: Some(value) });
        self.put(new.current_record());
        new
    }

    /// The tombstones of a member.
    pub(super) fn remove_member(&mut self, id: &str) {
        let member = || id.to_owned();
        self.put(ConsumerGroupChange::Current { member: member(), value: None });
        self.put(ConsumerGroupChange::Target { member: member(), value: None });
        self.put(ConsumerGroupChange::Member { member: member(), value: None });
    }
}

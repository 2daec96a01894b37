//! The kinds of groups, what all of them have, and how the records of each kind make and end them.
//!
//! A group is of one kind at a time: the records that make one of the other kind come behind the tombstones of the first,
//! and whatever the log holds, the last kind that it names counts. Offsets belong to no kind.

use super::classic::ClassicGroup;
use super::consumer::ConsumerGroup;
use super::offsets::{Committer, places_to_delete};
use super::{Decision, GroupCoordinator, GroupEntry, GroupSettings};
use crate::broker::machine::Context;
use crate::clock::Timestamp;
use crate::protocol::ErrorCode;
use crate::records::consumer_group::ConsumerGroupChange;
use crate::records::group::{GroupRecord, OffsetCommitValue};

#[derive(Debug)]
pub enum Group {
    Classic(ClassicGroup),
    Consumer(ConsumerGroup),
}

impl Group {
    pub fn is_empty(&self) -> bool {
        match self {
            Group::Classic(group) => group.is_empty(),
            Group::Consumer(group) => group.is_empty(),
        }
    }

    /// Its state as ListGroups gives it.
    pub fn state_name(&self) -> &'static str {
        match self {
            Group::Classic(group) => group.state_name(),
            Group::Consumer(group) => group.state_name(),
        }
    }

    pub fn kind_name(&self) -> &'static str {
        match self {
            Group::Classic(_) => "classic",
            Group::Consumer(_) => "consumer",
        }
    }

    pub fn protocol_type(&self) -> &str {
        match self {
            Group::Classic(group) => group.protocol_type().unwrap_or_default(),
            Group::Consumer(_) => super::classic::CONSUMER_PROTOCOL_TYPE,
        }
    }

    /// Whether a topic is in use; when in doubt, it is.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match self {
            Group::Classic(group) => group.is_subscribed_to(topic),
            Group::Consumer(group) => group.is_subscribed_to(topic),
        }
    }

    /// Whether its offsets may be deleted one by one. Members of other kinds than consumers may use any topic.
    pub(super) fn lets_offsets_be_deleted(&self) -> bool {
        match self {
            Group::Classic(group) => group.is_empty() || group.is_consumer_group(),
            Group::Consumer(_) => true,
        }
    }

    pub(super) fn check_commit(&self, by: Committer<'_>) -> Result<(), ErrorCode> {
        match self {
            Group::Classic(group) => group.check_commit(by),
            Group::Consumer(group) => group.check_commit(by, false),
        }
    }

    /// Who commits in a transaction is not told that an epoch is old in the words of consumer groups.
    pub(super) fn check_transactional_commit(&self, by: Committer<'_>) -> Result<(), ErrorCode> {
        match self {
            Group::Classic(group) => group.check_transactional_commit(by),
            Group::Consumer(group) => group.check_commit(by, true).map_err(|code| match code {
                ErrorCode::StaleMemberEpoch => ErrorCode::IllegalGeneration,
                code => code,
            }),
        }
    }

    pub(super) fn check_fetch(&self, member: Option<&str>, epoch: i32) -> Result<(), ErrorCode> {
        match self {
            Group::Classic(_) => Ok(()),
            Group::Consumer(group) => group.check_fetch(member, epoch),
        }
    }

    /// From when the age of an offset is counted; `None` if it does not age.
    pub(super) fn base_of_age(&self, offset: &OffsetCommitValue) -> Option<Timestamp> {
        let committed = Timestamp(offset.commit_timestamp);
        match self {
            Group::Classic(group) if group.is_empty() && group.protocol_type().is_none() => Some(committed),
            Group::Classic(group) if group.is_empty() => Some(group.since().unwrap_or(committed)),
            Group::Classic(group) => (group.is_stable() && group.is_consumer_group()).then_some(committed),
            Group::Consumer(_) => Some(committed),
        }
    }

    /// Whether nothing but offsets keeps it.
    pub(super) fn may_expire(&self) -> bool {
        match self {
            Group::Classic(group) => group.is_empty() && !group.has_pending(),
            Group::Consumer(group) => group.is_empty(),
        }
    }

    /// The records by which it is there no more.
    pub(super) fn tombstones(&self) -> Vec<GroupEntry> {
        match self {
            Group::Classic(group) => vec![GroupRecord::Group { group: group.id().to_owned(), value: None }.into()],
            Group::Consumer(group) => group.tombstones().map(GroupEntry::from).collect(),
        }
    }

    /// Makes what is not in the log, when that has been read.
    pub(super) fn wake(&mut self, context: &Context<'_>, settings: &GroupSettings, out: &mut Decision) {
        match self {
            Group::Classic(group) => group.wake(context.now, settings, out),
            Group::Consumer(group) => group.wake(context, &settings.consumer, out),
        }
    }

    pub(super) fn hard_state(&self) -> String {
        match self {
            Group::Classic(group) => format!("{:#?}", group.settled()),
            Group::Consumer(group) => format!("{:#?}", group.settled()),
        }
    }
}

impl GroupCoordinator {
    pub(super) fn classic(&self, group: &str) -> Option<&ClassicGroup> {
        match self.groups.get(group)? {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    pub(super) fn classic_mut(&mut self, group: &str) -> Option<&mut ClassicGroup> {
        match self.groups.get_mut(group)? {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    /// A commit without any group is what makes a "simple" group.
    pub(super) fn make_simple_group(&mut self, id: &str) {
        if !self.groups.contains_key(id) {
            self.groups.insert(id.to_owned(), Group::Classic(ClassicGroup::new(id, None)));
        }
    }

    fn classic_made(&mut self, id: &str) -> Option<&mut ClassicGroup> {
        if self.classic(id).is_none() {
            let made = self.turning_classic.remove(id).unwrap_or_else(|| ClassicGroup::new(id, None));
            self.groups.insert(id.to_owned(), Group::Classic(made));
        }
        self.classic_mut(id)
    }

    fn consumer_made(&mut self, id: &str) -> Option<&mut ConsumerGroup> {
        if !matches!(self.groups.get(id), Some(Group::Consumer(_))) {
            self.groups.insert(id.to_owned(), Group::Consumer(ConsumerGroup::new(id)));
        }
        match self.groups.get_mut(id)? {
            Group::Consumer(group) => Some(group),
            Group::Classic(_) => None,
        }
    }

    pub(super) fn apply_record(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::Offset { key, value: Some(value) } => {
                self.make_simple_group(&key.group);
                self.offsets.put(key, value.clone());
            }
            GroupRecord::Offset { key, value: None } => self.offsets.remove(key),
            GroupRecord::Group { group, value: Some(value) } => {
                if let Some(group) = self.classic_made(group) {
                    group.settle(value);
                }
            }
            GroupRecord::Group { group, value: None } => {
                if self.classic(group).is_some() {
                    self.groups.remove(group);
                }
            }
            GroupRecord::Consumer { group, change } => self.apply_to_consumer_group(group, change),
        }
    }

    /// A tombstone makes no group, and that of the group itself ends it.
    fn apply_to_consumer_group(&mut self, id: &str, change: &ConsumerGroupChange) {
        let is_there = matches!(self.groups.get(id), Some(Group::Consumer(_)));
        if change.is_removal() && !is_there {
            return;
        }
        if *change == ConsumerGroupChange::Epoch(None) {
            self.groups.remove(id);
        } else if let Some(group) = self.consumer_made(id) {
            group.apply(change);
        }
    }

    /// The records that end a group with everything that it committed.
    pub(super) fn removal_of(&self, id: &str, group: &Group) -> Vec<GroupEntry> {
        let offsets = places_to_delete(&self.offsets, id);
        offsets.chain(group.tombstones()).collect()
    }
}

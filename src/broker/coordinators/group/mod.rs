//! The coordinator of the groups that fall on one partition of `__consumer_offsets`: a pure machine.
//!
//! Hard state is what the partition's records say: the committed offsets ([`offsets`]) and, per group, the last
//! generation that was settled. Soft state is who takes part right now, which requests are parked and how far a
//! rebalance has come; after a restart it is made anew from the hard state, so that members go on heartbeating.
//! Each kind of group has a folder of its own: [`classic`].
//!
//! Source: protocol reference 7; `GroupMetadataManager` and `OffsetMetadataManager` of Kafka 4.2.1.

mod delete;
mod describe;
mod entry;
mod list;

pub mod classic;
pub mod offsets;
mod requests;
mod settings;

pub use delete::DeleteGroups;
pub use describe::{DescribeGroups, DescribedGroup, DescribedMember};
pub use entry::{GroupEntry, Replay, batch_of};
pub use list::{ListGroups, ListedGroup};
pub use requests::{GroupReply, GroupRequest};
pub use settings::GroupSettings;

use std::collections::BTreeMap;

use crate::broker::machine::{Context, Machine, Outcome, Ticket, TimerChange};
use crate::records::group::GroupRecord;
use crate::vocabulary::Uuid;
use classic::ClassicGroup;
use offsets::{Offsets, WatchTransactions};

/// Most groups that one partition keeps. Each costs memory and a place in the log, and anybody may name a new one.
const MAX_GROUPS: usize = 20_000;

/// The groups of one partition of `__consumer_offsets`.
pub struct GroupCoordinator {
    settings: GroupSettings,
    groups: BTreeMap<String, Group>,
    offsets: Offsets,
    /// Differs each time that the log is loaded.
    incarnation: Uuid,
}

/// A group of one of the kinds that Kafka knows.
#[derive(Debug)]
pub enum Group {
    Classic(ClassicGroup),
}

/// What a group waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupTimer {
    /// A member, or somebody who was given a member id, has not been heard of for its session timeout.
    Session { group: String, member: String },
    /// The time to join the next generation is over.
    Rebalance { group: String },
    /// The time to fetch an assignment is over.
    SyncTimeout { group: String },
    /// Offsets and groups whose time is over are to be looked for.
    Expiration,
}

/// Nothing happens outside this machine.
#[derive(Debug)]
pub enum GroupTask {}

/// What a request or a timer leads to.
pub type Decision = Outcome<GroupCoordinator>;

impl GroupCoordinator {
    pub fn new(settings: GroupSettings) -> GroupCoordinator {
        let offsets = Offsets::default();
        GroupCoordinator { settings, groups: BTreeMap::new(), offsets, incarnation: Uuid::ZERO }
    }

    fn classic(&self, group: &str) -> Option<&ClassicGroup> {
        self.groups.get(group).map(|Group::Classic(group)| group)
    }

    fn classic_mut(&mut self, group: &str) -> Option<&mut ClassicGroup> {
        self.groups.get_mut(group).map(|Group::Classic(group)| group)
    }

    /// A commit without any group is what makes a "simple" group.
    fn group_made(&mut self, id: &str) -> &mut ClassicGroup {
        let made = || Group::Classic(ClassicGroup::new(id, None));
        let Group::Classic(group) = self.groups.entry(id.to_owned()).or_insert_with(made);
        group
    }

    fn apply_record(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::Offset { key, value: Some(value) } => {
                self.group_made(&key.group);
                self.offsets.put(key, value.clone());
            }
            GroupRecord::Offset { key, value: None } => self.offsets.remove(key),
            GroupRecord::Group { group, value: Some(value) } => self.group_made(group).settle(value),
            GroupRecord::Group { group, value: None } => drop(self.groups.remove(group)),
        }
    }

    /// What a restart would find, in words; two machines that were fed the same log agree on it.
    pub fn hard_state(&self) -> String {
        let groups: BTreeMap<&String, _> =
            self.groups.iter().map(|(id, Group::Classic(group))| (id, group.settled())).collect();
        format!("{groups:#?}\n{:#?}", self.offsets)
    }
}

impl Machine for GroupCoordinator {
    type Request = GroupRequest;
    type Reply = GroupReply;
    type Record = GroupEntry;
    type Timer = GroupTimer;
    type Task = GroupTask;

    fn handle(&mut self, context: &mut Context<'_>, ticket: Ticket, request: GroupRequest) -> Decision {
        match request {
            GroupRequest::Join(join) => self.join(context, ticket, join),
            GroupRequest::Sync(sync) => self.sync(context, ticket, sync),
            GroupRequest::Heartbeat(heartbeat) => self.heartbeat(context, ticket, &heartbeat),
            GroupRequest::Leave(leave) => self.leave(context, ticket, leave),
            GroupRequest::Commit(commit) => self.commit_offsets(context, ticket, commit),
            GroupRequest::WatchTransactions(WatchTransactions) => self.watch_transactions(ticket),
            GroupRequest::CommitInTransaction(commit) => self.commit_in_transaction(context, ticket, commit),
            GroupRequest::EndTransaction(end) => self.end_transaction(ticket, &end),
            GroupRequest::Fetch(fetch) => self.fetch_offsets(context, ticket, fetch),
            GroupRequest::DeleteOffsets(delete) => self.delete_offsets(context, ticket, delete),
            GroupRequest::TopicsDeleted(topics) => self.topics_deleted(context, ticket, &topics),
            GroupRequest::List(list) => Outcome::reply(ticket, GroupReply::List(self.list(&list))),
            GroupRequest::Describe(describe) => Outcome::reply(ticket, GroupReply::Describe(self.describe(describe))),
            GroupRequest::Delete(delete) => self.delete_groups(ticket, delete),
        }
    }

    fn expire(&mut self, context: &mut Context<'_>, timer: GroupTimer) -> Decision {
        match timer {
            GroupTimer::Session { group, member } => self.session_expired(context, &group, &member),
            GroupTimer::Rebalance { group } => self.rebalance_expired(context, &group),
            GroupTimer::SyncTimeout { group } => self.sync_expired(context, &group),
            GroupTimer::Expiration => self.expire_offsets(context),
        }
    }

    fn apply(&mut self, entry: &GroupEntry) {
        match entry {
            GroupEntry::Record(record) => self.apply_record(record),
            GroupEntry::Pending { producer, key, value } => {
                self.group_made(&key.group);
                self.offsets.put_pending(*producer, key, value.clone());
            }
            GroupEntry::End { producer, marker } => self.offsets.end(*producer, *marker),
            GroupEntry::Writer(producer) => self.offsets.note_writer(*producer),
        }
    }

    fn loaded(&mut self, context: &mut Context<'_>) -> Decision {
        self.incarnation = context.ids.uuid();
        let mut out = Outcome::none();
        let expiration = context.now + self.settings.offsets_retention_check_interval;
        out.timers.push(TimerChange::Arm(GroupTimer::Expiration, expiration));
        for Group::Classic(group) in self.groups.values_mut() {
            group.wake(context.now, &self.settings, &mut out);
        }
        out
    }

    /// A member that lost its connection is a member until its session ends: it may come back and take part as if
    /// nothing had happened. The reply to its parked request is then dropped by the runner.
    fn abandon(&mut self, _ticket: Ticket) {}
}

//! The coordinator of the groups that fall on one partition of `__consumer_offsets`: a pure machine.
//!
//! Hard state is what the partition's records say: the committed offsets ([`offsets`]) and, per group, the last
//! generation that was settled. Soft state is who takes part right now, which requests are parked and how far a
//! rebalance has come; after a restart it is made anew from the hard state, so that members go on heartbeating.
//! Each kind of group has a folder of its own: [`classic`], [`consumer`].
//!
//! Source: protocol reference 7, 8; `GroupMetadataManager` and `OffsetMetadataManager` of Kafka 4.2.1.

mod delete;
mod describe;
mod entry;
mod kinds;
mod list;

pub mod classic;
pub mod consumer;
pub mod offsets;
mod requests;
mod settings;

pub use delete::DeleteGroups;
pub use describe::{DescribeGroups, DescribedGroup, DescribedMember};
pub use entry::{GroupEntry, Replay, batch_of};
pub use kinds::Group;
pub use list::{ListGroups, ListedGroup};
pub use requests::{GroupReply, GroupRequest};
pub use settings::GroupSettings;

use std::collections::BTreeMap;

use crate::broker::machine::{Context, Machine, Outcome, Ticket, TimerChange};
use crate::vocabulary::Uuid;
use classic::ClassicGroup;
use offsets::{Offsets, WatchTransactions};

/// Most groups that one partition keeps. Each costs memory and a place in the log, and anybody may name a new one.
const MAX_GROUPS: usize = 20_000;

/// The groups of one partition of `__consumer_offsets`.
pub struct GroupCoordinator {
    settings: GroupSettings,
    groups: BTreeMap<String, Group>,
    /// Groups that are of the classic kind as soon as what was decided about them is in the log.
    turning_classic: BTreeMap<String, ClassicGroup>,
    offsets: Offsets,
    /// Differs each time that the log is loaded.
    incarnation: Uuid,
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
    /// The time for a member of a consumer group to give back partitions is over.
    Revocation { group: String, member: String },
    /// The time for a member of the classic protocol in a consumer group to join again is over.
    Rejoin { group: String, member: String },
    /// The time for a member of the classic protocol in a consumer group to ask for its assignment is over.
    Collection { group: String, member: String },
    /// The regular expressions of a consumer group are to be resolved.
    Regexes { group: String },
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
        let (groups, turning_classic) = (BTreeMap::new(), BTreeMap::new());
        GroupCoordinator { settings, groups, turning_classic, offsets, incarnation: Uuid::ZERO }
    }

    /// What a restart would find, in words; two machines that were fed the same log agree on it.
    pub fn hard_state(&self) -> String {
        let groups: Vec<String> =
            self.groups.iter().map(|(id, group)| format!("{id}: {}", group.hard_state())).collect();
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
            GroupRequest::ConsumerHeartbeat(heartbeat) => self.consumer_heartbeat(context, ticket, heartbeat),
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
            GroupRequest::DescribeConsumer(describe) => {
                Outcome::reply(ticket, GroupReply::DescribeConsumer(self.describe_consumer_groups(describe)))
            }
            GroupRequest::Delete(delete) => self.delete_groups(ticket, delete),
        }
    }

    fn expire(&mut self, context: &mut Context<'_>, timer: GroupTimer) -> Decision {
        match timer {
            GroupTimer::Session { group, member } => self.session_expired(context, &group, &member),
            GroupTimer::Rebalance { group } => self.rebalance_expired(context, &group),
            GroupTimer::SyncTimeout { group } => self.sync_expired(context, &group),
            GroupTimer::Rejoin { group, member } | GroupTimer::Collection { group, member } => {
                self.fence_in_consumer_group(context, &group, &[member])
            }
            GroupTimer::Revocation { group, member } => self.revocation_expired(context, &group, &member),
            GroupTimer::Regexes { group } => self.regexes_are_due(context, &group),
            GroupTimer::Expiration => self.expire_offsets(context),
        }
    }

    fn apply(&mut self, entry: &GroupEntry) {
        match entry {
            GroupEntry::Record(record) => self.apply_record(record),
            GroupEntry::Pending { producer, key, value } => {
                self.make_simple_group(&key.group);
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
        for group in self.groups.values_mut() {
            group.wake(context, &self.settings, &mut out);
        }
        out
    }

    /// A member that lost its connection is a member until its session ends: it may come back and take part as if
    /// nothing had happened. The reply to its parked request is then dropped by the runner.
    fn abandon(&mut self, _ticket: Ticket) {}
}

//! A consumer group as the log has it, and what follows from that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::assignment::Assignment;
use super::member::{Member, MemberState};
use crate::broker::coordinators::group::GroupTimer;
use crate::clock::Timestamp;
use crate::metadata::ClusterImage;
use crate::vocabulary::Uuid;

/// What the records of a group say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settled {
    pub epoch: i32,
    /// What the metadata of the subscribed topics was at that epoch.
    pub metadata_hash: i64,
    /// The epoch of the targets; -1 behind its tombstone.
    pub assignment_epoch: i32,
    pub members: BTreeMap<String, Member>,
    pub targets: BTreeMap<String, Assignment>,
    pub regexes: BTreeMap<String, ResolvedRegex>,
    /// There is a record of the kind that is not written any more.
    pub has_partition_metadata: bool,
}

/// The topics that a regular expression matched.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResolvedRegex {
    pub topics: BTreeSet<String>,
    /// The end of the metadata log then.
    pub version: i64,
    pub at: Timestamp,
}

/// What is found out again after a restart.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    /// The end of the metadata log when the subscribed topics were last looked at.
    pub topics_seen_at: Option<i64>,
    /// When the regular expressions were last resolved, and the end of the metadata log then.
    pub regexes_resolved: Option<(Timestamp, i64)>,
    /// Who speaks the classic protocol and was told to join again.
    pub rejoining: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub struct ConsumerGroup {
    id: String,
    settled: Settled,
    /// How many members hold a partition; a partition that is not here is free. Follows from the members.
    holders: HashMap<(Uuid, i32), usize>,
    pub(super) noted: Noted,
}

impl ConsumerGroup {
    pub fn new(id: &str) -> ConsumerGroup {
        let (settled, holders) = (Settled::default(), HashMap::new());
        ConsumerGroup { id: id.to_owned(), settled, holders, noted: Noted::default() }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn settled(&self) -> &Settled {
        &self.settled
    }

    pub(super) fn settled_mut(&mut self) -> &mut Settled {
        &mut self.settled
    }

    pub fn is_empty(&self) -> bool {
        self.settled.members.is_empty()
    }

    pub fn epoch(&self) -> i32 {
        self.settled.epoch
    }

    pub fn assignment_epoch(&self) -> i32 {
        self.settled.assignment_epoch
    }

    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.settled.members.values()
    }

    pub fn member_count(&self) -> usize {
        self.settled.members.len()
    }

    pub fn member(&self, id: &str) -> Option<&Member> {
        self.settled.members.get(id)
    }

    /// The member that holds an instance id.
    pub fn static_member(&self, instance: &str) -> Option<&Member> {
        self.members().find(|member| member.instance.as_deref() == Some(instance))
    }

    pub fn target(&self, member: &str) -> Assignment {
        self.settled.targets.get(member).cloned().unwrap_or_default()
    }

    /// The state's name as ListGroups and ConsumerGroupDescribe give it.
    pub fn state_name(&self) -> &'static str {
        if self.is_empty() {
            "Empty"
        } else if self.epoch() > self.assignment_epoch() {
            "Assigning"
        } else if self.members().any(|member| !member.is_reconciled_to(self.assignment_epoch())) {
            "Reconciling"
        } else {
            "Stable"
        }
    }

    /// Whether any member holds a partition.
    pub fn is_held(&self, topic: Uuid, partition: i32) -> bool {
        self.holders.contains_key(&(topic, partition))
    }

    /// Changes a member, or makes it, or removes it, and counts anew what it holds.
    pub(super) fn change_member(&mut self, id: &str, change: impl FnOnce(Option<Member>) -> Option<Member>) {
        let before = self.settled.members.remove(id);
        for place in before.iter().flat_map(Member::held) {
            match self.holders.get_mut(&place) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(self.holders.remove(&place)),
            }
        }
        if let Some(after) = change(before) {
            for place in after.held() {
                *self.holders.entry(place).or_default() += 1;
            }
            self.settled.members.insert(id.to_owned(), after);
        }
    }

    /// How many members subscribe to a regular expression.
    pub fn subscribers_of_regex(&self, regex: &str) -> usize {
        self.members().filter(|member| member.regex() == Some(regex)).count()
    }

    /// The topics that a member asks for, whether they exist or not.
    pub fn topics_of<'a>(&'a self, member: &'a Member) -> BTreeSet<&'a str> {
        let matched = member.regex().and_then(|regex| self.settled.regexes.get(regex));
        let matched = matched.into_iter().flat_map(|resolved| &resolved.topics);
        member.names.iter().chain(matched).map(String::as_str).collect()
    }

    /// Those of them that exist.
    pub fn topic_ids_of(&self, member: &Member, image: &ClusterImage) -> BTreeSet<Uuid> {
        self.topics_of(member).into_iter().filter_map(|name| image.topic(name)).map(|topic| topic.id).collect()
    }

    /// Whether anybody has partitions of topics that it does not ask for, as somebody may who subscribed to something else
    /// just before the group was upgraded.
    pub fn has_unwanted_partitions(&self, image: &ClusterImage) -> bool {
        self.members().any(|member| {
            let wanted = self.topic_ids_of(member, image);
            member.assigned.topics().any(|(topic, _)| !wanted.contains(&topic))
        })
    }

    /// The topics that any member asks for.
    pub fn subscribed_topics(&self) -> BTreeSet<&str> {
        let names = self.members().flat_map(|member| &member.names);
        let matched = self.settled.regexes.values().flat_map(|resolved| &resolved.topics);
        names.chain(matched).map(String::as_str).collect()
    }

    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        self.members().any(|member| member.names.contains(topic))
            || self.settled.regexes.values().any(|resolved| resolved.topics.contains(topic))
    }

    pub(super) fn session_timer(&self, member: &str) -> GroupTimer {
        GroupTimer::Session { group: self.id.clone(), member: member.to_owned() }
    }

    pub(super) fn revocation_timer(&self, member: &str) -> GroupTimer {
        GroupTimer::Revocation { group: self.id.clone(), member: member.to_owned() }
    }

    /// The time for a member of the classic protocol to join again.
    pub(super) fn rejoin_timer(&self, member: &str) -> GroupTimer {
        GroupTimer::Rejoin { group: self.id.clone(), member: member.to_owned() }
    }

    /// The time for a member of the classic protocol to ask for what it has.
    pub(super) fn collection_timer(&self, member: &str) -> GroupTimer {
        GroupTimer::Collection { group: self.id.clone(), member: member.to_owned() }
    }

    pub(super) fn regexes_timer(&self) -> GroupTimer {
        GroupTimer::Regexes { group: self.id.clone() }
    }

    /// Whether a member waits for something that others hold. Once that is not so any more, it can go on.
    pub fn waits_for_others(&self, member: &Member) -> bool {
        member.state == MemberState::Unreleased
            && self
                .target(&member.id)
                .iter()
                .any(|(topic, partition)| !member.assigned.contains(topic, partition) && self.is_held(topic, partition))
    }
}

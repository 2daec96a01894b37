//! ConsumerGroupDescribe: epochs, and each member with what it has and is to have.

use super::assignment::Assignment;
use super::group::ConsumerGroup;
use super::member::Member;
use super::settings::ConsumerGroupSettings;
use crate::broker::coordinators::group::{Group, GroupCoordinator};
use crate::records::consumer_group::ConsumerGroupChange;
use crate::records::group::GroupRecord;

/// The groups asked for.
#[derive(Debug, Clone, Default)]
pub struct DescribeConsumerGroups {
    pub groups: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum DescribedConsumerGroup {
    Known {
        group: String,
        state: &'static str,
        epoch: i32,
        assignment_epoch: i32,
        assignor: &'static str,
        members: Vec<DescribedConsumerMember>,
    },
    /// No group, or one of another kind.
    Unknown { group: String, message: String },
}

#[derive(Debug, Clone, PartialEq)]
pub struct DescribedConsumerMember {
    pub member: Member,
    pub target: Assignment,
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn describe_consumer_groups(
        &self,
        wanted: DescribeConsumerGroups,
    ) -> Vec<DescribedConsumerGroup> {
        let one = |id: String| match self.groups.get(&id) {
            Some(Group::Consumer(group)) => group.described(&self.settings.consumer),
            Some(_) => {
                let message = format!("Group {id} is not a consumer group.");
                DescribedConsumerGroup::Unknown { group: id, message }
            }
            None => {
                let message = format!("Group {id} not found.");
                DescribedConsumerGroup::Unknown { group: id, message }
            }
        };
        wanted.groups.into_iter().map(one).collect()
    }
}

impl ConsumerGroup {
    fn described(&self, settings: &ConsumerGroupSettings) -> DescribedConsumerGroup {
        let member =
            |member: &Member| DescribedConsumerMember { target: self.target(&member.id), member: member.clone() };
        DescribedConsumerGroup::Known {
            group: self.id().to_owned(),
            state: self.state_name(),
            epoch: self.epoch(),
            assignment_epoch: self.assignment_epoch(),
            assignor: self.assignor(settings).name(),
            members: self.members().map(member).collect(),
        }
    }

    /// The records by which the group is there no more.
    pub(in crate::broker::coordinators::group) fn tombstones(&self) -> impl Iterator<Item = GroupRecord> + use<'_> {
        let ids = || self.members().map(|member| member.id.clone());
        let current = ids().map(|member| ConsumerGroupChange::Current { member, value: None });
        let targets = ids().map(|member| ConsumerGroupChange::Target { member, value: None });
        let members = ids().map(|member| ConsumerGroupChange::Member { member, value: None });
        let regexes = self.settled().regexes.keys().cloned();
        let rest = [ConsumerGroupChange::PartitionMetadata(None), ConsumerGroupChange::Epoch(None)];
        let changes = current
            .chain(targets)
            .chain([ConsumerGroupChange::TargetEpoch(None)])
            .chain(members)
            .chain(regexes.map(|regex| ConsumerGroupChange::Regex { regex, value: None }))
            .chain(rest);
        changes.map(|change| GroupRecord::Consumer { group: self.id().to_owned(), change })
    }
}

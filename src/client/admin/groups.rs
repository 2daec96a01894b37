//! Groups: list, describe, delete.
//!
//! Every broker lists the groups it coordinates. A group is described as a consumer group first (ConsumerGroupDescribe,
//! KIP-848) where its coordinator has that API, and as a classic group (DescribeGroups) if it turns out to be none.

use std::collections::BTreeMap;

use super::consumer_protocol::assigned_partitions;
use super::coordinators::{Coordinated, coordinator_moved};
use super::{Admin, Destination, PerItem, accepted};
use crate::client::error::ClientError;
use crate::protocol::messages::consumer_group_describe as consumer;
use crate::protocol::messages::describe_groups as classic;
use crate::protocol::messages::{
    ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest, ListGroupsRequest,
};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

/// Which groups to list; empty lists mean all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupFilter {
    /// Kafka's names of states, such as `Stable`.
    pub states: Vec<String>,
    /// Kafka's names of types: `classic`, `consumer`, `share`, `streams`.
    pub types: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    pub group: String,
    /// `consumer` for consumers; empty for a group that only has offsets.
    pub protocol_type: String,
    /// `None` from brokers before 2.6.
    pub state: Option<String>,
    /// `None` from brokers before 3.8, whose groups are all classic.
    pub group_type: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupType {
    Classic,
    Consumer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDescription {
    pub group: String,
    pub group_type: GroupType,
    pub state: String,
    /// `consumer` for consumers; groups of the newer type always are.
    pub protocol_type: String,
    /// The assignor in use; empty while there is none.
    pub assignor: String,
    pub coordinator: i32,
    pub members: Vec<GroupMember>,
    /// Only groups of type consumer have epochs.
    pub group_epoch: Option<i32>,
    pub assignment_epoch: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    pub member_id: String,
    pub instance_id: Option<String>,
    pub client_id: String,
    pub host: String,
    pub assignment: Vec<TopicPartition>,
    pub target_assignment: Option<Vec<TopicPartition>>,
    pub member_epoch: Option<i32>,
    /// In a group of type consumer: whether the member itself speaks the newer protocol.
    pub is_upgraded: Option<bool>,
}

type Descriptions = BTreeMap<String, Result<GroupDescription, Rejection>>;

impl Admin {
    /// The groups of all brokers, by name.
    pub async fn list_groups(&self, filter: &GroupFilter) -> Result<Vec<GroupListing>, ClientError> {
        let request = ListGroupsRequest { states_filter: filter.states.clone(), types_filter: filter.types.clone() };
        let from = match (filter.types.is_empty(), filter.states.is_empty()) {
            (false, _) => 5,
            (true, false) => 4,
            (true, true) => 0,
        };
        self.only_of_brokers("listGroups")?;
        self.persist("listGroups", async || {
            let mut groups = BTreeMap::new();
            for broker in self.broker_ids().await? {
                let response = self.send_within(Destination::Broker(broker), &request, from..=5).await?;
                super::check("listGroups", response.error_code)?;
                for group in response.groups {
                    let listing = GroupListing {
                        group: group.group_id.clone(),
                        protocol_type: group.protocol_type,
                        state: Some(group.group_state).filter(|state| !state.is_empty()),
                        group_type: Some(group.group_type).filter(|kind| !kind.is_empty()),
                    };
                    groups.insert(group.group_id, listing);
                }
            }
            Ok(groups.into_values().collect())
        })
        .await
    }

    pub async fn describe_groups(&self, groups: &[String]) -> Result<PerItem<String, GroupDescription>, ClientError> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let mut described = self
            .persist("describeConsumerGroups", async || {
                let (coordinators, refused) =
                    self.coordinators_of("describeConsumerGroups", Coordinated::Group, groups).await?;
                let mut described: Descriptions = refused.into_iter().map(|(g, why)| (g, Err(why))).collect();
                for (coordinator, groups) in coordinators {
                    described.extend(self.describe_at(coordinator, groups).await?);
                }
                Ok(described)
            })
            .await?;
        let unanswered = || Err(Rejection::from(ErrorCode::GroupIdNotFound));
        Ok(groups.iter().map(|group| (group.clone(), described.remove(group).unwrap_or_else(unanswered))).collect())
    }

    async fn describe_at(&self, coordinator: i32, groups: Vec<String>) -> Result<Descriptions, ClientError> {
        let mut described = match self.describe_consumer(coordinator, &groups).await {
            Err(ClientError::Unsupported { .. }) => Descriptions::new(),
            answer => answer?,
        };
        described.retain(|_, answer| !matches!(answer, Err(rejection) if is_other_type(rejection.code)));
        let classic: Vec<String> = groups.into_iter().filter(|group| !described.contains_key(group)).collect();
        if !classic.is_empty() {
            described.extend(self.describe_classic(coordinator, classic).await?);
        }
        Ok(described)
    }

    async fn describe_consumer(&self, coordinator: i32, groups: &[String]) -> Result<Descriptions, ClientError> {
        let request = ConsumerGroupDescribeRequest { group_ids: groups.to_vec(), include_authorized_operations: false };
        let response = self.send(Destination::Broker(coordinator), &request).await?;
        settled(response.groups.iter().map(|group| group.error_code))?;
        Ok(response
            .groups
            .into_iter()
            .map(|group| {
                let answer = accepted(group.error_code, group.error_message.clone());
                (group.group_id.clone(), answer.map(|()| consumer_description(group, coordinator)))
            })
            .collect())
    }

    async fn describe_classic(&self, coordinator: i32, groups: Vec<String>) -> Result<Descriptions, ClientError> {
        let request = DescribeGroupsRequest { groups, include_authorized_operations: false };
        let response = self.send(Destination::Broker(coordinator), &request).await?;
        settled(response.groups.iter().map(|group| group.error_code))?;
        let groups = response.groups.into_iter();
        Ok(groups.map(|group| (group.group_id.clone(), classic_description(group, coordinator))).collect())
    }

    pub async fn delete_groups(&self, groups: &[String]) -> Result<PerItem<String, ()>, ClientError> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let mut deleted = self
            .persist("deleteConsumerGroups", async || {
                let (coordinators, refused) =
                    self.coordinators_of("deleteConsumerGroups", Coordinated::Group, groups).await?;
                let mut deleted: BTreeMap<String, Result<(), Rejection>> =
                    refused.into_iter().map(|(group, why)| (group, Err(why))).collect();
                for (coordinator, groups_names) in coordinators {
                    let request = DeleteGroupsRequest { groups_names };
                    let response = self.send(Destination::Broker(coordinator), &request).await?;
                    settled(response.results.iter().map(|result| result.error_code))?;
                    let results = response.results.into_iter();
                    deleted.extend(results.map(|r| (r.group_id, accepted(r.error_code, None))));
                }
                Ok(deleted)
            })
            .await?;
        let unanswered = || Err(Rejection::from(ErrorCode::GroupIdNotFound));
        Ok(groups.iter().map(|group| (group.clone(), deleted.remove(group).unwrap_or_else(unanswered))).collect())
    }
}

/// A group of another type, or none, is not found as a consumer group.
fn is_other_type(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::GroupIdNotFound | ErrorCode::UnsupportedVersion)
}

fn settled(codes: impl Iterator<Item = i16>) -> Result<(), ClientError> {
    let mut codes = codes.map(ErrorCode::from_code);
    match codes.find(|code| coordinator_moved(*code)) {
        Some(code) => Err(ClientError::rejected("describeConsumerGroups", code, None)),
        None => Ok(()),
    }
}

fn consumer_description(group: consumer::DescribedGroup, coordinator: i32) -> GroupDescription {
    GroupDescription {
        group: group.group_id,
        group_type: GroupType::Consumer,
        state: group.group_state,
        protocol_type: "consumer".to_owned(),
        assignor: group.assignor_name,
        coordinator,
        members: group.members.into_iter().map(consumer_member).collect(),
        group_epoch: Some(group.group_epoch),
        assignment_epoch: Some(group.assignment_epoch),
    }
}

fn consumer_member(member: consumer::Member) -> GroupMember {
    GroupMember {
        member_id: member.member_id,
        instance_id: member.instance_id,
        client_id: member.client_id,
        host: member.client_host,
        assignment: partitions_of(member.assignment),
        target_assignment: Some(partitions_of(member.target_assignment)),
        member_epoch: Some(member.member_epoch),
        is_upgraded: match member.member_type {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

fn partitions_of(assignment: consumer::Assignment) -> Vec<TopicPartition> {
    let topics = assignment.topic_partitions.into_iter();
    topics.flat_map(|t| t.partitions.into_iter().map(move |p| TopicPartition::new(t.topic_name.clone(), p))).collect()
}

/// Before version 6, a group that does not exist is one in state Dead (KIP-1043).
fn classic_description(group: classic::DescribedGroup, coordinator: i32) -> Result<GroupDescription, Rejection> {
    accepted(group.error_code, group.error_message)?;
    let is_consumer = group.protocol_type == "consumer";
    let members = group.members.into_iter().map(|member| classic_member(member, is_consumer)).collect();
    Ok(GroupDescription {
        group: group.group_id,
        group_type: GroupType::Classic,
        state: group.group_state,
        protocol_type: group.protocol_type,
        assignor: group.protocol_data,
        coordinator,
        members,
        group_epoch: None,
        assignment_epoch: None,
    })
}

/// Assignments in a group of another protocol, or that cannot be read, show as none.
fn classic_member(member: classic::DescribedGroupMember, is_consumer: bool) -> GroupMember {
    let assignment = if is_consumer { assigned_partitions(member.member_assignment) } else { Ok(Vec::new()) };
    let assignment = assignment.unwrap_or_else(|malformed| {
        tracing::warn!("the assignment of member {} cannot be read: {malformed}", member.member_id);
        Vec::new()
    });
    GroupMember {
        member_id: member.member_id,
        instance_id: member.group_instance_id,
        client_id: member.client_id,
        host: member.client_host,
        assignment,
        target_assignment: None,
        member_epoch: None,
        is_upgraded: None,
    }
}

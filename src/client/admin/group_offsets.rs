//! Committed offsets of groups: read, set, delete.
//!
//! Versions stop at 9, since version 10 names topics by id only, which a group's description does not need.

use std::collections::BTreeMap;

use super::coordinators::{Coordinated, coordinator_moved};
use super::{Admin, Destination, PerItem, accepted, by_topic};
use crate::client::error::ClientError;
use crate::protocol::messages::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use crate::protocol::messages::offset_delete::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use crate::protocol::messages::offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics, OffsetFetchResponse,
    OffsetFetchResponseGroup,
};
use crate::protocol::messages::{OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    pub offset: i64,
    pub leader_epoch: Option<i32>,
    pub metadata: String,
}

impl Admin {
    /// What a group has committed: for all its partitions, or for those given. Partitions without an offset are left
    /// out.
    pub async fn list_group_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<PerItem<TopicPartition, CommittedOffset>, ClientError> {
        let call = "listConsumerGroupOffsets";
        let request = offset_fetch_request(group, partitions);
        self.persist(call, async || {
            let coordinator = self.coordinator_of(call, Coordinated::Group, group).await?;
            let from = if partitions.is_none() { 2 } else { 1 };
            let response = self.send_within(coordinator, &request, from..=9).await?;
            committed_offsets(call, response)
        })
        .await
    }

    /// What each of these groups has committed for all its partitions. A coordinator is asked for all its groups at once
    /// (KIP-709), if it is not older than that.
    pub async fn list_offsets_of_groups(
        &self,
        groups: &[String],
    ) -> Result<BTreeMap<String, PerItem<TopicPartition, CommittedOffset>>, ClientError> {
        if groups.is_empty() {
            return Ok(BTreeMap::new());
        }
        let call = "listConsumerGroupOffsets";
        self.persist(call, async || {
            let (coordinators, refused) = self.coordinators_of(call, Coordinated::Group, groups).await?;
            if let Some((_, rejection)) = refused.into_iter().next() {
                return Err(ClientError::Rejected { call, rejection });
            }
            let mut found = BTreeMap::new();
            for (coordinator, groups) in coordinators {
                let coordinator = Destination::Broker(coordinator);
                match self.send_within(coordinator, &of_many_groups(&groups), 8..=9).await {
                    Ok(response) => {
                        for group in response.groups {
                            found.insert(group.group_id.clone(), offsets_of_group(call, group)?);
                        }
                    }
                    Err(ClientError::Unsupported { .. }) => {
                        for group in groups {
                            let request = offset_fetch_request(&group, None);
                            let response = self.send_within(coordinator, &request, 2..=7).await?;
                            found.insert(group, committed_offsets(call, response)?);
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
        .await
    }

    /// Commits offsets in the name of a group that has no members.
    pub async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &[(TopicPartition, CommittedOffset)],
    ) -> Result<PerItem<TopicPartition, ()>, ClientError> {
        let call = "alterConsumerGroupOffsets";
        let topics = by_topic(offsets.iter().map(|(p, offset)| (p.topic.clone(), commit_partition(p, offset))));
        let topic = |(name, partitions)| OffsetCommitRequestTopic { name, partitions, ..Default::default() };
        let request = OffsetCommitRequest {
            group_id: group.to_owned(),
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        };
        self.persist(call, async || {
            let coordinator = self.coordinator_of(call, Coordinated::Group, group).await?;
            let response = self.send_within(coordinator, &request, 2..=9).await?;
            let answers = response.topics.into_iter().flat_map(|topic| {
                let partitions = topic.partitions.into_iter();
                partitions.map(move |p| (TopicPartition::new(topic.name.clone(), p.partition_index), p.error_code))
            });
            outcomes(call, answers)
        })
        .await
    }

    /// Forgets committed offsets, unless a member is subscribed to the topic.
    pub async fn delete_group_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<PerItem<TopicPartition, ()>, ClientError> {
        let call = "deleteConsumerGroupOffsets";
        let partition = |p: &TopicPartition| OffsetDeleteRequestPartition { partition_index: p.partition };
        let topics = by_topic(partitions.iter().map(|p| (p.topic.clone(), partition(p))));
        let topics = topics.into_iter().map(|(name, partitions)| OffsetDeleteRequestTopic { name, partitions });
        let request = OffsetDeleteRequest { group_id: group.to_owned(), topics: topics.collect() };
        self.persist(call, async || {
            let coordinator = self.coordinator_of(call, Coordinated::Group, group).await?;
            let response = self.send(coordinator, &request).await?;
            super::check(call, response.error_code)?;
            let answers = response.topics.into_iter().flat_map(|topic| {
                let partitions = topic.partitions.into_iter();
                partitions.map(move |p| (TopicPartition::new(topic.name.clone(), p.partition_index), p.error_code))
            });
            outcomes(call, answers)
        })
        .await
    }
}

fn outcomes(
    call: &'static str,
    answers: impl Iterator<Item = (TopicPartition, i16)>,
) -> Result<PerItem<TopicPartition, ()>, ClientError> {
    answers
        .map(|(partition, code)| match ErrorCode::from_code(code) {
            code if coordinator_moved(code) => Err(ClientError::rejected(call, code, None)),
            _ => Ok((partition, accepted(code, None))),
        })
        .collect()
}

fn commit_partition(partition: &TopicPartition, offset: &CommittedOffset) -> OffsetCommitRequestPartition {
    OffsetCommitRequestPartition {
        partition_index: partition.partition,
        committed_offset: offset.offset,
        committed_leader_epoch: offset.leader_epoch.unwrap_or(-1),
        committed_metadata: Some(offset.metadata.clone()),
    }
}

/// Both forms of the request at once: one group up to version 7, a list of groups from version 8.
fn offset_fetch_request(group: &str, partitions: Option<&[TopicPartition]>) -> OffsetFetchRequest {
    let topics = partitions.map(|partitions| by_topic(partitions.iter().map(|p| (p.topic.clone(), p.partition))));
    let single = topics.clone().map(|topics| {
        topics
            .into_iter()
            .map(|(name, partition_indexes)| OffsetFetchRequestTopic { name, partition_indexes })
            .collect()
    });
    let listed = topics.map(|topics| {
        let topic =
            |(name, partition_indexes)| OffsetFetchRequestTopics { name, partition_indexes, ..Default::default() };
        topics.into_iter().map(topic).collect()
    });
    OffsetFetchRequest {
        group_id: group.to_owned(),
        topics: single,
        groups: vec![OffsetFetchRequestGroup { group_id: group.to_owned(), topics: listed, ..Default::default() }],
        require_stable: false,
    }
}

fn of_many_groups(groups: &[String]) -> OffsetFetchRequest {
    let all_of =
        |group: &String| OffsetFetchRequestGroup { group_id: group.clone(), topics: None, ..Default::default() };
    OffsetFetchRequest { groups: groups.iter().map(all_of).collect(), ..Default::default() }
}

fn committed_offsets(
    call: &'static str,
    response: OffsetFetchResponse,
) -> Result<PerItem<TopicPartition, CommittedOffset>, ClientError> {
    super::check(call, response.error_code)?;
    let mut offsets = Vec::new();
    for group in response.groups {
        offsets.extend(offsets_of_group(call, group)?);
    }
    for topic in response.topics {
        let partitions = topic
            .partitions
            .into_iter()
            .map(|p| (p.partition_index, p.error_code, p.committed_offset, p.committed_leader_epoch, p.metadata));
        offsets.extend(partitions.filter_map(|p| committed(&topic.name, p)));
    }
    of_this_coordinator(call, offsets)
}

fn offsets_of_group(
    call: &'static str,
    group: OffsetFetchResponseGroup,
) -> Result<PerItem<TopicPartition, CommittedOffset>, ClientError> {
    super::check(call, group.error_code)?;
    let mut offsets = Vec::new();
    for topic in group.topics {
        let partitions = topic
            .partitions
            .into_iter()
            .map(|p| (p.partition_index, p.error_code, p.committed_offset, p.committed_leader_epoch, p.metadata));
        offsets.extend(partitions.filter_map(|p| committed(&topic.name, p)));
    }
    of_this_coordinator(call, offsets)
}

/// The offsets, unless one of them says that another broker has to be asked.
fn of_this_coordinator(
    call: &'static str,
    offsets: PerItem<TopicPartition, CommittedOffset>,
) -> Result<PerItem<TopicPartition, CommittedOffset>, ClientError> {
    let moved = offsets.iter().find_map(|(_, answer)| match answer {
        Err(rejection) if coordinator_moved(rejection.code) => Some(rejection.code),
        _ => None,
    });
    match moved {
        Some(code) => Err(ClientError::rejected(call, code, None)),
        None => Ok(offsets),
    }
}

type Fetched = (i32, i16, i64, i32, Option<String>);

fn committed(
    topic: &str,
    (partition, code, offset, epoch, metadata): Fetched,
) -> Option<(TopicPartition, Result<CommittedOffset, Rejection>)> {
    let partition = TopicPartition::new(topic, partition);
    match accepted(code, None) {
        Err(rejection) => Some((partition, Err(rejection))),
        Ok(()) if offset < 0 => None,
        Ok(()) => {
            let leader_epoch = Some(epoch).filter(|epoch| *epoch >= 0);
            Some((partition, Ok(CommittedOffset { offset, leader_epoch, metadata: metadata.unwrap_or_default() })))
        }
    }
}

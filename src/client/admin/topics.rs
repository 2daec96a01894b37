//! Topics: list, describe, create, delete, add partitions, ongoing reassignments.
//!
//! Describing uses DescribeTopicPartitions (KIP-966), page by page, and Metadata where a broker lacks it. Creating,
//! deleting and adding go to the controller (in KRaft any broker passes them on).

use std::collections::BTreeMap;
use std::time::Duration;

use super::configs::{ConfigDetail, ConfigResource};
use super::{Admin, Destination, PerItem, accepted, in_order_of};
use crate::client::error::ClientError;
use crate::protocol::messages::create_partitions::{CreatePartitionsAssignment, CreatePartitionsTopic};
use crate::protocol::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreatableTopicResult,
};
use crate::protocol::messages::delete_topics::DeleteTopicState;
use crate::protocol::messages::describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic, TopicRequest,
};
use crate::protocol::messages::list_partition_reassignments::ListPartitionReassignmentsTopics;
use crate::protocol::messages::metadata::{MetadataRequestTopic, MetadataResponsePartition, MetadataResponseTopic};
use crate::protocol::messages::{
    CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeTopicPartitionsRequest,
    ListPartitionReassignmentsRequest, MetadataRequest,
};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, Uuid};

/// The most partitions in one page of a description, which is also the broker's own limit by default.
const PAGE: i32 = 2000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicListing {
    pub name: String,
    pub id: Uuid,
    pub is_internal: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    pub name: String,
    pub id: Uuid,
    pub is_internal: bool,
    /// In the order of their numbers.
    pub partitions: Vec<PartitionDescription>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDescription {
    pub partition: i32,
    pub leader: Option<i32>,
    pub leader_epoch: i32,
    pub replicas: Vec<i32>,
    pub in_sync_replicas: Vec<i32>,
    pub offline_replicas: Vec<i32>,
    /// `None` where the broker does not say (KIP-966).
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_eligible_leader_replicas: Option<Vec<i32>>,
}

/// A topic to be created. What is `None` is the broker's default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewTopic {
    pub name: String,
    pub partitions: Option<i32>,
    pub replication_factor: Option<i16>,
    /// Replicas of each partition, instead of the two numbers above.
    pub assignments: BTreeMap<i32, Vec<i32>>,
    pub configs: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    pub id: Uuid,
    /// `None` where the broker is too old to say, or we may not know.
    pub partitions: Option<i32>,
    pub replication_factor: Option<i16>,
}

/// How many partitions a topic is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartitions {
    pub topic: String,
    pub total: i32,
    /// Replicas of each new partition, if they are not to be chosen by the controller.
    pub assignments: Option<Vec<Vec<i32>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignment {
    pub partition: TopicPartition,
    pub replicas: Vec<i32>,
    pub adding_replicas: Vec<i32>,
    pub removing_replicas: Vec<i32>,
}

impl Admin {
    /// All topics that may be described, by name.
    pub async fn list_topics(&self) -> Result<Vec<TopicListing>, ClientError> {
        let metadata = self.persist("listTopics", async || self.metadata(None).await).await?;
        let named = metadata.topics.into_iter().filter_map(|topic| {
            Some(TopicListing { name: topic.name?, id: topic.topic_id, is_internal: topic.is_internal })
        });
        let mut topics: Vec<TopicListing> = named.collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// All topics that may be described, by name, each with the numbers of its partitions.
    pub async fn list_partitions(&self) -> Result<Vec<(TopicListing, Vec<i32>)>, ClientError> {
        let metadata = self.persist("listTopics", async || self.metadata(None).await).await?;
        let named = metadata.topics.into_iter().filter_map(|topic| {
            let mut partitions: Vec<i32> = topic.partitions.iter().map(|one| one.partition_index).collect();
            partitions.sort_unstable();
            let listing = TopicListing { name: topic.name?, id: topic.topic_id, is_internal: topic.is_internal };
            Some((listing, partitions))
        });
        let mut topics: Vec<(TopicListing, Vec<i32>)> = named.collect();
        topics.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// Asks for a topic once, as a Java client does when it begins, which may create it. Gives the error of the answer, or
    /// that there was no answer.
    pub async fn ask_for_topic(&self, name: &str, create: bool) -> Result<ErrorCode, ClientError> {
        let wanted = MetadataRequestTopic { name: Some(name.to_owned()), ..Default::default() };
        let topics = Some(vec![wanted]);
        let request = MetadataRequest { topics, allow_auto_topic_creation: create, ..Default::default() };
        let response = self.send_within(Destination::Any, &request, 4..=13).await?;
        Ok(ErrorCode::from_code(response.topics.into_iter().next().unwrap_or_default().error_code))
    }

    /// Makes sure that a topic exists, by asking for it the way a producer does: a broker that creates topics creates it
    /// then. Gives the number of partitions.
    pub async fn ensure_topic(&self, name: &str) -> Result<usize, ClientError> {
        let call = "fetchMetadata";
        let wanted = MetadataRequestTopic { name: Some(name.to_owned()), ..Default::default() };
        let request =
            MetadataRequest { topics: Some(vec![wanted]), allow_auto_topic_creation: true, ..Default::default() };
        let asked = std::cell::Cell::new(false);
        let answer = self
            .persist(call, async || {
                let response = self.send_within(Destination::Any, &request, 4..=13).await?;
                super::check(call, response.error_code)?;
                let topic = response.topics.into_iter().next().unwrap_or_default();
                match ErrorCode::from_code(topic.error_code) {
                    ErrorCode::None if topic.partitions.iter().all(|partition| partition.leader_id >= 0) => {
                        Ok(Ok(topic.partitions.len()))
                    }
                    ErrorCode::None => Err(ClientError::rejected(call, ErrorCode::LeaderNotAvailable, None)),
                    code @ ErrorCode::UnknownTopicOrPartition
                        if asked.replace(true) && !self.creates_topics().await =>
                    {
                        let message = format!("topic '{name}' does not exist and is not created automatically");
                        Ok(Err(Rejection::new(code, message)))
                    }
                    code => Err(ClientError::rejected(call, code, None)),
                }
            })
            .await?;
        answer.map_err(|rejection| ClientError::Rejected { call, rejection })
    }

    /// `auto.create.topics.enable` of a broker; yes if it does not tell.
    async fn creates_topics(&self) -> bool {
        let Ok(brokers) = self.broker_ids().await else { return true };
        let Some(broker) = brokers.first() else { return true };
        let resource = [ConfigResource::broker(broker.to_string())];
        let Ok(described) = self.describe_configs(&resource, ConfigDetail::default()).await else { return true };
        let entries = described.into_iter().find_map(|(_, answer)| answer.ok()).unwrap_or_default();
        let switch = entries.into_iter().find(|entry| entry.name == "auto.create.topics.enable");
        switch.and_then(|entry| entry.value).is_none_or(|value| value == "true")
    }

    pub async fn describe_topics(&self, names: &[String]) -> Result<PerItem<String, TopicDescription>, ClientError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self
            .persist("describeTopics", async || match self.describe_by_page(names).await {
                Err(ClientError::Unsupported { .. }) => self.describe_by_metadata(names).await,
                answer => answer,
            })
            .await?;
        let unanswered = || Err(Rejection::from(ErrorCode::UnknownTopicOrPartition));
        Ok(names.iter().map(|name| (name.clone(), found.remove(name).unwrap_or_else(unanswered))).collect())
    }

    async fn describe_by_page(&self, names: &[String]) -> Result<Described, ClientError> {
        let mut names = names.to_vec();
        names.sort();
        names.dedup();
        let topics = names.into_iter().map(|name| TopicRequest { name }).collect();
        let mut request = DescribeTopicPartitionsRequest { topics, response_partition_limit: PAGE, cursor: None };
        let mut described = Described::new();
        loop {
            let page = self.send(Destination::Any, &request).await?;
            for topic in page.topics {
                add_to_description(&mut described, topic);
            }
            let Some(next) = page.next_cursor else { return Ok(described) };
            if request.cursor.as_ref().is_some_and(|last| !is_behind(last, &next.topic_name, next.partition_index)) {
                return Err(ClientError::Protocol {
                    server: self.settings.servers(),
                    evidence: "the cursor of DescribeTopicPartitions does not move".to_owned(),
                });
            }
            request.topics.retain(|topic| topic.name >= next.topic_name);
            request.cursor =
                Some(Box::new(Cursor { topic_name: next.topic_name, partition_index: next.partition_index }));
        }
    }

    async fn describe_by_metadata(&self, names: &[String]) -> Result<Described, ClientError> {
        let metadata = self.metadata(Some(names)).await?;
        Ok(metadata.topics.into_iter().filter_map(|topic| Some((topic.name.clone()?, from_metadata(topic)))).collect())
    }

    pub async fn create_topics(
        &self,
        topics: &[NewTopic],
        validate_only: bool,
    ) -> Result<PerItem<String, CreatedTopic>, ClientError> {
        let request = CreateTopicsRequest {
            topics: topics.iter().map(creatable).collect(),
            timeout_ms: self.operation_timeout(),
            validate_only,
        };
        let response = self
            .persist("createTopics", async || {
                let response = self.send(Destination::Controller, &request).await?;
                not_controller("createTopics", response.topics.iter().map(|topic| topic.error_code))?;
                Ok(response)
            })
            .await?;
        let answers = response.topics.into_iter().map(|topic| (topic.name.clone(), created(topic)));
        Ok(in_order_of(topics.iter().map(|topic| &topic.name), answers))
    }

    pub async fn delete_topics(&self, names: &[String]) -> Result<PerItem<String, ()>, ClientError> {
        let state = |name: &String| DeleteTopicState { name: Some(name.clone()), ..Default::default() };
        let request = DeleteTopicsRequest {
            topics: names.iter().map(state).collect(),
            topic_names: names.to_vec(),
            timeout_ms: self.operation_timeout(),
        };
        let response = self
            .persist("deleteTopics", async || {
                let response = self.send(Destination::Controller, &request).await?;
                not_controller("deleteTopics", response.responses.iter().map(|topic| topic.error_code))?;
                Ok(response)
            })
            .await?;
        let answers = response
            .responses
            .into_iter()
            .map(|topic| (topic.name.unwrap_or_default(), accepted(topic.error_code, topic.error_message)));
        Ok(in_order_of(names, answers))
    }

    pub async fn create_partitions(
        &self,
        topics: &[NewPartitions],
        validate_only: bool,
    ) -> Result<PerItem<String, ()>, ClientError> {
        let request = CreatePartitionsRequest {
            topics: topics.iter().map(partitions_wanted).collect(),
            timeout_ms: self.operation_timeout(),
            validate_only,
        };
        let response = self
            .persist("createPartitions", async || {
                let response = self.send(Destination::Controller, &request).await?;
                not_controller("createPartitions", response.results.iter().map(|topic| topic.error_code))?;
                Ok(response)
            })
            .await?;
        let answers = response.results.into_iter();
        let answers = answers.map(|topic| (topic.name, accepted(topic.error_code, topic.error_message)));
        Ok(in_order_of(topics.iter().map(|topic| &topic.topic), answers))
    }

    /// Partitions that are moving now, out of those given.
    pub async fn list_partition_reassignments(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Reassignment>, ClientError> {
        let topics = super::by_topic(partitions.iter().map(|p| (p.topic.clone(), p.partition)));
        let topic = |(name, partition_indexes)| ListPartitionReassignmentsTopics { name, partition_indexes };
        let request = ListPartitionReassignmentsRequest {
            timeout_ms: self.operation_timeout(),
            topics: Some(topics.into_iter().map(topic).collect()),
        };
        let response = self
            .persist("listPartitionReassignments", async || {
                let response = self.send(Destination::Controller, &request).await?;
                match ErrorCode::from_code(response.error_code) {
                    ErrorCode::None => Ok(response),
                    code => Err(ClientError::rejected("listPartitionReassignments", code, response.error_message)),
                }
            })
            .await?;
        let ongoing = response.topics.into_iter().flat_map(|topic| {
            topic.partitions.into_iter().map(move |p| Reassignment {
                partition: TopicPartition::new(topic.name.clone(), p.partition_index),
                replicas: p.replicas,
                adding_replicas: p.adding_replicas,
                removing_replicas: p.removing_replicas,
            })
        });
        Ok(ongoing.collect())
    }

    /// How long the cluster may work on a request: a little less than we wait for its answer.
    pub(crate) fn operation_timeout(&self) -> i32 {
        let timeout = self.settings.request_timeout.saturating_sub(Duration::from_millis(500));
        i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX)
    }
}

type Described = BTreeMap<String, Result<TopicDescription, Rejection>>;

fn is_behind(cursor: &Cursor, topic: &str, partition: i32) -> bool {
    (topic, partition) > (cursor.topic_name.as_str(), cursor.partition_index)
}

/// A topic may begin on one page and go on with the next.
fn add_to_description(described: &mut Described, topic: DescribeTopicPartitionsResponseTopic) {
    let Some(name) = topic.name else { return };
    if let Err(rejection) = accepted(topic.error_code, None) {
        described.insert(name, Err(rejection));
        return;
    }
    let partitions = topic.partitions.into_iter().map(described_partition);
    match described.get_mut(&name) {
        Some(Ok(description)) => description.partitions.extend(partitions),
        _ => {
            let partitions = partitions.collect();
            let description =
                TopicDescription { name: name.clone(), id: topic.topic_id, is_internal: topic.is_internal, partitions };
            described.insert(name, Ok(description));
        }
    }
}

fn described_partition(partition: DescribeTopicPartitionsResponsePartition) -> PartitionDescription {
    PartitionDescription {
        partition: partition.partition_index,
        leader: Some(partition.leader_id).filter(|id| *id >= 0),
        leader_epoch: partition.leader_epoch,
        replicas: partition.replica_nodes,
        in_sync_replicas: partition.isr_nodes,
        offline_replicas: partition.offline_replicas,
        eligible_leader_replicas: partition.eligible_leader_replicas,
        last_known_eligible_leader_replicas: partition.last_known_elr,
    }
}

fn from_metadata(topic: MetadataResponseTopic) -> Result<TopicDescription, Rejection> {
    accepted(topic.error_code, None)?;
    let mut partitions: Vec<PartitionDescription> = topic.partitions.into_iter().map(metadata_partition).collect();
    partitions.sort_by_key(|partition| partition.partition);
    Ok(TopicDescription {
        name: topic.name.unwrap_or_default(),
        id: topic.topic_id,
        is_internal: topic.is_internal,
        partitions,
    })
}

fn metadata_partition(partition: MetadataResponsePartition) -> PartitionDescription {
    PartitionDescription {
        partition: partition.partition_index,
        leader: Some(partition.leader_id).filter(|id| *id >= 0),
        leader_epoch: partition.leader_epoch,
        replicas: partition.replica_nodes,
        in_sync_replicas: partition.isr_nodes,
        offline_replicas: partition.offline_replicas,
        eligible_leader_replicas: None,
        last_known_eligible_leader_replicas: None,
    }
}

fn creatable(topic: &NewTopic) -> CreatableTopic {
    let assignments = topic.assignments.iter();
    let configs = topic.configs.iter();
    CreatableTopic {
        name: topic.name.clone(),
        num_partitions: topic.partitions.unwrap_or(-1),
        replication_factor: topic.replication_factor.unwrap_or(-1),
        assignments: assignments
            .map(|(&partition_index, ids)| CreatableReplicaAssignment { partition_index, broker_ids: ids.clone() })
            .collect(),
        configs: configs
            .map(|(name, value)| CreatableTopicConfig { name: name.clone(), value: Some(value.clone()) })
            .collect(),
    }
}

fn created(topic: CreatableTopicResult) -> Result<CreatedTopic, Rejection> {
    accepted(topic.error_code, topic.error_message)?;
    Ok(CreatedTopic {
        id: topic.topic_id,
        partitions: Some(topic.num_partitions).filter(|count| *count >= 0),
        replication_factor: Some(topic.replication_factor).filter(|factor| *factor >= 0),
    })
}

fn partitions_wanted(topic: &NewPartitions) -> CreatePartitionsTopic {
    let assignments = topic.assignments.as_ref().map(|partitions| {
        partitions.iter().map(|ids| CreatePartitionsAssignment { broker_ids: ids.clone() }).collect()
    });
    CreatePartitionsTopic { name: topic.topic.clone(), count: topic.total, assignments }
}

/// A broker that is no longer the controller says so for every item.
pub(crate) fn not_controller(call: &'static str, codes: impl Iterator<Item = i16>) -> Result<(), ClientError> {
    let mut codes = codes.map(ErrorCode::from_code);
    match codes.find(|code| *code == ErrorCode::NotController) {
        Some(code) => Err(ClientError::rejected(call, code, None)),
        None => Ok(()),
    }
}

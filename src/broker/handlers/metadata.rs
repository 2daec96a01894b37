//! Metadata: the brokers, and the topics with their partitions.
//!
//! Version 0 asks for all topics with an empty list, later ones with null. A topic that does not exist is created if the
//! request and `auto.create.topics.enable` allow it; creation is over before the response leaves, so that a short-lived
//! client need not ask again (Kafka answers error 3 once). From version 12 topics can be asked for by id. The node's
//! address is that of the listener the request came in on.

use std::collections::HashSet;
use std::sync::Arc;

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::broker::security::operations::{CLUSTER_OPERATIONS, TOPIC_OPERATIONS, if_requested};
use crate::metadata::{ClusterImage, PartitionImage, TopicImage};
use crate::protocol::ErrorCode;
use crate::protocol::messages::metadata::{
    MetadataRequestTopic, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use crate::protocol::messages::{MetadataRequest, MetadataResponse};
use crate::vocabulary::{is_internal_topic, topic_name_fault};

pub async fn handle(broker: &BrokerState, context: &RequestContext, request: MetadataRequest) -> MetadataResponse {
    let with_operations = request.include_topic_authorized_operations;
    let topics = match wanted(context, request.topics) {
        None => {
            let image = broker.image();
            image.topics.values().map(|topic| known_topic(topic, with_operations)).collect()
        }
        Some(wanted) => named_topics(broker, wanted, request.allow_auto_topic_creation, with_operations).await,
    };
    MetadataResponse {
        brokers: vec![MetadataResponseBroker {
            node_id: broker.node_id,
            host: context.listener.advertised_host.clone(),
            port: i32::from(context.listener.advertised_port),
            rack: broker.keys.get("broker.rack").map(str::to_owned),
        }],
        cluster_id: Some(broker.cluster_id.clone()),
        controller_id: broker.node_id,
        topics,
        cluster_authorized_operations: if_requested(request.include_cluster_authorized_operations, CLUSTER_OPERATIONS),
        ..Default::default()
    }
}

/// `None` for all.
fn wanted(context: &RequestContext, topics: Option<Vec<MetadataRequestTopic>>) -> Option<Vec<MetadataRequestTopic>> {
    topics.filter(|topics| context.api_version > 0 || !topics.is_empty())
}

async fn named_topics(
    broker: &BrokerState,
    mut wanted: Vec<MetadataRequestTopic>,
    may_create: bool,
    with_operations: bool,
) -> Vec<MetadataResponseTopic> {
    // If any topic is asked for by its id, all are. The name beside an id may be empty instead of null.
    if wanted.iter().any(|topic| !topic.topic_id.is_zero()) {
        wanted.retain(|topic| !topic.topic_id.is_zero());
        wanted.iter_mut().for_each(|topic| topic.name = None);
    }
    let mut seen = HashSet::new();
    wanted.retain(|topic| seen.insert((topic.name.clone(), topic.topic_id)));
    let mut failed = Vec::new();
    if may_create && broker.keys.boolean("auto.create.topics.enable") {
        let image = broker.image();
        for name in wanted.iter().filter_map(|topic| topic.name.as_deref()) {
            if image.topic(name).is_none()
                && topic_name_fault(name).is_none()
                && let Err(rejection) = broker.create_automatically(name).await
            {
                failed.push((name.to_owned(), rejection.code));
            }
        }
    }
    let image = broker.image();
    let answer = |topic: MetadataRequestTopic| one_topic(&image, topic, &failed, with_operations);
    wanted.into_iter().map(answer).collect()
}

fn one_topic(
    image: &ClusterImage,
    wanted: MetadataRequestTopic,
    failed: &[(String, ErrorCode)],
    with_operations: bool,
) -> MetadataResponseTopic {
    let Some(name) = wanted.name else {
        let code = if wanted.topic_id.is_zero() { ErrorCode::InvalidRequest } else { ErrorCode::UnknownTopicId };
        return match image.topic_by_id(wanted.topic_id) {
            Some(topic) => known_topic(topic, with_operations),
            None => MetadataResponseTopic {
                error_code: code.code(),
                name: None,
                topic_id: wanted.topic_id,
                ..Default::default()
            },
        };
    };
    if let Some(topic) = image.topic(&name) {
        return known_topic(topic, with_operations);
    }
    let refused = failed.iter().find(|(refused, _)| *refused == name).map(|(_, code)| *code);
    let code = match refused {
        _ if topic_name_fault(&name).is_some() => ErrorCode::InvalidTopicException,
        Some(code) => code,
        None => ErrorCode::UnknownTopicOrPartition,
    };
    MetadataResponseTopic {
        error_code: code.code(),
        is_internal: is_internal_topic(&name),
        name: Some(name),
        ..Default::default()
    }
}

fn known_topic(topic: &Arc<TopicImage>, with_operations: bool) -> MetadataResponseTopic {
    MetadataResponseTopic {
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: is_internal_topic(&topic.name),
        partitions: topic
            .partitions
            .iter()
            .zip(0..)
            .map(|(partition, index)| known_partition(partition, index))
            .collect(),
        topic_authorized_operations: if_requested(with_operations, TOPIC_OPERATIONS),
        ..Default::default()
    }
}

fn known_partition(partition: &PartitionImage, partition_index: i32) -> MetadataResponsePartition {
    let error = if partition.leader < 0 { ErrorCode::LeaderNotAvailable } else { ErrorCode::None };
    MetadataResponsePartition {
        error_code: error.code(),
        partition_index,
        leader_id: partition.leader,
        leader_epoch: partition.leader_epoch,
        replica_nodes: partition.replicas.clone(),
        isr_nodes: partition.isr.clone(),
        offline_replicas: if partition.leader < 0 { partition.replicas.clone() } else { Vec::new() },
    }
}

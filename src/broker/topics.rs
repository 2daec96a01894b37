//! Topics that come into being because somebody uses them: by Metadata, or as the log of a coordinator.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::blocking::blocking;
use super::coordinators::{InternalTopic, MakeTopic};
use super::first_write::FirstWrite;
use super::metadata_log::MetadataLog;
use crate::clock::Timestamp;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::{ConfigRecord, MetadataRecord, PartitionRecord, TopicRecord};
use crate::vocabulary::Uuid;

/// Makes topics through the metadata log.
#[derive(Clone)]
pub struct Topics {
    metadata: Arc<MetadataLog>,
    first_write: Arc<FirstWrite>,
}

impl Topics {
    pub fn new(metadata: Arc<MetadataLog>, first_write: Arc<FirstWrite>) -> Topics {
        Topics { metadata, first_write }
    }

    /// Makes a topic unless it is there. When this is done the image has it.
    pub async fn create(
        &self,
        name: &str,
        partitions: i32,
        configs: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        self.first_write.pass().await.map_err(|e| {
            tracing::error!("{e}");
            Rejection::from(ErrorCode::KafkaStorageError)
        })?;
        let records = self.records(name, partitions, configs);
        let written = blocking(|| self.metadata.append(&records, Timestamp::now()));
        match written {
            _ if self.metadata.images().borrow().topic(name).is_some() => Ok(()),
            Ok(()) => Err(ErrorCode::UnknownTopicOrPartition.into()),
            Err(e) => {
                tracing::error!(topic = name, "cannot create: {e}");
                Err(ErrorCode::KafkaStorageError.into())
            }
        }
    }

    fn records(&self, name: &str, partitions: i32, configs: &BTreeMap<String, String>) -> Vec<MetadataRecord> {
        let identity = self.metadata.identity();
        let topic_id = Uuid::random();
        let mut records = vec![TopicRecord { name: name.to_owned(), topic_id }.into()];
        records.extend(configs.iter().map(|(key, value)| {
            let (resource_name, name, value) = (name.to_owned(), key.clone(), Some(value.clone()));
            MetadataRecord::from(ConfigRecord { resource_type: 2, resource_name, name, value })
        }));
        records.extend((0..partitions).map(|partition_id| {
            MetadataRecord::from(PartitionRecord {
                partition_id,
                topic_id,
                replicas: vec![identity.node_id],
                isr: vec![identity.node_id],
                leader: identity.node_id,
                leader_epoch: 0,
                partition_epoch: 0,
                directories: vec![identity.directory_id],
                ..Default::default()
            })
        }));
        records
    }

    /// For the coordinators.
    pub fn make_internal(&self) -> MakeTopic {
        let topics = self.clone();
        Box::new(move |topic: InternalTopic| {
            let topics = topics.clone();
            Box::pin(async move {
                let made = topics.create(topic.name, topic.partitions, &topic.configs).await;
                made.map_err(|_| ErrorCode::CoordinatorNotAvailable)
            })
        })
    }
}

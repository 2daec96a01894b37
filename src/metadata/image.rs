//! The image of the cluster that requests are answered from.
//!
//! Built by applying the records of the metadata log in order; cheap to clone, since topics are shared.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::vocabulary::Uuid;

/// A topic with all its partitions, numbered 0..n.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicImage {
    pub name: String,
    pub id: Uuid,
    pub partitions: Vec<PartitionImage>,
}

/// Who holds and leads a partition.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionImage {
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub leader: i32,
    pub leader_epoch: i32,
    pub partition_epoch: i32,
    pub directories: Vec<Uuid>,
    pub adding_replicas: Vec<i32>,
    pub removing_replicas: Vec<i32>,
    pub leader_recovery_state: i8,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
}

/// A registered broker.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerImage {
    pub id: i32,
    pub epoch: i64,
    pub incarnation: Uuid,
    pub fenced: bool,
    pub rack: Option<String>,
}

/// Everything that the metadata log says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClusterImage {
    /// The offset behind the last record that is in this image.
    pub end_offset: i64,
    pub topics: BTreeMap<String, Arc<TopicImage>>,
    pub topic_names: HashMap<Uuid, String>,
    /// Explicit configs, by resource type (2 topic, 4 broker, 32 group …) and resource name.
    pub configs: BTreeMap<(i8, String), BTreeMap<String, String>>,
    pub features: BTreeMap<String, i16>,
    pub brokers: BTreeMap<i32, BrokerImage>,
    pub next_producer_id: i64,
}

impl ClusterImage {
    pub fn topic(&self, name: &str) -> Option<&Arc<TopicImage>> {
        self.topics.get(name)
    }

    pub fn topic_by_id(&self, id: Uuid) -> Option<&Arc<TopicImage>> {
        self.topic_names.get(&id).and_then(|name| self.topics.get(name))
    }

    pub fn partition(&self, topic: &str, partition: i32) -> Option<&PartitionImage> {
        let index = usize::try_from(partition).ok()?;
        self.topics.get(topic)?.partitions.get(index)
    }

    /// The explicit configs of a topic; what is not here has its default.
    pub fn topic_configs(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.configs.get(&(2, name.to_owned()))
    }
}

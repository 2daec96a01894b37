//! The image of the cluster that requests are answered from.
//!
//! Built by applying the records of the metadata log in order; cheap to clone, since topics are shared. It holds
//! everything that a snapshot must hold, also what is not served, so that nothing is lost for who opens the directory
//! next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::records::metadata::{
    AccessControlEntryRecord, BrokerEndpoint, BrokerFeature, DelegationTokenRecord, RegisterControllerRecord,
    UserScramCredentialRecord,
};
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
    /// −1 if nobody leads.
    pub leader: i32,
    pub leader_epoch: i32,
    pub partition_epoch: i32,
    /// One for each replica, or none at all.
    pub directories: Vec<Uuid>,
    pub adding_replicas: Vec<i32>,
    pub removing_replicas: Vec<i32>,
    /// 0 recovered, 1 recovering.
    pub leader_recovery_state: i8,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
}

/// A registered broker.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BrokerImage {
    pub id: i32,
    pub epoch: i64,
    pub incarnation: Uuid,
    pub fenced: bool,
    pub rack: Option<String>,
    pub in_controlled_shutdown: bool,
    pub is_migrating_zk_broker: bool,
    pub endpoints: Vec<BrokerEndpoint>,
    pub features: Vec<BrokerFeature>,
    pub log_dirs: Vec<Uuid>,
}

/// Whom a quota limits: pairs of entity type and name, where no name means the default entity.
pub type QuotaEntity = Vec<(String, Option<String>)>;

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
    pub controllers: BTreeMap<i32, RegisterControllerRecord>,
    pub next_producer_id: i64,
    pub quotas: BTreeMap<QuotaEntity, BTreeMap<String, f64>>,
    pub acls: BTreeMap<Uuid, AccessControlEntryRecord>,
    /// By mechanism (1 SHA-256, 2 SHA-512) and user.
    pub scram_credentials: BTreeMap<(i8, String), UserScramCredentialRecord>,
    pub delegation_tokens: BTreeMap<String, DelegationTokenRecord>,
}

/// The resource type of a topic in [`ClusterImage::configs`].
pub const TOPIC_RESOURCE: i8 = 2;
/// The resource type of a broker; the name "" means all brokers.
pub const BROKER_RESOURCE: i8 = 4;
/// The resource type of a group.
pub const GROUP_RESOURCE: i8 = 32;

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
        self.resource_configs(TOPIC_RESOURCE, name)
    }

    /// The explicit configs of any resource.
    pub fn resource_configs(&self, resource_type: i8, name: &str) -> Option<&BTreeMap<String, String>> {
        self.configs.get(&(resource_type, name.to_owned()))
    }

    /// The cluster's metadata.version, if one was ever set.
    pub fn metadata_version(&self) -> Option<i16> {
        self.features.get(super::features::METADATA_VERSION).copied()
    }

    pub fn partition_count(&self) -> usize {
        self.topics.values().map(|topic| topic.partitions.len()).sum()
    }
}

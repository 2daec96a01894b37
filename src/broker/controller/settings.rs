//! The broker configuration that the controller goes by.

use crate::metadata::topic_configs::Values;
use crate::vocabulary::Uuid;

/// Partitions and segments of a topic that the broker makes for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InternalTopicSettings {
    pub partitions: i32,
    pub segment_bytes: i32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ControllerSettings {
    pub node_id: i32,
    /// The log directory in which every partition is placed.
    pub directory_id: Uuid,
    /// `num.partitions`
    pub default_partitions: i32,
    /// `default.replication.factor`
    pub default_replication_factor: i16,
    /// `delete.topic.enable`
    pub delete_topic_enable: bool,
    /// `offsets.topic.*`
    pub offsets_topic: InternalTopicSettings,
    /// `transaction.state.log.*`
    pub transaction_topic: InternalTopicSettings,
    /// `share.coordinator.state.topic.*`
    pub share_topic: InternalTopicSettings,
    /// Broker keys that topics inherit, as far as the properties set them.
    pub fixed_values: Values,
    /// Broker keys whose values are lists, with their defaults.
    pub broker_lists: Values,
    /// Broker keys that bound and default the configurations of groups.
    pub group_values: Values,
}

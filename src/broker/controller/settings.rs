//! The broker configuration that the controller goes by.

use crate::metadata::topic_configs::Values;
use crate::vocabulary::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub struct ControllerSettings {
    pub node_id: i32,
    /// The log directories of partitions as long as this broker has registered none.
    pub directories: Vec<Uuid>,
    /// `num.partitions`
    pub default_partitions: i32,
    /// `default.replication.factor`
    pub default_replication_factor: i16,
    /// `delete.topic.enable`
    pub delete_topic_enable: bool,
    /// Broker keys that topics inherit, as far as the properties set them.
    pub fixed_values: Values,
    /// Broker keys whose values are lists, with their defaults.
    pub broker_lists: Values,
    /// Broker keys that bound and default the configurations of groups.
    pub group_values: Values,
}

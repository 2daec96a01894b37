//! The configurations of a topic: its own values before those of the broker keys that it inherits.

use std::sync::{Arc, LazyLock};

use super::broker::{fixed_values, synonyms};
use super::{Described, Synonym, type_code};
use crate::broker::BrokerState;
use crate::metadata::BROKER_RESOURCE;
use crate::metadata::ClusterImage;
use crate::metadata::topic_configs::{BrokerValues, ConfigSource, TOPIC_CONFIGS, TopicConfig, Values, normalized};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::topic_name_fault;

/// What a topic has that sets nothing itself, found out once for all topics that a request asks for.
pub struct Inherited {
    image: Arc<ClusterImage>,
    configs: Vec<(&'static TopicConfig, Described)>,
}

impl Inherited {
    /// Of the values behind the effective ones only the nearest is kept, which says where it comes from, unless all are
    /// wanted.
    pub fn of(broker: &BrokerState, synonyms: bool) -> Inherited {
        let image = broker.image();
        let fixed = fixed_values(broker);
        let values = broker_values(&image, broker.node_id, &fixed);
        let describe = |config: &&'static TopicConfig| {
            let mut described = one(config, &values);
            if !synonyms {
                described.synonyms.truncate(1);
            }
            (*config, described)
        };
        let configs = IN_ORDER.iter().map(describe).collect();
        Inherited { image, configs }
    }

    pub fn describe(&self, name: &str) -> Result<Vec<Described>, Rejection> {
        if let Some(fault) = topic_name_fault(name) {
            return Err(Rejection::new(ErrorCode::InvalidTopicException, format!("Topic name is invalid: {fault}")));
        }
        if self.image.topic(name).is_none() {
            return Err(ErrorCode::UnknownTopicOrPartition.into());
        }
        let own = self.image.topic_configs(name);
        let describe = |(config, inherited): &(&TopicConfig, Described)| {
            let own = own.and_then(|own| own.get(config.name));
            own.map_or_else(|| inherited.clone(), |value| overridden(config, inherited, value))
        };
        Ok(self.configs.iter().map(describe).collect())
    }
}

fn overridden(config: &TopicConfig, inherited: &Described, value: &str) -> Described {
    let mut described = inherited.clone();
    described.value = Some(normalized(config.config_type, value));
    let own =
        Synonym { name: config.name.to_owned(), value: Some(value.to_owned()), source: ConfigSource::DynamicTopic };
    described.synonyms.insert(0, own);
    described
}

static IN_ORDER: LazyLock<Vec<&'static TopicConfig>> = LazyLock::new(|| {
    let mut configs: Vec<&TopicConfig> = TOPIC_CONFIGS.iter().collect();
    configs.sort_by_key(|config| ORDER.iter().position(|name| *name == config.name));
    configs
});

/// The order of Apache's broker, a hash table's; its tools show configurations as they come. Recorded from Kafka 4.2.1.
const ORDER: [&str; 33] = [
    "compression.type",
    "remote.log.delete.on.disable",
    "leader.replication.throttled.replicas",
    "remote.storage.enable",
    "min.insync.replicas",
    "segment.jitter.ms",
    "remote.log.copy.disable",
    "local.retention.ms",
    "cleanup.policy",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "compression.lz4.level",
    "segment.bytes",
    "retention.ms",
    "compression.gzip.level",
    "flush.messages",
    "compression.zstd.level",
    "max.compaction.lag.ms",
    "file.delete.delay.ms",
    "max.message.bytes",
    "min.compaction.lag.ms",
    "message.timestamp.type",
    "local.retention.bytes",
    "preallocate",
    "index.interval.bytes",
    "min.cleanable.dirty.ratio",
    "unclean.leader.election.enable",
    "retention.bytes",
    "delete.retention.ms",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "segment.ms",
    "segment.index.bytes",
];

/// The values of broker keys as they are in the image and the properties.
pub fn broker_values<'a>(image: &'a ClusterImage, node_id: i32, fixed: &'a Values) -> BrokerValues<'a> {
    BrokerValues {
        dynamic: image.resource_configs(BROKER_RESOURCE, &node_id.to_string()),
        dynamic_default: image.resource_configs(BROKER_RESOURCE, ""),
        fixed,
    }
}

fn one(config: &TopicConfig, broker: &BrokerValues<'_>) -> Described {
    let (value, _) = config.effective(None, broker);
    Described {
        name: config.name.to_owned(),
        value: Some(normalized(config.config_type, &value)),
        read_only: false,
        sensitive: false,
        config_type: type_code(config.config_type),
        synonyms: config.broker_key.map(|key| synonyms(key, broker)).unwrap_or_default(),
        documentation: Some(config.doc),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_holds_every_configuration_once() {
        let mut ordered = ORDER;
        ordered.sort_unstable();
        assert!(TOPIC_CONFIGS.iter().map(|config| config.name).eq(ordered));
    }
}

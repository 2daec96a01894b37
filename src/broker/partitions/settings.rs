//! A topic's configuration as its logs understand it: the values in effect, by the table of topic configurations.

use std::str::FromStr;

use crate::broker::config::BrokerKeys;
use crate::broker::controller_handle::fixed_topic_values;
use crate::log::{Codec, Compression, LogSettings, TimestampType};
use crate::metadata::{BROKER_RESOURCE, ClusterImage};

use crate::metadata::topic_configs::{BrokerValues, Values, topic_config};

const PRODUCER_EXPIRATION: &str = "producer.id.expiration.ms";
const VERIFICATION: &str = "transaction.partition.verification.enable";

/// The part of the broker's configuration that logs inherit.
#[derive(Debug, Clone)]
pub struct InheritedValues {
    node_id: String,
    fixed: Values,
    producer_expiration_ms: i64,
    verify_transactions: bool,
}

impl InheritedValues {
    pub fn new(node_id: i32, keys: &BrokerKeys) -> InheritedValues {
        InheritedValues {
            node_id: node_id.to_string(),
            fixed: fixed_topic_values(keys),
            producer_expiration_ms: keys.number(PRODUCER_EXPIRATION),
            verify_transactions: keys.boolean(VERIFICATION),
        }
    }

    /// The settings of the logs of `topic`.
    pub fn log_settings(&self, image: &ClusterImage, topic: &str) -> LogSettings {
        let broker = BrokerValues {
            dynamic: image.resource_configs(BROKER_RESOURCE, &self.node_id),
            dynamic_default: image.resource_configs(BROKER_RESOURCE, ""),
            fixed: &self.fixed,
        };
        let in_effect = InEffect { own: image.topic_configs(topic), broker };
        let producer_expiration = broker.find(PRODUCER_EXPIRATION).and_then(|(value, _)| value.trim().parse().ok());
        let verify = broker.find(VERIFICATION).map(|(value, _)| value.trim().eq_ignore_ascii_case("true"));
        let policy = in_effect.text("cleanup.policy");
        LogSettings {
            segment_bytes: in_effect.number("segment.bytes"),
            segment_ms: in_effect.number("segment.ms"),
            segment_jitter_ms: in_effect.number("segment.jitter.ms"),
            segment_index_bytes: in_effect.number("segment.index.bytes"),
            index_interval_bytes: in_effect.number("index.interval.bytes"),
            max_message_bytes: in_effect.number("max.message.bytes"),
            flush_messages: in_effect.number("flush.messages"),
            flush_ms: in_effect.number("flush.ms"),
            retention_ms: in_effect.number("retention.ms"),
            retention_bytes: in_effect.number("retention.bytes"),
            file_delete_delay_ms: in_effect.number("file.delete.delay.ms"),
            delete_retention_ms: in_effect.number("delete.retention.ms"),
            min_cleanable_dirty_ratio: in_effect.number("min.cleanable.dirty.ratio"),
            min_compaction_lag_ms: in_effect.number("min.compaction.lag.ms"),
            max_compaction_lag_ms: in_effect.number("max.compaction.lag.ms"),
            compact: policy.split(',').any(|part| part.trim() == "compact"),
            delete: policy.split(',').any(|part| part.trim() == "delete"),
            timestamp_type: match in_effect.text("message.timestamp.type").trim() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            timestamp_before_max_ms: in_effect.number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: in_effect.number("message.timestamp.after.max.ms"),
            compression: in_effect.compression(),
            preallocate: in_effect.text("preallocate").trim().eq_ignore_ascii_case("true"),
            producer_id_expiration_ms: producer_expiration.unwrap_or(self.producer_expiration_ms),
            verify_transactions: verify.unwrap_or(self.verify_transactions),
        }
    }
}

/// The values of one topic.
struct InEffect<'a> {
    own: Option<&'a Values>,
    broker: BrokerValues<'a>,
}

impl InEffect<'_> {
    fn text(&self, name: &str) -> String {
        let config = topic_config(name);
        debug_assert!(config.is_some(), "{name} is no topic configuration");
        config.map(|config| config.effective(self.own, &self.broker).0).unwrap_or_default()
    }

    /// What was written by others and is no number counts as not set.
    fn number<T: FromStr + Default>(&self, name: &str) -> T {
        let value = self.text(name).trim().parse().ok();
        value.or_else(|| topic_config(name)?.default.parse().ok()).unwrap_or_default()
    }

    fn compression(&self) -> Compression {
        let (codec, level) = match self.text("compression.type").trim() {
            "uncompressed" => (Codec::None, None),
            "gzip" => (Codec::Gzip, Some(self.number("compression.gzip.level")).filter(|level| *level >= 0)),
            "snappy" => (Codec::Snappy, None),
            "lz4" => (Codec::Lz4, Some(self.number("compression.lz4.level"))),
            "zstd" => (Codec::Zstd, Some(self.number("compression.zstd.level"))),
            _ => return Compression::Producer,
        };
        Compression::To { codec, level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 60 * 60 * 1000;

    fn image(topic: &[(&str, &str)]) -> ClusterImage {
        let configs = topic.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        ClusterImage { configs: [((2, "t".to_owned()), configs)].into(), ..Default::default() }
    }

    #[test]
    fn a_topics_own_value_comes_before_the_brokers() {
        let mut keys = BrokerKeys::default();
        keys.set("log.retention.hours", "2").unwrap();
        keys.set("log.cleanup.policy", "compact").unwrap();
        let inherited = InheritedValues::new(1, &keys);
        let own = inherited.log_settings(&image(&[("retention.ms", "5"), ("compression.type", "zstd")]), "t");
        assert_eq!(own.retention_ms, 5);
        assert_eq!(own.compression, Compression::To { codec: Codec::Zstd, level: Some(3) });
        let bare = inherited.log_settings(&image(&[]), "t");
        assert_eq!(bare.retention_ms, 2 * HOUR_MS);
        assert!(bare.compact && !bare.delete);
    }

    #[test]
    fn without_any_value_a_log_has_kafkas_defaults() {
        let inherited = InheritedValues::new(1, &BrokerKeys::default());
        assert_eq!(inherited.log_settings(&image(&[]), "t"), LogSettings::default());
    }

    #[test]
    fn a_value_that_was_set_at_run_time_comes_before_the_properties() {
        let mut keys = BrokerKeys::default();
        keys.set("message.max.bytes", "1000").unwrap();
        let mut image = image(&[]);
        let dynamic = [("message.max.bytes".to_owned(), "2000".to_owned())].into();
        image.configs.insert((BROKER_RESOURCE, "1".to_owned()), dynamic);
        assert_eq!(InheritedValues::new(1, &keys).log_settings(&image, "t").max_message_bytes, 2000);
        assert_eq!(InheritedValues::new(2, &keys).log_settings(&image, "t").max_message_bytes, 1000);
    }
}

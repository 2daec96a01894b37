//! A topic's configuration as its logs understand it: the topic's own values, else the broker's, else Kafka's defaults.

use crate::broker::config::BrokerKeys;
use crate::log::{Codec, Compression, LogSettings, TimestampType};
use crate::metadata::ClusterImage;

/// Resource type of broker configurations in the image.
const BROKER: i8 = 4;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Where a topic's values come from.
struct Source<'a> {
    image: &'a ClusterImage,
    keys: &'a BrokerKeys,
    node_id: i32,
    topic: &'a str,
}

impl Source<'_> {
    /// What was set, nearest first: the topic's own value, the broker's dynamic one, the cluster-wide one, the one in the
    /// broker's properties.
    fn explicit(&self, topic_key: &str, broker_key: &str) -> Option<String> {
        let own = self.image.topic_configs(self.topic).and_then(|configs| configs.get(topic_key));
        own.cloned().or_else(|| self.broker_explicit(broker_key))
    }

    fn broker_explicit(&self, key: &str) -> Option<String> {
        let dynamic = |name: String| self.image.configs.get(&(BROKER, name)).and_then(|configs| configs.get(key));
        let value = dynamic(self.node_id.to_string()).or_else(|| dynamic(String::new())).map(String::as_str);
        value.or_else(|| self.keys.explicit(key)).map(str::to_owned)
    }

    fn number(&self, topic_key: &str, broker_key: &str) -> Option<i64> {
        self.explicit(topic_key, broker_key)?.trim().parse().ok()
    }

    /// A duration whose broker key has older names in coarser units.
    fn time(&self, topic_key: &str, broker_keys: &[(&str, i64)]) -> Option<i64> {
        let own = self.image.topic_configs(self.topic).and_then(|configs| configs.get(topic_key));
        if let Some(own) = own {
            return own.trim().parse().ok();
        }
        broker_keys.iter().find_map(|(key, unit)| {
            let value: i64 = self.broker_explicit(key)?.trim().parse().ok()?;
            Some(if value < 0 { value } else { value.saturating_mul(*unit) })
        })
    }

    fn boolean(&self, topic_key: &str, broker_key: &str) -> Option<bool> {
        self.explicit(topic_key, broker_key).map(|value| value.trim().eq_ignore_ascii_case("true"))
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn positive(value: Option<i64>) -> Option<u64> {
    value.and_then(|value| u64::try_from(value).ok())
}

/// The settings of the logs of `topic`.
pub fn log_settings(image: &ClusterImage, keys: &BrokerKeys, node_id: i32, topic: &str) -> LogSettings {
    let from = Source { image, keys, node_id, topic };
    let mut s = LogSettings::default();
    set(&mut s.segment_bytes, positive(from.number("segment.bytes", "log.segment.bytes")));
    set(&mut s.segment_ms, from.time("segment.ms", &[("log.roll.ms", 1), ("log.roll.hours", HOUR_MS)]));
    set(
        &mut s.segment_jitter_ms,
        from.time("segment.jitter.ms", &[("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", HOUR_MS)]),
    );
    set(&mut s.segment_index_bytes, positive(from.number("segment.index.bytes", "log.index.size.max.bytes")));
    set(&mut s.index_interval_bytes, positive(from.number("index.interval.bytes", "log.index.interval.bytes")));
    set(&mut s.max_message_bytes, positive(from.number("max.message.bytes", "message.max.bytes")));
    set(&mut s.flush_messages, from.number("flush.messages", "log.flush.interval.messages"));
    set(
        &mut s.flush_ms,
        from.time("flush.ms", &[("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)]),
    );
    let retention = [("log.retention.ms", 1), ("log.retention.minutes", MINUTE_MS), ("log.retention.hours", HOUR_MS)];
    set(&mut s.retention_ms, from.time("retention.ms", &retention));
    set(&mut s.retention_bytes, from.number("retention.bytes", "log.retention.bytes"));
    set(&mut s.file_delete_delay_ms, from.number("file.delete.delay.ms", "log.segment.delete.delay.ms"));
    set(&mut s.delete_retention_ms, from.number("delete.retention.ms", "log.cleaner.delete.retention.ms"));
    let ratio = from.explicit("min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio");
    set(&mut s.min_cleanable_dirty_ratio, ratio.and_then(|value| value.trim().parse().ok()));
    set(&mut s.min_compaction_lag_ms, from.number("min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"));
    set(&mut s.max_compaction_lag_ms, from.number("max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"));
    if let Some(policy) = from.explicit("cleanup.policy", "log.cleanup.policy") {
        s.compact = policy.split(',').any(|part| part.trim() == "compact");
        s.delete = policy.split(',').any(|part| part.trim() == "delete");
    }
    if let Some(stamped) = from.explicit("message.timestamp.type", "log.message.timestamp.type") {
        s.timestamp_type =
            if stamped.trim() == "LogAppendTime" { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
    }
    set(
        &mut s.timestamp_before_max_ms,
        from.number("message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"),
    );
    set(
        &mut s.timestamp_after_max_ms,
        from.number("message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"),
    );
    s.compression = compression(&from);
    set(&mut s.preallocate, from.boolean("preallocate", "log.preallocate"));
    s.producer_id_expiration_ms = from
        .broker_explicit("producer.id.expiration.ms")
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(s.producer_id_expiration_ms);
    s
}

fn compression(from: &Source<'_>) -> Compression {
    let level = |key| from.number(key, key).and_then(|level| i32::try_from(level).ok());
    let codec = match from.explicit("compression.type", "compression.type").as_deref().map(str::trim) {
        Some("uncompressed") => (Codec::None, None),
        Some("gzip") => (Codec::Gzip, level("compression.gzip.level").filter(|level| *level >= 0)),
        Some("snappy") => (Codec::Snappy, None),
        Some("lz4") => (Codec::Lz4, level("compression.lz4.level")),
        Some("zstd") => (Codec::Zstd, level("compression.zstd.level")),
        _ => return Compression::Producer,
    };
    Compression::To { codec: codec.0, level: codec.1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(topic: &[(&str, &str)]) -> ClusterImage {
        let configs = topic.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        ClusterImage { configs: [((2, "t".to_owned()), configs)].into(), ..Default::default() }
    }

    #[test]
    fn a_topics_own_value_comes_before_the_brokers() {
        let mut keys = BrokerKeys::default();
        keys.set("log.retention.hours", "2").unwrap();
        keys.set("log.cleanup.policy", "compact").unwrap();
        let own = log_settings(&image(&[("retention.ms", "5"), ("compression.type", "zstd")]), &keys, 1, "t");
        assert_eq!(own.retention_ms, 5);
        assert_eq!(own.compression, Compression::To { codec: Codec::Zstd, level: None });
        let inherited = log_settings(&image(&[]), &keys, 1, "t");
        assert_eq!(inherited.retention_ms, 2 * HOUR_MS);
        assert!(inherited.compact && !inherited.delete);
    }

    #[test]
    fn without_any_value_a_log_has_kafkas_defaults() {
        assert_eq!(log_settings(&image(&[]), &BrokerKeys::default(), 1, "t"), LogSettings::default());
    }
}

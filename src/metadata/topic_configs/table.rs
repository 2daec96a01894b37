//! The table itself, by name.

use super::ConfigType::*;
use super::Valid::*;
use super::{ConfigType, TopicConfig, Valid};

const LONG_MAX: &str = "9223372036854775807";
const HOUR_MS: i64 = 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

const fn config(
    name: &'static str,
    config_type: ConfigType,
    default: &'static str,
    valid: Valid,
    doc: &'static str,
) -> TopicConfig {
    TopicConfig { name, config_type, default, valid, broker_key: Some(name), coarser_keys: &[], doc }
}

impl TopicConfig {
    const fn inherits(self, broker_key: &'static str) -> TopicConfig {
        TopicConfig { broker_key: Some(broker_key), ..self }
    }

    const fn own(self) -> TopicConfig {
        TopicConfig { broker_key: None, ..self }
    }

    const fn coarser(self, coarser_keys: &'static [(&'static str, i64)]) -> TopicConfig {
        TopicConfig { coarser_keys, ..self }
    }
}

/// All topic configurations of Kafka 4.2, by name.
pub const TOPIC_CONFIGS: &[TopicConfig] = &[
    config(
        "cleanup.policy",
        List,
        "delete",
        SomeOf(&["compact", "delete"]),
        "What becomes of old segments: 'delete' removes them by age and size, 'compact' keeps the last record of each key.",
    )
    .inherits("log.cleanup.policy"),
    config(
        "compression.gzip.level",
        Int,
        "-1",
        MinusOneOrBetween(1, 9),
        "The level if compression.type is gzip.",
    ),
    config(
        "compression.lz4.level",
        Int,
        "9",
        Between(1, 17),
        "The level if compression.type is lz4.",
    ),
    config(
        "compression.type",
        String,
        "producer",
        OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        "The codec that batches are stored in; 'producer' keeps the one they arrive in.",
    ),
    config(
        "compression.zstd.level",
        Int,
        "3",
        Between(-131_072, 22),
        "The level if compression.type is zstd.",
    ),
    config(
        "delete.retention.ms",
        Long,
        "86400000",
        AtLeast(0),
        "How long the tombstones of a compacted topic are kept.",
    )
    .inherits("log.cleaner.delete.retention.ms"),
    config(
        "file.delete.delay.ms",
        Long,
        "60000",
        AtLeast(0),
        "How long a file that is no longer needed stays on disk.",
    )
    .inherits("log.segment.delete.delay.ms"),
    config(
        "flush.messages",
        Long,
        LONG_MAX,
        AtLeast(1),
        "After how many records the log is forced to disk; 1 forces each append.",
    )
    .inherits("log.flush.interval.messages"),
    config("flush.ms", Long, LONG_MAX, AtLeast(0), "After how long the log is forced to disk.")
        .inherits("log.flush.interval.ms"),
    config(
        "follower.replication.throttled.replicas",
        List,
        "",
        ThrottledReplicas,
        "Replicas whose incoming replication is throttled: partition:broker pairs, or * for all.",
    )
    .own(),
    config(
        "index.interval.bytes",
        Int,
        "4096",
        AtLeast(0),
        "After how many bytes of records the offset index gets an entry.",
    )
    .inherits("log.index.interval.bytes"),
    config(
        "leader.replication.throttled.replicas",
        List,
        "",
        ThrottledReplicas,
        "Replicas whose outgoing replication is throttled: partition:broker pairs, or * for all.",
    )
    .own(),
    config(
        "local.retention.bytes",
        Long,
        "-2",
        AtLeast(-2),
        "With tiered storage, how many bytes stay on local disk; -2 means retention.bytes.",
    )
    .inherits("log.local.retention.bytes"),
    config(
        "local.retention.ms",
        Long,
        "-2",
        AtLeast(-2),
        "With tiered storage, how long records stay on local disk; -2 means retention.ms.",
    )
    .inherits("log.local.retention.ms"),
    config(
        "max.compaction.lag.ms",
        Long,
        LONG_MAX,
        AtLeast(1),
        "How long a record of a compacted topic may stay out of compaction.",
    )
    .inherits("log.cleaner.max.compaction.lag.ms"),
    config(
        "max.message.bytes",
        Int,
        "1048588",
        AtLeast(0),
        "The largest batch that is accepted, after compression.",
    )
    .inherits("message.max.bytes"),
    config(
        "message.timestamp.after.max.ms",
        Long,
        "3600000",
        AtLeast(0),
        "How far a record's timestamp may lie after the broker's clock, if the timestamp is the producer's.",
    )
    .inherits("log.message.timestamp.after.max.ms"),
    config(
        "message.timestamp.before.max.ms",
        Long,
        LONG_MAX,
        AtLeast(0),
        "How far a record's timestamp may lie before the broker's clock, if the timestamp is the producer's.",
    )
    .inherits("log.message.timestamp.before.max.ms"),
    config(
        "message.timestamp.type",
        String,
        "CreateTime",
        OneOf(&["CreateTime", "LogAppendTime"]),
        "Whose clock stamps a record: the producer's or the broker's.",
    )
    .inherits("log.message.timestamp.type"),
    config(
        "min.cleanable.dirty.ratio",
        Double,
        "0.5",
        Fraction,
        "The share of a compacted log that must be new before it is compacted again.",
    )
    .inherits("log.cleaner.min.cleanable.ratio"),
    config(
        "min.compaction.lag.ms",
        Long,
        "0",
        AtLeast(0),
        "How long a record of a compacted topic stays out of compaction.",
    )
    .inherits("log.cleaner.min.compaction.lag.ms"),
    config(
        "min.insync.replicas",
        Int,
        "1",
        AtLeast(1),
        "How many replicas must have a record before acks=all is answered.",
    ),
    config("preallocate", Boolean, "false", Any, "Whether segment files get their full size when they are made.")
        .inherits("log.preallocate"),
    config(
        "remote.log.copy.disable",
        Boolean,
        "false",
        Any,
        "With tiered storage, whether no more segments are copied away.",
    )
    .own(),
    config(
        "remote.log.delete.on.disable",
        Boolean,
        "false",
        Any,
        "Whether turning tiered storage off deletes what was copied away.",
    )
    .own(),
    config("remote.storage.enable", Boolean, "false", Any, "Whether segments are copied to tiered storage.").own(),
    config(
        "retention.bytes",
        Long,
        "-1",
        Any,
        "How many bytes a partition keeps with the 'delete' policy; -1 is no limit.",
    )
    .inherits("log.retention.bytes"),
    config(
        "retention.ms",
        Long,
        "604800000",
        AtLeast(-1),
        "How long a record is kept with the 'delete' policy; -1 is for ever.",
    )
    .inherits("log.retention.ms")
    .coarser(&[("log.retention.minutes", MINUTE_MS), ("log.retention.hours", HOUR_MS)]),
    config(
        "segment.bytes",
        Int,
        "1073741824",
        AtLeast(1_048_576),
        "The size at which a new segment file is begun.",
    )
    .inherits("log.segment.bytes"),
    config("segment.index.bytes", Int, "10485760", AtLeast(4), "The largest size of an index file.")
        .inherits("log.index.size.max.bytes"),
    config(
        "segment.jitter.ms",
        Long,
        "0",
        AtLeast(0),
        "The most that is taken off segment.ms at random, so that segments do not all end at once.",
    )
    .inherits("log.roll.jitter.ms")
    .coarser(&[("log.roll.jitter.hours", HOUR_MS)]),
    config("segment.ms", Long, "604800000", AtLeast(1), "The age at which a new segment file is begun.")
        .inherits("log.roll.ms")
        .coarser(&[("log.roll.hours", HOUR_MS)]),
    config(
        "unclean.leader.election.enable",
        Boolean,
        "false",
        Any,
        "Whether a replica that may lack records can be elected leader.",
    ),
];

//! What a partition's log is told about itself: the topic's configuration, reduced to what concerns bytes on disk.
//! The defaults are those of Apache Kafka 4.2.

use super::batch::Codec;

/// Whose clock stamps a record (`message.timestamp.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TimestampType {
    #[default]
    CreateTime,
    LogAppendTime,
}

/// What becomes of a producer's compression (`compression.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Batches stay as they were sent.
    #[default]
    Producer,
    /// Batches in any other codec are written anew in this one. `level` is the codec's own scale.
    To { codec: Codec, level: Option<i32> },
}

/// The settings of one log. Milliseconds and bytes as in Kafka's configuration; -1 means "no limit" where Kafka says so.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSettings {
    pub segment_bytes: u64,
    pub segment_ms: i64,
    pub segment_jitter_ms: i64,
    pub segment_index_bytes: u64,
    pub index_interval_bytes: u64,
    pub max_message_bytes: u64,
    pub flush_messages: i64,
    pub flush_ms: i64,
    pub retention_ms: i64,
    pub retention_bytes: i64,
    pub file_delete_delay_ms: i64,
    pub delete_retention_ms: i64,
    pub min_cleanable_dirty_ratio: f64,
    pub min_compaction_lag_ms: i64,
    pub max_compaction_lag_ms: i64,
    /// `cleanup.policy` contains `compact`.
    pub compact: bool,
    /// `cleanup.policy` contains `delete`.
    pub delete: bool,
    pub timestamp_type: TimestampType,
    pub timestamp_before_max_ms: i64,
    pub timestamp_after_max_ms: i64,
    pub compression: Compression,
    /// Accepted and without effect: a file's length is the end of its last batch.
    pub preallocate: bool,
    /// After how long an idle producer is forgotten (`producer.id.expiration.ms`).
    pub producer_id_expiration_ms: i64,
    /// Transactional batches are taken only into transactions that the coordinator knows of
    /// (`transaction.partition.verification.enable`).
    pub verify_transactions: bool,
}

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

impl Default for LogSettings {
    fn default() -> LogSettings {
        LogSettings {
            segment_bytes: 1 << 30,
            segment_ms: 7 * DAY_MS,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            max_message_bytes: 1_048_588,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            retention_ms: 7 * DAY_MS,
            retention_bytes: -1,
            file_delete_delay_ms: 60_000,
            delete_retention_ms: DAY_MS,
            min_cleanable_dirty_ratio: 0.5,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: i64::MAX,
            compact: false,
            delete: true,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: HOUR_MS,
            compression: Compression::Producer,
            preallocate: false,
            producer_id_expiration_ms: DAY_MS,
            verify_transactions: true,
        }
    }
}

//! `DeleteRecords` (API key 21), versions 0-2, flexible from 2.

use crate::message;

message! {
    /// The request of `DeleteRecords`.
    DeleteRecordsRequest (key 21, versions 0..=2, flexible 2) {
        [0..] topics: Vec<DeleteRecordsTopic>,
        [0..] timeout_ms: i32,
    }
    DeleteRecordsTopic {
        [0..] name: String,
        [0..] partitions: Vec<DeleteRecordsPartition>,
    }
    DeleteRecordsPartition {
        [0..] partition_index: i32,
        [0..] offset: i64,
    }

    /// The response of `DeleteRecords`.
    DeleteRecordsResponse (key 21, versions 0..=2, flexible 2) {
        [0..] throttle_time_ms: i32,
        [0..] topics: Vec<DeleteRecordsTopicResult>,
    }
    DeleteRecordsTopicResult {
        [0..] name: String,
        [0..] partitions: Vec<DeleteRecordsPartitionResult>,
    }
    DeleteRecordsPartitionResult {
        [0..] partition_index: i32,
        [0..] low_watermark: i64,
        [0..] error_code: i16,
    }
}

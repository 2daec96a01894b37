//! `ListOffsets` (API key 2), versions 1-11, flexible from 6.

use crate::message;

message! {
    /// The request of `ListOffsets`.
    ListOffsetsRequest (key 2, versions 1..=11, flexible 6) {
        [0..] replica_id: i32,
        [2..] isolation_level: i8,
        [0..] topics: Vec<ListOffsetsTopic>,
        [10..] timeout_ms: i32,
    }
    ListOffsetsTopic {
        [0..] name: String,
        [0..] partitions: Vec<ListOffsetsPartition>,
    }
    ListOffsetsPartition {
        [0..] partition_index: i32,
        [4..] current_leader_epoch: i32 = -1,
        [0..] timestamp: i64,
    }

    /// The response of `ListOffsets`.
    ListOffsetsResponse (key 2, versions 1..=11, flexible 6) {
        [2..] throttle_time_ms: i32,
        [0..] topics: Vec<ListOffsetsTopicResponse>,
    }
    ListOffsetsTopicResponse {
        [0..] name: String,
        [0..] partitions: Vec<ListOffsetsPartitionResponse>,
    }
    ListOffsetsPartitionResponse {
        [0..] partition_index: i32,
        [0..] error_code: i16,
        [1..] timestamp: i64 = -1,
        [1..] offset: i64 = -1,
        [4..] leader_epoch: i32 = -1,
    }
}

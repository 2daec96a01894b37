//! `OffsetForLeaderEpoch` (API key 23), versions 2-4, flexible from 4.

use crate::message;

message! {
    /// The request of `OffsetForLeaderEpoch`.
    OffsetForLeaderEpochRequest (key 23, versions 2..=4, flexible 4) {
        [3..] replica_id: i32 = -2,
        [0..] topics: Vec<OffsetForLeaderTopic>,
    }
    OffsetForLeaderTopic {
        [0..] topic: String,
        [0..] partitions: Vec<OffsetForLeaderPartition>,
    }
    OffsetForLeaderPartition {
        [0..] partition: i32,
        [2..] current_leader_epoch: i32 = -1,
        [0..] leader_epoch: i32,
    }

    /// The response of `OffsetForLeaderEpoch`.
    OffsetForLeaderEpochResponse (key 23, versions 2..=4, flexible 4) {
        [2..] throttle_time_ms: i32,
        [0..] topics: Vec<OffsetForLeaderTopicResult>,
    }
    OffsetForLeaderTopicResult {
        [0..] topic: String,
        [0..] partitions: Vec<EpochEndOffset>,
    }
    EpochEndOffset {
        [0..] error_code: i16,
        [0..] partition: i32,
        [1..] leader_epoch: i32 = -1,
        [0..] end_offset: i64 = -1,
    }
}

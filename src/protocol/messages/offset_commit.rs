//! `OffsetCommit` (API key 8), versions 2-10, flexible from 8.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `OffsetCommit`.
    OffsetCommitRequest (key 8, versions 2..=10, flexible 8) {
        [0..] group_id: String,
        [1..] generation_id_or_member_epoch: i32 = -1,
        [1..] member_id: String,
        [7..] group_instance_id: Option<String>,
        [2..=4] retention_time_ms: i64 = -1,
        [0..] topics: Vec<OffsetCommitRequestTopic>,
    }
    OffsetCommitRequestTopic {
        [0..=9] name: String,
        [10..] topic_id: Uuid,
        [0..] partitions: Vec<OffsetCommitRequestPartition>,
    }
    OffsetCommitRequestPartition {
        [0..] partition_index: i32,
        [0..] committed_offset: i64,
        [6..] committed_leader_epoch: i32 = -1,
        [0..] committed_metadata: Option<String> = Some(Default::default()),
    }

    /// The response of `OffsetCommit`.
    OffsetCommitResponse (key 8, versions 2..=10, flexible 8) {
        [3..] throttle_time_ms: i32,
        [0..] topics: Vec<OffsetCommitResponseTopic>,
    }
    OffsetCommitResponseTopic {
        [0..=9] name: String,
        [10..] topic_id: Uuid,
        [0..] partitions: Vec<OffsetCommitResponsePartition>,
    }
    OffsetCommitResponsePartition {
        [0..] partition_index: i32,
        [0..] error_code: i16,
    }
}

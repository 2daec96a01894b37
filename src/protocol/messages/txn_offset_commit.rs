//! `TxnOffsetCommit` (API key 28), versions 0-5, flexible from 3.

use crate::message;

message! {
    /// The request of `TxnOffsetCommit`.
    TxnOffsetCommitRequest (key 28, versions 0..=5, flexible 3) {
        [0..] transactional_id: String,
        [0..] group_id: String,
        [0..] producer_id: i64,
        [0..] producer_epoch: i16,
        [3..] generation_id: i32 = -1,
        [3..] member_id: String,
        [3..] group_instance_id: Option<String>,
        [0..] topics: Vec<TxnOffsetCommitRequestTopic>,
    }
    TxnOffsetCommitRequestTopic {
        [0..] name: String,
        [0..] partitions: Vec<TxnOffsetCommitRequestPartition>,
    }
    TxnOffsetCommitRequestPartition {
        [0..] partition_index: i32,
        [0..] committed_offset: i64,
        [2..] committed_leader_epoch: i32 = -1,
        [0..] committed_metadata: Option<String> = Some(Default::default()),
    }

    /// The response of `TxnOffsetCommit`.
    TxnOffsetCommitResponse (key 28, versions 0..=5, flexible 3) {
        [0..] throttle_time_ms: i32,
        [0..] topics: Vec<TxnOffsetCommitResponseTopic>,
    }
    TxnOffsetCommitResponseTopic {
        [0..] name: String,
        [0..] partitions: Vec<TxnOffsetCommitResponsePartition>,
    }
    TxnOffsetCommitResponsePartition {
        [0..] partition_index: i32,
        [0..] error_code: i16,
    }
}

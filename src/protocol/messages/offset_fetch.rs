//! `OffsetFetch` (API key 9), versions 1-10, flexible from 6.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `OffsetFetch`.
    OffsetFetchRequest (key 9, versions 1..=10, flexible 6) {
        [0..=7] group_id: String,
        [0..=7] topics: Option<Vec<OffsetFetchRequestTopic>> = Some(Default::default()),
        [8..] groups: Vec<OffsetFetchRequestGroup>,
        [7..] require_stable: bool,
    }
    OffsetFetchRequestTopic {
        [0..=7] name: String,
        [0..=7] partition_indexes: Vec<i32>,
    }
    OffsetFetchRequestGroup {
        [8..] group_id: String,
        [9..] member_id: Option<String>,
        [9..] member_epoch: i32 = -1,
        [8..] topics: Option<Vec<OffsetFetchRequestTopics>> = Some(Default::default()),
    }
    OffsetFetchRequestTopics {
        [8..=9] name: String,
        [10..] topic_id: Uuid,
        [8..] partition_indexes: Vec<i32>,
    }

    /// The response of `OffsetFetch`.
    OffsetFetchResponse (key 9, versions 1..=10, flexible 6) {
        [3..] throttle_time_ms: i32,
        [0..=7] topics: Vec<OffsetFetchResponseTopic>,
        [2..=7] error_code: i16,
        [8..] groups: Vec<OffsetFetchResponseGroup>,
    }
    OffsetFetchResponseTopic {
        [0..=7] name: String,
        [0..=7] partitions: Vec<OffsetFetchResponsePartition>,
    }
    OffsetFetchResponsePartition {
        [0..=7] partition_index: i32,
        [0..=7] committed_offset: i64,
        [5..=7] committed_leader_epoch: i32 = -1,
        [0..=7] metadata: Option<String> = Some(Default::default()),
        [0..=7] error_code: i16,
    }
    OffsetFetchResponseGroup {
        [8..] group_id: String,
        [8..] topics: Vec<OffsetFetchResponseTopics>,
        [8..] error_code: i16,
    }
    OffsetFetchResponseTopics {
        [8..=9] name: String,
        [10..] topic_id: Uuid,
        [8..] partitions: Vec<OffsetFetchResponsePartitions>,
    }
    OffsetFetchResponsePartitions {
        [8..] partition_index: i32,
        [8..] committed_offset: i64,
        [8..] committed_leader_epoch: i32 = -1,
        [8..] metadata: Option<String> = Some(Default::default()),
        [8..] error_code: i16,
    }
}

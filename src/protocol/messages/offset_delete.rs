//! `OffsetDelete` (API key 47), versions 0.

use crate::message;

message! {
    /// The request of `OffsetDelete`.
    OffsetDeleteRequest (key 47, versions 0..=0, flexible i16::MAX) {
        [0..] group_id: String,
        [0..] topics: Vec<OffsetDeleteRequestTopic>,
    }
    OffsetDeleteRequestTopic {
        [0..] name: String,
        [0..] partitions: Vec<OffsetDeleteRequestPartition>,
    }
    OffsetDeleteRequestPartition {
        [0..] partition_index: i32,
    }

    /// The response of `OffsetDelete`.
    OffsetDeleteResponse (key 47, versions 0..=0, flexible i16::MAX) {
        [0..] error_code: i16,
        [0..] throttle_time_ms: i32,
        [0..] topics: Vec<OffsetDeleteResponseTopic>,
    }
    OffsetDeleteResponseTopic {
        [0..] name: String,
        [0..] partitions: Vec<OffsetDeleteResponsePartition>,
    }
    OffsetDeleteResponsePartition {
        [0..] partition_index: i32,
        [0..] error_code: i16,
    }
}

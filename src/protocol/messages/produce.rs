//! `Produce` (API key 0), versions 3-13, flexible from 9.

use bytes::Bytes;

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `Produce`.
    ProduceRequest (key 0, versions 3..=13, flexible 9) {
        [3..] transactional_id: Option<String>,
        [0..] acks: i16,
        [0..] timeout_ms: i32,
        [0..] topic_data: Vec<TopicProduceData>,
    }
    TopicProduceData {
        [0..=12] name: String,
        [13..] topic_id: Uuid,
        [0..] partition_data: Vec<PartitionProduceData>,
    }
    PartitionProduceData {
        [0..] index: i32,
        [0..] records: Option<Bytes> = Some(Default::default()),
    }

    /// The response of `Produce`.
    ProduceResponse (key 0, versions 3..=13, flexible 9) {
        [0..] responses: Vec<TopicProduceResponse>,
        [1..] throttle_time_ms: i32,
    } @tagged {
        0 [10..] node_endpoints: Vec<NodeEndpoint>,
    }
    TopicProduceResponse {
        [0..=12] name: String,
        [13..] topic_id: Uuid,
        [0..] partition_responses: Vec<PartitionProduceResponse>,
    }
    PartitionProduceResponse {
        [0..] index: i32,
        [0..] error_code: i16,
        [0..] base_offset: i64,
        [2..] log_append_time_ms: i64 = -1,
        [5..] log_start_offset: i64 = -1,
        [8..] record_errors: Vec<BatchIndexAndErrorMessage>,
        [8..] error_message: Option<String>,
    } @tagged {
        0 [10..] current_leader: LeaderIdAndEpoch,
    }
    BatchIndexAndErrorMessage {
        [8..] batch_index: i32,
        [8..] batch_index_error_message: Option<String>,
    }
    LeaderIdAndEpoch {
        [10..] leader_id: i32 = -1,
        [10..] leader_epoch: i32 = -1,
    }
    NodeEndpoint {
        [10..] node_id: i32,
        [10..] host: String,
        [10..] port: i32,
        [10..] rack: Option<String>,
    }
}

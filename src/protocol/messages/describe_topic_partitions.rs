//! `DescribeTopicPartitions` (API key 75), versions 0, flexible from 0.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `DescribeTopicPartitions`.
    DescribeTopicPartitionsRequest (key 75, versions 0..=0, flexible 0) {
        [0..] topics: Vec<TopicRequest>,
        [0..] response_partition_limit: i32 = 2000,
        [0..] cursor: Option<Box<Cursor>>,
    }
    TopicRequest {
        [0..] name: String,
    }
    Cursor {
        [0..] topic_name: String,
        [0..] partition_index: i32,
    }

    /// The response of `DescribeTopicPartitions`.
    DescribeTopicPartitionsResponse (key 75, versions 0..=0, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] topics: Vec<DescribeTopicPartitionsResponseTopic>,
        [0..] next_cursor: Option<Box<ResponseCursor>>,
    }
    DescribeTopicPartitionsResponseTopic {
        [0..] error_code: i16,
        [0..] name: Option<String> = Some(Default::default()),
        [0..] topic_id: Uuid,
        [0..] is_internal: bool,
        [0..] partitions: Vec<DescribeTopicPartitionsResponsePartition>,
        [0..] topic_authorized_operations: i32 = i32::MIN,
    }
    DescribeTopicPartitionsResponsePartition {
        [0..] error_code: i16,
        [0..] partition_index: i32,
        [0..] leader_id: i32,
        [0..] leader_epoch: i32 = -1,
        [0..] replica_nodes: Vec<i32>,
        [0..] isr_nodes: Vec<i32>,
        [0..] eligible_leader_replicas: Option<Vec<i32>>,
        [0..] last_known_elr: Option<Vec<i32>>,
        [0..] offline_replicas: Vec<i32>,
    }
    ResponseCursor {
        [0..] topic_name: String,
        [0..] partition_index: i32,
    }
}

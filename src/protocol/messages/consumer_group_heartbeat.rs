//! `ConsumerGroupHeartbeat` (API key 68), versions 0-1, flexible from 0.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `ConsumerGroupHeartbeat`. What is null has not changed since the last one.
    ConsumerGroupHeartbeatRequest (key 68, versions 0..=1, flexible 0) {
        [0..] group_id: String,
        [0..] member_id: String,
        [0..] member_epoch: i32,
        [0..] instance_id: Option<String>,
        [0..] rack_id: Option<String>,
        [0..] rebalance_timeout_ms: i32 = -1,
        [0..] subscribed_topic_names: Option<Vec<String>>,
        [1..] subscribed_topic_regex: Option<String>,
        [0..] server_assignor: Option<String>,
        [0..] topic_partitions: Option<Vec<TopicPartitions>>,
    }

    /// The response of `ConsumerGroupHeartbeat`.
    ConsumerGroupHeartbeatResponse (key 68, versions 0..=1, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] error_message: Option<String>,
        [0..] member_id: Option<String>,
        [0..] member_epoch: i32,
        [0..] heartbeat_interval_ms: i32,
        [0..] assignment: Option<Box<Assignment>>,
    }
    Assignment {
        [0..] topic_partitions: Vec<TopicPartitions>,
    }
    TopicPartitions {
        [0..] topic_id: Uuid,
        [0..] partitions: Vec<i32>,
    }
}

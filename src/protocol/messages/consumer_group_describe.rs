//! `ConsumerGroupDescribe` (API key 69), versions 0-1, flexible from 0.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `ConsumerGroupDescribe`.
    ConsumerGroupDescribeRequest (key 69, versions 0..=1, flexible 0) {
        [0..] group_ids: Vec<String>,
        [0..] include_authorized_operations: bool,
    }

    /// The response of `ConsumerGroupDescribe`.
    ConsumerGroupDescribeResponse (key 69, versions 0..=1, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] groups: Vec<DescribedGroup>,
    }
    DescribedGroup {
        [0..] error_code: i16,
        [0..] error_message: Option<String>,
        [0..] group_id: String,
        [0..] group_state: String,
        [0..] group_epoch: i32,
        [0..] assignment_epoch: i32,
        [0..] assignor_name: String,
        [0..] members: Vec<Member>,
        [0..] authorized_operations: i32 = i32::MIN,
    }
    Member {
        [0..] member_id: String,
        [0..] instance_id: Option<String>,
        [0..] rack_id: Option<String>,
        [0..] member_epoch: i32,
        [0..] client_id: String,
        [0..] client_host: String,
        [0..] subscribed_topic_names: Vec<String>,
        [0..] subscribed_topic_regex: Option<String>,
        [0..] assignment: Assignment,
        [0..] target_assignment: Assignment,
        [1..] member_type: i8 = -1,
    }
    Assignment {
        [0..] topic_partitions: Vec<TopicPartitions>,
    }
    TopicPartitions {
        [0..] topic_id: Uuid,
        [0..] topic_name: String,
        [0..] partitions: Vec<i32>,
    }
}

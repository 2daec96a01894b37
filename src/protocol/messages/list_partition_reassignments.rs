//! `ListPartitionReassignments` (API key 46), versions 0, flexible from 0.

use crate::message;

message! {
    /// The request of `ListPartitionReassignments`.
    ListPartitionReassignmentsRequest (key 46, versions 0..=0, flexible 0) {
        [0..] timeout_ms: i32 = 60000,
        [0..] topics: Option<Vec<ListPartitionReassignmentsTopics>>,
    }
    ListPartitionReassignmentsTopics {
        [0..] name: String,
        [0..] partition_indexes: Vec<i32>,
    }

    /// The response of `ListPartitionReassignments`.
    ListPartitionReassignmentsResponse (key 46, versions 0..=0, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] topics: Vec<OngoingTopicReassignment>,
    }
    OngoingTopicReassignment {
        [0..] name: String,
        [0..] partitions: Vec<OngoingPartitionReassignment>,
    }
    OngoingPartitionReassignment {
        [0..] partition_index: i32,
        [0..] replicas: Vec<i32>,
        [0..] adding_replicas: Vec<i32>,
        [0..] removing_replicas: Vec<i32>,
    }
}

//! `CreatePartitions` (API key 37), versions 0-3, flexible from 2.

use crate::message;

message! {
    /// The request of `CreatePartitions`.
    CreatePartitionsRequest (key 37, versions 0..=3, flexible 2) {
        [0..] topics: Vec<CreatePartitionsTopic>,
        [0..] timeout_ms: i32,
        [0..] validate_only: bool,
    }
    CreatePartitionsTopic {
        [0..] name: String,
        [0..] count: i32,
        [0..] assignments: Option<Vec<CreatePartitionsAssignment>> = Some(Default::default()),
    }
    CreatePartitionsAssignment {
        [0..] broker_ids: Vec<i32>,
    }

    /// The response of `CreatePartitions`.
    CreatePartitionsResponse (key 37, versions 0..=3, flexible 2) {
        [0..] throttle_time_ms: i32,
        [0..] results: Vec<CreatePartitionsTopicResult>,
    }
    CreatePartitionsTopicResult {
        [0..] name: String,
        [0..] error_code: i16,
        [0..] error_message: Option<String>,
    }
}

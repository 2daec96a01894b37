//! `CreateTopics` (API key 19), versions 2-7, flexible from 5.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `CreateTopics`.
    CreateTopicsRequest (key 19, versions 2..=7, flexible 5) {
        [0..] topics: Vec<CreatableTopic>,
        [0..] timeout_ms: i32 = 60000,
        [1..] validate_only: bool,
    }
    CreatableTopic {
        [0..] name: String,
        [0..] num_partitions: i32,
        [0..] replication_factor: i16,
        [0..] assignments: Vec<CreatableReplicaAssignment>,
        [0..] configs: Vec<CreatableTopicConfig>,
    }
    CreatableReplicaAssignment {
        [0..] partition_index: i32,
        [0..] broker_ids: Vec<i32>,
    }
    CreatableTopicConfig {
        [0..] name: String,
        [0..] value: Option<String> = Some(Default::default()),
    }

    /// The response of `CreateTopics`.
    CreateTopicsResponse (key 19, versions 2..=7, flexible 5) {
        [2..] throttle_time_ms: i32,
        [0..] topics: Vec<CreatableTopicResult>,
    }
    CreatableTopicResult {
        [0..] name: String,
        [7..] topic_id: Uuid,
        [0..] error_code: i16,
        [1..] error_message: Option<String> = Some(Default::default()),
        [5..] num_partitions: i32 = -1,
        [5..] replication_factor: i16 = -1,
        [5..] configs: Option<Vec<CreatableTopicConfigs>> = Some(Default::default()),
    } @tagged {
        0 [5..] topic_config_error_code: i16,
    }
    CreatableTopicConfigs {
        [5..] name: String,
        [5..] value: Option<String> = Some(Default::default()),
        [5..] read_only: bool,
        [5..] config_source: i8 = -1,
        [5..] is_sensitive: bool,
    }
}

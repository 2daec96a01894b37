//! `DeleteTopics` (API key 20), versions 1-6, flexible from 4.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// The request of `DeleteTopics`.
    DeleteTopicsRequest (key 20, versions 1..=6, flexible 4) {
        [6..] topics: Vec<DeleteTopicState>,
        [0..=5] topic_names: Vec<String>,
        [0..] timeout_ms: i32,
    }
    DeleteTopicState {
        [6..] name: Option<String>,
        [6..] topic_id: Uuid,
    }

    /// The response of `DeleteTopics`.
    DeleteTopicsResponse (key 20, versions 1..=6, flexible 4) {
        [1..] throttle_time_ms: i32,
        [0..] responses: Vec<DeletableTopicResult>,
    }
    DeletableTopicResult {
        [0..] name: Option<String> = Some(Default::default()),
        [6..] topic_id: Uuid,
        [0..] error_code: i16,
        [5..] error_message: Option<String>,
    }
}

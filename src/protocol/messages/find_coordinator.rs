//! `FindCoordinator` (API key 10), versions 0-6, flexible from 3.

use crate::message;

message! {
    /// The request of `FindCoordinator`.
    FindCoordinatorRequest (key 10, versions 0..=6, flexible 3) {
        [0..=3] key: String,
        [1..] key_type: i8,
        [4..] coordinator_keys: Vec<String>,
    }

    /// The response of `FindCoordinator`.
    FindCoordinatorResponse (key 10, versions 0..=6, flexible 3) {
        [1..] throttle_time_ms: i32,
        [0..=3] error_code: i16,
        [1..=3] error_message: Option<String> = Some(Default::default()),
        [0..=3] node_id: i32,
        [0..=3] host: String,
        [0..=3] port: i32,
        [4..] coordinators: Vec<Coordinator>,
    }
    Coordinator {
        [4..] key: String,
        [4..] node_id: i32,
        [4..] host: String,
        [4..] port: i32,
        [4..] error_code: i16,
        [4..] error_message: Option<String> = Some(Default::default()),
    }
}

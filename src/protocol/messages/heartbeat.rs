//! `Heartbeat` (API key 12), versions 0-4, flexible from 4.

use crate::message;

message! {
    /// The request of `Heartbeat`.
    HeartbeatRequest (key 12, versions 0..=4, flexible 4) {
        [0..] group_id: String,
        [0..] generation_id: i32,
        [0..] member_id: String,
        [3..] group_instance_id: Option<String>,
    }

    /// The response of `Heartbeat`.
    HeartbeatResponse (key 12, versions 0..=4, flexible 4) {
        [1..] throttle_time_ms: i32,
        [0..] error_code: i16,
    }
}

//! `SyncGroup` (API key 14), versions 0-5, flexible from 4.

use bytes::Bytes;

use crate::message;

message! {
    /// The request of `SyncGroup`.
    SyncGroupRequest (key 14, versions 0..=5, flexible 4) {
        [0..] group_id: String,
        [0..] generation_id: i32,
        [0..] member_id: String,
        [3..] group_instance_id: Option<String>,
        [5..] protocol_type: Option<String>,
        [5..] protocol_name: Option<String>,
        [0..] assignments: Vec<SyncGroupRequestAssignment>,
    }
    SyncGroupRequestAssignment {
        [0..] member_id: String,
        [0..] assignment: Bytes,
    }

    /// The response of `SyncGroup`.
    SyncGroupResponse (key 14, versions 0..=5, flexible 4) {
        [1..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [5..] protocol_type: Option<String>,
        [5..] protocol_name: Option<String>,
        [0..] assignment: Bytes,
    }
}

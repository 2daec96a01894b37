//! `JoinGroup` (API key 11), versions 0-9, flexible from 6.

use bytes::Bytes;

use crate::message;

message! {
    /// The request of `JoinGroup`.
    JoinGroupRequest (key 11, versions 0..=9, flexible 6) {
        [0..] group_id: String,
        [0..] session_timeout_ms: i32,
        [1..] rebalance_timeout_ms: i32 = -1,
        [0..] member_id: String,
        [5..] group_instance_id: Option<String>,
        [0..] protocol_type: String,
        [0..] protocols: Vec<JoinGroupRequestProtocol>,
        [8..] reason: Option<String>,
    }
    JoinGroupRequestProtocol {
        [0..] name: String,
        [0..] metadata: Bytes,
    }

    /// The response of `JoinGroup`.
    JoinGroupResponse (key 11, versions 0..=9, flexible 6) {
        [2..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] generation_id: i32 = -1,
        [7..] protocol_type: Option<String>,
        [0..] protocol_name: Option<String> = Some(Default::default()),
        [0..] leader: String,
        [9..] skip_assignment: bool,
        [0..] member_id: String,
        [0..] members: Vec<JoinGroupResponseMember>,
    }
    JoinGroupResponseMember {
        [0..] member_id: String,
        [5..] group_instance_id: Option<String>,
        [0..] metadata: Bytes,
    }
}

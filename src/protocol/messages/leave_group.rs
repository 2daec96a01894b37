//! `LeaveGroup` (API key 13), versions 0-5, flexible from 4.

use crate::message;

message! {
    /// The request of `LeaveGroup`.
    LeaveGroupRequest (key 13, versions 0..=5, flexible 4) {
        [0..] group_id: String,
        [0..=2] member_id: String,
        [3..] members: Vec<MemberIdentity>,
    }
    MemberIdentity {
        [3..] member_id: String,
        [3..] group_instance_id: Option<String>,
        [5..] reason: Option<String>,
    }

    /// The response of `LeaveGroup`.
    LeaveGroupResponse (key 13, versions 0..=5, flexible 4) {
        [1..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [3..] members: Vec<MemberResponse>,
    }
    MemberResponse {
        [3..] member_id: String,
        [3..] group_instance_id: Option<String> = Some(Default::default()),
        [3..] error_code: i16,
    }
}

//! `ListGroups` (API key 16), versions 0-5, flexible from 3.

use crate::message;

message! {
    /// The request of `ListGroups`.
    ListGroupsRequest (key 16, versions 0..=5, flexible 3) {
        [4..] states_filter: Vec<String>,
        [5..] types_filter: Vec<String>,
    }

    /// The response of `ListGroups`.
    ListGroupsResponse (key 16, versions 0..=5, flexible 3) {
        [1..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] groups: Vec<ListedGroup>,
    }
    ListedGroup {
        [0..] group_id: String,
        [0..] protocol_type: String,
        [4..] group_state: String,
        [5..] group_type: String,
    }
}

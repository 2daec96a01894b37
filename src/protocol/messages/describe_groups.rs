//! `DescribeGroups` (API key 15), versions 0-6, flexible from 5.

use bytes::Bytes;

use crate::message;

message! {
    /// The request of `DescribeGroups`.
    DescribeGroupsRequest (key 15, versions 0..=6, flexible 5) {
        [0..] groups: Vec<String>,
        [3..] include_authorized_operations: bool,
    }

    /// The response of `DescribeGroups`.
    DescribeGroupsResponse (key 15, versions 0..=6, flexible 5) {
        [1..] throttle_time_ms: i32,
        [0..] groups: Vec<DescribedGroup>,
    }
    DescribedGroup {
        [0..] error_code: i16,
        [6..] error_message: Option<String>,
        [0..] group_id: String,
        [0..] group_state: String,
        [0..] protocol_type: String,
        [0..] protocol_data: String,
        [0..] members: Vec<DescribedGroupMember>,
        [3..] authorized_operations: i32 = i32::MIN,
    }
    DescribedGroupMember {
        [0..] member_id: String,
        [4..] group_instance_id: Option<String>,
        [0..] client_id: String,
        [0..] client_host: String,
        [0..] member_metadata: Bytes,
        [0..] member_assignment: Bytes,
    }
}

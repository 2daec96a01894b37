//! `DeleteGroups` (API key 42), versions 0-2, flexible from 2.

use crate::message;

message! {
    /// The request of `DeleteGroups`.
    DeleteGroupsRequest (key 42, versions 0..=2, flexible 2) {
        [0..] groups_names: Vec<String>,
    }

    /// The response of `DeleteGroups`.
    DeleteGroupsResponse (key 42, versions 0..=2, flexible 2) {
        [0..] throttle_time_ms: i32,
        [0..] results: Vec<DeletableGroupResult>,
    }
    DeletableGroupResult {
        [0..] group_id: String,
        [0..] error_code: i16,
    }
}

//! `ListConfigResources` (API key 74), versions 0-1, flexible; version 0 lists the resources of client metrics.

use crate::message;

message! {
    /// The request of `ListConfigResources`.
    ListConfigResourcesRequest (key 74, versions 0..=1, flexible 0) {
        [1..] resource_types: Vec<i8>,
    }

    /// The response of `ListConfigResources`.
    ListConfigResourcesResponse (key 74, versions 0..=1, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] config_resources: Vec<ConfigResource>,
    }
    ConfigResource {
        [0..] resource_name: String,
        [1..] resource_type: i8 = 16,
    }
}

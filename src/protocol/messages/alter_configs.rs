//! `AlterConfigs` (API key 33), versions 0-2, flexible from 2.

use crate::message;

message! {
    /// The request of `AlterConfigs`.
    AlterConfigsRequest (key 33, versions 0..=2, flexible 2) {
        [0..] resources: Vec<AlterConfigsResource>,
        [0..] validate_only: bool,
    }
    AlterConfigsResource {
        [0..] resource_type: i8,
        [0..] resource_name: String,
        [0..] configs: Vec<AlterableConfig>,
    }
    AlterableConfig {
        [0..] name: String,
        [0..] value: Option<String> = Some(Default::default()),
    }

    /// The response of `AlterConfigs`.
    AlterConfigsResponse (key 33, versions 0..=2, flexible 2) {
        [0..] throttle_time_ms: i32,
        [0..] responses: Vec<AlterConfigsResourceResponse>,
    }
    AlterConfigsResourceResponse {
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] resource_type: i8,
        [0..] resource_name: String,
    }
}

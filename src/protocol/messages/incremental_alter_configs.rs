//! `IncrementalAlterConfigs` (API key 44), versions 0-1, flexible from 1.

use crate::message;

message! {
    /// The request of `IncrementalAlterConfigs`.
    IncrementalAlterConfigsRequest (key 44, versions 0..=1, flexible 1) {
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
        [0..] config_operation: i8,
        [0..] value: Option<String> = Some(Default::default()),
    }

    /// The response of `IncrementalAlterConfigs`.
    IncrementalAlterConfigsResponse (key 44, versions 0..=1, flexible 1) {
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

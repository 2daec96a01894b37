//! `DescribeConfigs` (API key 32), versions 1-4, flexible from 4.

use crate::message;

message! {
    /// The request of `DescribeConfigs`.
    DescribeConfigsRequest (key 32, versions 1..=4, flexible 4) {
        [0..] resources: Vec<DescribeConfigsResource>,
        [1..] include_synonyms: bool,
        [3..] include_documentation: bool,
    }
    DescribeConfigsResource {
        [0..] resource_type: i8,
        [0..] resource_name: String,
        [0..] configuration_keys: Option<Vec<String>> = Some(Default::default()),
    }

    /// The response of `DescribeConfigs`.
    DescribeConfigsResponse (key 32, versions 1..=4, flexible 4) {
        [0..] throttle_time_ms: i32,
        [0..] results: Vec<DescribeConfigsResult>,
    }
    DescribeConfigsResult {
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] resource_type: i8,
        [0..] resource_name: String,
        [0..] configs: Vec<DescribeConfigsResourceResult>,
    }
    DescribeConfigsResourceResult {
        [0..] name: String,
        [0..] value: Option<String> = Some(Default::default()),
        [0..] read_only: bool,
        [1..] config_source: i8 = -1,
        [0..] is_sensitive: bool,
        [1..] synonyms: Vec<DescribeConfigsSynonym>,
        [3..] config_type: i8,
        [3..] documentation: Option<String> = Some(Default::default()),
    }
    DescribeConfigsSynonym {
        [1..] name: String,
        [1..] value: Option<String> = Some(Default::default()),
        [1..] source: i8,
    }
}

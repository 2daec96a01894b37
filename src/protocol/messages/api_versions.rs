//! `ApiVersions` (API key 18), versions 0-4, flexible from 3.

use crate::message;

message! {
    /// The request of `ApiVersions`.
    ApiVersionsRequest (key 18, versions 0..=4, flexible 3) {
        [3..] client_software_name: String,
        [3..] client_software_version: String,
    }

    /// The response of `ApiVersions`.
    ApiVersionsResponse (key 18, versions 0..=4, flexible 3) {
        [0..] error_code: i16,
        [0..] api_keys: Vec<ApiVersion>,
        [1..] throttle_time_ms: i32,
    } @tagged {
        0 [3..] supported_features: Vec<SupportedFeatureKey>,
        1 [3..] finalized_features_epoch: i64 = -1,
        2 [3..] finalized_features: Vec<FinalizedFeatureKey>,
        3 [3..] zk_migration_ready: bool,
    }
    ApiVersion {
        [0..] api_key: i16,
        [0..] min_version: i16,
        [0..] max_version: i16,
    }
    SupportedFeatureKey {
        [3..] name: String,
        [3..] min_version: i16,
        [3..] max_version: i16,
    }
    FinalizedFeatureKey {
        [3..] name: String,
        [3..] max_version_level: i16,
        [3..] min_version_level: i16,
    }
}

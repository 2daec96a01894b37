//! `CreateAcls` (API key 30), versions 1-3, flexible from 2.

use crate::message;

message! {
    /// The request of `CreateAcls`.
    CreateAclsRequest (key 30, versions 1..=3, flexible 2) {
        [1..] creations: Vec<AclCreation>,
    }
    AclCreation {
        [1..] resource_type: i8,
        [1..] resource_name: String,
        [1..] resource_pattern_type: i8 = 3,
        [1..] principal: String,
        [1..] host: String,
        [1..] operation: i8,
        [1..] permission_type: i8,
    }

    /// The response of `CreateAcls`.
    CreateAclsResponse (key 30, versions 1..=3, flexible 2) {
        [1..] throttle_time_ms: i32,
        [1..] results: Vec<AclCreationResult>,
    }
    AclCreationResult {
        [1..] error_code: i16,
        [1..] error_message: Option<String> = Some(Default::default()),
    }
}

//! `DescribeAcls` (API key 29), versions 1-3, flexible from 2.

use crate::message;

message! {
    /// The request of `DescribeAcls`.
    DescribeAclsRequest (key 29, versions 1..=3, flexible 2) {
        [1..] resource_type_filter: i8,
        [1..] resource_name_filter: Option<String> = Some(Default::default()),
        [1..] pattern_type_filter: i8 = 3,
        [1..] principal_filter: Option<String> = Some(Default::default()),
        [1..] host_filter: Option<String> = Some(Default::default()),
        [1..] operation: i8,
        [1..] permission_type: i8,
    }

    /// The response of `DescribeAcls`.
    DescribeAclsResponse (key 29, versions 1..=3, flexible 2) {
        [1..] throttle_time_ms: i32,
        [1..] error_code: i16,
        [1..] error_message: Option<String> = Some(Default::default()),
        [1..] resources: Vec<DescribeAclsResource>,
    }
    DescribeAclsResource {
        [1..] resource_type: i8,
        [1..] resource_name: String,
        [1..] pattern_type: i8 = 3,
        [1..] acls: Vec<AclDescription>,
    }
    AclDescription {
        [1..] principal: String,
        [1..] host: String,
        [1..] operation: i8,
        [1..] permission_type: i8,
    }
}

//! DescribeAcls, CreateAcls, DeleteAcls without an authorizer: SECURITY_DISABLED, as Apache Kafka answers.

use kavka::protocol::messages::create_acls::AclCreation;
use kavka::protocol::messages::delete_acls::DeleteAclsFilter;
use kavka::protocol::messages::{CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest};

use crate::cluster::Client;

const SECURITY_DISABLED: i16 = 54;

/// Of resource types, pattern types, operations and permissions alike.
const ANY: i8 = 1;

fn every_acl() -> DescribeAclsRequest {
    DescribeAclsRequest {
        resource_type_filter: ANY,
        resource_name_filter: None,
        pattern_type_filter: ANY,
        principal_filter: None,
        host_filter: None,
        operation: ANY,
        permission_type: ANY,
    }
}

/// Reading the topic `t` is allowed to `User:a`.
fn new_acl() -> AclCreation {
    AclCreation {
        resource_type: 2,
        resource_name: "t".into(),
        resource_pattern_type: 3,
        principal: "User:a".into(),
        host: "*".into(),
        operation: 3,
        permission_type: 3,
    }
}

fn every_acl_to_go() -> DeleteAclsFilter {
    DeleteAclsFilter {
        resource_type_filter: ANY,
        resource_name_filter: None,
        pattern_type_filter: ANY,
        principal_filter: None,
        host_filter: None,
        operation: ANY,
        permission_type: ANY,
    }
}

#[test]
fn acls_are_refused_where_there_is_no_authorizer() {
    let mut client = Client::connect();
    for version in 1..=3 {
        let described = client.call(&every_acl(), version);
        assert_eq!(described.error_code, SECURITY_DISABLED);
        assert_eq!(described.error_message.as_deref(), Some("No Authorizer is configured on the broker"));
        assert!(described.resources.is_empty());

        let request = CreateAclsRequest { creations: vec![new_acl(); 2] };
        let created = client.call(&request, version).results;
        assert_eq!(created.len(), 2, "a result for each");
        let message = Some("No Authorizer is configured.");
        let is_refused = |code, words: &Option<String>| code == SECURITY_DISABLED && words.as_deref() == message;
        assert!(created.iter().all(|result| is_refused(result.error_code, &result.error_message)), "{created:?}");

        let request = DeleteAclsRequest { filters: vec![every_acl_to_go(); 3] };
        let deleted = client.call(&request, version).filter_results;
        assert_eq!(deleted.len(), 3, "a result for each");
        assert!(
            deleted
                .iter()
                .all(|result| is_refused(result.error_code, &result.error_message) && result.matching_acls.is_empty()),
            "{deleted:?}"
        );
    }
}

//! DescribeAcls, CreateAcls, DeleteAcls without an authorizer: SECURITY_DISABLED, as Apache Kafka answers.

use kavka::protocol::messages::create_acls::AclCreation;
use kavka::protocol::messages::delete_acls::DeleteAclsFilter;
use kavka::protocol::messages::{CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest};

use crate::cluster::Client;

const SECURITY_DISABLED: i16 = 54;

#[test]
fn acls_are_refused_where_there_is_no_authorizer() {
    let mut client = Client::connect();
    for version in 1..=3 {
        let described = client.call(&DescribeAclsRequest::default(), version);
        assert_eq!(described.error_code, SECURITY_DISABLED);
        assert_eq!(described.error_message.as_deref(), Some("No Authorizer is configured."));
        assert!(described.resources.is_empty());

        let request = CreateAclsRequest { creations: vec![AclCreation::default(); 2] };
        let created = client.call(&request, version).results;
        assert_eq!(created.len(), 2, "a result for each");
        assert!(created.iter().all(|result| result.error_code == SECURITY_DISABLED), "{created:?}");

        let request = DeleteAclsRequest { filters: vec![DeleteAclsFilter::default(); 3] };
        let deleted = client.call(&request, version).filter_results;
        assert_eq!(deleted.len(), 3, "a result for each");
        assert!(
            deleted.iter().all(|result| result.error_code == SECURITY_DISABLED && result.matching_acls.is_empty()),
            "{deleted:?}"
        );
    }
}

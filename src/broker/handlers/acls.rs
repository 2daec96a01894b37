//! DescribeAcls, CreateAcls, DeleteAcls 1–3: this broker has no authorizer, and says so as Kafka does without one.
//!
//! SECURITY_DISABLED stands at the top for DescribeAcls, and in the place of every result for the other two; the words differ, as Kafka's do.

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::create_acls::AclCreationResult;
use crate::protocol::messages::delete_acls::DeleteAclsFilterResult;
use crate::protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest,
    DescribeAclsResponse,
};

const ERROR: ErrorCode = ErrorCode::SecurityDisabled;

pub async fn describe(_: &BrokerState, _: &RequestContext, _: DescribeAclsRequest) -> DescribeAclsResponse {
    DescribeAclsResponse {
        error_code: ERROR.code(),
        error_message: Some("No Authorizer is configured on the broker".to_owned()),
        ..Default::default()
    }
}

pub async fn create(_: &BrokerState, _: &RequestContext, request: CreateAclsRequest) -> CreateAclsResponse {
    let refused = AclCreationResult { error_code: ERROR.code(), error_message: reason() };
    CreateAclsResponse { results: vec![refused; request.creations.len()], ..Default::default() }
}

pub async fn delete(_: &BrokerState, _: &RequestContext, request: DeleteAclsRequest) -> DeleteAclsResponse {
    let refused = DeleteAclsFilterResult { error_code: ERROR.code(), error_message: reason(), ..Default::default() };
    DeleteAclsResponse { filter_results: vec![refused; request.filters.len()], ..Default::default() }
}

fn reason() -> Option<String> {
    Some("No Authorizer is configured.".to_owned())
}

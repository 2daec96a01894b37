//! AlterConfigs, the old form that replaces all values of a resource. The controller decides
//! (`controller/configs/replace.rs`); what concerns this broker is checked here, against the table of its own keys.
//!
//! Missing: authorisation; client metrics subscriptions.

use crate::broker::BrokerState;
use crate::broker::config::dynamic;
use crate::broker::request::RequestContext;
use crate::metadata::BROKER_RESOURCE;
use crate::protocol::messages::alter_configs::{AlterConfigsResource, AlterConfigsResourceResponse};
use crate::protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};
use crate::protocol::{ErrorCode, Rejection};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    mut request: AlterConfigsRequest,
) -> AlterConfigsResponse {
    let all: Vec<(i8, String, Option<Rejection>)> = request
        .resources
        .iter()
        .map(|resource| (resource.resource_type, resource.resource_name.clone(), broker_fault(resource)))
        .collect();
    let mut refused = all.iter().map(|(_, _, fault)| fault.is_some());
    request.resources.retain(|_| !refused.next().unwrap_or_default());
    let mut decided = match broker.controller.ask(request).await {
        Ok(response) => Ok(response.responses.into_iter()),
        Err(rejection) => Err(rejection),
    };
    let responses = all.into_iter().map(|(resource_type, resource_name, fault)| match (fault, &mut decided) {
        (Some(rejection), _) => refusal(resource_type, resource_name, rejection),
        (None, Err(rejection)) => refusal(resource_type, resource_name, rejection.clone()),
        (None, Ok(decided)) => decided
            .next()
            .unwrap_or_else(|| refusal(resource_type, resource_name, ErrorCode::UnknownServerError.into())),
    });
    AlterConfigsResponse { throttle_time_ms: 0, responses: responses.collect() }
}

/// Why this broker cannot be configured so.
fn broker_fault(resource: &AlterConfigsResource) -> Option<Rejection> {
    if resource.resource_type != BROKER_RESOURCE {
        return None;
    }
    let mut values =
        resource.configs.iter().filter_map(|config| Some((config.name.as_str(), config.value.as_deref()?)));
    let fault = dynamic::name_fault(resource.configs.iter().map(|config| config.name.as_str()))
        .or_else(|| values.find_map(|(name, value)| dynamic::value_fault(name, value)));
    fault.map(|fault| Rejection::new(ErrorCode::InvalidRequest, fault))
}

fn refusal(resource_type: i8, resource_name: String, rejection: Rejection) -> AlterConfigsResourceResponse {
    AlterConfigsResourceResponse {
        error_code: rejection.code.code(),
        error_message: rejection.message,
        resource_type,
        resource_name,
    }
}

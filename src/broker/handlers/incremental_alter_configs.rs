//! IncrementalAlterConfigs (KIP-339). The controller decides (`controller/configs/change.rs`); what concerns this broker is
//! checked here, against the table of its own keys.
//!
//! Missing: authorisation; log levels (there are no loggers to set); client metrics subscriptions.

use super::config_changes::{Checked, answers, leave_sound};
use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::Rejection;
use crate::protocol::messages::incremental_alter_configs::{AlterConfigsResource, AlterConfigsResourceResponse};
use crate::protocol::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

const SET: i8 = 0;

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    mut request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let checked: Vec<Checked> = request.resources.iter().map(|resource| check(broker, resource)).collect();
    leave_sound(&mut request.resources, &checked);
    let decided = broker.controller.ask(request).await.map(|response| response.responses);
    IncrementalAlterConfigsResponse { throttle_time_ms: 0, responses: answers(checked, decided, refusal) }
}

fn check(broker: &BrokerState, resource: &AlterConfigsResource) -> Checked {
    let changes = resource.configs.iter().map(|change| {
        let value = change.value.as_deref().filter(|_| change.config_operation == SET);
        (change.name.as_str(), value)
    });
    Checked::new(broker, resource.resource_type, &resource.resource_name, changes, false)
}

fn refusal(resource_type: i8, resource_name: String, rejection: Rejection) -> AlterConfigsResourceResponse {
    AlterConfigsResourceResponse {
        error_code: rejection.code.code(),
        error_message: rejection.message,
        resource_type,
        resource_name,
    }
}

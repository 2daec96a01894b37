//! AlterConfigs, the old form that replaces all values of a resource. The controller decides
//! (`controller/configs/replace.rs`); what concerns this broker is checked here, against the table of its own keys.
//!
//! Missing: authorisation; client metrics subscriptions.

use super::config_changes::{Checked, answers, leave_sound};
use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::Rejection;
use crate::protocol::messages::alter_configs::{AlterConfigsResource, AlterConfigsResourceResponse};
use crate::protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    mut request: AlterConfigsRequest,
) -> AlterConfigsResponse {
    let checked: Vec<Checked> = request.resources.iter().map(|resource| check(broker, resource)).collect();
    leave_sound(&mut request.resources, &checked);
    let decided = broker.controller.ask(request).await.map(|response| response.responses);
    AlterConfigsResponse { throttle_time_ms: 0, responses: answers(checked, decided, refusal) }
}

fn check(broker: &BrokerState, resource: &AlterConfigsResource) -> Checked {
    let changes = resource.configs.iter().map(|config| (config.name.as_str(), config.value.as_deref()));
    Checked::new(broker, resource.resource_type, &resource.resource_name, changes, true)
}

fn refusal(resource_type: i8, resource_name: String, rejection: Rejection) -> AlterConfigsResourceResponse {
    AlterConfigsResourceResponse {
        error_code: rejection.code.code(),
        error_message: rejection.message,
        resource_type,
        resource_name,
    }
}

//! AlterConfigs, the old form: the values given become all of the resource's own values.

use super::{Resource, repeated};
use crate::broker::controller::{Controller, Decision, MAX_RECORDS};
use crate::broker::machine::Context;
use crate::metadata::topic_configs::Values;
use crate::metadata::{BROKER_RESOURCE, ClusterImage};
use crate::protocol::messages::alter_configs::{AlterConfigsResource, AlterConfigsResourceResponse, AlterableConfig};
use crate::protocol::messages::{AlterConfigsRequest, AlterConfigsResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::MetadataRecord;

impl Controller {
    pub(in crate::broker::controller) fn replace_configs(
        &mut self,
        context: &mut Context<'_>,
        request: AlterConfigsRequest,
    ) -> Decision<AlterConfigsResponse> {
        let identity = |resource: &AlterConfigsResource| (resource.resource_type, resource.resource_name.clone());
        let repeated = repeated(request.resources.iter().map(identity));
        let mut decision = Decision::reply(AlterConfigsResponse::default());
        for asked in request.resources {
            let resource = Resource { resource_type: asked.resource_type, name: asked.resource_name.clone() };
            let replaced = if repeated.contains(&identity(&asked)) {
                Err(Rejection::new(ErrorCode::InvalidRequest, "Each resource must appear at most once."))
            } else if decision.records.len() > MAX_RECORDS {
                let message = "Unable to perform excessively large batch operation.";
                Err(Rejection::new(ErrorCode::PolicyViolation, message))
            } else {
                self.replace_resource(context.image, &resource, &asked.configs)
            };
            let rejection = match replaced {
                Ok(records) => {
                    decision.records.extend(records);
                    None
                }
                Err(rejection) => Some(rejection),
            };
            decision.reply.responses.push(response(resource, rejection));
        }
        if request.validate_only {
            decision.records.clear();
        }
        decision
    }

    fn replace_resource(
        &self,
        image: &ClusterImage,
        resource: &Resource,
        configs: &[AlterableConfig],
    ) -> Result<Vec<MetadataRecord>, Rejection> {
        if !repeated(configs.iter().map(|config| config.name.as_str())).is_empty() {
            return Err(Rejection::new(ErrorCode::InvalidRequest, "Error due to duplicate config keys"));
        }
        let nulls: Vec<&str> =
            configs.iter().filter(|config| config.value.is_none()).map(|config| config.name.as_str()).collect();
        if !nulls.is_empty() {
            let message = format!("Null value not supported for : {}", nulls.join(", "));
            return Err(Rejection::new(ErrorCode::InvalidRequest, message));
        }
        let current = resource.own_values(image);
        let new: Values =
            configs.iter().map(|config| (config.name.clone(), config.value.clone().unwrap_or_default())).collect();
        self.check_values(image, resource, &new)?;
        let always = resource.resource_type == BROKER_RESOURCE;
        let set = new.iter().filter(|(name, value)| always || current.get(*name) != Some(*value));
        let gone = current.keys().filter(|name| !new.contains_key(*name));
        let set = set.map(|(name, value)| resource.record(name, Some(value)));
        Ok(set.chain(gone.map(|name| resource.record(name, None))).collect())
    }
}

fn response(resource: Resource, rejection: Option<Rejection>) -> AlterConfigsResourceResponse {
    let code = rejection.as_ref().map_or(ErrorCode::None, |rejection| rejection.code);
    AlterConfigsResourceResponse {
        error_code: code.code(),
        error_message: rejection.and_then(|rejection| rejection.message),
        resource_type: resource.resource_type,
        resource_name: resource.name,
    }
}

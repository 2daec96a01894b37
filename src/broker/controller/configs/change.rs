//! IncrementalAlterConfigs: single values are set, deleted, or as lists extended and shortened.
//!
//! A resource is changed as a whole or not at all. What is appended to is the resource's own value, else the default;
//! elements that are there already, or not there, are passed over.

use super::{Resource, repeated};
use crate::broker::controller::{Controller, Decision, MAX_RECORDS};
use crate::broker::machine::Context;
use crate::metadata::topic_configs::{ConfigType, topic_config};
use crate::metadata::{BROKER_RESOURCE, ClusterImage, TOPIC_RESOURCE};
use crate::protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterConfigsResourceResponse, AlterableConfig,
};
use crate::protocol::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::MetadataRecord;

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

impl Controller {
    pub(in crate::broker::controller) fn change_configs(
        &mut self,
        context: &mut Context<'_>,
        request: IncrementalAlterConfigsRequest,
    ) -> Decision<IncrementalAlterConfigsResponse> {
        let identity = |resource: &AlterConfigsResource| (resource.resource_type, resource.resource_name.clone());
        let repeated = repeated(request.resources.iter().map(identity));
        let mut decision = Decision::reply(IncrementalAlterConfigsResponse::default());
        for asked in request.resources {
            let resource = Resource { resource_type: asked.resource_type, name: asked.resource_name.clone() };
            let changed = if repeated.contains(&identity(&asked)) {
                Err(Rejection::new(ErrorCode::InvalidRequest, "Each resource must appear at most once."))
            } else {
                self.change_resource(context.image, &resource, &asked.configs)
            };
            let rejection = match changed {
                Ok(records) => {
                    decision.records.extend(records);
                    None
                }
                Err(rejection) => Some(rejection),
            };
            decision.reply.responses.push(response(resource, rejection));
        }
        if decision.records.len() > MAX_RECORDS {
            decision.refuse_all();
        }
        if request.validate_only {
            decision.records.clear();
        }
        decision
    }

    fn change_resource(
        &self,
        image: &ClusterImage,
        resource: &Resource,
        changes: &[AlterableConfig],
    ) -> Result<Vec<MetadataRecord>, Rejection> {
        check_changes(changes)?;
        let mut values = resource.own_values(image);
        let mut records = Vec::new();
        for change in changes {
            let current = values.get(&change.name).cloned();
            let new = self.changed(resource, change, current.as_deref())?;
            // Kafka writes unchanged values of brokers too, so that files they name are read again.
            if new != current || resource.resource_type == BROKER_RESOURCE {
                records.push(resource.record(&change.name, new.as_deref()));
            }
            match new {
                Some(new) => values.insert(change.name.clone(), new),
                None => values.remove(&change.name),
            };
        }
        self.check_values(image, resource, &values)?;
        Ok(records)
    }

    /// The value after the change.
    fn changed(
        &self,
        resource: &Resource,
        change: &AlterableConfig,
        current: Option<&str>,
    ) -> Result<Option<String>, Rejection> {
        let given = change.value.as_deref().unwrap_or_default();
        let verb = match change.config_operation {
            SET => return Ok(Some(given.to_owned())),
            DELETE => return Ok(None),
            APPEND => "APPEND",
            SUBTRACT => "SUBTRACT",
            other => {
                let message = format!("Unknown operations type {other}");
                return Err(Rejection::new(ErrorCode::InvalidRequest, message));
            }
        };
        let Some(default) = self.list_default(resource, &change.name) else {
            let message = format!("Can't {verb} to key {} because its type is not LIST.", change.name);
            return Err(Rejection::new(ErrorCode::InvalidConfig, message));
        };
        let mut elements: Vec<&str> =
            current.unwrap_or(default).split(',').filter(|element| !element.is_empty()).collect();
        for element in given.split(',') {
            if change.config_operation == SUBTRACT {
                elements.retain(|kept| *kept != element);
            } else if !elements.contains(&element) {
                elements.push(element);
            }
        }
        Ok(Some(elements.join(",")))
    }

    /// The default of a configuration that is a list, `None` for every other.
    fn list_default(&self, resource: &Resource, name: &str) -> Option<&str> {
        match resource.resource_type {
            TOPIC_RESOURCE => {
                topic_config(name).filter(|config| config.config_type == ConfigType::List).map(|config| config.default)
            }
            BROKER_RESOURCE => self.settings.broker_lists.get(name).map(String::as_str),
            _ => None,
        }
    }
}

/// What is wrong with the changes, whatever they are changes of.
fn check_changes(changes: &[AlterableConfig]) -> Result<(), Rejection> {
    if !repeated(changes.iter().map(|change| change.name.as_str())).is_empty() {
        return Err(Rejection::new(ErrorCode::InvalidRequest, "Error due to duplicate config keys"));
    }
    let needs_value = |change: &&AlterableConfig| change.value.is_none() && change.config_operation != DELETE;
    let nulls: Vec<&str> = changes.iter().filter(needs_value).map(|change| change.name.as_str()).collect();
    if nulls.is_empty() {
        return Ok(());
    }
    let message = format!("Null value not supported for : {}", nulls.join(", "));
    Err(Rejection::new(ErrorCode::InvalidRequest, message))
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

impl Decision<IncrementalAlterConfigsResponse> {
    fn refuse_all(&mut self) {
        self.records.clear();
        for response in &mut self.reply.responses {
            response.error_code = ErrorCode::PolicyViolation.code();
            response.error_message = Some("Unable to perform excessively large batch operation.".to_owned());
        }
    }
}

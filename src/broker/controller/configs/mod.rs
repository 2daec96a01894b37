//! Configurations of topics, brokers and groups: what may be set, and the records that set it.
//!
//! Broker configurations arrive here already checked against the broker's own table, which the controller does not know;
//! Kafka divides the work alike (`ConfigAdminManager` before `ConfigurationControlManager`).

mod change;
mod replace;

use super::Controller;
use crate::metadata::group_configs::group_set_fault;
use crate::metadata::topic_configs::{BrokerValues, Values, set_fault};
use crate::metadata::{BROKER_RESOURCE, ClusterImage, GROUP_RESOURCE, TOPIC_RESOURCE};
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::{ConfigRecord, MetadataRecord};
use crate::vocabulary::topic_name_fault;

const LOGGER_RESOURCE: i8 = 8;
const CLIENT_METRICS_RESOURCE: i8 = 16;
/// Strings of records end here in every version that a tool may read.
const LONGEST_VALUE: usize = i16::MAX as usize;

/// Whose configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Resource {
    resource_type: i8,
    name: String,
}

/// Why one of the values is too long to be kept.
pub(super) fn length_fault(values: &Values) -> Option<String> {
    let (name, value) = values.iter().find(|(_, value)| value.len() > LONGEST_VALUE)?;
    let length = value.len();
    Some(format!("The value of configuration {name} has {length} bytes; the most is {LONGEST_VALUE}."))
}

impl Resource {
    fn own_values(&self, image: &ClusterImage) -> Values {
        image.resource_configs(self.resource_type, &self.name).cloned().unwrap_or_default()
    }

    fn record(&self, name: &str, value: Option<&str>) -> MetadataRecord {
        ConfigRecord {
            resource_type: self.resource_type,
            resource_name: self.name.clone(),
            name: name.to_owned(),
            value: value.map(str::to_owned),
        }
        .into()
    }
}

impl Controller {
    /// The values of broker keys that topics inherit.
    pub(super) fn broker_values<'a>(&'a self, image: &'a ClusterImage) -> BrokerValues<'a> {
        BrokerValues {
            dynamic: image.resource_configs(BROKER_RESOURCE, &self.settings.node_id.to_string()),
            dynamic_default: image.resource_configs(BROKER_RESOURCE, ""),
            fixed: &self.settings.fixed_values,
        }
    }

    /// Whether the resource may have these own values, all of them together.
    fn check_values(&self, image: &ClusterImage, resource: &Resource, values: &Values) -> Result<(), Rejection> {
        let invalid = |fault: Option<String>| match fault {
            Some(fault) => Err(Rejection::new(ErrorCode::InvalidConfig, fault)),
            None => Ok(()),
        };
        let request = |message: &str| Err(Rejection::new(ErrorCode::InvalidRequest, message));
        invalid(length_fault(values))?;
        match resource.resource_type {
            TOPIC_RESOURCE if resource.name.is_empty() => request("Default topic resources are not allowed."),
            TOPIC_RESOURCE => {
                if let Some(fault) = topic_name_fault(&resource.name) {
                    let message = format!("Topic name is invalid: {fault}");
                    return Err(Rejection::new(ErrorCode::InvalidTopicException, message));
                }
                invalid(set_fault(values))?;
                if image.topic(&resource.name).is_none() {
                    let message = format!("The topic '{}' does not exist.", resource.name);
                    return Err(Rejection::new(ErrorCode::UnknownTopicOrPartition, message));
                }
                Ok(())
            }
            BROKER_RESOURCE => self.check_broker_name(&resource.name),
            GROUP_RESOURCE if resource.name.is_empty() => request("Default group resources are not allowed."),
            GROUP_RESOURCE => invalid(group_set_fault(values, &self.settings.group_values)),
            LOGGER_RESOURCE => {
                let logger = values.keys().next().map_or("", String::as_str);
                invalid(Some(format!("Logger {logger} does not exist!")))
            }
            CLIENT_METRICS_RESOURCE => request("Client metrics subscriptions are not supported by this broker."),
            other => request(&format!("Unknown resource type {other}")),
        }
    }

    fn check_broker_name(&self, name: &str) -> Result<(), Rejection> {
        let own = self.settings.node_id;
        let message = match name.parse::<i32>() {
            _ if name.is_empty() => return Ok(()),
            Ok(id) if id == own => return Ok(()),
            Ok(_) => format!("Unexpected broker id, expected {own}, but received {name}"),
            Err(_) => format!("Node id must be an integer, but it is: {name}"),
        };
        Err(Rejection::new(ErrorCode::InvalidRequest, message))
    }
}

/// Names that occur more than once.
fn repeated<T: Ord>(all: impl Iterator<Item = T>) -> std::collections::BTreeSet<T> {
    let mut sorted: Vec<T> = all.collect();
    sorted.sort();
    let mut repeated = std::collections::BTreeSet::new();
    let mut previous = None;
    for item in sorted {
        if previous.as_ref() == Some(&item) {
            repeated.insert(item);
        } else {
            previous = Some(item);
        }
    }
    repeated
}

//! Configurations of topics, brokers and other resources: describe and alter.
//!
//! Requests about one broker go to that broker, others anywhere. Altering is incremental (KIP-339); where a broker lacks
//! that API, what a topic has set is read first and then replaced as a whole by AlterConfigs.

use std::collections::HashMap;

use super::{Admin, Destination, PerItem, accepted, in_order_of};
use crate::client::error::ClientError;
use crate::protocol::messages::alter_configs;
use crate::protocol::messages::describe_configs::{
    DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResult,
};
use crate::protocol::messages::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};
use crate::protocol::messages::{
    AlterConfigsRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest,
};
use crate::protocol::{ErrorCode, Rejection};

/// `ConfigResource.Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    Topic,
    Broker,
    BrokerLogger,
    ClientMetrics,
    Group,
}

impl ResourceKind {
    fn code(self) -> i8 {
        match self {
            ResourceKind::Topic => 2,
            ResourceKind::Broker => 4,
            ResourceKind::BrokerLogger => 8,
            ResourceKind::ClientMetrics => 16,
            ResourceKind::Group => 32,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    pub kind: ResourceKind,
    /// Empty for the default of all brokers.
    pub name: String,
}

impl ConfigResource {
    pub fn topic(name: impl Into<String>) -> ConfigResource {
        ConfigResource { kind: ResourceKind::Topic, name: name.into() }
    }

    pub fn broker(name: impl Into<String>) -> ConfigResource {
        ConfigResource { kind: ResourceKind::Broker, name: name.into() }
    }

    fn destination(&self) -> Destination {
        match self.kind {
            ResourceKind::Broker | ResourceKind::BrokerLogger => {
                self.name.parse().map_or(Destination::Any, Destination::Broker)
            }
            _ => Destination::Any,
        }
    }
}

/// Where a value comes from (`ConfigEntry.ConfigSource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConfigSource {
    DynamicTopic,
    DynamicBroker,
    DynamicDefaultBroker,
    StaticBroker,
    Default,
    DynamicBrokerLogger,
    DynamicClientMetrics,
    DynamicGroup,
    Unknown,
}

impl ConfigSource {
    fn from_code(code: i8) -> ConfigSource {
        match code {
            1 => ConfigSource::DynamicTopic,
            2 => ConfigSource::DynamicBroker,
            3 => ConfigSource::DynamicDefaultBroker,
            4 => ConfigSource::StaticBroker,
            5 => ConfigSource::Default,
            6 => ConfigSource::DynamicBrokerLogger,
            7 => ConfigSource::DynamicClientMetrics,
            8 => ConfigSource::DynamicGroup,
            _ => ConfigSource::Unknown,
        }
    }

    /// Kafka's name, such as `DYNAMIC_TOPIC_CONFIG`.
    pub fn name(self) -> &'static str {
        match self {
            ConfigSource::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
            ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
            ConfigSource::Default => "DEFAULT_CONFIG",
            ConfigSource::DynamicBrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
            ConfigSource::DynamicClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
            ConfigSource::DynamicGroup => "DYNAMIC_GROUP_CONFIG",
            ConfigSource::Unknown => "UNKNOWN",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    pub name: String,
    /// `None` for a sensitive value, and for a key without one.
    pub value: Option<String>,
    pub source: ConfigSource,
    pub is_sensitive: bool,
    pub is_read_only: bool,
    /// `ConfigDef.Type` on the wire: 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password.
    pub value_type: i8,
    pub documentation: Option<String>,
    /// The layers that could give the value, the one that does first.
    pub synonyms: Vec<ConfigSynonym>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSynonym {
    pub name: String,
    pub value: Option<String>,
    pub source: ConfigSource,
}

/// One change of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    pub name: String,
    pub operation: ConfigOperation,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigOperation {
    Set(String),
    Delete,
    /// Adds to a list.
    Append(String),
    /// Takes from a list.
    Subtract(String),
}

impl ConfigOperation {
    fn code(&self) -> i8 {
        match self {
            ConfigOperation::Set(_) => 0,
            ConfigOperation::Delete => 1,
            ConfigOperation::Append(_) => 2,
            ConfigOperation::Subtract(_) => 3,
        }
    }

    fn value(&self) -> Option<String> {
        match self {
            ConfigOperation::Delete => None,
            ConfigOperation::Set(value) | ConfigOperation::Append(value) | ConfigOperation::Subtract(value) => {
                Some(value.clone())
            }
        }
    }
}

/// All changes of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceChanges {
    pub resource: ConfigResource,
    pub changes: Vec<ConfigChange>,
}

/// What to tell about each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConfigDetail {
    pub synonyms: bool,
    pub documentation: bool,
}

impl Admin {
    /// The names of resources of one kind that have configurations (KIP-1142). Brokers that know client metrics only answer
    /// for those.
    pub async fn list_config_resources(&self, kind: ResourceKind) -> Result<Vec<String>, ClientError> {
        const CALL: &str = "listConfigResources";
        self.only_of_brokers(CALL)?;
        let oldest = if kind == ResourceKind::ClientMetrics { 0 } else { 1 };
        let request = ListConfigResourcesRequest { resource_types: vec![kind.code()] };
        let ask = async || self.send_within(Destination::Any, &request, oldest..=1).await;
        let response = self.persist(CALL, ask).await?;
        super::check(CALL, response.error_code)?;
        let resources = response.config_resources.into_iter();
        Ok(resources.filter(|one| one.resource_type == kind.code()).map(|one| one.resource_name).collect())
    }

    /// All keys of each resource with their effective values.
    pub async fn describe_configs(
        &self,
        resources: &[ConfigResource],
        detail: ConfigDetail,
    ) -> Result<PerItem<ConfigResource, Vec<ConfigEntry>>, ClientError> {
        let mut answers = Vec::with_capacity(resources.len());
        for (destination, group) in by_destination(resources, |resource| resource.destination()) {
            let request = describe_request(&group, detail);
            let response = self.persist("describeConfigs", async || self.send(destination, &request).await).await?;
            let named = |mut result: DescribeConfigsResult| {
                ((result.resource_type, std::mem::take(&mut result.resource_name)), result)
            };
            let mut results: HashMap<(i8, String), _> = response.results.into_iter().map(named).collect();
            for resource in group {
                let answer = match results.remove(&(resource.kind.code(), resource.name.clone())) {
                    Some(result) => accepted(result.error_code, result.error_message)
                        .map(|()| result.configs.into_iter().map(entry).collect()),
                    None => Err(unanswered()),
                };
                answers.push((resource, answer));
            }
        }
        Ok(in_order_of(resources, answers))
    }

    pub async fn incremental_alter_configs(
        &self,
        changes: &[ResourceChanges],
        validate_only: bool,
    ) -> Result<PerItem<ConfigResource, ()>, ClientError> {
        let mut answers = Vec::with_capacity(changes.len());
        for (destination, group) in by_destination(changes, |change| change.resource.destination()) {
            let altered = self
                .persist("incrementalAlterConfigs", async || {
                    match self.alter_incrementally(destination, &group, validate_only).await {
                        Err(ClientError::Unsupported { .. }) => self.alter_as_a_whole(&group, validate_only).await,
                        answer => answer,
                    }
                })
                .await?;
            answers.extend(altered);
        }
        Ok(in_order_of(changes.iter().map(|change| &change.resource), answers))
    }

    async fn alter_incrementally(
        &self,
        destination: Destination,
        changes: &[ResourceChanges],
        validate_only: bool,
    ) -> Result<PerItem<ConfigResource, ()>, ClientError> {
        let resources = changes.iter().map(incremental_resource).collect();
        let request = IncrementalAlterConfigsRequest { resources, validate_only };
        let response = self.send(destination, &request).await?;
        super::topics::not_controller("incrementalAlterConfigs", response.responses.iter().map(|r| r.error_code))?;
        let answers = response.responses.into_iter();
        Ok(answers
            .filter_map(|answer| {
                let resource = resource_from(answer.resource_type, answer.resource_name)?;
                Some((resource, accepted(answer.error_code, answer.error_message)))
            })
            .collect())
    }

    /// For brokers before 2.3: everything that is set stays, with the changes applied to it.
    async fn alter_as_a_whole(
        &self,
        changes: &[ResourceChanges],
        validate_only: bool,
    ) -> Result<PerItem<ConfigResource, ()>, ClientError> {
        let mut answers = Vec::with_capacity(changes.len());
        for change in changes {
            let resource = change.resource.clone();
            let described = self.describe_configs(std::slice::from_ref(&resource), ConfigDetail::default()).await?;
            let answer = match described.into_iter().next() {
                Some((_, Ok(entries))) => self.replace_configs(change, entries, validate_only).await?,
                Some((_, Err(rejection))) => Err(rejection),
                None => Err(unanswered()),
            };
            answers.push((resource, answer));
        }
        Ok(answers)
    }

    async fn replace_configs(
        &self,
        change: &ResourceChanges,
        entries: Vec<ConfigEntry>,
        validate_only: bool,
    ) -> Result<Result<(), Rejection>, ClientError> {
        let configs = match whole_after(entries, &change.changes) {
            Ok(configs) => configs,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let configs = configs
            .into_iter()
            .map(|(name, value)| alter_configs::AlterableConfig { name, value: Some(value) })
            .collect();
        let resource = alter_configs::AlterConfigsResource {
            resource_type: change.resource.kind.code(),
            resource_name: change.resource.name.clone(),
            configs,
        };
        let request = AlterConfigsRequest { resources: vec![resource], validate_only };
        let response = self.send(change.resource.destination(), &request).await?;
        let answer = response.responses.into_iter().next();
        Ok(answer.map_or_else(|| Err(unanswered()), |answer| accepted(answer.error_code, answer.error_message)))
    }
}

/// What a resource has set, with changes applied. A sensitive value cannot be read and so would be lost.
fn whole_after(entries: Vec<ConfigEntry>, changes: &[ConfigChange]) -> Result<Vec<(String, String)>, Rejection> {
    let own = [ConfigSource::DynamicTopic, ConfigSource::DynamicBroker, ConfigSource::DynamicDefaultBroker];
    let effective = |name: &str| entries.iter().find(|entry| entry.name == name).and_then(|e| e.value.clone());
    let mut configs: Vec<(String, String)> = Vec::new();
    for entry in entries.iter().filter(|entry| own.contains(&entry.source)) {
        match &entry.value {
            Some(value) => configs.push((entry.name.clone(), value.clone())),
            None if changes.iter().any(|change| change.name == entry.name) => {}
            None => {
                let message = format!("the broker cannot change single keys, and {} cannot be read", entry.name);
                return Err(Rejection::new(ErrorCode::InvalidRequest, message));
            }
        }
    }
    for change in changes {
        let before = effective(&change.name).unwrap_or_default();
        configs.retain(|(name, _)| *name != change.name);
        let after = match &change.operation {
            ConfigOperation::Delete => continue,
            ConfigOperation::Set(value) => value.clone(),
            ConfigOperation::Append(more) => list_with(&before, more),
            ConfigOperation::Subtract(less) => list_without(&before, less),
        };
        configs.push((change.name.clone(), after));
    }
    Ok(configs)
}

fn list_items(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
}

fn list_with(list: &str, more: &str) -> String {
    let mut items = list_items(list);
    for item in list_items(more) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items.join(",")
}

fn list_without(list: &str, less: &str) -> String {
    let less = list_items(less);
    list_items(list).into_iter().filter(|item| !less.contains(item)).collect::<Vec<_>>().join(",")
}

fn unanswered() -> Rejection {
    Rejection::new(ErrorCode::UnknownServerError, "the broker's answer does not mention this resource")
}

fn resource_from(code: i8, name: String) -> Option<ConfigResource> {
    use ResourceKind::*;
    let kind = [Topic, Broker, BrokerLogger, ClientMetrics, Group].into_iter().find(|kind| kind.code() == code)?;
    Some(ConfigResource { kind, name })
}

fn by_destination<T: Clone>(items: &[T], destination: impl Fn(&T) -> Destination) -> Vec<(Destination, Vec<T>)> {
    let mut groups: std::collections::BTreeMap<Destination, Vec<T>> = Default::default();
    for item in items {
        groups.entry(destination(item)).or_default().push(item.clone());
    }
    groups.into_iter().collect()
}

fn describe_request(resources: &[ConfigResource], detail: ConfigDetail) -> DescribeConfigsRequest {
    let resource = |resource: &ConfigResource| DescribeConfigsResource {
        resource_type: resource.kind.code(),
        resource_name: resource.name.clone(),
        configuration_keys: None,
    };
    DescribeConfigsRequest {
        resources: resources.iter().map(resource).collect(),
        include_synonyms: detail.synonyms,
        include_documentation: detail.documentation,
    }
}

fn incremental_resource(changes: &ResourceChanges) -> AlterConfigsResource {
    let config = |change: &ConfigChange| AlterableConfig {
        name: change.name.clone(),
        config_operation: change.operation.code(),
        value: change.operation.value(),
    };
    AlterConfigsResource {
        resource_type: changes.resource.kind.code(),
        resource_name: changes.resource.name.clone(),
        configs: changes.changes.iter().map(config).collect(),
    }
}

fn entry(config: DescribeConfigsResourceResult) -> ConfigEntry {
    let synonyms = config.synonyms.into_iter();
    ConfigEntry {
        name: config.name,
        value: config.value,
        source: ConfigSource::from_code(config.config_source),
        is_sensitive: config.is_sensitive,
        is_read_only: config.read_only,
        value_type: config.config_type,
        documentation: config.documentation,
        synonyms: synonyms
            .map(|s| ConfigSynonym { name: s.name, value: s.value, source: ConfigSource::from_code(s.source) })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: Option<&str>, source: ConfigSource) -> ConfigEntry {
        ConfigEntry {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            source,
            is_sensitive: value.is_none(),
            is_read_only: false,
            value_type: 2,
            documentation: None,
            synonyms: Vec::new(),
        }
    }

    fn change(name: &str, operation: ConfigOperation) -> ConfigChange {
        ConfigChange { name: name.to_owned(), operation }
    }

    #[test]
    fn replacing_as_a_whole_keeps_what_is_set_and_leaves_defaults_out() {
        let entries = vec![
            set("retention.ms", Some("5"), ConfigSource::DynamicTopic),
            set("segment.ms", Some("9"), ConfigSource::Default),
            set("cleanup.policy", Some("delete"), ConfigSource::Default),
            set("flush.ms", Some("1"), ConfigSource::DynamicTopic),
        ];
        let changes = [
            change("cleanup.policy", ConfigOperation::Append("compact,delete".to_owned())),
            change("flush.ms", ConfigOperation::Delete),
        ];
        let whole = whole_after(entries, &changes).unwrap();
        let expected = [("retention.ms", "5"), ("cleanup.policy", "delete,compact")];
        assert_eq!(whole, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn replacing_as_a_whole_refuses_to_lose_a_value_that_cannot_be_read() {
        let entries = || vec![set("ssl.key.password", None, ConfigSource::DynamicBroker)];
        assert!(whole_after(entries(), &[change("x", ConfigOperation::Set("1".to_owned()))]).is_err());
        assert!(whole_after(entries(), &[change("ssl.key.password", ConfigOperation::Delete)]).is_ok());
    }

    #[test]
    fn subtracting_takes_single_items_from_a_list() {
        assert_eq!(list_without("delete, compact", "delete"), "compact");
    }
}

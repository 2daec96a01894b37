//! DescribeConfigs: every configuration of a topic, of this broker, of a group, with its effective value, where that comes
//! from, and the values that stand behind it.
//!
//! Clients read all, change some and write all back (AlterConfigs), so nothing may be missing. Version 3 adds types and
//! documentation (KIP-569). Names that are asked for and do not exist are left out without a word, as by Kafka.
//! Missing: authorisation; log levels (an empty list); client metrics subscriptions (refused).

mod broker;
mod group;
mod topic;

use std::cell::LazyCell;

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::metadata::topic_configs::{ConfigSource, ConfigType};
use crate::metadata::{BROKER_RESOURCE, GROUP_RESOURCE, TOPIC_RESOURCE};
use crate::protocol::messages::describe_configs::{
    DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use crate::protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use crate::protocol::{ErrorCode, Rejection};

const LOGGER_RESOURCE: i8 = 8;
const CLIENT_METRICS_RESOURCE: i8 = 16;

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let (synonyms, documentation) = (request.include_synonyms, request.include_documentation);
    let inherited = LazyCell::new(|| topic::Inherited::of(broker, synonyms));
    let one = |resource| {
        let described = describe(broker, context, &resource, &inherited);
        result(resource, described, synonyms, documentation)
    };
    DescribeConfigsResponse { throttle_time_ms: 0, results: request.resources.into_iter().map(one).collect() }
}

fn describe(
    broker: &BrokerState,
    context: &RequestContext,
    resource: &DescribeConfigsResource,
    inherited: &LazyCell<topic::Inherited, impl FnOnce() -> topic::Inherited>,
) -> Result<Vec<Described>, Rejection> {
    let name = &resource.resource_name;
    match resource.resource_type {
        TOPIC_RESOURCE => inherited.describe(name),
        BROKER_RESOURCE => broker::describe(broker, context, name),
        GROUP_RESOURCE => group::describe(broker, name),
        LOGGER_RESOURCE => broker::check_id(broker, name).map(|()| Vec::new()),
        CLIENT_METRICS_RESOURCE => Err(Rejection::new(
            ErrorCode::InvalidRequest,
            "Client metrics subscriptions are not supported by this broker.",
        )),
        other => Err(Rejection::new(ErrorCode::InvalidRequest, format!("Unsupported resource type: {other}"))),
    }
}

fn result(
    resource: DescribeConfigsResource,
    described: Result<Vec<Described>, Rejection>,
    synonyms: bool,
    documentation: bool,
) -> DescribeConfigsResult {
    let mut result = DescribeConfigsResult {
        resource_type: resource.resource_type,
        resource_name: resource.resource_name,
        ..Default::default()
    };
    match described {
        Ok(described) => {
            let asked = resource.configuration_keys.filter(|keys| !keys.is_empty());
            let wanted = |one: &Described| asked.as_ref().is_none_or(|keys| keys.contains(&one.name));
            let shown = described.into_iter().filter(wanted).map(|one| one.into_result(synonyms, documentation));
            result.configs = shown.collect();
        }
        Err(rejection) => {
            result.error_code = rejection.code.code();
            result.error_message = Some(rejection.message.unwrap_or_default());
        }
    }
    result
}

/// A value that stands behind the effective one, or is it.
#[derive(Clone)]
struct Synonym {
    name: String,
    value: Option<String>,
    source: ConfigSource,
}

/// One configuration, before it is known what the client wants to see of it.
#[derive(Clone)]
struct Described {
    name: String,
    /// `None` for Kafka's null, and for what must not be shown.
    value: Option<String>,
    read_only: bool,
    sensitive: bool,
    /// 0 for a name that is no known key.
    config_type: i8,
    /// Nearest first; their first is where the value comes from.
    synonyms: Vec<Synonym>,
    documentation: Option<&'static str>,
}

impl Described {
    fn into_result(self, synonyms: bool, documentation: bool) -> DescribeConfigsResourceResult {
        let source = self.synonyms.first().map_or(ConfigSource::Default, |nearest| nearest.source);
        let synonym = |synonym: Synonym| DescribeConfigsSynonym {
            name: synonym.name,
            value: synonym.value.filter(|_| !self.sensitive),
            source: synonym.source as i8,
        };
        DescribeConfigsResourceResult {
            name: self.name,
            value: self.value.filter(|_| !self.sensitive),
            read_only: self.read_only,
            config_source: source as i8,
            is_sensitive: self.sensitive,
            synonyms: if synonyms { self.synonyms.into_iter().map(synonym).collect() } else { Vec::new() },
            config_type: self.config_type,
            documentation: self.documentation.filter(|_| documentation).map(str::to_owned),
        }
    }
}

fn type_code(config_type: ConfigType) -> i8 {
    config_type as i8
}

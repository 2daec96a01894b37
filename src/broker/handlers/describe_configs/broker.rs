//! The configurations of this broker, and the run-time values for all brokers.

use super::topic::broker_values;
use super::{Described, Synonym, type_code};
use crate::broker::BrokerState;
use crate::broker::config::dynamic::{config_type, is_dynamic};
use crate::broker::config::keys::{KEYS, Key, Kind};
use crate::broker::request::RequestContext;
use crate::metadata::BROKER_RESOURCE;
use crate::metadata::topic_configs::{BrokerValues, ConfigSource, Values, normalized};
use crate::protocol::{ErrorCode, Rejection};

/// Keys that stand for one setting in several units, finest first.
const FAMILIES: [&[&str]; 4] = [
    &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
    &["log.roll.ms", "log.roll.hours"],
    &["log.roll.jitter.ms", "log.roll.jitter.hours"],
    &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
];

/// The last one has relatives only as seen from its finest.
const ONE_WAY: &str = "log.flush.scheduler.interval.ms";

pub fn describe(broker: &BrokerState, context: &RequestContext, name: &str) -> Result<Vec<Described>, Rejection> {
    if name.is_empty() {
        return Ok(run_time_defaults(broker));
    }
    check_id(broker, name)?;
    let image = broker.image();
    let mut fixed = fixed_values(broker);
    let listener = &context.listener;
    let address = |host: &dyn std::fmt::Display, port| format!("{}://{host}:{port}", listener.name);
    let advertised = address(&listener.advertised_host, listener.advertised_port);
    let listening = address(&listener.address.ip(), listener.address.port());
    fixed.entry("advertised.listeners".to_owned()).or_insert(advertised);
    fixed.entry("listeners".to_owned()).or_insert(listening);
    let values = broker_values(&image, broker.node_id, &fixed);
    let mut described: Vec<Described> = KEYS.iter().filter(|key| !key.internal).map(|key| one(key, &values)).collect();
    let unknown = [values.dynamic, values.dynamic_default].into_iter().flatten().flat_map(|values| values.keys());
    let unknown: std::collections::BTreeSet<&String> = unknown.filter(|name| Key::named(name).is_none()).collect();
    described.extend(unknown.into_iter().map(|name| stranger(name, &values)));
    Ok(described)
}

pub fn check_id(broker: &BrokerState, name: &str) -> Result<(), Rejection> {
    let own = broker.node_id;
    let message = match name.parse::<i32>() {
        Ok(id) if id == own => return Ok(()),
        Ok(_) => format!("Unexpected broker id, expected {own} or empty string, but received {name}"),
        Err(_) => format!("Broker id must be an integer, but it is: {name}"),
    };
    Err(Rejection::new(ErrorCode::InvalidRequest, message))
}

/// What the properties set, and what this broker knows of itself without them.
pub fn fixed_values(broker: &BrokerState) -> Values {
    let explicit = |key: &Key| Some((key.name.to_owned(), broker.keys.explicit(key.name)?.to_owned()));
    let mut values: Values = KEYS.iter().filter_map(explicit).collect();
    let node_id = broker.node_id.to_string();
    let directories: Vec<String> =
        broker.partitions.directories().paths().map(|path| path.display().to_string()).collect();
    for (name, value) in [
        ("broker.id", node_id.clone()),
        ("node.id", node_id),
        ("log.dirs", directories.join(",")),
        ("process.roles", "broker,controller".to_owned()),
    ] {
        values.entry(name.to_owned()).or_insert(value);
    }
    values
}

/// The key itself and its relatives in other units.
fn family(name: &str) -> Vec<&str> {
    let family = FAMILIES.iter().find(|family| name != ONE_WAY && family.contains(&name));
    family.map_or_else(|| vec![name], |family| family.to_vec())
}

/// All values of a key, nearest first. What lies before the first of the key's own is left out, as by Kafka.
pub fn synonyms(name: &str, values: &BrokerValues<'_>) -> Vec<Synonym> {
    let family = family(name);
    let levels = [
        (values.dynamic, ConfigSource::DynamicBroker),
        (values.dynamic_default, ConfigSource::DynamicDefaultBroker),
        (Some(values.fixed), ConfigSource::StaticBroker),
    ];
    let set = levels.into_iter().flat_map(|(values, source)| {
        let found = family.iter().filter_map(move |name| Some((*name, values?.get(*name)?.clone())));
        found.map(move |(name, value)| Synonym { name: name.to_owned(), value: Some(value), source })
    });
    let defaults = family.iter().filter_map(|name| {
        let value = Some(Key::named(name)?.default?.to_owned());
        Some(Synonym { name: (*name).to_owned(), value, source: ConfigSource::Default })
    });
    set.chain(defaults).skip_while(|synonym| synonym.name != name).collect()
}

fn one(key: &Key, values: &BrokerValues<'_>) -> Described {
    let value = values.find(key.name).map(|(value, _)| value).or(key.default);
    let config_type = config_type(key.kind);
    Described {
        name: key.name.to_owned(),
        value: value.map(|value| normalized(config_type, value)),
        read_only: !is_dynamic(key.name),
        sensitive: key.kind == Kind::Password,
        config_type: type_code(config_type),
        synonyms: synonyms(key.name, values),
        documentation: None,
    }
}

/// A name that is no key: its value may be anything, so it is not shown.
fn stranger(name: &str, values: &BrokerValues<'_>) -> Described {
    Described {
        name: name.to_owned(),
        value: None,
        read_only: true,
        sensitive: true,
        config_type: 0,
        synonyms: synonyms(name, values),
        documentation: None,
    }
}

fn run_time_defaults(broker: &BrokerState) -> Vec<Described> {
    let image = broker.image();
    let nothing = Values::new();
    let Some(set) = image.resource_configs(BROKER_RESOURCE, "") else { return Vec::new() };
    let values = BrokerValues { dynamic: None, dynamic_default: Some(set), fixed: &nothing };
    let shown = set.keys().map(|name| {
        let mut described = match Key::named(name) {
            Some(key) => one(key, &values),
            None => stranger(name, &values),
        };
        described.synonyms.retain(|synonym| synonym.source == ConfigSource::DynamicDefaultBroker);
        described
    });
    shown.collect()
}

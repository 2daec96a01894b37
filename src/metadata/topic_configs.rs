//! The table of topic configurations: type, default, what is allowed, and the broker key whose value a topic inherits.
//!
//! Everything that reads or writes a topic's configuration asks this table: creation, alteration, description. The
//! faults of values are in Kafka's words, since tools print them. Source: `LogConfig`, `TopicConfig`,
//! `ServerTopicConfigSynonyms`, Kafka 4.2.1.

mod fault;
mod table;

use std::collections::BTreeMap;

pub use fault::{Rule, elements, set_fault, value_fault};
pub use table::TOPIC_CONFIGS;

/// The type of a value; the number is the one in DescribeConfigs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum ConfigType {
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}

/// What a value may be, beyond its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Valid {
    Any,
    AtLeast(i64),
    Between(i64, i64),
    Fraction,
    OneOf(&'static [&'static str]),
    /// A list of these.
    SomeOf(&'static [&'static str]),
    /// `*`, or partition:broker pairs.
    ThrottledReplicas,
    /// `earliest`, `latest` or `by_duration:` and an ISO 8601 duration.
    OffsetReset,
    /// `-1`, or a number between the two.
    MinusOneOrBetween(i64, i64),
}

/// One topic configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopicConfig {
    pub name: &'static str,
    pub config_type: ConfigType,
    pub default: &'static str,
    pub valid: Valid,
    /// The broker key that stands in where the topic has no value of its own.
    pub broker_key: Option<&'static str>,
    /// Older spellings of the broker key in coarser units, and how many of the topic's units one of theirs is.
    pub coarser_keys: &'static [(&'static str, i64)],
    pub doc: &'static str,
}

/// The configuration of this name.
pub fn topic_config(name: &str) -> Option<&'static TopicConfig> {
    TOPIC_CONFIGS.binary_search_by(|config| config.name.cmp(name)).ok().and_then(|at| TOPIC_CONFIGS.get(at))
}

/// The topic's own values, by name.
pub type Values = BTreeMap<String, String>;

/// Where an effective value comes from; the number is the one in DescribeConfigs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum ConfigSource {
    DynamicTopic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    DynamicBrokerLogger = 6,
    ClientMetrics = 7,
    Group = 8,
}

/// The values of broker keys by their source, nearest first.
#[derive(Debug, Clone, Copy)]
pub struct BrokerValues<'a> {
    /// Of this broker, set at run time.
    pub dynamic: Option<&'a Values>,
    /// Of all brokers, set at run time.
    pub dynamic_default: Option<&'a Values>,
    /// From the properties file.
    pub fixed: &'a Values,
}

impl BrokerValues<'_> {
    /// The nearest value of a broker key.
    pub fn find(&self, key: &str) -> Option<(&str, ConfigSource)> {
        let dynamic = self.dynamic.map(|values| (values, ConfigSource::DynamicBroker));
        let default = self.dynamic_default.map(|values| (values, ConfigSource::DynamicDefaultBroker));
        let sources = dynamic.into_iter().chain(default).chain([(self.fixed, ConfigSource::StaticBroker)]);
        sources.into_iter().find_map(|(values, source)| values.get(key).map(|value| (value.as_str(), source)))
    }
}

impl TopicConfig {
    /// The value in effect for a topic with these own values, and where it comes from.
    pub fn effective(&self, own: Option<&Values>, broker: &BrokerValues<'_>) -> (String, ConfigSource) {
        if let Some(value) = own.and_then(|own| own.get(self.name)) {
            return (value.clone(), ConfigSource::DynamicTopic);
        }
        if let Some((value, source)) = self.broker_key.and_then(|key| broker.find(key)) {
            return (value.to_owned(), source);
        }
        let coarser = self.coarser_keys.iter().find_map(|(key, units)| {
            let (value, source) = broker.find(key)?;
            let value: i64 = value.parse().ok()?;
            // −1 is "never" in every unit.
            let value = if value < 0 { value } else { value.saturating_mul(*units) };
            Some((value.to_string(), source))
        });
        coarser.unwrap_or_else(|| (self.default.to_owned(), ConfigSource::Default))
    }
}

/// A value as Kafka shows it: what it understood, not what was written.
pub fn normalized(config_type: ConfigType, value: &str) -> String {
    let trimmed = value.trim();
    match config_type {
        ConfigType::Boolean => trimmed.to_ascii_lowercase(),
        ConfigType::Short | ConfigType::Int | ConfigType::Long => {
            trimmed.parse::<i64>().map_or_else(|_| value.to_owned(), |number| number.to_string())
        }
        ConfigType::Double => trimmed.parse().map_or_else(|_| value.to_owned(), java_double),
        ConfigType::List => elements(trimmed).join(","),
        ConfigType::String | ConfigType::Class | ConfigType::Password => trimmed.to_owned(),
    }
}

/// `Double.toString`: an exponent from ten million on and below a thousandth, and always a fraction.
fn java_double(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests;

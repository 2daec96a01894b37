//! The table of group configurations: type, default, and the broker keys that default and bound them.
//!
//! Source: `GroupConfig`, `GroupConfigManager`, Kafka 4.2.1; the faults are in its words.

use crate::metadata::topic_configs::{ConfigType, Rule, Valid, Values};

/// One group configuration.
#[derive(Debug, Clone, Copy)]
pub struct GroupConfig {
    pub rule: Rule,
    pub default: &'static str,
    /// The broker key that replaces the default.
    pub default_key: Option<&'static str>,
    /// The broker key that bounds the value from below, and its default.
    pub least: Option<(&'static str, i64)>,
    pub most: Option<(&'static str, i64)>,
    pub doc: &'static str,
}

const fn number(
    name: &'static str,
    default: &'static str,
    valid: Valid,
    default_key: &'static str,
    doc: &'static str,
) -> GroupConfig {
    let rule = Rule { name, config_type: ConfigType::Int, valid };
    GroupConfig { rule, default, default_key: Some(default_key), least: None, most: None, doc }
}

const fn text(name: &'static str, default: &'static str, valid: Valid, doc: &'static str) -> GroupConfig {
    let rule = Rule { name, config_type: ConfigType::String, valid };
    GroupConfig { rule, default, default_key: None, least: None, most: None, doc }
}

impl GroupConfig {
    const fn least(self, key: &'static str, default: i64) -> GroupConfig {
        GroupConfig { least: Some((key, default)), ..self }
    }

    const fn most(self, key: &'static str, default: i64) -> GroupConfig {
        GroupConfig { most: Some((key, default)), ..self }
    }

    pub fn name(&self) -> &'static str {
        self.rule.name
    }

    /// The value of a group that has none of its own.
    pub fn default_in<'a>(&self, broker: &'a Values) -> &'a str
    where
        'static: 'a,
    {
        self.default_key.and_then(|key| broker.get(key)).map_or(self.default, String::as_str)
    }
}

const HEARTBEAT: &str = "How often a member says that it is alive.";
const SESSION: &str = "After how long without a heartbeat a member is taken to be gone.";

/// All group configurations of Kafka 4.2, by name.
pub const GROUP_CONFIGS: &[GroupConfig] = &[
    number(
        "consumer.heartbeat.interval.ms",
        "5000",
        Valid::AtLeast(1),
        "group.consumer.heartbeat.interval.ms",
        HEARTBEAT,
    )
    .least("group.consumer.min.heartbeat.interval.ms", 5000)
    .most("group.consumer.max.heartbeat.interval.ms", 15_000),
    number("consumer.session.timeout.ms", "45000", Valid::AtLeast(1), "group.consumer.session.timeout.ms", SESSION)
        .least("group.consumer.min.session.timeout.ms", 45_000)
        .most("group.consumer.max.session.timeout.ms", 60_000),
    text(
        "share.auto.offset.reset",
        "latest",
        Valid::OffsetReset,
        "Where a share group begins in a partition that it never read.",
    ),
    number("share.heartbeat.interval.ms", "5000", Valid::AtLeast(1), "group.share.heartbeat.interval.ms", HEARTBEAT)
        .least("group.share.min.heartbeat.interval.ms", 5000)
        .most("group.share.max.heartbeat.interval.ms", 15_000),
    text(
        "share.isolation.level",
        "read_uncommitted",
        Valid::OneOf(&["read_committed", "read_uncommitted"]),
        "Whether a share group sees records of transactions that are open or aborted.",
    ),
    number(
        "share.record.lock.duration.ms",
        "30000",
        Valid::AtLeast(1000),
        "group.share.record.lock.duration.ms",
        "How long a record stays with the member that acquired it.",
    )
    .least("group.share.min.record.lock.duration.ms", 15_000)
    .most("group.share.max.record.lock.duration.ms", 60_000),
    number("share.session.timeout.ms", "45000", Valid::AtLeast(1), "group.share.session.timeout.ms", SESSION)
        .least("group.share.min.session.timeout.ms", 45_000)
        .most("group.share.max.session.timeout.ms", 60_000),
    number(
        "streams.heartbeat.interval.ms",
        "5000",
        Valid::AtLeast(1),
        "group.streams.heartbeat.interval.ms",
        HEARTBEAT,
    )
    .least("group.streams.min.heartbeat.interval.ms", 5000)
    .most("group.streams.max.heartbeat.interval.ms", 15_000),
    number(
        "streams.initial.rebalance.delay.ms",
        "3000",
        Valid::AtLeast(0),
        "group.streams.initial.rebalance.delay.ms",
        "How long a new streams group waits for more members.",
    ),
    number(
        "streams.num.standby.replicas",
        "0",
        Valid::AtLeast(0),
        "group.streams.num.standby.replicas",
        "How many standby copies each task has.",
    )
    .most("group.streams.max.standby.replicas", 2),
    number("streams.session.timeout.ms", "45000", Valid::AtLeast(1), "group.streams.session.timeout.ms", SESSION)
        .least("group.streams.min.session.timeout.ms", 45_000)
        .most("group.streams.max.session.timeout.ms", 60_000),
];

/// The configuration of this name.
pub fn group_config(name: &str) -> Option<&'static GroupConfig> {
    GROUP_CONFIGS.iter().find(|config| config.name() == name)
}

/// Why a group's own values cannot be. `broker` holds the values of the broker keys that are set.
pub fn group_set_fault(values: &Values, broker: &Values) -> Option<String> {
    if let Some(unknown) = values.keys().find(|name| group_config(name).is_none()) {
        return Some(format!("Unknown group config name: {unknown}"));
    }
    let mut own = values.iter().filter_map(|(name, value)| Some((group_config(name)?, value.as_str())));
    own.clone()
        .find_map(|(config, value)| config.rule.fault(value))
        .or_else(|| own.find_map(|(config, value)| bound_fault(config, value, broker)))
}

fn bound_fault(config: &GroupConfig, value: &str, broker: &Values) -> Option<String> {
    let value: i64 = value.trim().parse().ok()?;
    let bound = |(key, default): (&str, i64)| broker.get(key).and_then(|text| text.parse().ok()).unwrap_or(default);
    let name = config.name();
    if let Some((key, default)) = config.least
        && value < bound((key, default))
    {
        return Some(format!("{name} must be greater than or equal to {key}"));
    }
    if let Some((key, default)) = config.most
        && value > bound((key, default))
    {
        return Some(format!("{name} must be less than or equal to {key}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(name: &str, value: &str) -> Option<String> {
        group_set_fault(&Values::from([(name.to_owned(), value.to_owned())]), &Values::new())
    }

    /// Each line recorded from Kafka 4.2.1.
    #[test]
    fn faults_are_in_kafkas_words() {
        let recorded = [
            (
                "consumer.session.timeout.ms",
                "5",
                "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms",
            ),
            (
                "consumer.heartbeat.interval.ms",
                "70000",
                "consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms",
            ),
            ("bogus", "7", "Unknown group config name: bogus"),
            (
                "share.auto.offset.reset",
                "foo",
                "Invalid value foo for configuration share.auto.offset.reset: Invalid value `foo` for configuration \
                 share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format \
                 'by_duration:<PnDTnHnMn.nS>'.",
            ),
            (
                "share.isolation.level",
                "foo",
                "Invalid value foo for configuration share.isolation.level: String must be one of: read_committed, \
                 read_uncommitted",
            ),
            (
                "streams.num.standby.replicas",
                "9",
                "streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas",
            ),
            (
                "share.record.lock.duration.ms",
                "1",
                "Invalid value 1 for configuration share.record.lock.duration.ms: Value must be at least 1000",
            ),
        ];
        for (name, value, words) in recorded {
            assert_eq!(fault(name, value).as_deref(), Some(words));
        }
    }

    #[test]
    fn defaults_are_valid_and_bounds_follow_the_broker() {
        assert!(GROUP_CONFIGS.windows(2).all(|pair| pair[0].name() < pair[1].name()));
        for config in GROUP_CONFIGS {
            assert_eq!(fault(config.name(), config.default), None);
        }
        assert_eq!(fault("share.auto.offset.reset", "by_duration:PT1H30M"), None);
        assert!(fault("share.auto.offset.reset", "by_duration:-PT1H").is_some());
        let broker = Values::from([("group.consumer.min.session.timeout.ms".to_owned(), "5".to_owned())]);
        let own = Values::from([("consumer.session.timeout.ms".to_owned(), "6".to_owned())]);
        assert_eq!(group_set_fault(&own, &broker), None);
    }
}

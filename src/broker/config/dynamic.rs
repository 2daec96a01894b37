//! Which broker keys can be set at run time, through IncrementalAlterConfigs and AlterConfigs.
//!
//! Keys that topics inherit take effect at once. Keys that tune Kafka's threads and caches are accepted, kept and shown,
//! and tune nothing here. What changes listeners, TLS or SASL is refused: it would have no effect until such changes are
//! served. A name that is no key of Kafka's is accepted, as Kafka accepts it, since plugins may have keys of their own.
//! Source: `DynamicBrokerConfig`, Kafka 4.2.1, in whose words faults are given.

use super::keys::{Key, Kind, Valid};
use crate::metadata::topic_configs::{ConfigType, Rule, Valid as Rules};

pub fn is_dynamic(name: &str) -> bool {
    Key::named(name).is_some_and(|key| key.dynamic)
}

/// Why the names among these cannot be set at run time.
pub fn name_fault<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let is_fixed =
        |name: &&str| name.starts_with("listener.name.") || (Key::named(name).is_some() && !is_dynamic(name));
    let fixed: Vec<&str> = names.into_iter().filter(is_fixed).collect();
    (!fixed.is_empty()).then(|| format!("Cannot update these configs dynamically: Set({})", fixed.join(", ")))
}

/// Why `value` is no value of this key.
pub fn value_fault(name: &str, value: &str) -> Option<String> {
    let key = Key::named(name)?;
    let valid = match key.valid {
        Valid::Any => Rules::Any,
        Valid::AtLeast(least) => Rules::AtLeast(least),
        Valid::Between(least, most) => Rules::Between(least, most),
        Valid::OneOf(names) if key.kind == Kind::List => Rules::SomeOf(names),
        Valid::OneOf(names) => Rules::OneOf(names),
    };
    Rule { name: key.name, config_type: config_type(key.kind), valid }.fault(value)
}

/// Pools whose size may be changed by half or double at a time.
const POOLS: &[&str] =
    &["background.threads", "num.io.threads", "num.recovery.threads.per.data.dir", "num.replica.fetchers"];
const CLEANER_THREADS: &str = "log.cleaner.threads";

const CLEANER_BUFFER: &str = "log.cleaner.dedupe.buffer.size";
/// Kafka does not look at the number of threads unless one of these changes.
const CLEANER: &[&str] = &[
    CLEANER_THREADS,
    CLEANER_BUFFER,
    "log.cleaner.backoff.ms",
    "log.cleaner.io.buffer.load.factor",
    "log.cleaner.io.buffer.size",
    "log.cleaner.io.max.bytes.per.second",
    "message.max.bytes",
];

/// Why the broker cannot go on with the numbers `after`, where those `before` are in effect.
pub fn reconfiguration_fault(before: impl Fn(&str) -> i64, after: impl Fn(&str) -> i64) -> Option<String> {
    const MEBIBYTE: i64 = 1 << 20;
    match after(CLEANER_BUFFER).checked_div(after(CLEANER_THREADS)) {
        None => return Some("/ by zero".to_owned()),
        Some(share) if share <= MEBIBYTE => {
            let fault = "must be at least 1MB per cleaner thread.";
            return Some(format!("requirement failed: {CLEANER_BUFFER} {fault}"));
        }
        Some(_) => {}
    }
    let pools = POOLS.iter().find_map(|name| pool_fault(name, before(name), after(name)));
    let cleaner_changes = CLEANER.iter().any(|name| before(name) != after(name));
    let cleaner = || cleaner_threads_fault(before(CLEANER_THREADS), after(CLEANER_THREADS));
    let fault = pools.or_else(|| if cleaner_changes { cleaner() } else { None })?;
    // So it reads in Kafka, where an exception stands in the place of a value.
    let exception = "org.apache.kafka.common.config.ConfigException";
    Some(format!("Invalid value {exception}: {fault} for configuration Invalid dynamic configuration"))
}

fn pool_fault(name: &str, current: i64, wanted: i64) -> Option<String> {
    let range = if wanted == current {
        return None;
    } else if wanted < 1 {
        "value should be at least 1".to_owned()
    } else if wanted < current / 2 {
        format!("value should be at least half the current value {current}")
    } else if wanted > current * 2 {
        format!("value should not be greater than double the current value {current}")
    } else {
        return None;
    };
    Some(format!("Dynamic thread count update validation failed for {name}={wanted}, {range}"))
}

fn cleaner_threads_fault(current: i64, wanted: i64) -> Option<String> {
    if wanted < 1 {
        Some("Log cleaner threads should be at least 1".to_owned())
    } else if wanted < current / 2 {
        Some(format!("Log cleaner threads cannot be reduced to less than half the current value {current}"))
    } else if wanted > current * 2 {
        Some(format!("Log cleaner threads cannot be increased to more than double the current value {current}"))
    } else {
        None
    }
}

/// The type as DescribeConfigs names it.
pub fn config_type(kind: Kind) -> ConfigType {
    match kind {
        Kind::Boolean => ConfigType::Boolean,
        Kind::Short => ConfigType::Short,
        Kind::Int => ConfigType::Int,
        Kind::Long => ConfigType::Long,
        Kind::Double => ConfigType::Double,
        Kind::Text => ConfigType::String,
        Kind::List => ConfigType::List,
        Kind::Class => ConfigType::Class,
        Kind::Password => ConfigType::Password,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_grow_and_shrink_by_two() {
        let number = |changed: (&str, i64), name: &str| match name {
            name if name == changed.0 => changed.1,
            "log.cleaner.threads" => 4,
            "log.cleaner.dedupe.buffer.size" => 128 << 20,
            _ => 8,
        };
        let fault =
            |name: &str, value| reconfiguration_fault(|key| number(("", 0), key), |key| number((name, value), key));
        let in_words = |fault: Option<String>| {
            let fault = fault.unwrap();
            let words = fault.strip_prefix("Invalid value org.apache.kafka.common.config.ConfigException: ");
            words
                .and_then(|words| words.strip_suffix(" for configuration Invalid dynamic configuration"))
                .unwrap()
                .to_owned()
        };
        assert_eq!((fault("log.cleaner.threads", 2), fault("log.cleaner.threads", 8)), (None, None));
        assert_eq!(fault("log.cleaner.threads", 0).unwrap(), "/ by zero");
        assert!(in_words(fault("log.cleaner.threads", 1)).ends_with("less than half the current value 4"));
        assert!(in_words(fault("log.cleaner.threads", 9)).ends_with("more than double the current value 4"));
        assert!(
            fault("log.cleaner.dedupe.buffer.size", 4 << 20).unwrap().ends_with("at least 1MB per cleaner thread.")
        );
        assert_eq!(fault("log.cleaner.dedupe.buffer.size", (4 << 20) + 4), None);
        assert!(in_words(fault("num.io.threads", 17)).ends_with("greater than double the current value 8"));
        assert!(in_words(fault("num.io.threads", 3)).ends_with("at least half the current value 8"));
        assert!(in_words(fault("num.io.threads", 0)).ends_with("at least 1"));
        assert_eq!(fault("num.network.threads", 99), None);
    }

    /// Recorded from Kafka 4.2.1.
    #[test]
    fn faults_are_in_kafkas_words() {
        assert_eq!(
            name_fault(["log.retention.ms", "num.partitions", "bogus"]).as_deref(),
            Some("Cannot update these configs dynamically: Set(num.partitions)")
        );
        assert_eq!(name_fault(["log.retention.ms", "bogus"]), None);
        assert_eq!(
            value_fault("log.retention.ms", "abc").as_deref(),
            Some("Invalid value abc for configuration log.retention.ms: Not a number of type LONG")
        );
        assert_eq!(
            value_fault("message.max.bytes", "-1").as_deref(),
            Some("Invalid value -1 for configuration message.max.bytes: Value must be at least 0")
        );
    }
}

//! Why a value is refused, in the words of `ConfigDef` and `LogConfig`.

use super::{ConfigType, TopicConfig, Valid, Values, topic_config};

/// What is checked of a value.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub name: &'static str,
    pub config_type: ConfigType,
    pub valid: Valid,
}

impl Rule {
    /// Why `value` is refused, `None` if it is not.
    pub fn fault(&self, value: &str) -> Option<String> {
        rule_fault(self, value)
    }
}

/// Why `value` is no value of this configuration, `None` if it is one.
pub fn value_fault(config: &TopicConfig, value: &str) -> Option<String> {
    Rule { name: config.name, config_type: config.config_type, valid: config.valid }.fault(value)
}

fn rule_fault(config: &Rule, value: &str) -> Option<String> {
    let invalid = |why: String| Some(format!("Invalid value {value} for configuration {}: {why}", config.name));
    let trimmed = value.trim();
    let number = match config.config_type {
        ConfigType::Boolean => {
            let known = trimmed.eq_ignore_ascii_case("true") || trimmed.eq_ignore_ascii_case("false");
            return if known { None } else { invalid("Expected value to be either true or false".to_owned()) };
        }
        ConfigType::Short => java_number(trimmed).filter(|n| i16::try_from(*n).is_ok()).ok_or("SHORT"),
        ConfigType::Int => java_number(trimmed).filter(|n| i32::try_from(*n).is_ok()).ok_or("INT"),
        ConfigType::Long => java_number(trimmed).ok_or("LONG"),
        ConfigType::Double => return fraction_fault(config, trimmed),
        ConfigType::List => return list_fault(config, trimmed),
        ConfigType::String | ConfigType::Class | ConfigType::Password => return choice_fault(config, trimmed),
    };
    let number = match number {
        Ok(number) => number,
        Err(kind) => return invalid(format!("Not a number of type {kind}")),
    };
    range_fault(config.valid, number).map(|why| {
        // Kafka shows the number it understood, not the text.
        format!("Invalid value {number} for configuration {}: {why}", config.name)
    })
}

/// What `Long.parseLong` takes: a sign and decimal digits.
fn java_number(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn range_fault(valid: Valid, number: i64) -> Option<String> {
    match valid {
        Valid::AtLeast(least) | Valid::Between(least, _) if number < least => {
            Some(format!("Value must be at least {least}"))
        }
        Valid::Between(_, most) if number > most => Some(format!("Value must be no more than {most}")),
        Valid::MinusOneOrBetween(least, most) if number != -1 && !(least..=most).contains(&number) => {
            Some(format!("Value must be between {least} and {most} or equal to -1"))
        }
        _ => None,
    }
}

/// Kafka shows the number it understood, not the text.
fn fraction_fault(config: &Rule, text: &str) -> Option<String> {
    let invalid = |value: &str, why| Some(format!("Invalid value {value} for configuration {}: {why}", config.name));
    let is_fraction = matches!(config.valid, Valid::Fraction | Valid::Between(0, 1));
    match text.parse::<f64>() {
        Ok(number) if !is_fraction && !number.is_nan() => None,
        Ok(number) if number < 0.0 => invalid(&format!("{number:?}"), "Value must be at least 0"),
        Ok(number) if number > 1.0 => invalid(&format!("{number:?}"), "Value must be no more than 1"),
        Ok(number) if !number.is_nan() => None,
        _ => invalid(text, "Not a number of type DOUBLE"),
    }
}

fn choice_fault(config: &Rule, value: &str) -> Option<String> {
    match config.valid {
        Valid::OneOf(names) if !names.contains(&value) => Some(not_one_of(config, value, names)),
        Valid::OffsetReset if !is_offset_reset(value) => Some(format!(
            "Invalid value {value} for configuration {0}: Invalid value `{value}` for configuration {0}. The value must be \
             either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.",
            config.name
        )),
        _ => None,
    }
}

fn is_offset_reset(value: &str) -> bool {
    let duration = value.strip_prefix("by_duration:").and_then(|text| text.parse::<jiff::Span>().ok());
    matches!(value, "earliest" | "latest") || duration.is_some_and(|span| !span.is_negative())
}

fn not_one_of(config: &Rule, value: &str, names: &[&str]) -> String {
    format!("Invalid value {value} for configuration {}: String must be one of: {}", config.name, names.join(", "))
}

/// The elements of a list value.
pub fn elements(value: &str) -> Vec<&str> {
    if value.trim().is_empty() { Vec::new() } else { value.split(',').map(str::trim).collect() }
}

fn list_fault(config: &Rule, value: &str) -> Option<String> {
    let elements = elements(value);
    match config.valid {
        Valid::SomeOf(_) if elements.contains(&"") => {
            Some(format!("Configuration '{}' values must not be empty.", config.name))
        }
        Valid::SomeOf(names) => {
            let unknown = elements.iter().find(|element| !names.contains(element))?;
            Some(not_one_of(config, unknown, names))
        }
        Valid::ThrottledReplicas if !is_throttled_replicas(&elements) => Some(format!(
            "Invalid value [{}] for configuration {}: {} must be the literal '*' or a list of replicas in the \
             following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
            elements.join(", "),
            config.name,
            config.name
        )),
        _ => None,
    }
}

fn is_throttled_replicas(elements: &[&str]) -> bool {
    let pair = |element: &&str| {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        element.split_once(':').is_some_and(|(partition, broker)| digits(partition) && digits(broker))
    };
    elements == ["*"] || elements.iter().all(pair)
}

/// Why a topic's own values cannot be, taken together.
pub fn set_fault(values: &Values) -> Option<String> {
    if let Some(unknown) = values.keys().find(|name| topic_config(name).is_none()) {
        return Some(format!("Unknown topic config name: {unknown}"));
    }
    let fault = values.iter().find_map(|(name, value)| value_fault(topic_config(name)?, value));
    if fault.is_some() {
        return fault;
    }
    contradiction(values)
}

/// Values that are fine alone and not together.
fn contradiction(values: &Values) -> Option<String> {
    let number = |name: &str| -> Option<i64> {
        let text = values.get(name).map(String::as_str).or_else(|| topic_config(name).map(|config| config.default));
        text?.trim().parse().ok()
    };
    let (least, most) = (number("min.compaction.lag.ms")?, number("max.compaction.lag.ms")?);
    if least > most {
        return Some(format!(
            "conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})"
        ));
    }
    if values.get("remote.storage.enable").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        return Some(
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote \
                     log storage."
                .to_owned(),
        );
    }
    None
}

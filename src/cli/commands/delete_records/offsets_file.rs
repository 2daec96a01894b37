//! The file of `--offset-json-file`: `{"partitions":[{"topic":"t","partition":0,"offset":5}],"version":1}`.
//!
//! Apache's tool reads the first JSON value of it and ignores what follows. Faults are told in its words too, which name
//! the type and show the value (recorded from 4.2.1).

use std::collections::HashMap;

use serde_json::Value;

use crate::cli::dialect::hash_order::{Made, by_hash, of_partition};
use crate::cli::failure::Failure;
use crate::vocabulary::TopicPartition;

const OPERATION: &str = "org.apache.kafka.tools.AdminOperationException";
const FAILED: &str = "org.apache.kafka.tools.AdminCommandFailedException";
const MAPPING: &str = "com.fasterxml.jackson.databind.JsonMappingException";
/// The only version of the format that there is.
const VERSION: i32 = 1;

pub fn parse(text: &str) -> Result<Vec<(TopicPartition, i64)>, Failure> {
    let first = serde_json::Deserializer::from_str(text).into_iter::<Value>().next();
    let whole = first.and_then(Result::ok).ok_or_else(|| {
        Failure::usage("it is not JSON")
            .hint("write {\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":42}]}")
            .thrown(OPERATION, "The input string is not a valid JSON")
    })?;
    let version = match object(&whole)?.get("version") {
        Some(version) => integer(version)?,
        None => VERSION,
    };
    if version != VERSION {
        return Err(Failure::usage(format!("version {version} of the format is not known, {VERSION} is"))
            .thrown(OPERATION, format!("Not supported version field value {version}")));
    }
    let partitions = object(&whole)?.get("partitions").ok_or_else(|| {
        Failure::usage("it has no field \"partitions\"").thrown(OPERATION, "Missing partitions field")
    })?;
    let partitions = partitions.as_array().ok_or_else(|| {
        let message = format!("Expected JSON array, received {partitions}");
        Failure::usage(format!("\"partitions\" is no list: {partitions}")).thrown(MAPPING, message)
    })?;
    let offsets: Vec<(TopicPartition, i64)> = partitions.iter().map(entry).collect::<Result<_, _>>()?;
    twice(&offsets).map_or(Ok(offsets), Err)
}

fn entry(value: &Value) -> Result<(TopicPartition, i64), Failure> {
    let field = |name: &str| {
        object(value)?.get(name).ok_or_else(|| {
            Failure::usage(format!("a partition has no field \"{name}\": {value}"))
                .thrown(MAPPING, format!("No such field exists: `{name}`"))
        })
    };
    let topic = field("topic")?;
    let topic = topic.as_str().ok_or_else(|| unexpected("String", topic))?;
    let partition = integer(field("partition")?)?;
    let offset = field("offset")?;
    let offset = offset.as_i64().ok_or_else(|| unexpected("Long", offset))?;
    Ok((TopicPartition::new(topic, partition), offset))
}

fn object(value: &Value) -> Result<&serde_json::Map<String, Value>, Failure> {
    value.as_object().ok_or_else(|| {
        Failure::usage(format!("an object is expected instead of {value}"))
            .thrown(MAPPING, format!("Expected JSON object, received {value}"))
    })
}

fn integer(value: &Value) -> Result<i32, Failure> {
    value.as_i64().and_then(|number| i32::try_from(number).ok()).ok_or_else(|| unexpected("Integer", value))
}

fn unexpected(class: &str, value: &Value) -> Failure {
    let kind = if class == "String" { "a text" } else { "a whole number" };
    Failure::usage(format!("{kind} is expected instead of {value}"))
        .thrown(MAPPING, format!("Expected `{class}` value, received {value}"))
}

/// The failure if partitions are named more than once.
fn twice(offsets: &[(TopicPartition, i64)]) -> Option<Failure> {
    let mut counts: HashMap<&TopicPartition, usize> = HashMap::new();
    offsets.iter().for_each(|(partition, _)| *counts.entry(partition).or_default() += 1);
    let mut repeated: Vec<&TopicPartition> = Vec::new();
    for (partition, _) in offsets {
        if counts.get(partition).is_some_and(|count| *count > 1) && !repeated.contains(&partition) {
            repeated.push(partition);
        }
    }
    if repeated.is_empty() {
        return None;
    }
    let names = by_hash(repeated, |partition| of_partition(partition), Made::Empty);
    let names: Vec<String> = names.into_iter().map(ToString::to_string).collect();
    let message = format!("Offset json file contains duplicate topic partitions: {}", names.join(","));
    Some(Failure::usage(format!("it names partitions more than once: {}", names.join(", "))).thrown(FAILED, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::ApacheForm;

    fn thrown(text: &str) -> String {
        match parse(text).unwrap_err().apache {
            Some(ApacheForm::Exception { message, .. }) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_value_is_read_and_the_version_may_be_missing() {
        let offsets = parse("{\"partitions\":[{\"topic\":\"t\",\"partition\":3,\"offset\":-1}]} and more").unwrap();
        assert_eq!(offsets, [(TopicPartition::new("t", 3), -1)]);
        assert_eq!(parse("{\"partitions\":[],\"version\":1}").unwrap(), []);
    }

    #[test]
    fn faults_show_the_value() {
        assert_eq!(thrown("[1, 2]"), "Expected JSON object, received [1,2]");
        assert_eq!(thrown("{\"partitions\":[],\"version\":2}"), "Not supported version field value 2");
        assert_eq!(thrown("{\"partitions\":[{\"topic\":5}]}"), "Expected `String` value, received 5");
        let of_offset =
            |offset: &str| format!("{{\"partitions\":[{{\"topic\":\"t\",\"partition\":0,\"offset\":{offset}}}]}}");
        assert_eq!(thrown(&of_offset("1.5")), "Expected `Long` value, received 1.5");
        assert_eq!(thrown("hello"), "The input string is not a valid JSON");
    }
}

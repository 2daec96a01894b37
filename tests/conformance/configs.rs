//! DescribeConfigs, IncrementalAlterConfigs, AlterConfigs.

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::describe_configs::{
    DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kavka::protocol::messages::{
    AlterConfigsRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest, alter_configs,
    incremental_alter_configs as incremental,
};

use crate::cluster::Client;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const GROUP: i8 = 32;

fn describe(
    client: &mut Client,
    resource_type: i8,
    name: &str,
    keys: Option<&[&str]>,
    version: i16,
) -> DescribeConfigsResult {
    let resource = DescribeConfigsResource {
        resource_type,
        resource_name: name.to_owned(),
        configuration_keys: keys.map(|keys| keys.iter().map(|key| key.to_string()).collect()),
    };
    let request = DescribeConfigsRequest {
        resources: vec![resource],
        include_synonyms: true,
        include_documentation: version >= 3,
    };
    client.call(&request, version).results.remove(0)
}

fn find<'a>(result: &'a DescribeConfigsResult, name: &str) -> &'a DescribeConfigsResourceResult {
    result.configs.iter().find(|config| config.name == name).unwrap()
}

/// Value, source, and each synonym as `name=value from source`.
fn seen(config: &DescribeConfigsResourceResult) -> (Option<&str>, i8, Vec<String>) {
    let synonym = |s: &kavka::protocol::messages::describe_configs::DescribeConfigsSynonym| {
        format!("{}={} from {}", s.name, s.value.clone().unwrap_or_default(), s.source)
    };
    (config.value.as_deref(), config.config_source, config.synonyms.iter().map(synonym).collect())
}

fn alter(
    client: &mut Client,
    topic: &str,
    changes: &[(&str, i8, Option<&str>)],
    version: i16,
) -> (ErrorCode, Option<String>) {
    let change = |(name, config_operation, value): &(&str, i8, Option<&str>)| incremental::AlterableConfig {
        name: name.to_string(),
        config_operation: *config_operation,
        value: value.map(str::to_owned),
    };
    let resource = incremental::AlterConfigsResource {
        resource_type: TOPIC,
        resource_name: topic.to_owned(),
        configs: changes.iter().map(change).collect(),
    };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let response = client.call(&request, version).responses.remove(0);
    (ErrorCode::from_code(response.error_code), response.error_message)
}

#[test]
fn every_version_shows_all_configurations_of_a_topic() {
    let mut client = Client::connect();
    let topic = client.topic("configured");
    for version in 1..=4 {
        let result = describe(&mut client, TOPIC, &topic.name, None, version);
        assert_eq!((result.error_code, result.configs.len()), (0, 33), "v{version}");
        let (value, source, synonyms) = seen(find(&result, "max.message.bytes"));
        assert_eq!((value, source), (Some("1048588"), 5));
        assert_eq!(synonyms, ["message.max.bytes=1048588 from 5"]);
        let own = find(&result, "preallocate");
        assert!(!own.is_sensitive && !own.read_only);
        if version >= 3 {
            assert_eq!(own.config_type, 1);
            assert!(own.documentation.as_ref().is_some_and(|text| !text.is_empty()));
        }
    }
}

#[test]
fn only_the_names_asked_for_are_shown_and_unknown_ones_are_passed_over() {
    let mut client = Client::connect();
    let topic = client.topic("some");
    let some = describe(&mut client, TOPIC, &topic.name, Some(&["retention.ms", "colour"]), 4);
    assert_eq!(some.configs.len(), 1);
    assert_eq!(describe(&mut client, TOPIC, &topic.name, Some(&[]), 4).configs.len(), 33);
    let absent = describe(&mut client, TOPIC, "never-made", None, 4);
    assert_eq!(ErrorCode::from_code(absent.error_code), ErrorCode::UnknownTopicOrPartition);
    let bad = describe(&mut client, TOPIC, "a/b", None, 4);
    assert_eq!(ErrorCode::from_code(bad.error_code), ErrorCode::InvalidTopicException);
}

#[test]
fn a_change_is_seen_at_once_and_can_be_taken_back() {
    let mut client = Client::connect();
    let topic = client.topic("changed");
    let changes = [("retention.ms", 0, Some("5000")), ("cleanup.policy", 2, Some("compact"))];
    for version in 0..=1 {
        assert_eq!(alter(&mut client, &topic.name, &changes, version), (ErrorCode::None, None));
    }
    let result = describe(&mut client, TOPIC, &topic.name, None, 4);
    let (value, source, synonyms) = seen(find(&result, "cleanup.policy"));
    assert_eq!((value, source), (Some("delete,compact"), 1));
    assert_eq!(synonyms, ["cleanup.policy=delete,compact from 1", "log.cleanup.policy=delete from 5"]);
    let (value, source, synonyms) = seen(find(&result, "retention.ms"));
    assert_eq!((value, source, synonyms), (Some("5000"), 1, vec!["retention.ms=5000 from 1".to_owned()]));
    let back = [("retention.ms", 1, None), ("cleanup.policy", 3, Some("compact"))];
    assert_eq!(alter(&mut client, &topic.name, &back, 1), (ErrorCode::None, None));
    let result = describe(&mut client, TOPIC, &topic.name, None, 4);
    assert_eq!(seen(find(&result, "retention.ms")).0, Some("604800000"));
    assert_eq!(seen(find(&result, "cleanup.policy")).0, Some("delete"));
}

#[test]
fn a_change_that_cannot_be_is_refused_as_a_whole() {
    let mut client = Client::connect();
    let topic = client.topic("unchanged");
    let half = [("flush.ms", 0, Some("7")), ("retention.ms", 2, Some("5"))];
    let (code, words) = alter(&mut client, &topic.name, &half, 1);
    assert_eq!(code, ErrorCode::InvalidConfig);
    assert_eq!(words.as_deref(), Some("Can't APPEND to key retention.ms because its type is not LIST."));
    let result = describe(&mut client, TOPIC, &topic.name, Some(&["flush.ms"]), 4);
    assert_eq!(seen(find(&result, "flush.ms")).1, 5);
    let (code, words) = alter(&mut client, "never-made", &[("flush.ms", 0, Some("7"))], 1);
    assert_eq!(code, ErrorCode::UnknownTopicOrPartition);
    assert_eq!(words.as_deref(), Some("The topic 'never-made' does not exist."));
}

#[test]
fn the_old_form_replaces_everything() {
    let mut client = Client::connect();
    let topic = client.topic("replaced");
    alter(&mut client, &topic.name, &[("retention.ms", 0, Some("5000"))], 1);
    for version in 0..=2 {
        let config = alter_configs::AlterableConfig { name: "flush.ms".to_owned(), value: Some("9".to_owned()) };
        let resource = alter_configs::AlterConfigsResource {
            resource_type: TOPIC,
            resource_name: topic.name.clone(),
            configs: vec![config],
        };
        let request = AlterConfigsRequest { resources: vec![resource], validate_only: false };
        assert_eq!(client.call(&request, version).responses[0].error_code, 0);
    }
    let result = describe(&mut client, TOPIC, &topic.name, None, 4);
    assert_eq!(seen(find(&result, "flush.ms")).0, Some("9"));
    assert_eq!(seen(find(&result, "retention.ms")).1, 5);
}

#[test]
fn a_broker_describes_itself_and_no_other() {
    let mut client = Client::connect();
    let topic = client.topic("beside");
    let own = client.describe(&topic.name).partitions[0].leader_id.to_string();
    let result = describe(&mut client, BROKER, &own, None, 4);
    assert!(result.configs.len() > 250, "{}", result.configs.len());
    assert_eq!(seen(find(&result, "node.id")).0, Some(own.as_str()));
    assert!(find(&result, "num.partitions").read_only);
    assert!(!find(&result, "log.retention.ms").read_only);
    let password = find(&result, "ssl.keystore.password");
    assert!(password.is_sensitive && password.value.is_none());
    let other = describe(&mut client, BROKER, "77", None, 4);
    assert_eq!(ErrorCode::from_code(other.error_code), ErrorCode::InvalidRequest);
}

#[test]
fn a_group_has_configurations_before_it_exists() {
    let mut client = Client::connect();
    let result = describe(&mut client, GROUP, "never-joined", None, 4);
    assert_eq!(result.error_code, 0);
    let (value, source, synonyms) = seen(find(&result, "consumer.session.timeout.ms"));
    assert_eq!((value, source), (Some("45000"), 5));
    assert_eq!(synonyms, ["consumer.session.timeout.ms=45000 from 5"]);
}

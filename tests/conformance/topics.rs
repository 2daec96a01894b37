//! CreateTopics, DeleteTopics, CreatePartitions: what is made, what is refused, and in which words. The words are those of
//! Apache Kafka 4.2.1.

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::create_partitions::CreatePartitionsTopic;
use kavka::protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreatableTopicResult};
use kavka::protocol::messages::delete_topics::DeleteTopicState;
use kavka::protocol::messages::{
    CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, ListPartitionReassignmentsRequest,
};
use kavka::vocabulary::Uuid;

use crate::cluster::{Client, fresh_name};

fn topic(name: &str, num_partitions: i32, replication_factor: i16) -> CreatableTopic {
    CreatableTopic { name: name.to_owned(), num_partitions, replication_factor, ..Default::default() }
}

fn create(client: &mut Client, topic: CreatableTopic, version: i16) -> CreatableTopicResult {
    client.call(&CreateTopicsRequest { topics: vec![topic], ..Default::default() }, version).topics.remove(0)
}

fn grow(client: &mut Client, name: &str, count: i32, version: i16) -> (ErrorCode, Option<String>) {
    let topic = CreatePartitionsTopic { name: name.to_owned(), count, assignments: None };
    let request = CreatePartitionsRequest { topics: vec![topic], timeout_ms: 10_000, validate_only: false };
    let mut response = client.call(&request, version);
    let result = response.results.remove(0);
    (ErrorCode::from_code(result.error_code), result.error_message)
}

#[test]
fn every_version_creates_a_topic_that_is_there_at_once() {
    let mut client = Client::connect();
    for version in 2..=7 {
        let name = fresh_name("created");
        let result = create(&mut client, topic(&name, 2, 1), version);
        assert_eq!((result.error_code, result.name.as_str()), (0, name.as_str()), "v{version}");
        if version >= 5 {
            assert_eq!((result.num_partitions, result.replication_factor), (2, 1));
            let configs = result.configs.unwrap();
            let value = |name: &str| configs.iter().find(|config| config.name == name).unwrap().value.clone();
            assert_eq!(value("compression.type").as_deref(), Some("producer"));
            assert_eq!(value("min.cleanable.dirty.ratio").as_deref(), Some("0.5"));
        }
        let described = client.describe(&name);
        assert_eq!(described.partitions.len(), 2);
        assert_eq!(result.topic_id, if version >= 7 { described.topic_id } else { Uuid::ZERO });
        let again = create(&mut client, topic(&name, 1, 1), version);
        assert_eq!(again.error_message, Some(format!("Topic '{name}' already exists.")));
        assert_eq!(ErrorCode::from_code(again.error_code), ErrorCode::TopicAlreadyExists);
    }
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_made() {
    let mut client = Client::connect();
    let name = fresh_name("refused");
    let config =
        |name: &str, value: &str| CreatableTopicConfig { name: name.to_owned(), value: Some(value.to_owned()) };
    let with = |name_of_config: &str, value: &str| CreatableTopic {
        configs: vec![config(name_of_config, value)],
        ..topic(&name, 1, 1)
    };
    let refused = [
        (
            topic(&name, 0, 1),
            ErrorCode::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            topic(&name, 1, 0),
            ErrorCode::InvalidReplicationFactor,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (topic(&name, 100_000, 1), ErrorCode::PolicyViolation, "Excessively large number of partitions per request."),
        (with("colour", "red"), ErrorCode::InvalidConfig, "Unknown topic config name: colour"),
        (
            with("retention.ms", "soon"),
            ErrorCode::InvalidConfig,
            "Invalid value soon for configuration retention.ms: Not a number of type LONG",
        ),
    ];
    for (topic, code, words) in refused {
        let result = create(&mut client, topic, 7);
        assert_eq!(ErrorCode::from_code(result.error_code), code);
        assert_eq!(result.error_message.as_deref(), Some(words));
    }
    let bad_name = create(&mut client, topic("a/b", 1, 1), 7);
    assert_eq!(ErrorCode::from_code(bad_name.error_code), ErrorCode::InvalidTopicException);
    let request = CreateTopicsRequest { topics: vec![topic(&name, 1, 1)], validate_only: true, ..Default::default() };
    assert_eq!(client.call(&request, 7).topics[0].error_code, 0);
    assert_eq!(create(&mut client, topic(&name, 1, 1), 7).error_code, 0, "nothing was made before");
}

#[test]
fn a_topic_grows_and_its_new_partitions_are_there() {
    let mut client = Client::connect();
    let name = fresh_name("grown");
    create(&mut client, topic(&name, 1, 1), 7);
    for (version, count) in (0..=3).zip(2..) {
        assert_eq!(grow(&mut client, &name, count, version), (ErrorCode::None, None), "v{version}");
        assert_eq!(client.describe(&name).partitions.len(), count as usize);
    }
    let (code, words) = grow(&mut client, &name, 3, 3);
    assert_eq!(code, ErrorCode::InvalidPartitions);
    assert_eq!(words, Some(format!("The topic {name} currently has 5 partition(s); 3 would not be an increase.")));
    assert_eq!(grow(&mut client, "never-made", 3, 3).0, ErrorCode::UnknownTopicOrPartition);
}

#[test]
fn every_version_deletes_a_topic_and_frees_its_name() {
    let mut client = Client::connect();
    let name = fresh_name("deleted");
    for version in 1..=6 {
        create(&mut client, topic(&name, 1, 1), 7);
        let by_name = DeleteTopicState { name: Some(name.clone()), topic_id: Uuid::ZERO };
        let request = match version {
            6 => DeleteTopicsRequest { topics: vec![by_name], ..Default::default() },
            _ => DeleteTopicsRequest { topic_names: vec![name.clone()], ..Default::default() },
        };
        let request = DeleteTopicsRequest { timeout_ms: 10_000, ..request };
        let response = client.call(&request, version);
        assert_eq!(response.responses[0].error_code, 0, "v{version}");
        let again = client.call(&request, version);
        let code = ErrorCode::from_code(again.responses[0].error_code);
        assert_eq!(code, ErrorCode::UnknownTopicOrPartition, "v{version}");
    }
}

#[test]
fn a_topic_is_deleted_by_its_id_and_a_new_one_of_its_name_has_another() {
    let mut client = Client::connect();
    let name = fresh_name("by-id");
    let first = create(&mut client, topic(&name, 1, 1), 7).topic_id;
    let by_id = |topic_id| DeleteTopicsRequest {
        topics: vec![DeleteTopicState { name: None, topic_id }],
        timeout_ms: 10_000,
        ..Default::default()
    };
    let response = client.call(&by_id(first), 6);
    assert_eq!((response.responses[0].error_code, response.responses[0].name.as_deref()), (0, Some(name.as_str())));
    let unknown = client.call(&by_id(first), 6).responses.remove(0);
    assert_eq!(ErrorCode::from_code(unknown.error_code), ErrorCode::UnknownTopicId);
    assert_ne!(create(&mut client, topic(&name, 1, 1), 7).topic_id, first);
}

#[test]
fn no_partition_is_on_the_move() {
    let response = Client::connect().call(&ListPartitionReassignmentsRequest::default(), 0);
    assert_eq!((response.error_code, response.topics.len()), (0, 0));
}

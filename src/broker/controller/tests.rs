use super::*;
use crate::broker::machine::{Call, IdSource};
use crate::clock::Timestamp;
use crate::metadata::{ClusterImage, Replay, Source};
use crate::protocol::ErrorCode;
use crate::protocol::messages::alter_configs;
use crate::protocol::messages::create_partitions::{CreatePartitionsAssignment, CreatePartitionsTopic};
use crate::protocol::messages::create_topics::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig};
use crate::protocol::messages::delete_topics::DeleteTopicState;
use crate::protocol::messages::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};
use crate::protocol::messages::{
    AlterConfigsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
    IncrementalAlterConfigsRequest,
};
use crate::vocabulary::Uuid;

/// Ids 1000, 1001, …
struct CountedIds(u128);

impl IdSource for CountedIds {
    fn uuid(&mut self) -> Uuid {
        self.0 += 1;
        Uuid(999 + self.0)
    }
}

/// A controller and the image that its records make.
struct Bench {
    controller: Controller,
    image: ClusterImage,
    ids: CountedIds,
    /// The records of the last answer.
    records: Vec<String>,
}

impl Bench {
    fn new() -> Bench {
        let settings = ControllerSettings {
            node_id: 1,
            directories: vec![Uuid(0xd1)],
            default_partitions: 3,
            default_replication_factor: 1,
            delete_topic_enable: true,
            fixed_values: [("log.retention.hours".to_owned(), "1".to_owned())].into(),
            broker_lists: [("log.cleanup.policy".to_owned(), "delete".to_owned())].into(),
            group_values: Default::default(),
        };
        Bench {
            controller: Controller::new(settings),
            image: ClusterImage::default(),
            ids: CountedIds(0),
            records: Vec::new(),
        }
    }

    fn ask<C: Call<Controller>>(&mut self, call: C) -> C::Reply {
        let mut context = Context { now: Timestamp(0), image: &self.image, ids: &mut self.ids };
        let outcome = self.controller.handle(&mut context, Ticket(1), call.request());
        let mut replay = Replay::new(self.image.clone(), Source::Log);
        for record in &outcome.records {
            replay.apply(self.image.end_offset, record).unwrap();
        }
        self.image = replay.finish().unwrap();
        self.records = outcome.records.iter().map(line).collect();
        let [(Ticket(1), reply)] = <[_; 1]>::try_from(outcome.replies).unwrap() else { panic!("another ticket") };
        C::reply(reply).unwrap()
    }

    /// Asks for topics; gives what is said of each, in a line.
    fn create(&mut self, topics: Vec<CreatableTopic>) -> Vec<String> {
        let reply = self.ask(CreateTopicsRequest { topics, ..Default::default() });
        reply.topics.into_iter().map(|t| said(&t.name, t.error_code, t.error_message)).collect()
    }

    fn create_one(&mut self, topic: CreatableTopic) -> String {
        self.create(vec![topic]).remove(0)
    }

    fn grow(&mut self, count: i32, assignments: Option<Vec<Vec<i32>>>) -> String {
        let assignment = |broker_ids| CreatePartitionsAssignment { broker_ids };
        let assignments = assignments.map(|all| all.into_iter().map(assignment).collect());
        let topic = CreatePartitionsTopic { name: "t".to_owned(), count, assignments };
        let mut reply = self.ask(CreatePartitionsRequest { topics: vec![topic], ..Default::default() });
        let result = reply.results.remove(0);
        said(&result.name, result.error_code, result.error_message)
    }

    fn alter(&mut self, resource_type: i8, resource: &str, changes: &[(&str, i8, Option<&str>)]) -> String {
        let change = |(name, config_operation, value): &(&str, i8, Option<&str>)| AlterableConfig {
            name: name.to_string(),
            config_operation: *config_operation,
            value: value.map(str::to_owned),
        };
        let resource = AlterConfigsResource {
            resource_type,
            resource_name: resource.to_owned(),
            configs: changes.iter().map(change).collect(),
        };
        let mut reply = self.ask(IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() });
        let response = reply.responses.remove(0);
        said(&response.resource_name, response.error_code, response.error_message)
    }
}

fn said(name: &str, code: i16, message: Option<String>) -> String {
    match code {
        0 => format!("{name}: ok"),
        code => format!("{name}: {} {}", ErrorCode::from_code(code).name(), message.unwrap_or_default()),
    }
}

fn line(record: &MetadataRecord) -> String {
    match record {
        MetadataRecord::Topic(topic) => format!("Topic {} {}", topic.name, topic.topic_id.0),
        MetadataRecord::Partition(p) => {
            format!("Partition {} of {}: replicas {:?} leader {}", p.partition_id, p.topic_id.0, p.replicas, p.leader)
        }
        MetadataRecord::Config(c) => {
            let value = c.value.as_deref().map_or("is removed".to_owned(), |value| format!("= {value}"));
            format!("Config {} {} {} {value}", c.resource_type, c.resource_name, c.name)
        }
        MetadataRecord::RemoveTopic(topic) => format!("RemoveTopic {}", topic.topic_id.0),
        MetadataRecord::ProducerIds(ids) => format!("ProducerIds next {}", ids.next_producer_id),
        other => format!("{other:?}"),
    }
}

fn topic(name: &str, num_partitions: i32, replication_factor: i16) -> CreatableTopic {
    CreatableTopic { name: name.to_owned(), num_partitions, replication_factor, ..Default::default() }
}

fn with_configs(configs: &[(&str, Option<&str>)]) -> CreatableTopic {
    let config = |(name, value): &(&str, Option<&str>)| CreatableTopicConfig {
        name: name.to_string(),
        value: value.map(str::to_owned),
    };
    CreatableTopic { configs: configs.iter().map(config).collect(), ..topic("c", 1, 1) }
}

fn assigned(assignments: &[(i32, &[i32])]) -> CreatableTopic {
    let assignment = |(partition_index, brokers): &(i32, &[i32])| CreatableReplicaAssignment {
        partition_index: *partition_index,
        broker_ids: brokers.to_vec(),
    };
    CreatableTopic { assignments: assignments.iter().map(assignment).collect(), ..topic("q", -1, -1) }
}

#[test]
fn a_topic_becomes_one_batch_of_records() {
    let mut bench = Bench::new();
    let mut new = topic("t", 2, 1);
    new.configs = with_configs(&[("retention.ms", Some("5"))]).configs;
    assert_eq!(bench.create_one(new), "t: ok");
    assert_eq!(
        bench.records,
        [
            "Topic t 1000",
            "Config 2 t retention.ms = 5",
            "Partition 0 of 1000: replicas [1] leader 1",
            "Partition 1 of 1000: replicas [1] leader 1",
        ]
    );
    assert_eq!(bench.create_one(topic("t", 2, 1)), "t: TOPIC_ALREADY_EXISTS Topic 't' already exists.");
    assert_eq!(bench.records, [] as [&str; 0]);
}

#[test]
fn the_answer_names_partitions_and_every_effective_configuration() {
    let mut bench = Bench::new();
    let mut new = with_configs(&[("cleanup.policy", Some("compact"))]);
    (new.num_partitions, new.replication_factor) = (-1, -1);
    let reply = bench.ask(CreateTopicsRequest { topics: vec![new], ..Default::default() });
    let created = &reply.topics[0];
    assert_eq!((created.num_partitions, created.replication_factor, created.topic_id), (3, 1, Uuid(1000)));
    let configs = created.configs.as_ref().unwrap();
    assert_eq!(configs.len(), 33);
    let shown = |name: &str| {
        let config = configs.iter().find(|config| config.name == name).unwrap();
        (config.value.as_deref().unwrap(), config.config_source)
    };
    assert_eq!(shown("cleanup.policy"), ("compact", 1));
    assert_eq!(shown("retention.ms"), ("3600000", 4));
    assert_eq!(shown("segment.bytes"), ("1073741824", 5));
}

#[test]
fn validate_only_answers_alike_and_changes_nothing() {
    let mut bench = Bench::new();
    let request = CreateTopicsRequest { topics: vec![topic("t", 1, 1)], validate_only: true, ..Default::default() };
    let reply = bench.ask(request);
    assert_eq!(reply.topics[0].error_code, 0);
    assert!(!reply.topics[0].topic_id.is_zero());
    assert!(bench.records.is_empty());
}

#[test]
fn names_that_cannot_be_are_refused() {
    let mut bench = Bench::new();
    bench.create_one(topic("a.b", 1, 1));
    let lines = bench.create(vec![
        topic("twice", 1, 1),
        topic("a_b", 1, 1),
        topic("a/b", 1, 1),
        topic("__cluster_metadata", 1, 1),
        topic("twice", 1, 1),
        topic("fine", 1, 1),
    ]);
    assert_eq!(
        lines,
        [
            "a_b: INVALID_TOPIC_EXCEPTION Topic 'a_b' collides with existing topic: a.b",
            "a/b: INVALID_TOPIC_EXCEPTION Topic name is invalid: 'a/b' contains one or more characters other than \
             ASCII alphanumerics, '.', '_' and '-'",
            "__cluster_metadata: INVALID_REQUEST Creation of internal topic __cluster_metadata is prohibited.",
            "fine: ok",
            "twice: INVALID_REQUEST Duplicate topic name.",
        ]
    );
}

/// Each message recorded from Kafka 4.2.1.
#[test]
fn counts_and_assignments_that_cannot_be_are_refused_in_kafkas_words() {
    let mut bench = Bench::new();
    let refused = [
        (
            topic("q", 1, 2),
            "INVALID_REPLICATION_FACTOR Unable to replicate the partition 2 time(s): The target replication factor of 2 \
             cannot be reached because only 1 broker(s) are registered.",
        ),
        (
            topic("q", 1, 0),
            "INVALID_REPLICATION_FACTOR Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (topic("q", 0, 1), "INVALID_PARTITIONS Number of partitions was set to an invalid non-positive value."),
        (topic("q", 10_000, 1), "POLICY_VIOLATION Unable to perform excessively large batch operation."),
        (topic("q", 10_001, 1), "POLICY_VIOLATION Excessively large number of partitions per request."),
        (topic("q", i32::MAX, 1), "POLICY_VIOLATION Excessively large number of partitions per request."),
        (
            assigned(&[(0, &[])]),
            "INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes an empty replica list.",
        ),
        (
            assigned(&[(0, &[1, 1])]),
            "INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes the broker 1 more than once.",
        ),
        (
            assigned(&[(0, &[1]), (1, &[1, 2])]),
            "INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes broker 2, but no such broker is \
             registered.",
        ),
        (
            assigned(&[(0, &[1]), (2, &[1])]),
            "INVALID_REPLICA_ASSIGNMENT partitions should be a consecutive 0-based integer sequence",
        ),
        (
            CreatableTopic { num_partitions: 1, ..assigned(&[(0, &[1])]) },
            "INVALID_REQUEST A manual partition assignment was specified, but numPartitions was not set to -1.",
        ),
    ];
    for (new, words) in refused {
        assert_eq!(bench.create_one(new), format!("q: {words}"));
        assert!(bench.records.is_empty());
    }
    assert_eq!(bench.create_one(assigned(&[(1, &[1]), (0, &[1])])), "q: ok");
}

#[test]
fn configurations_of_new_topics_are_checked() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.create_one(with_configs(&[("retention.ms", None), ("flush.ms", None)])),
        "c: INVALID_CONFIG Null value not supported for topic configs: flush.ms,retention.ms"
    );
    assert_eq!(
        bench.create_one(with_configs(&[("colour", Some("red"))])),
        "c: INVALID_CONFIG Unknown topic config name: colour"
    );
    let long = "1".repeat(40_000);
    assert!(bench.create_one(with_configs(&[("retention.ms", Some(&long))])).starts_with("c: INVALID_CONFIG"));
}

#[test]
fn one_broker_keeps_no_more_partitions_than_it_can() {
    let mut bench = Bench::new();
    assert_eq!(bench.create_one(topic("a", 9_999, 1)), "a: ok");
    assert_eq!(bench.create_one(topic("b", 9_999, 1)), "b: ok");
    assert!(bench.create_one(topic("c", 9_999, 1)).starts_with("c: POLICY_VIOLATION 9999 more partitions"));
}

#[test]
fn a_topic_is_deleted_by_name_or_id_with_what_belongs_to_it() {
    let mut bench = Bench::new();
    bench.create(vec![topic("a", 1, 1), topic("b", 2, 1), topic("c", 1, 1)]);
    let by = |name: Option<&str>, id: u128| DeleteTopicState { name: name.map(str::to_owned), topic_id: Uuid(id) };
    let topics = vec![
        by(Some("a"), 0),
        by(None, 1001),
        by(None, 77_777),
        by(Some("nope"), 0),
        by(None, 0),
        by(Some("c"), 1002),
        by(Some("c"), 0),
        by(Some("c"), 0),
    ];
    let reply = bench.ask(DeleteTopicsRequest { topics, ..Default::default() });
    let lines: Vec<String> = reply
        .responses
        .into_iter()
        .map(|r| said(&format!("{}/{}", r.name.unwrap_or_default(), r.topic_id.0), r.error_code, r.error_message))
        .collect();
    assert_eq!(
        lines,
        [
            "/0: INVALID_REQUEST Neither topic name nor id were specified.",
            "c/1002: INVALID_REQUEST You may not specify both topic name and topic id.",
            "c/0: INVALID_REQUEST Duplicate topic name.",
            "a/1000: ok",
            "b/1001: ok",
            "/77777: UNKNOWN_TOPIC_ID This server does not host this topic ID.",
            "nope/0: UNKNOWN_TOPIC_OR_PARTITION This server does not host this topic-partition.",
        ]
    );
    assert_eq!(bench.records, ["RemoveTopic 1000", "RemoveTopic 1001"]);
    assert_eq!(bench.image.topics.keys().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn old_requests_delete_by_name_and_nothing_is_deleted_where_that_is_off() {
    let mut bench = Bench::new();
    bench.create_one(topic("a", 1, 1));
    let request = || DeleteTopicsRequest { topic_names: vec!["a".to_owned()], ..Default::default() };
    bench.controller.settings.delete_topic_enable = false;
    let reply = bench.ask(request());
    assert_eq!(reply.responses[0].error_code, ErrorCode::TopicDeletionDisabled.code());
    bench.controller.settings.delete_topic_enable = true;
    assert_eq!(bench.ask(request()).responses[0].error_code, 0);
    assert!(bench.image.topics.is_empty());
}

/// Each message recorded from Kafka 4.2.1.
#[test]
fn a_topic_grows_and_never_shrinks() {
    let mut bench = Bench::new();
    bench.create_one(topic("t", 1, 1));
    let refused = [
        (1, None, "INVALID_PARTITIONS Topic already has 1 partition(s)."),
        (0, None, "INVALID_PARTITIONS The topic t currently has 1 partition(s); 0 would not be an increase."),
        (
            3,
            Some(vec![vec![1]]),
            "INVALID_REPLICA_ASSIGNMENT Attempted to add 2 additional partition(s), but only 1 assignment(s) were \
             specified.",
        ),
        (
            2,
            Some(vec![vec![7]]),
            "INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes broker 7, but no such broker is \
             registered.",
        ),
        (i32::MAX, None, "POLICY_VIOLATION Unable to perform excessively large batch operation."),
    ];
    for (count, assignments, words) in refused {
        assert_eq!(bench.grow(count, assignments), format!("t: {words}"));
    }
    assert_eq!(bench.grow(3, Some(vec![vec![1], vec![1]])), "t: ok");
    assert_eq!(
        bench.records,
        ["Partition 1 of 1000: replicas [1] leader 1", "Partition 2 of 1000: replicas [1] leader 1"]
    );
    let unknown = CreatePartitionsTopic { name: "nope".to_owned(), count: 2, assignments: None };
    let reply = bench.ask(CreatePartitionsRequest { topics: vec![unknown], ..Default::default() });
    assert_eq!(reply.results[0].error_code, ErrorCode::UnknownTopicOrPartition.code());
}

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

#[test]
fn single_values_are_set_deleted_appended_and_taken_away() {
    let mut bench = Bench::new();
    bench.create_one(topic("t", 1, 1));
    assert_eq!(bench.alter(2, "t", &[("retention.ms", SET, Some("5")), ("foo", DELETE, None)]), "t: ok");
    assert_eq!(bench.records, ["Config 2 t retention.ms = 5"]);
    assert_eq!(bench.alter(2, "t", &[("retention.ms", SET, Some("5"))]), "t: ok");
    assert!(bench.records.is_empty());
    bench.alter(2, "t", &[("cleanup.policy", APPEND, Some("compact"))]);
    assert_eq!(bench.records, ["Config 2 t cleanup.policy = delete,compact"]);
    bench.alter(2, "t", &[("cleanup.policy", SUBTRACT, Some("delete,other"))]);
    assert_eq!(bench.records, ["Config 2 t cleanup.policy = compact"]);
    bench.alter(2, "t", &[("cleanup.policy", DELETE, None), ("retention.ms", DELETE, Some("x"))]);
    assert_eq!(bench.records, ["Config 2 t cleanup.policy is removed", "Config 2 t retention.ms is removed"]);
    assert_eq!(bench.image.topic_configs("t"), None);
}

/// Each message recorded from Kafka 4.2.1.
#[test]
fn changes_that_cannot_be_are_refused_in_kafkas_words() {
    let mut bench = Bench::new();
    bench.create_one(topic("t", 1, 1));
    let refused = [
        (
            ("t", "retention.ms", APPEND, Some("5")),
            "INVALID_CONFIG Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (("t", "foo", SET, Some("5")), "INVALID_CONFIG Unknown topic config name: foo"),
        (
            ("t", "retention.ms", SET, Some("x")),
            "INVALID_CONFIG Invalid value x for configuration retention.ms: Not a number of type LONG",
        ),
        (("t", "retention.ms", SET, None), "INVALID_REQUEST Null value not supported for : retention.ms"),
        (
            ("t", "cleanup.policy", APPEND, Some("bogus")),
            "INVALID_CONFIG Invalid value bogus for configuration cleanup.policy: String must be one of: compact, delete",
        ),
        (("nope", "retention.ms", SET, Some("5")), "UNKNOWN_TOPIC_OR_PARTITION The topic 'nope' does not exist."),
        (("", "retention.ms", SET, Some("5")), "INVALID_REQUEST Default topic resources are not allowed."),
        (("t", "retention.ms", 9, Some("5")), "INVALID_REQUEST Unknown operations type 9"),
    ];
    for ((resource, name, operation, value), words) in refused {
        assert_eq!(bench.alter(2, resource, &[(name, operation, value)]), format!("{resource}: {words}"));
        assert!(bench.records.is_empty());
    }
    let twice = [("retention.ms", SET, Some("5")), ("retention.ms", SET, Some("6"))];
    assert_eq!(bench.alter(2, "t", &twice), "t: INVALID_REQUEST Error due to duplicate config keys");
    assert_eq!(
        bench.alter(4, "7", &[("log.retention.ms", SET, Some("5"))]),
        "7: INVALID_REQUEST Unexpected broker id, expected 1, but received 7"
    );
    assert_eq!(
        bench.alter(32, "g", &[("bogus", SET, Some("5"))]),
        "g: INVALID_CONFIG Unknown group config name: bogus"
    );
    assert_eq!(bench.alter(99, "x", &[]), "x: INVALID_REQUEST Unknown resource type 99");
}

#[test]
fn a_resource_that_is_named_twice_is_refused_both_times() {
    let mut bench = Bench::new();
    bench.create_one(topic("t", 1, 1));
    let resource = AlterConfigsResource { resource_type: 2, resource_name: "t".to_owned(), ..Default::default() };
    let reply =
        bench.ask(IncrementalAlterConfigsRequest { resources: vec![resource.clone(), resource], ..Default::default() });
    assert!(reply.responses.iter().all(|response| response.error_code == ErrorCode::InvalidRequest.code()));
}

#[test]
fn brokers_and_groups_have_configurations_too() {
    let mut bench = Bench::new();
    assert_eq!(bench.alter(4, "", &[("log.cleanup.policy", APPEND, Some("compact"))]), ": ok");
    assert_eq!(bench.records, ["Config 4  log.cleanup.policy = delete,compact"]);
    assert_eq!(bench.alter(4, "1", &[("log.retention.ms", SET, Some("7"))]), "1: ok");
    assert_eq!(bench.alter(32, "g", &[("consumer.session.timeout.ms", SET, Some("50000"))]), "g: ok");
}

#[test]
fn the_old_form_replaces_all_values() {
    let mut bench = Bench::new();
    bench.create_one(topic("t", 1, 1));
    bench.alter(2, "t", &[("retention.ms", SET, Some("5")), ("flush.ms", SET, Some("9"))]);
    let config = |name: &str, value: &str| alter_configs::AlterableConfig {
        name: name.to_owned(),
        value: Some(value.to_owned()),
    };
    let resource = alter_configs::AlterConfigsResource {
        resource_type: 2,
        resource_name: "t".to_owned(),
        configs: vec![config("flush.ms", "9"), config("segment.ms", "8")],
    };
    let reply = bench.ask(AlterConfigsRequest { resources: vec![resource], ..Default::default() });
    assert_eq!(reply.responses[0].error_code, 0);
    assert_eq!(bench.records, ["Config 2 t segment.ms = 8", "Config 2 t retention.ms is removed"]);
}

#[test]
fn blocks_of_producer_ids_never_overlap() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask(AllocateProducerIds), Ok(ProducerIdBlock { first: 0, count: 1000 }));
    assert_eq!(bench.records, ["ProducerIds next 1000"]);
    assert_eq!(bench.ask(AllocateProducerIds), Ok(ProducerIdBlock { first: 1000, count: 1000 }));
}

#[test]
fn a_topic_comes_into_being_by_being_used() {
    let mut bench = Bench::new();
    let used = |name: &str| EnsureTopic {
        name: name.to_owned(),
        partitions: -1,
        replication_factor: -1,
        configs: Default::default(),
    };
    assert_eq!(bench.ask(used("orders")), Ok(()));
    assert_eq!(bench.image.topic("orders").unwrap().partitions.len(), 3);
    assert_eq!(bench.ask(used("orders")), Ok(()));
    assert!(bench.records.is_empty());
    bench.controller.settings.default_replication_factor = 3;
    assert!(bench.ask(used("more")).is_err());
    let internal = EnsureTopic {
        partitions: 1,
        replication_factor: 1,
        configs: [("cleanup.policy".to_owned(), "compact".to_owned())].into(),
        ..used("__consumer_offsets")
    };
    assert_eq!(bench.ask(internal), Ok(()));
    assert_eq!(
        bench.records,
        [
            "Topic __consumer_offsets 1001",
            "Config 2 __consumer_offsets cleanup.policy = compact",
            "Partition 0 of 1001: replicas [1] leader 1",
        ]
    );
}

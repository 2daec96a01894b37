//! Partitions in several log directories: where they are put, what is refused, and what goes on when one fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig};
use kavka::protocol::messages::metadata::MetadataResponseTopic;
use kavka::protocol::messages::{CreateTopicsRequest, ProduceRequest};

use crate::cluster::{Client, OwnBroker, Setup, Topic, batch, values};

/// Two directories of a broker, and what lies in them.
pub struct Pair {
    home: tempfile::TempDir,
}

impl Pair {
    pub fn new() -> Pair {
        Pair { home: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        let path = self.home.path().join(name);
        if name == "a" {
            fs::create_dir_all(&path).unwrap();
        }
        path
    }

    pub fn setup(&self, names: &[&str]) -> Setup {
        Setup { log_directories: names.iter().map(|name| self.path(name)).collect(), ..Default::default() }
    }

    pub fn start(&self, names: &[&str]) -> OwnBroker {
        OwnBroker::start(&self.path("a"), self.setup(names))
    }

    fn refusal(&self, names: &[&str]) -> String {
        let started = OwnBroker::try_start(&self.path("a"), self.setup(names));
        started.err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn property(&self, directory: &str, key: &str) -> String {
        let text = fs::read_to_string(self.path(directory).join("meta.properties")).unwrap();
        text.lines().find_map(|line| line.strip_prefix(&format!("{key}="))).unwrap().to_owned()
    }

    /// The numbers of the partitions of a topic that have files there.
    pub fn partitions_in(&self, directory: &str, topic: &str) -> BTreeSet<i32> {
        names(&self.path(directory)).iter().filter_map(|name| name.strip_prefix(topic)?[1..].parse().ok()).collect()
    }
}

pub fn names(directory: &Path) -> Vec<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

pub fn client(broker: &OwnBroker) -> Client {
    Client::to(&broker.address.to_string())
}

pub fn create(client: &mut Client, name: &str, partitions: i32) -> Topic {
    create_with(client, name, partitions, &[])
}

pub fn create_with(client: &mut Client, name: &str, partitions: i32, configs: &[(&str, &str)]) -> Topic {
    let config = |(name, value): &(&str, &str)| CreatableTopicConfig {
        name: (*name).to_owned(),
        value: Some((*value).to_owned()),
    };
    let topic = CreatableTopic {
        name: name.to_owned(),
        num_partitions: partitions,
        replication_factor: 1,
        configs: configs.iter().map(config).collect(),
        ..Default::default()
    };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, ..Default::default() };
    let created = client.call(&request, 7).topics.remove(0);
    assert_eq!(created.error_code, 0);
    Topic { name: name.to_owned(), id: created.topic_id }
}

pub fn produce(client: &mut Client, topic: &Topic, partition: i32, value: &str) -> ErrorCode {
    let mut request: ProduceRequest = topic.produce_request(-1, batch(&[value]));
    request.topic_data[0].partition_data[0].index = partition;
    let response = client.call(&request, 9).responses.remove(0).partition_responses.remove(0);
    ErrorCode::from_code(response.error_code)
}

pub fn read(client: &mut Client, topic: &Topic, partition: i32) -> Vec<String> {
    let mut request = topic.fetch_request(0);
    request.topics[0].partitions[0].partition = partition;
    let data = client.call(&request, 13).responses.remove(0).partitions.remove(0);
    assert_eq!(ErrorCode::from_code(data.error_code), ErrorCode::None);
    values(&data.records.unwrap_or_default().into_bytes().unwrap()).into_iter().map(|(_, value)| value).collect()
}

/// How many records a partition has, all of them read.
pub fn count(client: &mut Client, topic: &Topic, partition: i32) -> i64 {
    let mut next = 0;
    loop {
        let mut request = topic.fetch_request(next);
        request.topics[0].partitions[0].partition = partition;
        let data = client.call(&request, 13).responses.remove(0).partitions.remove(0);
        assert_eq!(ErrorCode::from_code(data.error_code), ErrorCode::None);
        if next == data.high_watermark {
            return next;
        }
        for (offset, _) in values(&data.records.unwrap_or_default().into_bytes().unwrap()) {
            assert_eq!(offset, next);
            next += 1;
        }
    }
}

fn leaders(topic: &MetadataResponseTopic) -> Vec<(i32, Vec<i32>)> {
    topic.partitions.iter().map(|partition| (partition.leader_id, partition.offline_replicas.clone())).collect()
}

#[test]
fn partitions_are_spread_evenly_and_found_again_wherever_they_are() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "spread", 6);
    for partition in 0..6 {
        assert_eq!(produce(&mut to, &topic, partition, &partition.to_string()), ErrorCode::None);
    }
    broker.stop();
    for key in ["cluster.id", "node.id", "version"] {
        assert_eq!(pair.property("a", key), pair.property("b", key));
    }
    assert_ne!(pair.property("a", "directory.id"), pair.property("b", "directory.id"));
    assert_eq!(pair.partitions_in("a", "spread"), [0, 2, 4].into());
    assert_eq!(pair.partitions_in("b", "spread"), [1, 3, 5].into());
    for directory in ["a", "b"] {
        let names = names(&pair.path(directory));
        for file in [".kafka_cleanshutdown", "recovery-point-offset-checkpoint", "replication-offset-checkpoint"] {
            assert!(names.iter().any(|name| name == file), "{file} in {directory}");
        }
        let points = fs::read_to_string(pair.path(directory).join("recovery-point-offset-checkpoint")).unwrap();
        assert_eq!(points.lines().nth(1), Some("3"), "only what lies there is in a directory's checkpoint");
    }

    // Somebody moved a partition by hand, and named the directories in another order.
    fs::rename(pair.path("b").join("spread-5"), pair.path("a").join("spread-5")).unwrap();
    let broker = pair.start(&["b", "a"]);
    let mut to = client(&broker);
    for partition in 0..6 {
        assert_eq!(read(&mut to, &topic, partition), [partition.to_string()]);
        assert_eq!(produce(&mut to, &topic, partition, "more"), ErrorCode::None);
    }
    broker.stop();
    assert_eq!(pair.partitions_in("a", "spread"), [0, 2, 4, 5].into());
}

#[test]
fn a_directory_that_is_added_later_is_filled_first() {
    let pair = Pair::new();
    let broker = pair.start(&["a"]);
    create(&mut client(&broker), "old", 3);
    broker.stop();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "new", 3);
    for partition in 0..3 {
        assert_eq!(produce(&mut to, &topic, partition, "x"), ErrorCode::None);
    }
    broker.stop();
    assert_eq!(pair.partitions_in("b", "new"), [0, 1, 2].into());
}

#[test]
fn without_one_of_its_directories_a_broker_serves_the_others() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "halves", 2);
    for partition in 0..2 {
        produce(&mut to, &topic, partition, "x");
    }
    broker.stop();

    // What stands in its place is no directory.
    fs::rename(pair.path("b"), pair.path("gone")).unwrap();
    fs::write(pair.path("b"), "").unwrap();
    for names in [&["a", "b"][..], &["a"]] {
        let broker = pair.start(names);
        let mut to = client(&broker);
        for round in 0..2 {
            let described = to.describe("halves");
            assert_eq!(leaders(&described), [(1, vec![]), (-1, vec![1])], "{round}");
            assert_eq!(described.partitions[1].error_code, ErrorCode::LeaderNotAvailable.code());
            assert_eq!(produce(&mut to, &topic, 1, "lost"), ErrorCode::KafkaStorageError);
            assert_eq!(produce(&mut to, &topic, 0, "y"), ErrorCode::None);
        }
        broker.stop();
    }

    fs::remove_file(pair.path("b")).unwrap();
    fs::rename(pair.path("gone"), pair.path("b")).unwrap();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    assert_eq!(leaders(&to.describe("halves")), [(1, vec![]), (1, vec![])]);
    assert_eq!(read(&mut to, &topic, 1), ["x"]);
    assert_eq!(read(&mut to, &topic, 0), ["x", "y", "y", "y", "y"]);
    broker.stop();
}

#[test]
fn a_directory_that_fails_takes_its_partitions_with_it_and_no_others() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "failing", 4);
    for partition in 0..2 {
        produce(&mut to, &topic, partition, "x");
    }
    fs::rename(pair.path("b"), pair.path("gone")).unwrap();
    assert_eq!(produce(&mut to, &topic, 3, "first write"), ErrorCode::KafkaStorageError);
    assert_eq!(produce(&mut to, &topic, 1, "y"), ErrorCode::KafkaStorageError);
    let half = [(1, vec![]), (-1, vec![1]), (1, vec![]), (-1, vec![1])];
    to.await_that(|to| leaders(&to.describe("failing")) == half);
    for partition in [0, 2] {
        assert_eq!(produce(&mut to, &topic, partition, "y"), ErrorCode::None);
    }
    create(&mut to, "later", 2);
    assert_eq!(leaders(&to.describe("later")), [(1, vec![]), (1, vec![])]);
    broker.stop();
    assert!(!pair.path("gone").join(".kafka_cleanshutdown").exists());
    assert!(pair.path("a").join(".kafka_cleanshutdown").exists());

    fs::rename(pair.path("gone"), pair.path("b")).unwrap();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    assert_eq!(read(&mut to, &topic, 0), ["x", "y"]);
    assert_eq!(read(&mut to, &topic, 1), ["x"]);
    assert_eq!(produce(&mut to, &topic, 3, "x"), ErrorCode::None);
    broker.stop();
}

#[test]
fn the_failure_of_the_last_directory_is_told() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("data");
    fs::create_dir(&directory).unwrap();
    let broker = OwnBroker::start(&directory, Setup::default());
    let mut to = client(&broker);
    let topic = create(&mut to, "last", 1);
    fs::rename(&directory, home.path().join("gone")).unwrap();
    assert_eq!(produce(&mut to, &topic, 0, "x"), ErrorCode::KafkaStorageError);
    let why = broker.why_lost();
    assert!(why.contains("all its log directories have failed") && why.contains("data"), "{why}");
    broker.abandon();
}

#[test]
fn directories_that_contradict_each_other_are_refused() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "twice", 1);
    produce(&mut to, &topic, 0, "x");
    fs::create_dir(pair.path("c")).unwrap();
    let refusal = OwnBroker::try_start(&pair.path("c"), pair.setup(&["c", "b"])).err().unwrap().to_string();
    assert!(refusal.ends_with("b is held by another process"), "{refusal}");
    broker.stop();

    let refusal = OwnBroker::try_start(&pair.path("b"), Setup::default()).err().unwrap().to_string();
    assert!(refusal.contains("whose metadata is in another directory"), "{refusal}");

    fs::create_dir(pair.path("b").join("twice-0")).unwrap();
    let refusal = pair.refusal(&["a", "b"]);
    assert!(refusal.starts_with("Duplicate log directories for twice-0 are found in both"), "{refusal}");
    fs::remove_dir(pair.path("b").join("twice-0")).unwrap();

    let text = fs::read_to_string(pair.path("b").join("meta.properties")).unwrap();
    let rewrite =
        |from: &str, to: &str| fs::write(pair.path("b").join("meta.properties"), text.replace(from, to)).unwrap();
    rewrite("node.id=1", "node.id=2");
    assert!(pair.refusal(&["a", "b"]).contains("belongs to node 2"));
    rewrite("cluster.id=", "cluster.id=other");
    assert!(pair.refusal(&["a", "b"]).contains("belongs to the cluster other"));
    rewrite(&pair.property("b", "directory.id"), &pair.property("a", "directory.id"));
    assert!(pair.refusal(&["a", "b"]).contains("is that of"));
    rewrite("", "");

    fs::create_dir(pair.path("b").join("__cluster_metadata-0")).unwrap();
    assert!(pair.refusal(&["a", "b"]).contains("holds a metadata log"));
    fs::remove_dir(pair.path("b").join("__cluster_metadata-0")).unwrap();
    fs::create_dir(pair.path("b").join("photos")).unwrap();
    assert!(pair.refusal(&["a", "b"]).contains("photos is no partition"));
    fs::remove_dir(pair.path("b").join("photos")).unwrap();
    assert_eq!(pair.refusal(&["a", "b"]), "");
}

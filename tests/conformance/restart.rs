//! A broker that stops and starts again: nothing is lost, nothing comes back.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use kavka::protocol::messages::delete_topics::DeleteTopicState;
use kavka::protocol::messages::{DeleteRecordsRequest, DeleteTopicsRequest, MetadataRequest};

use crate::cluster::{Client, OwnBroker, Setup, Topic, batch, values};

fn connect(broker: &OwnBroker) -> Client {
    Client::to(&broker.address.to_string())
}

/// Every file with its content, but for the lock.
fn content(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        match path.is_dir() {
            true => files.extend(content(&path)),
            false if name.ends_with(".lock") => {}
            false => drop(files.insert(name, fs::read(&path).unwrap())),
        }
    }
    files
}

#[test]
fn records_topics_and_deletions_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let broker = OwnBroker::start(directory.path(), Setup::default());
    let mut client = connect(&broker);
    let topic = client.topic("kept");
    let epoch = client.describe(&topic.name).partitions[0].leader_epoch;
    client.produce(&topic, 9, -1, batch(&["a"]));
    client.produce(&topic, 9, -1, batch(&["b"]));
    let partitions = vec![DeleteRecordsPartition { partition_index: 0, offset: 1 }];
    let topics = vec![DeleteRecordsTopic { name: topic.name.clone(), partitions }];
    client.call(&DeleteRecordsRequest { topics, timeout_ms: 1000 }, 2);
    let cluster = client.call(&MetadataRequest::default(), 12).cluster_id;
    broker.stop();
    assert!(directory.path().join(".kafka_cleanshutdown").exists());

    let broker = OwnBroker::start(directory.path(), Setup::default());
    let mut client = connect(&broker);
    let described = client.describe(&topic.name);
    assert_eq!(described.topic_id, topic.id);
    assert!(described.partitions[0].leader_epoch >= epoch, "an epoch never goes back");
    assert_eq!(client.call(&MetadataRequest::default(), 12).cluster_id, cluster);
    let data = client.fetch(&topic, 13, 1);
    assert_eq!((data.log_start_offset, data.high_watermark), (1, 2));
    assert_eq!(values(&data.records.unwrap().into_bytes().unwrap()), [(1, "b".to_owned())]);
    assert_eq!(client.produce(&topic, 13, -1, batch(&["c"])).base_offset, 2);
}

#[test]
fn reading_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let broker = OwnBroker::start(directory.path(), Setup::default());
    let mut client = connect(&broker);
    let topic = client.topic("read-only");
    client.produce(&topic, 9, -1, batch(&["a"]));
    broker.stop();
    let before = content(directory.path());

    let broker = OwnBroker::start(directory.path(), Setup::default());
    let mut client = connect(&broker);
    assert_eq!(values(&client.fetch(&topic, 13, 0).records.unwrap().into_bytes().unwrap()).len(), 1);
    assert_eq!(client.describe(&topic.name).partitions[0].leader_id, 1);
    broker.stop();
    let after = content(directory.path());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, bytes) in &before {
        assert!(after[name] == *bytes, "{name} changed");
    }
}

fn delete(client: &mut Client, name: &str) {
    let request = DeleteTopicsRequest {
        topics: vec![DeleteTopicState { name: Some(name.to_owned()), ..Default::default() }],
        topic_names: vec![name.to_owned()],
        timeout_ms: 10_000,
    };
    assert_eq!(client.call(&request, 4).responses[0].error_code, 0);
}

#[test]
fn a_topic_that_is_deleted_and_made_again_begins_anew_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let broker = OwnBroker::start(directory.path(), Setup::default());
    let mut client = connect(&broker);
    let name = "phoenix";
    for round in 0..3 {
        let id = client.describe(name).topic_id;
        let topic = Topic { name: name.to_owned(), id };
        assert_eq!(client.produce(&topic, 13, -1, batch(&["a"])).base_offset, 0, "round {round}");
        delete(&mut client, name);
        let gone = client.produce(&topic, 13, -1, batch(&["b"])).error_code;
        assert_eq!(ErrorCode::from_code(gone), ErrorCode::UnknownTopicId);
    }
    broker.stop();
    let left: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|found| found.starts_with(name))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if !path.ends_with(".lock") {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn what_was_acknowledged_is_there_after_a_killed_broker() {
    let directory = tempfile::tempdir().unwrap();
    let broker = OwnBroker::start(directory.path(), Setup::default());
    let mut client = connect(&broker);
    let topic = client.topic("killed");
    for value in ["a", "b", "c"] {
        client.produce(&topic, 9, -1, batch(&[value]));
    }
    // What lies in the directory now is what a killed process leaves.
    let image = tempfile::tempdir().unwrap();
    copy(directory.path(), image.path());
    broker.stop();

    let torn = image.path().join(format!("{}-0/00000000000000000000.log", topic.name));
    let half_a_batch = &batch(&["never acknowledged"])[..40];
    fs::OpenOptions::new().append(true).open(torn).unwrap().write_all(half_a_batch).unwrap();
    let broker = OwnBroker::start(image.path(), Setup::default());
    let mut client = connect(&broker);
    let found = values(&client.fetch(&topic, 13, 0).records.unwrap().into_bytes().unwrap());
    assert_eq!(found.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(client.produce(&topic, 13, -1, batch(&["d"])).base_offset, 3);
    broker.stop();
    assert!(image.path().join(".kafka_cleanshutdown").exists());
}

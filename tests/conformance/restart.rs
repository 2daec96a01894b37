//! A broker that stops and starts again: nothing is lost, nothing comes back.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kavka::protocol::messages::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use kavka::protocol::messages::{DeleteRecordsRequest, MetadataRequest};

use crate::cluster::{Client, OwnBroker, Setup, batch, values};

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
    assert_eq!(values(&data.records.unwrap()), [(1, "b".to_owned())]);
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
    assert_eq!(values(&client.fetch(&topic, 13, 0).records.unwrap()).len(), 1);
    assert_eq!(client.describe(&topic.name).partitions[0].leader_id, 1);
    broker.stop();
    let after = content(directory.path());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, bytes) in &before {
        assert!(after[name] == *bytes, "{name} changed");
    }
}

//! ListOffsets, DeleteRecords and OffsetForLeaderEpoch: where things are in a partition.

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use kavka::protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsTopic};
use kavka::protocol::messages::offset_for_leader_epoch::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use kavka::protocol::messages::{DeleteRecordsRequest, ListOffsetsRequest, OffsetForLeaderEpochRequest};

use crate::cluster::{Client, Topic, batch, stamped_batch, values};

fn list(client: &mut Client, topic: &Topic, version: i16, timestamp: i64) -> ListOffsetsPartitionResponse {
    let partition = ListOffsetsPartition { timestamp, ..Default::default() };
    let topics = vec![ListOffsetsTopic { name: topic.name.clone(), partitions: vec![partition] }];
    let request = ListOffsetsRequest { replica_id: -1, topics, ..Default::default() };
    client.call(&request, version).topics.remove(0).partitions.remove(0)
}

#[test]
fn every_version_knows_the_start_and_the_end() {
    let mut client = Client::connect();
    let topic = client.topic("ends");
    assert_eq!(list(&mut client, &topic, 1, -1).offset, 0, "an empty partition ends where it begins");
    client.produce(&topic, 9, -1, batch(&["a", "b"]));
    for version in 1..=11 {
        assert_eq!(list(&mut client, &topic, version, -1).offset, 2, "v{version}");
        assert_eq!(list(&mut client, &topic, version, -2).offset, 0, "v{version}");
    }
}

#[test]
fn a_time_finds_the_record_and_not_its_batch() {
    let mut client = Client::connect();
    let topic = client.topic("times");
    let base = 1_700_000_000_000;
    client.produce(&topic, 9, -1, stamped_batch(&[(base, "a"), (base + 10, "b"), (base + 20, "c")]));
    client.produce(&topic, 9, -1, stamped_batch(&[(base + 5, "d")]));
    let found = list(&mut client, &topic, 7, base + 10);
    assert_eq!((found.offset, found.timestamp), (1, base + 10));
    let found = list(&mut client, &topic, 7, base + 11);
    assert_eq!((found.offset, found.timestamp), (2, base + 20));
    let none = list(&mut client, &topic, 7, base + 21);
    assert_eq!((none.error_code, none.offset, none.timestamp), (0, -1, -1));
    let latest = list(&mut client, &topic, 7, -3);
    assert_eq!((latest.offset, latest.timestamp), (2, base + 20));
}

#[test]
fn special_times_need_their_version() {
    let mut client = Client::connect();
    let topic = client.topic("special");
    let unsupported = ErrorCode::UnsupportedVersion.code();
    for (timestamp, since) in [(-3, 7), (-4, 8), (-5, 9)] {
        assert_eq!(list(&mut client, &topic, since - 1, timestamp).error_code, unsupported, "{timestamp}");
        assert_eq!(list(&mut client, &topic, since, timestamp).error_code, 0, "{timestamp}");
    }
    assert_eq!(list(&mut client, &topic, 9, -100).error_code, unsupported);
}

fn delete(client: &mut Client, topic: &str, version: i16, offset: i64) -> (i16, i64) {
    let partitions = vec![DeleteRecordsPartition { partition_index: 0, offset }];
    let topics = vec![DeleteRecordsTopic { name: topic.to_owned(), partitions }];
    let response = client.call(&DeleteRecordsRequest { topics, timeout_ms: 10_000 }, version);
    let partition = &response.topics[0].partitions[0];
    (partition.error_code, partition.low_watermark)
}

#[test]
fn deleted_records_cannot_be_read_and_the_batch_at_the_new_start_can() {
    let mut client = Client::connect();
    let topic = client.topic("deleted");
    client.produce(&topic, 9, -1, batch(&["a", "b", "c"]));
    assert_eq!(delete(&mut client, &topic.name, 0, 1), (0, 1));
    assert_eq!(delete(&mut client, &topic.name, 1, 0), (0, 1), "the start never goes back");
    assert_eq!(list(&mut client, &topic, 7, -2).offset, 1);
    assert_eq!(client.fetch(&topic, 12, 0).error_code, ErrorCode::OffsetOutOfRange.code());
    let data = client.fetch(&topic, 12, 1);
    assert_eq!(data.log_start_offset, 1);
    assert_eq!(values(&data.records.unwrap().into_bytes().unwrap()).len(), 3);
    assert_eq!(delete(&mut client, &topic.name, 2, 4), (ErrorCode::OffsetOutOfRange.code(), -1));
    assert_eq!(delete(&mut client, &topic.name, 2, -1), (0, 3), "-1 is the high watermark");
    assert_eq!(delete(&mut client, "no-such-topic", 2, 0), (ErrorCode::UnknownTopicOrPartition.code(), -1));
}

#[test]
fn the_current_epoch_ends_where_the_log_ends() {
    let mut client = Client::connect();
    let topic = client.topic("epochs");
    client.produce(&topic, 9, -1, batch(&["a", "b"]));
    let epoch = client.describe(&topic.name).partitions[0].leader_epoch;
    for version in 2..=4 {
        let mut ask = |leader_epoch| {
            let partition = OffsetForLeaderPartition { leader_epoch, ..Default::default() };
            let topics = vec![OffsetForLeaderTopic { topic: topic.name.clone(), partitions: vec![partition] }];
            let response = client.call(&OffsetForLeaderEpochRequest { topics, ..Default::default() }, version);
            let end = &response.topics[0].partitions[0];
            (end.error_code, end.leader_epoch, end.end_offset)
        };
        assert_eq!(ask(epoch), (0, epoch, 2));
        assert_eq!(ask(epoch + 1), (0, -1, -1), "nobody knows the future");
    }
}

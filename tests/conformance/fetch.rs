//! Fetch: waiting, limits, offsets out of range, batches as a whole.

use std::thread;

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::FetchRequest;
use kavka::protocol::messages::fetch::FetchPartition;

use crate::cluster::{Client, Topic, batch, fresh_name, values};
use kavka::vocabulary::Uuid;

fn patient(topic: &Topic, offset: i64, min_bytes: i32) -> FetchRequest {
    FetchRequest { max_wait_ms: 120_000, min_bytes, ..topic.fetch_request(offset) }
}

#[test]
fn a_waiting_fetch_is_woken_by_the_append_that_completes_it() {
    let mut client = Client::connect();
    let topic = client.topic("wake");
    let first = batch(&["first"]);
    let enough = first.len() as i32 + 1;
    let reader = {
        let topic = topic.clone();
        thread::spawn(move || Client::connect().call(&patient(&topic, 0, enough), 12))
    };
    client.produce(&topic, 9, -1, first);
    client.produce(&topic, 9, -1, batch(&["second"]));
    let response = reader.join().unwrap();
    let records = response.responses[0].partitions[0].records.clone().unwrap().into_bytes().unwrap();
    assert_eq!(values(&records).len(), 2, "one batch alone is not enough");
}

#[test]
fn a_fetch_of_many_topics_is_woken_by_any_of_them() {
    let mut client = Client::connect();
    let topics = [client.topic("any"), client.topic("any"), client.topic("any")];
    let mut request = patient(&topics[0], 0, 1);
    request.topics = topics.iter().flat_map(|topic| topic.fetch_request(0).topics).collect();
    let reader = thread::spawn(move || Client::connect().call(&request, 12));
    client.produce(&topics[2], 9, -1, batch(&["here"]));
    let response = reader.join().unwrap();
    let found: Vec<usize> =
        response.responses.iter().map(|topic| topic.partitions[0].records.as_ref().unwrap().len()).collect();
    assert!(found[0] == 0 && found[1] == 0 && found[2] > 0, "{found:?}");
}

#[test]
fn a_fetch_that_can_only_fail_is_answered_at_once() {
    let mut client = Client::connect();
    let topic = Topic { name: fresh_name("gone"), id: Uuid(4711 << 64) };
    let code = |client: &mut Client, version| {
        let response = client.call(&patient(&topic, 0, 1), version);
        ErrorCode::from_code(response.responses[0].partitions[0].error_code)
    };
    assert_eq!(code(&mut client, 12), ErrorCode::UnknownTopicOrPartition);
    assert_eq!(code(&mut client, 13), ErrorCode::UnknownTopicId);
}

#[test]
fn an_offset_inside_a_batch_brings_the_whole_batch() {
    let mut client = Client::connect();
    let topic = client.topic("inside");
    client.produce(&topic, 9, -1, batch(&["a", "b", "c"]));
    client.produce(&topic, 9, -1, batch(&["d"]));
    let records = client.fetch(&topic, 12, 2).records.unwrap().into_bytes().unwrap();
    assert_eq!(values(&records).first(), Some(&(0, "a".to_owned())));
}

#[test]
fn offsets_out_of_range_are_told_and_the_end_is_none_of_them() {
    let mut client = Client::connect();
    let topic = client.topic("range");
    client.produce(&topic, 9, -1, batch(&["a"]));
    for offset in [-1, 2, 1000] {
        let data = client.fetch(&topic, 12, offset);
        assert_eq!(ErrorCode::from_code(data.error_code), ErrorCode::OffsetOutOfRange, "offset {offset}");
    }
    let at_end = client.fetch(&topic, 12, 1);
    assert_eq!((at_end.error_code, at_end.high_watermark), (0, 1));
    assert!(at_end.records.unwrap().into_bytes().unwrap().is_empty());
}

#[test]
fn the_first_batch_comes_even_if_it_is_larger_than_every_limit_and_later_ones_do_not() {
    let mut client = Client::connect();
    let (large, other) = (client.topic("large"), client.topic("large"));
    client.produce(&large, 9, -1, batch(&[&"x".repeat(5000)]));
    client.produce(&other, 9, -1, batch(&[&"y".repeat(5000)]));
    let mut request = large.fetch_request(0);
    request.topics.extend(other.fetch_request(0).topics);
    request.max_bytes = 10;
    for topic in &mut request.topics {
        topic.partitions[0].partition_max_bytes = 10;
    }
    let response = client.call(&request, 12);
    let sizes: Vec<usize> =
        response.responses.iter().map(|topic| topic.partitions[0].records.as_ref().unwrap().len()).collect();
    assert!(sizes[0] > 5000 && sizes[1] == 0, "{sizes:?}");
}

#[test]
fn only_whole_batches_come_within_the_partitions_limit() {
    let mut client = Client::connect();
    let topic = client.topic("limit");
    let size = batch(&["0"]).len() as i32;
    for _ in 0..4 {
        client.produce(&topic, 9, -1, batch(&["0"]));
    }
    let mut request = topic.fetch_request(0);
    request.topics[0].partitions[0].partition_max_bytes = size * 2 + size / 2;
    let response = client.call(&request, 12);
    let records = response.responses[0].partitions[0].records.clone().unwrap().into_bytes().unwrap();
    // Apache's broker may cut the last batch off, which a client passes over.
    assert_eq!(values(&records).len(), 2);
}

#[test]
fn committed_readers_get_a_list_of_aborted_transactions_and_others_get_none() {
    let mut client = Client::connect();
    let topic = client.topic("isolation");
    client.produce(&topic, 9, -1, batch(&["a"]));
    assert_eq!(client.fetch(&topic, 12, 0).aborted_transactions, None);
    let request = FetchRequest { isolation_level: 1, ..topic.fetch_request(0) };
    let response = client.call(&request, 12);
    assert_eq!(response.responses[0].partitions[0].aborted_transactions, Some(Vec::new()));
}

#[test]
fn a_leader_epoch_that_is_not_the_current_one_is_told() {
    let mut client = Client::connect();
    let topic = client.topic("epoch");
    let mut request = topic.fetch_request(0);
    request.topics[0].partitions[0] = FetchPartition { current_leader_epoch: 100, ..FetchPartition::default() };
    let response = client.call(&request, 12);
    let code = ErrorCode::from_code(response.responses[0].partitions[0].error_code);
    assert_eq!(code, ErrorCode::UnknownLeaderEpoch);
}

#[test]
fn a_client_that_leaves_while_it_waits_takes_nothing_with_it() {
    let mut client = Client::connect();
    let topic = client.topic("leave");
    for _ in 0..20 {
        let mut leaving = Client::connect();
        leaving.send(&patient(&topic, 0, 1), 12);
    }
    assert_eq!(client.produce(&topic, 9, -1, batch(&["still here"])).error_code, 0);
}

#[test]
fn a_topic_that_is_not_there_does_not_hurry_a_fetch_of_others() {
    let mut client = Client::connect();
    let topic = client.topic("patient");
    let absent = Topic { name: fresh_name("absent"), id: Uuid(4711 << 64) };
    let mut request = patient(&topic, 0, 1);
    request.topics.extend(absent.fetch_request(0).topics);
    let reader = thread::spawn(move || Client::connect().call(&request, 12));
    client.produce(&topic, 9, -1, batch(&["here"]));
    let response = reader.join().unwrap();
    assert!(!response.responses[0].partitions[0].records.as_ref().unwrap().is_empty());
    let code = ErrorCode::from_code(response.responses[1].partitions[0].error_code);
    assert_eq!(code, ErrorCode::UnknownTopicOrPartition);
}

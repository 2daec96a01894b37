//! Produce: every version, every kind of acknowledgement, every refusal.

use bytes::Bytes;
use kavka::clock::Timestamp;
use kavka::log::Codec;
use kavka::log::batch::{BatchBuilder, BatchHeader, NewRecord};
use kavka::protocol::ErrorCode;
use kavka::protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig};
use kavka::protocol::messages::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};
use kavka::protocol::messages::produce::PartitionProduceResponse;
use kavka::protocol::messages::{CreateTopicsRequest, FetchRequest, IncrementalAlterConfigsRequest, ProduceRequest};
use kavka::vocabulary::Uuid;

use crate::cluster::{Client, Topic, batch, fresh_name, values};

#[test]
fn every_version_of_produce_appends_and_every_version_of_fetch_reads() {
    let mut client = Client::connect();
    let topic = client.topic("versions");
    for version in 3..=13 {
        let response = client.produce(&topic, version, -1, batch(&[&format!("v{version}")]));
        assert_eq!((response.error_code, response.base_offset), (0, i64::from(version) - 3));
        assert_eq!(response.log_append_time_ms, -1);
    }
    let expected: Vec<(i64, String)> = (3..=13).map(|version| (version - 3, format!("v{version}"))).collect();
    for version in 4..=18 {
        let data = client.fetch(&topic, version, 0);
        assert_eq!((data.error_code, data.high_watermark, data.last_stable_offset), (0, 11, 11));
        assert_eq!(values(&data.records.unwrap().into_bytes().unwrap()), expected, "fetch v{version}");
    }
}

#[test]
fn a_client_that_wants_no_acknowledgement_gets_no_response() {
    let mut client = Client::connect();
    let topic = client.topic("silent");
    // Apache's broker may still be making the partition, and could only hang up.
    assert_eq!(client.produce(&topic, 9, 1, batch(&["heard"])).error_code, 0);
    client.send(&topic.produce_request(0, batch(&["unheard"])), 9);
    let data = client.fetch(&topic, 12, 1);
    assert_eq!(values(&data.records.unwrap().into_bytes().unwrap()), [(1, "unheard".to_owned())]);
}

#[test]
fn a_failure_that_cannot_be_answered_closes_the_connection() {
    let mut client = Client::connect();
    let topic = Topic { name: fresh_name("nowhere"), id: Uuid::ZERO };
    client.send(&topic.produce_request(0, batch(&["lost"])), 9);
    assert!(client.receive_frame().is_none());
}

#[test]
fn produce_does_not_create_topics() {
    let mut client = Client::connect();
    let topic = Topic { name: fresh_name("unknown"), id: Uuid(4711 << 64) };
    let code = |client: &mut Client, version| client.produce(&topic, version, 1, batch(&["x"])).error_code;
    assert_eq!(code(&mut client, 9), ErrorCode::UnknownTopicOrPartition.code());
    assert_eq!(code(&mut client, 13), ErrorCode::UnknownTopicId.code());
}

#[test]
fn batches_that_no_producer_may_send_are_refused() {
    let mut client = Client::connect();
    let topic = client.topic("refused");
    let good = batch(&["good"]);
    let mut damaged = good.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let mut old_magic = good.to_vec();
    old_magic[16] = 1;
    let two = [good.clone(), good.clone()].concat();
    let control = BatchBuilder::new().control(true);
    let control = with_record(control);
    let cases: [(&str, Vec<u8>, ErrorCode); 5] = [
        ("damaged", damaged, ErrorCode::CorruptMessage),
        ("old", old_magic, ErrorCode::InvalidRecord),
        ("two", two, ErrorCode::InvalidRecord),
        ("none", Vec::new(), ErrorCode::InvalidRecord),
        ("control", control.to_vec(), ErrorCode::InvalidRecord),
    ];
    for (name, records, expected) in cases {
        let response = client.produce(&topic, 9, -1, Bytes::from(records));
        assert_eq!(ErrorCode::from_code(response.error_code), expected, "{name}");
        assert_eq!(response.base_offset, -1);
    }
    let too_large = "x".repeat(1_100_000);
    let response = client.produce(&topic, 9, -1, batch(&[&too_large]));
    assert_eq!(ErrorCode::from_code(response.error_code), ErrorCode::MessageTooLarge);
    let response = client.produce(&topic, 9, 2, good.clone());
    assert_eq!(ErrorCode::from_code(response.error_code), ErrorCode::InvalidRequiredAcks);
    assert_eq!(client.produce(&topic, 9, -1, good).base_offset, 0, "nothing was written before");
}

fn with_record(mut builder: BatchBuilder) -> Bytes {
    builder.add(&NewRecord { timestamp: Timestamp(1), key: Some(b"k"), value: Some(b"v"), headers: &[] });
    builder.build()
}

#[test]
fn zstd_needs_version_7_and_all_codecs_come_back_as_they_were_sent() {
    let mut client = Client::connect();
    let topic = client.topic("codecs");
    let zstd = with_record(BatchBuilder::new().codec(Codec::Zstd));
    let refused = client.produce(&topic, 6, -1, zstd).error_code;
    assert_eq!(refused, ErrorCode::UnsupportedCompressionType.code());
    let codecs = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];
    for (codec, offset) in codecs.into_iter().zip(0..) {
        let sent = with_record(BatchBuilder::new().codec(codec));
        assert_eq!(client.produce(&topic, 9, -1, sent.clone()).base_offset, offset);
        let stored = client.fetch(&topic, 12, offset).records.unwrap().into_bytes().unwrap();
        assert_eq!(stored[16..], sent[16..], "only base offset and leader epoch may differ");
    }
}

#[test]
fn internal_topics_are_not_for_everybody() {
    let mut client = Client::connect();
    client.describe("__consumer_offsets");
    let topic = Topic { name: "__consumer_offsets".to_owned(), id: Uuid::ZERO };
    let code = client.produce(&topic, 9, -1, batch(&["x"])).error_code;
    let allowed = [ErrorCode::InvalidTopicException.code(), ErrorCode::UnknownTopicOrPartition.code()];
    assert!(allowed.contains(&code), "{code}");
}

fn configured(client: &mut Client, stem: &str, name: &str, value: &str) -> Topic {
    let topic = fresh_name(stem);
    let config = CreatableTopicConfig { name: name.to_owned(), value: Some(value.to_owned()) };
    let creatable = CreatableTopic {
        name: topic.clone(),
        num_partitions: 1,
        replication_factor: 1,
        configs: vec![config],
        ..Default::default()
    };
    let request = CreateTopicsRequest { topics: vec![creatable], timeout_ms: 10_000, ..Default::default() };
    assert_eq!(client.call(&request, 7).topics[0].error_code, 0);
    Topic { id: client.describe(&topic).topic_id, name: topic }
}

/// Apache's broker may still be making the partition.
fn produce_patiently(client: &mut Client, topic: &Topic, records: Bytes) -> PartitionProduceResponse {
    loop {
        let response = client.produce(topic, 9, -1, records.clone());
        if ![3, 6].contains(&response.error_code) {
            return response;
        }
    }
}

#[test]
fn the_broker_stamps_records_where_the_topic_says_so() {
    let mut client = Client::connect();
    let topic = configured(&mut client, "stamped", "message.timestamp.type", "LogAppendTime");
    let response = produce_patiently(&mut client, &topic, batch(&["a"]));
    assert_eq!(response.error_code, 0);
    assert!(response.log_append_time_ms > 1_700_000_000_000);
    let stored = client.fetch(&topic, 12, 0).records.unwrap().into_bytes().unwrap();
    let header = BatchHeader::parse(&stored).unwrap();
    assert_eq!(header.max_timestamp, response.log_append_time_ms);
    assert_eq!(values(&stored), [(0, "a".to_owned())], "the CRC is right");
}

#[test]
fn a_compacted_topic_takes_no_record_without_a_key_and_names_it() {
    let mut client = Client::connect();
    let topic = configured(&mut client, "compacted", "cleanup.policy", "compact");
    let response = produce_patiently(&mut client, &topic, batch(&["a", "b"]));
    assert_eq!(ErrorCode::from_code(response.error_code), ErrorCode::InvalidRecord);
    let named: Vec<i32> = response.record_errors.iter().map(|error| error.batch_index).collect();
    assert_eq!(named, [0, 1]);
}

#[test]
fn a_configuration_that_was_changed_counts_for_the_next_batch() {
    let mut client = Client::connect();
    let topic = client.topic("changed");
    assert_eq!(produce_patiently(&mut client, &topic, batch(&[&"x".repeat(500)])).error_code, 0);
    let config =
        AlterableConfig { name: "max.message.bytes".to_owned(), config_operation: 0, value: Some("400".to_owned()) };
    let resource = AlterConfigsResource { resource_type: 2, resource_name: topic.name.clone(), configs: vec![config] };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    assert_eq!(client.call(&request, 1).responses[0].error_code, 0);
    // Apache's broker tells its logs a moment later.
    let code = loop {
        let response = client.produce(&topic, 9, -1, batch(&[&"x".repeat(500)]));
        if response.error_code != 0 {
            break response.error_code;
        }
    };
    assert_eq!(ErrorCode::from_code(code), ErrorCode::MessageTooLarge);
}

#[test]
fn requests_that_are_sent_without_waiting_are_answered_in_order() {
    let mut client = Client::connect();
    let topic = client.topic("ahead");
    assert_eq!(produce_patiently(&mut client, &topic, batch(&["first"])).base_offset, 0);
    let large = "x".repeat(90_000);
    let sent: Vec<(i64, i32, i32)> = (1..60)
        .map(|i| {
            let value = if i % 7 == 0 { &large[..] } else { "small" };
            let produced = client.send(&topic.produce_request(-1, batch(&[value])), 9);
            (i, produced, client.send(&topic.fetch_request(i), 12))
        })
        .collect();
    for (i, produced, fetched) in sent {
        let response = client.receive::<ProduceRequest>(9, produced);
        assert_eq!(response.responses[0].partition_responses[0].base_offset, i);
        let response = client.receive::<FetchRequest>(12, fetched);
        let records = response.responses[0].partitions[0].records.clone().unwrap().into_bytes().unwrap();
        assert_eq!(values(&records)[0].0, i, "each fetch sees what was produced before it");
    }
}

#[test]
fn many_producers_that_wait_for_the_platter_all_hear_of_their_own_records() {
    let mut client = Client::connect();
    let topic = configured(&mut client, "synced", "flush.messages", "1");
    assert_eq!(produce_patiently(&mut client, &topic, batch(&["first"])).base_offset, 0);
    let producer = |name: usize| {
        let mut client = Client::connect();
        let value = |i: usize| format!("{name}-{i}");
        let produced = |i| (client.produce(&topic, 9, -1, batch(&[&value(i)])).base_offset, value(i));
        (0..10).map(produced).collect::<Vec<_>>()
    };
    let mut acknowledged: Vec<(i64, String)> = std::thread::scope(|scope| {
        let producers: Vec<_> = (0..8).map(|name| scope.spawn(move || producer(name))).collect();
        producers.into_iter().flat_map(|producer| producer.join().unwrap()).collect()
    });
    acknowledged.sort();
    let stored = client.fetch(&topic, 12, 1).records.unwrap().into_bytes().unwrap();
    assert_eq!(values(&stored), acknowledged);
    assert_eq!(acknowledged.len(), 80);
}

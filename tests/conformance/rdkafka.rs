//! librdkafka as everybody uses it: a producer and a consumer.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use crate::cluster::{bootstrap, fresh_name};

const PATIENCE: Duration = Duration::from_secs(30);

fn config() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap()).set("broker.address.family", "v4");
    config
}

fn produce(config: &ClientConfig, topic: &str, count: usize) {
    let producer: BaseProducer = config.create().unwrap();
    for i in 0..count {
        let (key, value) = (format!("k{i}"), format!("v{i}"));
        let headers = OwnedHeaders::new().insert(Header { key: "h", value: Some("x") });
        let mut record = BaseRecord::to(topic).key(&key).payload(&value).headers(headers);
        while let Err((_, returned)) = producer.send(record) {
            producer.poll(Duration::from_millis(10));
            record = returned;
        }
    }
    let deadline = Instant::now() + PATIENCE;
    while producer.in_flight_count() > 0 && Instant::now() < deadline {
        producer.poll(Duration::from_millis(10));
    }
    assert_eq!(producer.in_flight_count(), 0);
}

fn consume(topic: &str, count: usize) -> Vec<String> {
    let consumer: BaseConsumer =
        config().set("group.id", fresh_name("group")).set("enable.auto.commit", "false").create().unwrap();
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&assignment).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let mut values = Vec::new();
    while values.len() < count && Instant::now() < deadline {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            let message = message.unwrap();
            assert_eq!(message.offset(), values.len() as i64);
            assert_eq!(message.headers().unwrap().get(0).key, "h");
            values.push(String::from_utf8(message.payload().unwrap().to_vec()).unwrap());
        }
    }
    values
}

#[test]
fn what_librdkafka_produces_it_consumes() {
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        for (idempotent, acks) in [("true", "all"), ("false", "1")] {
            let topic = fresh_name("rdkafka");
            let mut config = config();
            config.set("compression.codec", codec).set("enable.idempotence", idempotent).set("acks", acks);
            produce(&config, &topic, 1000);
            let values = consume(&topic, 1000);
            assert_eq!(values.len(), 1000, "{codec}, idempotence {idempotent}");
            assert_eq!(values[999], "v999");
        }
    }
}

/// Reads one record after the other in a group, and writes it on; the offset goes with it in a transaction. Every
/// second attempt is given up, and what was read is read again.
#[test]
fn what_librdkafka_reads_and_writes_in_transactions_it_writes_once() {
    let (from, to, group) = (fresh_name("from"), fresh_name("to"), fresh_name("group"));
    produce(&config(), &from, 5);
    let mut settings = config();
    settings.set("transactional.id", fresh_name("transactional"));
    let producer: ThreadedProducer<DefaultProducerContext> = settings.create().unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    for record in 0..5 {
        for is_committed in [false, true] {
            let consumer = member(&group, &from);
            let message = next(&consumer);
            assert_eq!(message.0, record, "what a transaction that was given up has read is read again");
            producer.begin_transaction().unwrap();
            let headers = OwnedHeaders::new().insert(Header { key: "h", value: Some("x") });
            producer
                .send(BaseRecord::to(&to).key("k").payload(&message.1).headers(headers))
                .map_err(|(e, _)| e)
                .unwrap();
            let mut offsets = TopicPartitionList::new();
            offsets.add_partition_offset(&from, 0, Offset::Offset(message.0 + 1)).unwrap();
            let metadata = consumer.group_metadata().unwrap();
            producer.send_offsets_to_transaction(&offsets, &metadata, PATIENCE).unwrap();
            match is_committed {
                true => producer.commit_transaction(PATIENCE).unwrap(),
                false => producer.abort_transaction(PATIENCE).unwrap(),
            }
        }
    }
    let consumer = member(&fresh_name("reader"), &to);
    let written: Vec<String> = (0..5).map(|_| next(&consumer).1).collect();
    assert_eq!(written, ["v0", "v1", "v2", "v3", "v4"]);
}

/// A consumer that is alone in its group and sees what is committed.
fn member(group: &str, topic: &str) -> BaseConsumer {
    let mut settings = config();
    settings.set("group.id", group).set("enable.auto.commit", "false").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = settings.set("isolation.level", "read_committed").create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

fn next(consumer: &BaseConsumer) -> (i64, String) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            let message = message.unwrap();
            return (message.offset(), String::from_utf8(message.payload().unwrap().to_vec()).unwrap());
        }
        assert!(Instant::now() < deadline, "nothing comes");
    }
}

//! librdkafka as everybody uses it: a producer and a consumer.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
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

//! The live clients that recorded calls need: members of groups, deleted records, transactions (`% member`, `% stall`,
//! `% leave`, `% delete-records`, `% transaction`, `% hanging`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use kavka::client::admin::Destination;
use kavka::client::admin::offsets::{IsolationLevel, OffsetSpec};
use kavka::client::{Admin, ClientSettings};
use kavka::clock::Timestamp;
use kavka::log::batch::{BatchBuilder, NewRecord, ProducerStamp};
use kavka::protocol::messages::ProduceRequest;
use kavka::protocol::messages::produce::{PartitionProduceData, TopicProduceData};
use kavka::vocabulary::TopicPartition;

const PATIENCE: Duration = Duration::from_secs(30);

/// The clients of one broker; they leave with this value.
pub struct Live {
    settings: ClientConfig,
    members: HashMap<String, Member>,
    /// Producers whose transactions stay open.
    open: Vec<BaseProducer>,
}

struct Member {
    group: String,
    leaving: Arc<AtomicBool>,
    stalled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    pub fn new(server: &str) -> Live {
        let mut settings = ClientConfig::new();
        settings.set("bootstrap.servers", server);
        Live { settings, members: HashMap::new(), open: Vec::new() }
    }

    /// Does the step if it is one of ours: NAME=VALUE words, and one without `=` that is the name.
    pub fn step(&mut self, words: &[String], input: &[u8]) -> bool {
        let named: HashMap<&str, &str> =
            words[1..].iter().map(|word| word.split_once('=').unwrap_or(("name", word))).collect();
        match words[0].as_str() {
            "member" => self.member(&named),
            "stall" => self.members[named["name"]].stalled.store(true, Ordering::Relaxed),
            "leave" => {
                let member = self.members.remove(named["name"]).unwrap();
                let group = member.group.clone();
                drop(member);
                self.await_stable(&group);
            }
            "delete-records" => self.delete_records(&named),
            "transaction" => self.transaction(&named, input),
            "hanging" => self.hanging(&named, input),
            _ => return false,
        }
        true
    }

    fn member(&mut self, named: &HashMap<&str, &str>) {
        let mut settings = self.settings.clone();
        settings.set("client.id", named["name"]).set("group.id", named["group"]).set("enable.auto.commit", "false");
        settings.set("auto.offset.reset", "earliest");
        match named.get("protocol") {
            Some(protocol) => settings.set("group.protocol", *protocol),
            None => settings
                .set("session.timeout.ms", "10000")
                .set("heartbeat.interval.ms", "300")
                .set("partition.assignment.strategy", *named.get("assignor").unwrap_or(&"range")),
        };
        if let Some(instance) = named.get("instance") {
            settings.set("group.instance.id", *instance);
        }
        let consumer: BaseConsumer = settings.create().unwrap();
        consumer.subscribe(&named["topics"].split(',').collect::<Vec<_>>()).unwrap();
        let leaving = Arc::new(AtomicBool::new(false));
        let stalled = Arc::new(AtomicBool::new(false));
        let told = (Arc::clone(&leaving), Arc::clone(&stalled));
        let thread = std::thread::spawn(move || {
            while !told.0.load(Ordering::Relaxed) {
                if told.1.load(Ordering::Relaxed) {
                    std::thread::park();
                } else {
                    consumer.poll(Duration::from_millis(100));
                }
            }
        });
        let member = Member { group: named["group"].to_owned(), leaving, stalled, thread: Some(thread) };
        self.members.insert(named["name"].to_owned(), member);
        match named.get("until") {
            Some(_) => self.await_state(named["group"], |state, _| state == "PreparingRebalance"),
            None => self.await_stable(named["group"]),
        }
    }

    /// The group has the members that live here and no others, each with its share.
    fn await_stable(&self, group: &str) {
        let expected = self.members.values().filter(|member| member.group == group).count();
        self.await_state(group, |state, members| {
            members == expected && (state == "Stable" || expected == 0 && state != "PreparingRebalance")
        });
    }

    fn await_state(&self, group: &str, is_reached: impl Fn(&str, usize) -> bool) {
        let admin = Admin::new(&ClientSettings::plaintext(self.settings.get("bootstrap.servers").unwrap()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let described = runtime.block_on(admin.describe_groups(&[group.to_owned()])).unwrap().remove(0).1;
            let known = described.map_or(("Dead".to_owned(), 0), |group| (group.state, group.members.len()));
            if is_reached(&known.0, known.1) {
                return;
            }
            assert!(Instant::now() < deadline, "group {group} is {known:?}");
        }
    }

    /// The lines as records of a transaction.
    fn transaction(&mut self, named: &HashMap<&str, &str>, input: &[u8]) {
        let mut settings = self.settings.clone();
        settings.set("transactional.id", named["id"]).set("transaction.timeout.ms", "60000");
        let producer: BaseProducer = settings.create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer.begin_transaction().unwrap();
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            let record = BaseRecord::<[u8], [u8]>::to(named["topic"]);
            producer.send(record.payload(line.strip_suffix(b"\n").unwrap_or(line))).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
        match named["end"] {
            "commit" => producer.commit_transaction(PATIENCE).unwrap(),
            "abort" => producer.abort_transaction(PATIENCE).unwrap(),
            _ => self.open.push(producer),
        }
        if self.open.is_empty() {
            self.await_ends(named["topic"]);
        }
    }

    /// The end of a transaction is written when readers of committed records are past it.
    fn await_ends(&self, topic: &str) {
        let admin = Admin::new(&ClientSettings::plaintext(self.settings.get("bootstrap.servers").unwrap()));
        let deadline = Instant::now() + PATIENCE;
        let ends = async |isolation| {
            let described = admin.describe_topics(&[topic.to_owned()]).await.unwrap().remove(0).1.unwrap();
            let partitions = described.partitions.iter().map(|each| TopicPartition::new(topic, each.partition));
            let asked: Vec<_> = partitions.map(|partition| (partition, OffsetSpec::Latest)).collect();
            let found = admin.list_offsets(&asked, isolation).await.unwrap().into_iter();
            found.map(|(_, found)| found.unwrap().offset).collect::<Vec<_>>()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            while ends(IsolationLevel::ReadCommitted).await != ends(IsolationLevel::ReadUncommitted).await {
                assert!(Instant::now() < deadline, "the transaction on {topic} has not ended");
            }
        });
    }

    /// The lines in a transaction that no coordinator has heard of.
    fn hanging(&self, named: &HashMap<&str, &str>, input: &[u8]) {
        let epoch = named.get("epoch").map_or(0, |epoch| epoch.parse().unwrap());
        let stamp = ProducerStamp { id: named["producer"].parse().unwrap(), epoch, base_sequence: 0 };
        let mut batch = BatchBuilder::new().producer(stamp).transactional(true);
        let timestamp = Timestamp(named["at"].parse().unwrap());
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            let value = Some(line.strip_suffix(b"\n").unwrap_or(line));
            batch.add(&NewRecord { timestamp, key: None, value, headers: &[] });
        }
        let partition =
            PartitionProduceData { index: named["partition"].parse().unwrap(), records: Some(batch.build()) };
        let topic =
            TopicProduceData { name: named["topic"].to_owned(), partition_data: vec![partition], ..Default::default() };
        let request = ProduceRequest {
            transactional_id: Some("parity".to_owned()),
            acks: -1,
            timeout_ms: 10_000,
            topic_data: vec![topic],
        };
        let admin = Admin::new(&ClientSettings::plaintext(self.settings.get("bootstrap.servers").unwrap()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(admin.send_within(Destination::Any, &request, 3..=9)).unwrap();
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0, "{answer:?}");
    }

    fn delete_records(&self, named: &HashMap<&str, &str>) {
        let admin: AdminClient<DefaultClientContext> = self.settings.create().unwrap();
        let mut before = TopicPartitionList::new();
        let offset = Offset::Offset(named["before"].parse().unwrap());
        before.add_partition_offset(named["topic"], named["partition"].parse().unwrap(), offset).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let deleted = runtime.block_on(admin.delete_records(&before, &AdminOptions::new())).unwrap();
        assert!(deleted.elements().iter().all(|element| element.error().is_ok()), "{deleted:?}");
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.leaving.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

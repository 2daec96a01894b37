//! The cluster under test and a client that speaks single frames to it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kavka::broker::config::{BrokerKeys, Role};
use kavka::broker::{Broker, BrokerConfig, ListenerConfig, ListenerProtocol, StartError};
use kavka::clock::Timestamp;
use kavka::log::batch::{BatchBuilder, NewRecord};
use kavka::protocol::apis::Request;
use kavka::protocol::frames::{encode_request, read_response_header};
use kavka::protocol::messages::fetch::{FetchPartition, FetchTopic, PartitionData};
use kavka::protocol::messages::metadata::{MetadataRequestTopic, MetadataResponseTopic};
use kavka::protocol::messages::produce::{PartitionProduceData, PartitionProduceResponse, TopicProduceData};
use kavka::protocol::messages::{FetchRequest, MetadataRequest, ProduceRequest};
use kavka::protocol::{Message, Reader};
use kavka::vocabulary::Uuid;
use tokio::runtime::Runtime;

/// Longer than anything here takes, and shorter than any wait that a broken broker would fall back to.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);

/// A broker in this process.
pub struct OwnBroker {
    runtime: Runtime,
    broker: Option<Broker>,
    pub address: SocketAddr,
}

pub struct Setup {
    pub keys: BTreeMap<String, String>,
    pub protocol: ListenerProtocol,
    pub port: u16,
    pub log_directories: Vec<PathBuf>,
    pub eager: bool,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            keys: BTreeMap::new(),
            protocol: ListenerProtocol::Plaintext,
            port: 0,
            log_directories: Vec::new(),
            eager: false,
        }
    }
}

impl OwnBroker {
    pub fn start(directory: &Path, setup: Setup) -> OwnBroker {
        OwnBroker::try_start(directory, setup).unwrap()
    }

    pub fn try_start(directory: &Path, setup: Setup) -> Result<OwnBroker, StartError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut keys = BrokerKeys::default();
        setup.keys.iter().for_each(|(name, value)| keys.set(name, value).unwrap());
        let config = BrokerConfig {
            node_id: Some(1),
            data_directory: directory.to_owned(),
            log_directories: setup.log_directories,
            listeners: vec![ListenerConfig {
                name: "PLAINTEXT".to_owned(),
                role: Role::Broker,
                host: "127.0.0.1".to_owned(),
                port: setup.port,
                protocol: setup.protocol,
                advertised: None,
            }],
            eager: setup.eager,
            format_if_empty: true,
            keys,
            opening: Default::default(),
        };
        let broker = runtime.block_on(Broker::start(config))?;
        let address = broker.addresses()[0];
        Ok(OwnBroker { runtime, broker: Some(broker), address })
    }

    /// Waits until it says why it cannot go on.
    pub fn why_lost(&self) -> String {
        let mut lost = self.broker.as_ref().unwrap().lost();
        let why = self
            .runtime
            .block_on(async { tokio::time::timeout(ANSWER_DEADLINE, lost.wait_for(Option::is_some)).await });
        why.unwrap().unwrap().clone().unwrap()
    }

    /// Lets it go like a crash.
    pub fn abandon(mut self) {
        drop(self.broker.take());
    }

    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(broker) = self.broker.take() {
            self.runtime.block_on(broker.stop()).unwrap();
        }
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        self.end();
    }
}

/// The cluster that most tests share.
pub fn bootstrap() -> String {
    static SHARED: OnceLock<(String, Option<(OwnBroker, tempfile::TempDir)>)> = OnceLock::new();
    let (address, _) = SHARED.get_or_init(|| match std::env::var("KAVKA_CONFORMANCE_BOOTSTRAP") {
        Ok(address) => (address, None),
        Err(_) => {
            let directory = tempfile::tempdir().unwrap();
            let broker = OwnBroker::start(directory.path(), Setup::default());
            (broker.address.to_string(), Some((broker, directory)))
        }
    });
    address.clone()
}

/// A topic name that no other test uses.
pub fn fresh_name(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{stem}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A connection that sends one frame and waits for the answer.
pub struct Client {
    pub stream: TcpStream,
    client_id: String,
    next_correlation_id: i32,
}

impl Client {
    pub fn connect() -> Client {
        Client::to(&bootstrap())
    }

    pub fn to(address: &str) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(ANSWER_DEADLINE)).unwrap();
        Client { stream, client_id: "conformance".to_owned(), next_correlation_id: 1 }
    }

    /// A connection of a client that calls itself something else.
    pub fn named(client_id: &str) -> Client {
        Client { client_id: client_id.to_owned(), ..Client::connect() }
    }

    /// Sends a request and gives its correlation id.
    pub fn send<R: Request>(&mut self, request: &R, version: i16) -> i32 {
        let correlation_id = self.next_correlation_id;
        self.next_correlation_id += 1;
        self.stream.write_all(&encode_request(request, version, correlation_id, &self.client_id)).unwrap();
        correlation_id
    }

    pub fn receive<R: Request>(&mut self, version: i16, correlation_id: i32) -> R::Response {
        let frame = self.receive_frame().expect("the broker closed the connection");
        let mut reader = Reader::new(frame);
        assert_eq!(read_response_header(&mut reader, R::API, version).unwrap(), correlation_id);
        let response = R::Response::decode_from(&mut reader, version).unwrap();
        assert_eq!(reader.remaining(), 0, "{} v{version} has bytes to spare", R::API);
        response
    }

    /// `None` if the broker closed the connection.
    pub fn receive_frame(&mut self) -> Option<Bytes> {
        let mut length = [0; 4];
        match self.stream.read_exact(&mut length) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => panic!("no answer"),
            Err(_) => return None,
        }
        let mut frame = vec![0; i32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).unwrap();
        Some(frame.into())
    }

    pub fn call<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        let correlation_id = self.send(request, version);
        self.receive::<R>(version, correlation_id)
    }

    /// Asks again until something is so.
    pub fn await_that(&mut self, mut is_so: impl FnMut(&mut Client) -> bool) {
        let deadline = Instant::now() + ANSWER_DEADLINE;
        while !is_so(self) {
            assert!(Instant::now() < deadline);
        }
    }

    /// Makes a topic by asking for it.
    pub fn topic(&mut self, stem: &str) -> Topic {
        let name = fresh_name(stem);
        // Apache's broker creates in the background and answers with an error first.
        let described = loop {
            let topic = self.describe(&name);
            if topic.error_code == 0 && topic.partitions.iter().all(|partition| partition.error_code == 0) {
                break topic;
            }
            assert!([3, 5].contains(&topic.error_code), "{topic:?}");
        };
        Topic { name, id: described.topic_id }
    }

    pub fn describe(&mut self, name: &str) -> MetadataResponseTopic {
        let topics = Some(vec![MetadataRequestTopic { name: Some(name.to_owned()), topic_id: Uuid::ZERO }]);
        let request = MetadataRequest { topics, ..Default::default() };
        self.call(&request, 12).topics.remove(0)
    }

    pub fn produce(&mut self, topic: &Topic, version: i16, acks: i16, records: Bytes) -> PartitionProduceResponse {
        let mut response = self.call(&topic.produce_request(acks, records), version);
        assert_eq!(response.responses.len(), 1);
        response.responses.remove(0).partition_responses.remove(0)
    }

    pub fn fetch(&mut self, topic: &Topic, version: i16, offset: i64) -> PartitionData {
        let mut response = self.call(&topic.fetch_request(offset), version);
        assert_eq!(response.error_code, 0);
        response.responses.remove(0).partitions.remove(0)
    }
}

/// A topic with one partition.
#[derive(Debug, Clone)]
pub struct Topic {
    pub name: String,
    pub id: Uuid,
}

impl Topic {
    pub fn produce_request(&self, acks: i16, records: Bytes) -> ProduceRequest {
        let partition_data = vec![PartitionProduceData { index: 0, records: Some(records) }];
        ProduceRequest {
            acks,
            timeout_ms: 10_000,
            topic_data: vec![TopicProduceData { name: self.name.clone(), topic_id: self.id, partition_data }],
            ..Default::default()
        }
    }

    /// Waits for nothing.
    pub fn fetch_request(&self, fetch_offset: i64) -> FetchRequest {
        let partition = FetchPartition { fetch_offset, partition_max_bytes: 1 << 20, ..Default::default() };
        let topic = FetchTopic { topic: self.name.clone(), topic_id: self.id, partitions: vec![partition] };
        FetchRequest { max_bytes: 1 << 20, topics: vec![topic], ..Default::default() }
    }
}

/// A batch of one record for each value.
pub fn batch(values: &[&str]) -> Bytes {
    stamped_batch(&values.iter().map(|value| (1_700_000_000_000, *value)).collect::<Vec<_>>())
}

pub fn stamped_batch(records: &[(i64, &str)]) -> Bytes {
    let mut builder = BatchBuilder::new();
    for (timestamp, value) in records {
        let timestamp = Timestamp(*timestamp);
        builder.add(&NewRecord { timestamp, key: None, value: Some(value.as_bytes()), headers: &[] });
    }
    builder.build()
}

/// The values of all records, with their offsets.
pub fn values(records: &[u8]) -> Vec<(i64, String)> {
    let mut values = Vec::new();
    for batch in kavka::log::batch::batches(records) {
        let batch = batch.unwrap();
        batch.check_crc().unwrap();
        let mut reader = batch.records().unwrap();
        while let Some(record) = reader.next_record().unwrap() {
            let offset = record.offset;
            values.push((offset, String::from_utf8(record.value.unwrap().to_vec()).unwrap()));
        }
    }
    values
}

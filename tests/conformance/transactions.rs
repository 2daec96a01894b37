//! Transactions as frames: both protocols, what readers see of them, and what is refused (KIP-98, KIP-890).

use std::time::{Duration, Instant};

use bytes::Bytes;
use kavka::clock::Timestamp;
use kavka::log::batch::{BatchBuilder, NewRecord, ProducerStamp};
use kavka::protocol::ErrorCode;
use kavka::protocol::messages::add_partitions_to_txn::AddPartitionsToTxnTopic;
use kavka::protocol::messages::describe_producers::{ProducerState, TopicRequest};
use kavka::protocol::messages::describe_transactions::TransactionState;
use kavka::protocol::messages::fetch::PartitionData;
use kavka::protocol::messages::write_txn_markers::{WritableTxnMarker, WritableTxnMarkerTopic};
use kavka::protocol::messages::{
    AddPartitionsToTxnRequest, DescribeProducersRequest, DescribeTransactionsRequest, EndTxnRequest,
    FindCoordinatorRequest, InitProducerIdRequest, ListTransactionsRequest, WriteTxnMarkersRequest,
};

use crate::cluster::{Client, Topic, fresh_name, stamped_batch, values};

/// Longer than Apache's broker takes for what it does in the background.
const DEADLINE: Duration = Duration::from_secs(30);

/// A transactional producer that speaks in single frames.
struct Producer {
    client: Client,
    id: String,
    producer_id: i64,
    epoch: i16,
    sequence: i32,
}

impl Producer {
    fn new(stem: &str) -> Producer {
        Producer::with_id(&fresh_name(stem))
    }

    fn with_id(id: &str) -> Producer {
        let mut client = Client::connect();
        wait_for_coordinator(&mut client, id);
        let mut producer = Producer { client, id: id.to_owned(), producer_id: -1, epoch: -1, sequence: 0 };
        assert_eq!(producer.init(60_000), ErrorCode::None);
        producer
    }

    /// As a producer that starts.
    fn init(&mut self, timeout_ms: i32) -> ErrorCode {
        let request = InitProducerIdRequest {
            transactional_id: Some(self.id.clone()),
            transaction_timeout_ms: timeout_ms,
            ..Default::default()
        };
        let response = retried(|| {
            let response = self.client.call(&request, 5);
            (response.error_code, response)
        });
        if response.error_code == 0 {
            (self.producer_id, self.epoch, self.sequence) = (response.producer_id, response.producer_epoch, 0);
        }
        ErrorCode::from_code(response.error_code)
    }

    fn add(&mut self, topics: &[(&str, i32)]) -> Vec<ErrorCode> {
        let topics = topics.iter().map(|(name, partition)| AddPartitionsToTxnTopic {
            name: (*name).to_owned(),
            partitions: vec![*partition],
        });
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: self.id.clone(),
            v3_and_below_producer_id: self.producer_id,
            v3_and_below_producer_epoch: self.epoch,
            v3_and_below_topics: topics.collect(),
            ..Default::default()
        };
        let response = retried(|| {
            let response = self.client.call(&request, 3);
            let first = response.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code;
            (first, response)
        });
        let results = response.results_by_topic_v3_and_below.iter().flat_map(|topic| &topic.results_by_partition);
        results.map(|result| ErrorCode::from_code(result.partition_error_code)).collect()
    }

    /// With the time of the markers: the log would begin a new segment between others.
    fn batch(&self, values: &[&str]) -> Bytes {
        let stamp = ProducerStamp { id: self.producer_id, epoch: self.epoch, base_sequence: self.sequence };
        let mut builder = BatchBuilder::new().producer(stamp).transactional(true);
        for value in values {
            builder.add(&NewRecord {
                timestamp: Timestamp::now(),
                key: None,
                value: Some(value.as_bytes()),
                headers: &[],
            });
        }
        builder.build()
    }

    fn send(&mut self, topic: &Topic, version: i16, values: &[&str]) -> ErrorCode {
        let mut request = topic.produce_request(-1, self.batch(values));
        request.transactional_id = Some(self.id.clone());
        let response = retried(|| {
            let mut response = self.client.call(&request, version);
            let partition = response.responses.remove(0).partition_responses.remove(0);
            (partition.error_code, partition)
        });
        if response.error_code == 0 {
            self.sequence += values.len() as i32;
        }
        ErrorCode::from_code(response.error_code)
    }

    fn end(&mut self, version: i16, committed: bool) -> ErrorCode {
        let request = EndTxnRequest {
            transactional_id: self.id.clone(),
            producer_id: self.producer_id,
            producer_epoch: self.epoch,
            committed,
        };
        let response = retried(|| {
            let response = self.client.call(&request, version);
            (response.error_code, response)
        });
        if response.error_code == 0 && version >= 5 {
            (self.producer_id, self.epoch, self.sequence) = (response.producer_id, response.producer_epoch, 0);
        }
        ErrorCode::from_code(response.error_code)
    }

    fn describe(&mut self) -> TransactionState {
        let request = DescribeTransactionsRequest { transactional_ids: vec![self.id.clone()] };
        self.client.call(&request, 0).transaction_states.remove(0)
    }
}

/// Kafka's broker makes topics, loads coordinators and ends transactions in the background.
fn retried<T>(mut attempt: impl FnMut() -> (i16, T)) -> T {
    let begun = Instant::now();
    while begun.elapsed() < DEADLINE {
        let (code, response) = attempt();
        let code = ErrorCode::from_code(code);
        let passes = [
            ErrorCode::ConcurrentTransactions,
            ErrorCode::CoordinatorLoadInProgress,
            ErrorCode::CoordinatorNotAvailable,
            ErrorCode::NotCoordinator,
            ErrorCode::NotLeaderOrFollower,
        ];
        if !passes.contains(&code) {
            return response;
        }
    }
    panic!("the coordinator does not get ready");
}

fn wait_for_coordinator(client: &mut Client, id: &str) {
    let request = FindCoordinatorRequest { key_type: 1, coordinator_keys: vec![id.to_owned()], ..Default::default() };
    retried(|| (client.call(&request, 4).coordinators[0].error_code, ()));
}

fn fetch(client: &mut Client, topic: &Topic, isolation_level: i8) -> PartitionData {
    let mut request = topic.fetch_request(0);
    request.isolation_level = isolation_level;
    client.call(&request, 12).responses.remove(0).partitions.remove(0)
}

fn plain(value: &str) -> Bytes {
    stamped_batch(&[(Timestamp::now().millis(), value)])
}

/// What a reader of committed records makes of a partition.
fn committed(client: &mut Client, topic: &Topic) -> Vec<String> {
    let data = fetch(client, topic, 1);
    let aborted = data.aborted_transactions.unwrap();
    let mut open: Vec<(i64, i64)> = aborted.iter().map(|one| (one.first_offset, one.producer_id)).collect();
    let mut found = Vec::new();
    for batch in kavka::log::batch::batches(&data.records.unwrap().into_bytes().unwrap()) {
        let batch = batch.unwrap();
        let is_of = |one: &(i64, i64)| one.1 == batch.header.producer_id && one.0 <= batch.header.base_offset;
        if batch.header.attributes.is_control() {
            open.retain(|one| !is_of(one));
        } else if !open.iter().any(is_of) {
            found.extend(values(batch.bytes).into_iter().map(|(_, value)| value));
        }
    }
    found
}

fn active_producers(client: &mut Client, topic: &Topic) -> Vec<ProducerState> {
    let topics = vec![TopicRequest { name: topic.name.clone(), partition_indexes: vec![0] }];
    client.call(&DescribeProducersRequest { topics }, 0).topics.remove(0).partitions.remove(0).active_producers
}

#[test]
fn in_the_first_protocol_a_producer_keeps_its_epoch_and_its_sequence() {
    let mut producer = Producer::new("first");
    let topic = producer.client.topic("first");
    for (value, commits) in [("a", true), ("b", false), ("c", true)] {
        assert_eq!(producer.add(&[(&topic.name, 0)]), [ErrorCode::None]);
        assert_eq!(producer.send(&topic, 9, &[value]), ErrorCode::None);
        assert_eq!(producer.end(3, commits), ErrorCode::None);
        assert_eq!(producer.end(3, commits), ErrorCode::None, "an end that is told twice");
        assert_eq!(producer.end(3, !commits), ErrorCode::InvalidTxnState);
    }
    assert_eq!(producer.epoch, 0);
    assert_eq!(settled(&mut producer.client, &topic, 6), ["a", "c"]);
}

/// Kafka writes the markers after its answer: waits until the log has this end, and everything in it is decided.
fn settled(client: &mut Client, topic: &Topic, end: i64) -> Vec<String> {
    let begun = Instant::now();
    while begun.elapsed() < DEADLINE {
        let data = fetch(client, topic, 1);
        if (data.last_stable_offset, data.high_watermark) == (end, end) {
            return committed(client, topic);
        }
    }
    panic!("the log does not end at {end}: {:?}", fetch(client, topic, 1));
}

#[test]
fn in_the_second_protocol_a_write_joins_by_itself_and_every_end_gives_a_new_epoch() {
    let mut producer = Producer::new("second");
    let topic = producer.client.topic("second");
    for (value, commits, epoch) in [("a", true, 1), ("b", false, 2), ("c", true, 3)] {
        assert_eq!(producer.send(&topic, 12, &[value, value]), ErrorCode::None);
        assert_eq!(producer.send(&topic, 12, &["more"]), ErrorCode::None);
        let before = (producer.producer_id, producer.epoch);
        assert_eq!(producer.end(5, commits), ErrorCode::None);
        assert_eq!((producer.producer_id, producer.epoch), (before.0, epoch));
        let after = std::mem::replace(&mut producer.epoch, before.1);
        assert_eq!(producer.end(5, commits), ErrorCode::None, "an end that is told twice");
        assert_eq!(producer.epoch, after);
    }
    assert_eq!(settled(&mut producer.client, &topic, 12), ["a", "a", "more", "c", "c", "more"]);
}

#[test]
fn an_open_transaction_hides_what_comes_after_it_too() {
    let mut producer = Producer::new("open");
    let topic = producer.client.topic("open");
    let mut client = Client::connect();
    client.produce(&topic, 9, -1, plain("before"));
    assert_eq!(producer.send(&topic, 12, &["inside"]), ErrorCode::None);
    client.produce(&topic, 9, -1, plain("after"));
    assert_eq!(committed(&mut client, &topic), ["before"]);
    let everything = fetch(&mut client, &topic, 0);
    assert_eq!((everything.last_stable_offset, everything.high_watermark), (1, 3));
    assert_eq!(values(&everything.records.unwrap().into_bytes().unwrap()).len(), 3);
    let state = producer.describe();
    assert_eq!((state.error_code, state.transaction_state.as_str()), (0, "Ongoing"));
    assert_eq!(state.topics[0].topic, topic.name);
    let active = active_producers(&mut client, &topic);
    assert_eq!(active[0].current_txn_start_offset, 1);
    assert_eq!(producer.end(5, true), ErrorCode::None);
    assert_eq!(settled(&mut client, &topic, 4), ["before", "inside", "after"]);
}

#[test]
fn a_partition_that_was_not_added_takes_no_batch_of_the_first_protocol() {
    let mut producer = Producer::new("unadded");
    let topic = producer.client.topic("unadded");
    assert_eq!(producer.send(&topic, 9, &["x"]), ErrorCode::InvalidTxnState);
    assert_eq!(producer.send(&topic, 11, &["x"]), ErrorCode::TransactionAbortable);
    assert_eq!(fetch(&mut producer.client, &topic, 0).high_watermark, 0);
}

#[test]
fn if_one_partition_is_not_there_none_is_added() {
    let mut producer = Producer::new("partial");
    let topic = producer.client.topic("partial");
    let mut codes = producer.add(&[(&topic.name, 0), ("nowhere", 0)]);
    codes.sort_by_key(|code| code.code());
    assert_eq!(codes, [ErrorCode::UnknownTopicOrPartition, ErrorCode::OperationNotAttempted]);
    assert_eq!(producer.add(&[("__transaction_state", 0)]), [ErrorCode::TopicAuthorizationFailed]);
    assert_eq!(producer.describe().transaction_state, "Empty");
}

#[test]
fn a_successor_fences_and_ends_what_is_open() {
    let mut first = Producer::new("fenced");
    let topic = first.client.topic("fenced");
    assert_eq!(first.send(&topic, 12, &["lost"]), ErrorCode::None);
    let mut second = Producer::with_id(&first.id);
    assert_eq!(second.producer_id, first.producer_id);
    assert!(second.epoch > first.epoch);
    assert_eq!(first.send(&topic, 12, &["late"]), ErrorCode::InvalidProducerEpoch);
    assert_eq!(first.end(5, true), ErrorCode::ProducerFenced);
    assert_eq!(first.end(1, true), ErrorCode::InvalidProducerEpoch, "which old clients know");
    assert_eq!(second.send(&topic, 12, &["kept"]), ErrorCode::None);
    assert_eq!(second.end(5, true), ErrorCode::None);
    assert_eq!(settled(&mut second.client, &topic, 4), ["kept"]);
}

#[test]
fn requests_that_no_producer_may_send_are_refused() {
    let mut producer = Producer::new("wrong");
    assert_eq!(producer.init(0), ErrorCode::InvalidTransactionTimeout);
    assert_eq!(producer.init(900_001), ErrorCode::InvalidTransactionTimeout);
    assert_eq!(producer.end(3, true), ErrorCode::InvalidTxnState, "nothing was begun");
    producer.producer_id += 1;
    assert_eq!(producer.end(3, true), ErrorCode::InvalidProducerIdMapping);
    producer.id = String::new();
    assert_eq!(producer.end(3, true), ErrorCode::InvalidRequest);
    assert_eq!(producer.init(1000), ErrorCode::InvalidRequest);
    producer.id = fresh_name("nobody");
    assert_eq!(producer.end(3, true), ErrorCode::InvalidProducerIdMapping);
    assert_eq!(producer.describe().error_code, ErrorCode::TransactionalIdNotFound.code());
}

#[test]
fn transactions_are_listed_by_state_producer_duration_and_pattern() {
    let mut producer = Producer::new("listed");
    let topic = producer.client.topic("listed");
    assert_eq!(producer.send(&topic, 12, &["x"]), ErrorCode::None);
    let (own, id) = (producer.id.clone(), producer.producer_id);
    let mut listed = |request: ListTransactionsRequest| {
        let response = producer.client.call(&request, 2);
        let found = response.transaction_states.iter().any(|state| state.transactional_id == own);
        (response.error_code, response.unknown_state_filters, found)
    };
    let all = ListTransactionsRequest::default;
    assert_eq!(listed(all()), (0, vec![], true));
    assert_eq!(listed(ListTransactionsRequest { state_filters: vec!["Ongoing".into()], ..all() }), (0, vec![], true));
    assert_eq!(listed(ListTransactionsRequest { state_filters: vec!["Empty".into()], ..all() }), (0, vec![], false));
    let unknown = ListTransactionsRequest { state_filters: vec!["Asleep".into()], ..all() };
    assert_eq!(listed(unknown), (0, vec!["Asleep".to_owned()], false));
    assert_eq!(listed(ListTransactionsRequest { producer_id_filters: vec![id], ..all() }), (0, vec![], true));
    assert_eq!(listed(ListTransactionsRequest { producer_id_filters: vec![id + 1], ..all() }), (0, vec![], false));
    assert_eq!(listed(ListTransactionsRequest { duration_filter: 3_600_000, ..all() }), (0, vec![], false));
    let pattern = |text: &str| ListTransactionsRequest { transactional_id_pattern: Some(text.to_owned()), ..all() };
    assert_eq!(listed(pattern("listed-.*")), (0, vec![], true));
    assert_eq!(listed(pattern("listed")), (0, vec![], false), "the whole id must match");
    for broken in ["[", "x)|(listed-.*"] {
        assert_eq!(listed(pattern(broken)).0, ErrorCode::InvalidRegularExpression.code(), "{broken}");
    }
}

#[test]
fn a_transaction_without_records_leaves_no_trace_in_its_partition_but_a_marker() {
    let mut producer = Producer::new("empty");
    let topic = producer.client.topic("empty");
    assert_eq!(producer.add(&[(&topic.name, 0)]), [ErrorCode::None]);
    assert_eq!(producer.end(3, false), ErrorCode::None);
    assert_eq!(settled(&mut producer.client, &topic, 1), Vec::<String>::new());
    assert_eq!(fetch(&mut producer.client, &topic, 1).aborted_transactions.unwrap(), []);
}

#[test]
fn a_hanging_transaction_is_ended_by_a_marker_from_outside() {
    let mut producer = Producer::new("hanging");
    let topic = producer.client.topic("hanging");
    assert_eq!(producer.send(&topic, 12, &["x"]), ErrorCode::None);
    let active = active_producers(&mut producer.client, &topic).remove(0);
    let marker = WritableTxnMarker {
        producer_id: active.producer_id,
        producer_epoch: active.producer_epoch as i16,
        transaction_result: false,
        topics: vec![
            WritableTxnMarkerTopic { name: topic.name.clone(), partition_indexes: vec![0] },
            WritableTxnMarkerTopic { name: "nowhere".to_owned(), partition_indexes: vec![0] },
        ],
        coordinator_epoch: active.coordinator_epoch.max(0),
        transaction_version: 0,
    };
    let mut response = producer.client.call(&WriteTxnMarkersRequest { markers: vec![marker] }, 1);
    let topics = response.markers.remove(0).topics;
    let code_of = |name: &str| topics.iter().find(|topic| topic.name == name).unwrap().partitions[0].error_code;
    assert_eq!(code_of(&topic.name), 0);
    assert_eq!(code_of("nowhere"), ErrorCode::UnknownTopicOrPartition.code());
    assert_eq!(settled(&mut producer.client, &topic, 2), Vec::<String>::new());
    assert_eq!(active_producers(&mut producer.client, &topic)[0].current_txn_start_offset, -1);
}

//! Fetch: whole batches from some partitions, at once or when there are enough.
//!
//! From version 13 topics go by id. Sessions (KIP-227) are never made: every response has session id 0 and all
//! partitions, which every client understands. A request that names a session is told that it does not exist, and a
//! client then fetches in full. A parked fetch is woken by the append that may complete it, looks for itself, and waits
//! on; after `max_wait_ms` it gets what there is. The first batch is given even if it is larger than every limit.
//! Missing: replica fetches (there are no replicas), tiered storage.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::broker::BrokerState;
use crate::broker::partitions::errors::storage_rejection;
use crate::broker::partitions::{Found, Partition};
use crate::broker::request::RequestContext;
use crate::log::{Located, Source};
use crate::metadata::{ClusterImage, PartitionImage, TopicImage};
use crate::protocol::messages::fetch::{
    AbortedTransaction, FetchPartition, FetchTopic, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint,
    PartitionData,
};
use crate::protocol::messages::{FetchRequest, FetchResponse};
use crate::protocol::{ErrorCode, FileRange, Records, Rejection, Segment};

/// The longest that a client may park a fetch.
const MAX_WAIT: Duration = Duration::from_secs(5 * 60);

pub async fn handle(broker: &BrokerState, context: &RequestContext, request: FetchRequest) -> FetchResponse {
    if request.session_id != 0 && request.session_epoch > 0 {
        return FetchResponse { error_code: ErrorCode::FetchSessionIdNotFound.code(), ..Default::default() };
    }
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default()).min(MAX_WAIT);
    let deadline = Instant::now() + wait;
    let fetch = Fetch::new(broker, context, &request);
    let found = fetch.look();
    let missing = found.missing();
    if wait.is_zero() || found.is_enough(&fetch, missing) {
        return fetch.respond(found);
    }
    drop(found);
    let notify = Arc::new(Notify::new());
    let watched: Vec<Arc<Partition>> = fetch.readable_partitions();
    let _watches: Vec<_> = watched.iter().map(|partition| partition.watch(&notify)).collect();
    // What was appended before the watch began is seen by the next look.
    let found = loop {
        let found = fetch.look();
        if found.is_enough(&fetch, missing) {
            break found;
        }
        tokio::select! {
            () = notify.notified() => {}
            () = tokio::time::sleep_until(deadline) => break fetch.look(),
        }
    };
    fetch.respond(found)
}

/// A request with what it needs to be looked at again and again.
struct Fetch<'a> {
    broker: &'a BrokerState,
    context: &'a RequestContext,
    topics: &'a [FetchTopic],
    committed: bool,
    min_bytes: usize,
    max_bytes: usize,
}

/// What one look at all partitions found, in the order of the request.
struct Look {
    partitions: Vec<Result<Found, Failure>>,
    image: Arc<ClusterImage>,
}

/// A partition that cannot be read, and who leads it if that is the reason.
struct Failure {
    rejection: Rejection,
    leader: LeaderIdAndEpoch,
}

impl Look {
    fn bytes(&self) -> usize {
        self.partitions.iter().flatten().filter_map(|found| found.located.as_ref()).map(|located| located.len()).sum()
    }

    /// How many partitions are not there.
    fn missing(&self) -> usize {
        self.partitions.iter().filter(|found| found.as_ref().is_err_and(Failure::is_missing)).count()
    }

    /// Whether a response can leave: enough bytes, an error that the client must see, or nothing to wait for. That a
    /// topic was not there to begin with can wait until there is something to say about the others.
    fn is_enough(&self, fetch: &Fetch<'_>, missing_at_first: usize) -> bool {
        let readable = self.partitions.iter().any(Result::is_ok);
        let failed = self.partitions.iter().any(|found| found.as_ref().is_err_and(|failure| !failure.is_missing()));
        !readable || failed || self.missing() > missing_at_first || self.bytes() >= fetch.min_bytes
    }
}

impl Failure {
    fn is_missing(&self) -> bool {
        matches!(self.rejection.code, ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId)
    }
}

impl<'a> Fetch<'a> {
    fn new(broker: &'a BrokerState, context: &'a RequestContext, request: &'a FetchRequest) -> Fetch<'a> {
        let broker_limit = broker.keys.number("fetch.max.bytes");
        let max_bytes = usize::try_from(broker_limit.min(i64::from(request.max_bytes))).unwrap_or_default();
        Fetch {
            broker,
            context,
            topics: &request.topics,
            committed: request.isolation_level == 1,
            min_bytes: usize::try_from(request.min_bytes).unwrap_or_default().min(max_bytes),
            max_bytes,
        }
    }

    fn topic<'i>(&self, image: &'i ClusterImage, topic: &FetchTopic) -> Result<&'i Arc<TopicImage>, ErrorCode> {
        if self.context.api_version >= 13 {
            return image.topic_by_id(topic.topic_id).ok_or(ErrorCode::UnknownTopicId);
        }
        image.topic(&topic.topic).ok_or(ErrorCode::UnknownTopicOrPartition)
    }

    fn readable_partitions(&self) -> Vec<Arc<Partition>> {
        let image = self.broker.image();
        let partitions_of = |topic: &FetchTopic| {
            let found = self.topic(&image, topic).ok().cloned();
            let indexes: Vec<i32> = topic.partitions.iter().map(|partition| partition.partition).collect();
            found.into_iter().flat_map(move |topic| {
                indexes.clone().into_iter().filter_map(move |index| self.broker.partitions.leader(&topic, index).ok())
            })
        };
        self.topics.iter().flat_map(partitions_of).collect()
    }

    /// Finds what can be given now, within the limits, without reading it.
    fn look(&self) -> Look {
        let image = self.broker.image();
        let mut left = self.max_bytes;
        let mut first = true;
        let mut partitions = Vec::new();
        for topic in self.topics {
            let found_topic = self.topic(&image, topic);
            for partition in &topic.partitions {
                let found = match &found_topic {
                    Err(code) => Err(Failure { rejection: (*code).into(), leader: LeaderIdAndEpoch::default() }),
                    Ok(topic) => self.find(topic, partition, left, first),
                };
                if let Ok(Found { located: Some(located), .. }) = &found {
                    left = left.saturating_sub(located.len());
                    first &= located.is_empty();
                }
                partitions.push(found);
            }
        }
        Look { partitions, image }
    }

    fn find(&self, topic: &TopicImage, wanted: &FetchPartition, left: usize, first: bool) -> Result<Found, Failure> {
        let known = usize::try_from(wanted.partition).ok().and_then(|index| topic.partitions.get(index));
        let read = || {
            let current = known.ok_or(ErrorCode::UnknownTopicOrPartition)?;
            check_epoch(current, wanted.current_leader_epoch)?;
            let partition = self.broker.partitions.leader(topic, wanted.partition)?;
            let max_bytes = usize::try_from(wanted.partition_max_bytes).unwrap_or_default().min(left);
            partition.find(wanted.fetch_offset, max_bytes, first, self.committed)
        };
        read().map_err(|rejection: Rejection| {
            let hint = matches!(rejection.code, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch);
            let leader = match known {
                Some(known) if hint => LeaderIdAndEpoch { leader_id: known.leader, leader_epoch: known.leader_epoch },
                _ => LeaderIdAndEpoch::default(),
            };
            Failure { rejection, leader }
        })
    }

    fn respond(&self, look: Look) -> FetchResponse {
        let mut found = look.partitions.into_iter();
        let mut leader_named = false;
        let responses = self
            .topics
            .iter()
            .map(|topic| FetchableTopicResponse {
                topic: topic.topic.clone(),
                topic_id: topic.topic_id,
                partitions: topic
                    .partitions
                    .iter()
                    .zip(&mut found)
                    .map(|(wanted, found)| {
                        let data = self.partition_data(wanted.partition, found);
                        leader_named |= data.current_leader.leader_id == self.broker.node_id;
                        data
                    })
                    .collect(),
            })
            .collect();
        drop(look.image);
        let node_endpoints = if leader_named && self.context.api_version >= 16 { self.endpoints() } else { Vec::new() };
        FetchResponse { responses, node_endpoints, ..Default::default() }
    }

    fn partition_data(&self, partition_index: i32, found: Result<Found, Failure>) -> PartitionData {
        let read = found.and_then(|found| match found.located.map_or(Ok(Records::default()), records) {
            Ok(records) => Ok((records, found.bounds, found.aborted)),
            Err(e) => {
                tracing::error!(partition_index, "cannot read: {e}");
                Err(Failure { rejection: storage_rejection(), leader: LeaderIdAndEpoch::default() })
            }
        });
        match read {
            Ok((records, bounds, aborted)) => PartitionData {
                partition_index,
                high_watermark: bounds.end,
                last_stable_offset: bounds.stable,
                log_start_offset: bounds.start,
                aborted_transactions: self.committed.then(|| {
                    let wire = aborted.iter().map(|aborted| AbortedTransaction {
                        producer_id: aborted.producer_id,
                        first_offset: aborted.first_offset,
                    });
                    wire.collect()
                }),
                records: Some(records),
                ..Default::default()
            },
            Err(failure) => PartitionData {
                partition_index,
                error_code: self.error_code(failure.rejection.code),
                high_watermark: -1,
                aborted_transactions: None,
                current_leader: failure.leader,
                records: Some(Records::default()),
                ..Default::default()
            },
        }
    }

    /// Old clients do not know the storage error.
    fn error_code(&self, code: ErrorCode) -> i16 {
        match code {
            ErrorCode::KafkaStorageError if self.context.api_version <= 5 => ErrorCode::NotLeaderOrFollower.code(),
            code => code.code(),
        }
    }

    fn endpoints(&self) -> Vec<NodeEndpoint> {
        vec![NodeEndpoint {
            node_id: self.broker.node_id,
            host: self.context.listener.advertised_host.clone(),
            port: i32::from(self.context.listener.advertised_port),
            rack: None,
        }]
    }
}

/// The batches as the response has them. Those in a file are sent from there.
fn records(located: Located) -> io::Result<Records> {
    Ok(Records(match located.into_source()? {
        Source::Memory(chunks) => chunks.into_iter().map(Segment::Memory).collect(),
        Source::File { file, position, length } => vec![Segment::File(FileRange { file, position, length })],
    }))
}

/// Holds the epoch that a client believes in against the one that is; −1 believes nothing (KIP-320).
pub fn check_epoch(current: &PartitionImage, claimed: i32) -> Result<(), Rejection> {
    match claimed {
        -1 => Ok(()),
        older if older < current.leader_epoch => Err(ErrorCode::FencedLeaderEpoch.into()),
        newer if newer > current.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch.into()),
        _ => Ok(()),
    }
}

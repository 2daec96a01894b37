//! Produce: appends one batch to each of some partitions.
//!
//! Versions 0–2 are advertised and refused, see [`super::advertised`]. From version 13 topics go by id. With one replica
//! `acks=1` and `acks=all` are the same: the batch is in the log when the response leaves. With `acks=0` nothing is
//! answered, and a failure closes the connection, which is all that Kafka has to tell such a client. Topics are never
//! created here. Before the first batch of a transaction in a partition the coordinator is asked whether the partition is
//! part of it; from version 12 it is told so instead (KIP-890).
//!
//! Order of the checks: protocol reference 3.2 and 3.3; what concerns the bytes is decided by the log.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;

use crate::broker::BrokerState;
use crate::broker::coordinators::transaction::Producer;
use crate::broker::coordinators::{TransactionSupport, TransactionalWrite};
use crate::broker::partitions::errors::AppendRejection;
use crate::broker::partitions::{FlushTicket, Partition};
use crate::broker::request::{Answer, Disconnect, RequestContext};
use crate::clock::Timestamp;
use crate::log::batch::{Batch, BatchFault, BatchHeader};
use crate::log::{Appended, Codec, Origin, Verification};
use crate::metadata::{ClusterImage, TopicImage};
use crate::protocol::messages::produce::{
    BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceData, PartitionProduceResponse,
    TopicProduceData, TopicProduceResponse,
};
use crate::protocol::messages::{ProduceRequest, ProduceResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, is_internal_topic};

/// Kafka's tools may write to internal topics under this client id.
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// The log may keep a batch for its readers: of a larger request than this only the batch, not the rest.
const LARGE_REQUEST_BYTES: usize = 4 << 20;

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: ProduceRequest,
) -> Answer<ProduceResponse> {
    let acks = request.acks;
    let image = broker.image();
    let refusal = refusal(broker, &request).await;
    let admissions = match refusal {
        None => admissions(broker, context, &image, &request).await,
        Some(_) => Admissions::new(),
    };
    let bytes =
        request.topic_data.iter().flat_map(|topic| &topic.partition_data).filter_map(|one| one.records.as_ref());
    let bytes = bytes.map(Bytes::len).sum();
    let write = Write { broker, context, image: &image, bytes, refusal, admissions };
    let mut owed = Vec::new();
    let mut responses: Vec<TopicProduceResponse> =
        request.topic_data.into_iter().zip(0..).map(|(topic, at)| write.topic(topic, at, &mut owed)).collect();
    for Owed { partition, appended, ticket, topic, at } in owed {
        match ticket.redeem().await {
            Ok(()) => partition.wake(&appended),
            Err(rejection) => {
                let response = &mut responses[topic].partition_responses[at];
                *response = write.failure(response.index, rejection.into(), None);
            }
        }
    }
    if acks != 0 {
        let node_endpoints = node_endpoints(broker, context, &responses);
        return Answer::Respond(ProduceResponse { responses, throttle_time_ms: 0, node_endpoints });
    }
    let failed = responses.iter().flat_map(|topic| &topic.partition_responses).find(|one| one.error_code != 0);
    match failed {
        Some(one) => Answer::Close(Disconnect::UnacknowledgedFailure(ErrorCode::from_code(one.error_code).to_string())),
        None => Answer::Silent,
    }
}

/// Why the request as a whole is refused, if it is.
async fn refusal(broker: &BrokerState, request: &ProduceRequest) -> Option<Rejection> {
    let mut headers = request.topic_data.iter().flat_map(|topic| &topic.partition_data).filter_map(transactional);
    if let Some(first) = headers.next() {
        if request.transactional_id.is_none() {
            return Some(ErrorCode::TransactionalIdAuthorizationFailed.into());
        }
        if headers.any(|header| producer(&header) != producer(&first)) {
            return Some(ErrorCode::InvalidProducerIdMapping.into());
        }
    }
    if !(-1..=1).contains(&request.acks) {
        return Some(ErrorCode::InvalidRequiredAcks.into());
    }
    broker.before_write().await.err()
}

/// The header of a batch that is part of a transaction.
fn transactional(partition: &PartitionProduceData) -> Option<BatchHeader> {
    let header = BatchHeader::parse(partition.records.as_ref()?).ok()?;
    header.attributes.is_transactional().then_some(header)
}

fn producer(header: &BatchHeader) -> Producer {
    Producer { id: header.producer_id, epoch: header.producer_epoch }
}

/// What the coordinator said of the partitions for which it had to be asked.
type Admissions = HashMap<TopicPartition, Result<Verification, Rejection>>;

/// Asks the coordinator about partitions in which the transaction has no batch yet.
async fn admissions(
    broker: &BrokerState,
    context: &RequestContext,
    image: &ClusterImage,
    request: &ProduceRequest,
) -> Admissions {
    let Some(transactional_id) = &request.transactional_id else { return Admissions::new() };
    let support = match context.api_version {
        ..=10 => TransactionSupport::Default,
        11 => TransactionSupport::AbortableErrors,
        12.. => TransactionSupport::AddsPartitions,
    };
    let mut admissions = Admissions::new();
    let mut asking = None;
    for data in &request.topic_data {
        let Some(topic) = find_topic(image, context, data) else { continue };
        for partition in &data.partition_data {
            let Some(header) = transactional(partition) else { continue };
            let begun = broker.partitions.leader(topic, partition.index).and_then(|log| {
                log.begin_verification(&header, support == TransactionSupport::AddsPartitions, Timestamp::now())
            });
            if let Some(begun) = begun.transpose() {
                admissions.insert(TopicPartition::new(&topic.name, partition.index), begun);
                asking = Some(producer(&header));
            }
        }
    }
    let Some(producer) = asking else { return admissions };
    let asked = admissions.iter().filter(|(_, begun)| begun.is_ok()).map(|(partition, _)| partition.clone());
    let transactional_id = transactional_id.clone();
    let write = TransactionalWrite { transactional_id, producer, partitions: asked.collect(), support };
    for (partition, code) in broker.transactions.admit(write).await {
        if code != ErrorCode::None {
            admissions.insert(partition, Err(not_admitted(code, support)));
        }
    }
    admissions
}

/// Old clients do not retry what they should, and take another error for it.
fn not_admitted(code: ErrorCode, support: TransactionSupport) -> Rejection {
    match code {
        ErrorCode::InvalidTxnState => Rejection::new(code, "Partition was not added to the transaction"),
        ErrorCode::ConcurrentTransactions if support != TransactionSupport::AddsPartitions => {
            ErrorCode::NotEnoughReplicas.into()
        }
        ErrorCode::CoordinatorLoadInProgress | ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
            let message = "Unable to verify the partition has been added to the transaction.";
            Rejection::new(ErrorCode::NotEnoughReplicas, format!("{message} Underlying error: {code}"))
        }
        code => code.into(),
    }
}

fn find_topic<'i>(
    image: &'i ClusterImage,
    context: &RequestContext,
    topic: &TopicProduceData,
) -> Option<&'i Arc<TopicImage>> {
    if context.api_version >= 13 { image.topic_by_id(topic.topic_id) } else { image.topic(&topic.name) }
}

/// What became of a batch, and the flush that it waits for, if any.
type Done = (Arc<Partition>, Appended, Option<FlushTicket>);

/// A batch that is in the log, and must be on the platter before that is said.
struct Owed {
    partition: Arc<Partition>,
    appended: Appended,
    ticket: FlushTicket,
    /// Where its response is.
    topic: usize,
    at: usize,
}

struct Write<'a> {
    broker: &'a BrokerState,
    context: &'a RequestContext,
    image: &'a ClusterImage,
    /// Of all batches of the request.
    bytes: usize,
    refusal: Option<Rejection>,
    admissions: Admissions,
}

impl Write<'_> {
    fn topic(&self, request: TopicProduceData, place: usize, owed: &mut Vec<Owed>) -> TopicProduceResponse {
        let found = find_topic(self.image, self.context, &request).ok_or(match self.context.api_version {
            13.. => ErrorCode::UnknownTopicId,
            _ => ErrorCode::UnknownTopicOrPartition,
        });
        let alone = request.partition_data.len() == 1;
        let mut seen = HashSet::new();
        let partition_responses = request
            .partition_data
            .into_iter()
            .filter(|partition| alone || seen.insert(partition.index))
            .zip(0..)
            .map(|(partition, at)| {
                let index = partition.index;
                let done = found.map_err(AppendRejection::from).and_then(|topic| self.one(topic, partition));
                match done {
                    Ok((log, appended, ticket)) => {
                        owed.extend(ticket.map(|ticket| Owed { partition: log, appended, ticket, topic: place, at }));
                        success(index, &appended)
                    }
                    Err(rejection) => self.failure(index, rejection, found.ok().map(|topic| &**topic)),
                }
            })
            .collect();
        TopicProduceResponse { name: request.name, topic_id: request.topic_id, partition_responses }
    }

    fn one(&self, topic: &TopicImage, request: PartitionProduceData) -> Result<Done, AppendRejection> {
        if usize::try_from(request.index).map_or(true, |index| index >= topic.partitions.len()) {
            return Err(ErrorCode::UnknownTopicOrPartition.into());
        }
        let mut records = request.records.unwrap_or_default();
        if self.bytes > LARGE_REQUEST_BYTES && records.len() < self.bytes / 2 {
            records = Bytes::copy_from_slice(&records);
        }
        check_form(&records, self.context.api_version)?;
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone().into());
        }
        if is_internal_topic(&topic.name) && self.context.client_id != ADMIN_CLIENT_ID {
            return Err(Rejection::new(
                ErrorCode::InvalidTopicException,
                format!("Cannot append to internal topic {}", topic.name),
            )
            .into());
        }
        let admission = match self.admissions.is_empty() {
            true => None,
            false => self.admissions.get(&TopicPartition::new(&topic.name, request.index)),
        };
        let origin = match admission {
            None => Origin::Client,
            Some(Ok(verification)) => Origin::Verified(*verification),
            Some(Err(refused)) => return Err(refused.clone().into()),
        };
        let partition = self.broker.partitions.leader(topic, request.index)?;
        let (appended, ticket) = partition.append_of_client(records, origin, Timestamp::now())?;
        Ok((partition, appended, ticket))
    }

    fn failure(&self, index: i32, failed: AppendRejection, topic: Option<&TopicImage>) -> PartitionProduceResponse {
        let AppendRejection { rejection, records } = failed;
        let current_leader = match topic.and_then(|topic| topic.partitions.get(index as usize)) {
            Some(partition) if rejection.code == ErrorCode::NotLeaderOrFollower => {
                LeaderIdAndEpoch { leader_id: partition.leader, leader_epoch: partition.leader_epoch }
            }
            _ => LeaderIdAndEpoch::default(),
        };
        PartitionProduceResponse {
            index,
            error_code: rejection.code.code(),
            base_offset: -1,
            error_message: rejection.message,
            record_errors: records
                .into_iter()
                .map(|(batch_index, message)| BatchIndexAndErrorMessage {
                    batch_index,
                    batch_index_error_message: Some(message),
                })
                .collect(),
            current_leader,
            ..Default::default()
        }
    }
}

/// What must be right before the partition is looked at: exactly one batch of the current format.
fn check_form(records: &Bytes, api_version: i16) -> Result<(), AppendRejection> {
    let invalid = |message: &str| AppendRejection::from(Rejection::new(ErrorCode::InvalidRecord, message));
    if records.is_empty() {
        return Err(invalid(
            "Produce requests with version 3 and above must have exactly one record batch per partition",
        ));
    }
    let batch = Batch::parse(records).map_err(|fault| match fault {
        BatchFault::UnsupportedMagic(_) => {
            invalid("Produce requests with version 3 and above are only allowed to contain record batches with magic 2")
        }
        fault => Rejection::new(ErrorCode::CorruptMessage, fault.to_string()).into(),
    })?;
    if batch.bytes.len() != records.len() {
        return Err(invalid(
            "Produce requests with version 3 and above must have exactly one record batch per partition",
        ));
    }
    if api_version < 7 && matches!(batch.header.attributes.codec(), Ok(Codec::Zstd)) {
        return Err(ErrorCode::UnsupportedCompressionType.into());
    }
    Ok(())
}

fn success(index: i32, appended: &Appended) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        base_offset: appended.base_offset,
        log_append_time_ms: appended.log_append_time.map_or(-1, Timestamp::millis),
        log_start_offset: appended.log_start_offset,
        ..Default::default()
    }
}

/// Where the leaders named in the response are found (KIP-951).
fn node_endpoints(
    broker: &BrokerState,
    context: &RequestContext,
    responses: &[TopicProduceResponse],
) -> Vec<NodeEndpoint> {
    let named = responses
        .iter()
        .flat_map(|topic| &topic.partition_responses)
        .any(|partition| partition.current_leader.leader_id == broker.node_id);
    if !named || context.api_version < 10 {
        return Vec::new();
    }
    vec![NodeEndpoint {
        node_id: broker.node_id,
        host: context.listener.advertised_host.clone(),
        port: i32::from(context.listener.advertised_port),
        rack: None,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::batch::{BatchBuilder, NewRecord};

    fn batch(codec: Codec) -> Bytes {
        let mut builder = BatchBuilder::new().codec(codec);
        builder.add(&NewRecord { timestamp: Timestamp(1), key: None, value: Some(b"v"), headers: &[] });
        builder.build()
    }

    fn code(records: &Bytes, version: i16) -> Option<ErrorCode> {
        check_form(records, version).err().map(|rejected| rejected.rejection.code)
    }

    #[test]
    fn a_partition_takes_exactly_one_batch() {
        let one = batch(Codec::None);
        let two: Bytes = [one.clone(), one.clone()].concat().into();
        assert_eq!(code(&one, 9), None);
        assert_eq!(code(&two, 9), Some(ErrorCode::InvalidRecord));
        assert_eq!(code(&Bytes::new(), 9), Some(ErrorCode::InvalidRecord));
        assert_eq!(code(&one.slice(..40), 9), Some(ErrorCode::CorruptMessage));
    }

    #[test]
    fn zstd_needs_version_7() {
        assert_eq!(code(&batch(Codec::Zstd), 6), Some(ErrorCode::UnsupportedCompressionType));
        assert_eq!(code(&batch(Codec::Zstd), 7), None);
    }
}

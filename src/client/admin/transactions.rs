//! Transactions: list and describe them and the producers of partitions, abort one in a partition, fence its producer.
//!
//! Every broker lists the ids that it coordinates (KIP-664; by duration KIP-994, by expression KIP-1152). A partition's
//! producers are asked of its leader or of a named replica. Aborting writes the marker itself (WriteTxnMarkers), behind the
//! coordinator's back; fencing starts a new producer under the id (InitProducerId), which aborts what the old one left.

use std::collections::BTreeMap;

use super::coordinators::{Coordinated, coordinator_moved};
use super::offsets::keyed;
use super::{Admin, Destination, PerItem, accepted, by_topic, check, in_order_of};
use crate::client::error::ClientError;
use crate::protocol::messages::describe_producers::{PartitionResponse, TopicRequest};
use crate::protocol::messages::describe_transactions::TransactionState;
use crate::protocol::messages::write_txn_markers::{WritableTxnMarker, WritableTxnMarkerTopic};
use crate::protocol::messages::{
    DescribeProducersRequest, DescribeTransactionsRequest, InitProducerIdRequest, ListTransactionsRequest,
    WriteTxnMarkersRequest,
};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

/// Which transactions to list; what is empty means all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransactionFilter {
    pub producer_ids: Vec<i64>,
    /// Only those that have been running for longer, in milliseconds.
    pub duration_ms: Option<i64>,
    /// A regular expression of the broker's that ids have to match as a whole.
    pub id_pattern: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionListing {
    pub transactional_id: String,
    pub producer_id: i64,
    /// As the broker names it, such as `Ongoing`.
    pub state: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionDescription {
    pub coordinator: i32,
    pub transactional_id: String,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub state: String,
    pub timeout_ms: i32,
    /// Of the transaction that is under way.
    pub started_ms: Option<i64>,
    pub partitions: Vec<TopicPartition>,
}

/// What a partition knows of one producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerState {
    pub producer_id: i64,
    pub producer_epoch: i32,
    pub last_sequence: i32,
    pub last_timestamp_ms: i64,
    /// Of the coordinator that wrote the producer's last marker here.
    pub coordinator_epoch: Option<i32>,
    /// Where its open transaction begins.
    pub transaction_start: Option<i64>,
}

/// A transaction in one partition, as a marker names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTransaction {
    pub partition: TopicPartition,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub coordinator_epoch: i32,
}

/// The transactions of each coordinator, in the order of its answer, or why it does not tell.
pub type Listings = BTreeMap<i32, Result<Vec<TransactionListing>, Rejection>>;

impl Admin {
    pub async fn list_transactions(&self, filter: &TransactionFilter) -> Result<Listings, ClientError> {
        let request = ListTransactionsRequest {
            state_filters: Vec::new(),
            producer_id_filters: filter.producer_ids.clone(),
            duration_filter: filter.duration_ms.unwrap_or(-1),
            transactional_id_pattern: filter.id_pattern.clone(),
        };
        let from = match (&filter.id_pattern, filter.duration_ms) {
            (Some(_), _) => 2,
            (None, Some(duration)) if duration >= 0 => 1,
            (None, _) => 0,
        };
        self.persist("listTransactions", async || {
            let mut listings = Listings::new();
            for broker in self.broker_ids().await? {
                let response = self.send_within(Destination::Broker(broker), &request, from..=2).await?;
                if ErrorCode::from_code(response.error_code) == ErrorCode::CoordinatorLoadInProgress {
                    check("listTransactions", response.error_code)?;
                }
                let states = response.transaction_states.into_iter().map(|state| TransactionListing {
                    transactional_id: state.transactional_id,
                    producer_id: state.producer_id,
                    state: state.transaction_state,
                });
                let states = states.collect();
                listings.insert(broker, accepted(response.error_code, None).map(|()| states));
            }
            Ok(listings)
        })
        .await
    }

    pub async fn describe_transactions(
        &self,
        ids: &[String],
    ) -> Result<PerItem<String, TransactionDescription>, ClientError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let call = "describeTransactions";
        let described = self
            .persist(call, async || {
                let (coordinators, refused) = self.coordinators_of(call, Coordinated::Transaction, ids).await?;
                let mut described: Vec<_> = refused.into_iter().map(|(id, why)| (id, Err(why))).collect();
                for (coordinator, transactional_ids) in coordinators {
                    let request = DescribeTransactionsRequest { transactional_ids };
                    let response = self.send(Destination::Broker(coordinator), &request).await?;
                    settled(call, response.transaction_states.iter().map(|state| state.error_code))?;
                    let states = response.transaction_states.into_iter();
                    described.extend(states.map(|s| (s.transactional_id.clone(), description(s, coordinator))));
                }
                Ok(described)
            })
            .await?;
        Ok(in_order_of(ids, described))
    }

    /// The producers of partitions, as their leaders know them; or one broker, which need not lead them.
    pub async fn describe_producers(
        &self,
        partitions: &[TopicPartition],
        broker: Option<i32>,
    ) -> Result<PerItem<TopicPartition, Vec<ProducerState>>, ClientError> {
        let call = "describeProducers";
        let ask = async |broker, partitions: Vec<TopicPartition>| {
            let topics = by_topic(partitions.into_iter().map(|p| (p.topic, p.partition))).into_iter();
            let topics = topics.map(|(name, partition_indexes)| TopicRequest { name, partition_indexes });
            let request = DescribeProducersRequest { topics: topics.collect() };
            let response = self.send(broker, &request).await?;
            let topics = response.topics.into_iter().map(|topic| (topic.name, topic.partitions));
            Ok(keyed(topics, |p| (p.partition_index, producers(p))))
        };
        match broker {
            Some(id) => {
                let ask = async || ask(Destination::Broker(id), partitions.to_vec()).await;
                Ok(in_order_of(partitions, self.persist(call, ask).await?))
            }
            None => {
                let wanted: Vec<_> = partitions.iter().map(|partition| (partition.clone(), 0)).collect();
                let ask = async |leader, wanted: Vec<(TopicPartition, i64)>| {
                    ask(leader, wanted.into_iter().map(|(partition, _)| partition).collect()).await
                };
                self.at_leaders(call, &wanted, ask).await
            }
        }
    }

    /// Writes the marker that aborts a transaction in its partition.
    pub async fn abort_transaction(&self, open: &OpenTransaction) -> Result<PerItem<TopicPartition, ()>, ClientError> {
        let request = WriteTxnMarkersRequest { markers: vec![marker(open)] };
        let ask = async |leader, _| {
            let response = self.send(leader, &request).await?;
            let topics = response.markers.into_iter().flat_map(|marker| marker.topics);
            let topics = topics.map(|topic| (topic.name, topic.partitions));
            Ok(keyed(topics, |p| (p.partition_index, accepted(p.error_code, None))))
        };
        self.at_leaders("abortTransaction", &[(open.partition.clone(), 0)], ask).await
    }

    /// Shuts out the producer that uses an id, and ends its transaction. Gives the producer id and epoch that follow.
    pub async fn fence_producer(&self, transactional_id: &str) -> Result<(i64, i16), ClientError> {
        let call = "fenceProducer";
        let request = InitProducerIdRequest {
            transactional_id: Some(transactional_id.to_owned()),
            transaction_timeout_ms: i32::try_from(self.settings().request_timeout.as_millis()).unwrap_or(i32::MAX),
            ..Default::default()
        };
        self.persist(call, async || {
            let coordinator = self.coordinator_of(call, Coordinated::Transaction, transactional_id).await?;
            let response = self.send(coordinator, &request).await?;
            check(call, response.error_code)?;
            Ok((response.producer_id, response.producer_epoch))
        })
        .await
    }
}

/// An id whose coordinator has moved is asked for again.
fn settled(call: &'static str, codes: impl Iterator<Item = i16>) -> Result<(), ClientError> {
    match codes.map(ErrorCode::from_code).find(|code| coordinator_moved(*code)) {
        Some(code) => Err(ClientError::rejected(call, code, None)),
        None => Ok(()),
    }
}

fn description(state: TransactionState, coordinator: i32) -> Result<TransactionDescription, Rejection> {
    accepted(state.error_code, None)?;
    let topics = state.topics.into_iter();
    let partitions =
        topics.flat_map(|t| t.partitions.into_iter().map(move |p| TopicPartition::new(t.topic.clone(), p)));
    Ok(TransactionDescription {
        coordinator,
        transactional_id: state.transactional_id,
        producer_id: state.producer_id,
        producer_epoch: state.producer_epoch,
        state: state.transaction_state,
        timeout_ms: state.transaction_timeout_ms,
        started_ms: Some(state.transaction_start_time_ms).filter(|time| *time >= 0),
        partitions: partitions.collect(),
    })
}

fn producers(partition: PartitionResponse) -> Result<Vec<ProducerState>, Rejection> {
    accepted(partition.error_code, partition.error_message)?;
    let producers = partition.active_producers.into_iter().map(|producer| ProducerState {
        producer_id: producer.producer_id,
        producer_epoch: producer.producer_epoch,
        last_sequence: producer.last_sequence,
        last_timestamp_ms: producer.last_timestamp,
        coordinator_epoch: Some(producer.coordinator_epoch).filter(|epoch| *epoch >= 0),
        transaction_start: Some(producer.current_txn_start_offset).filter(|offset| *offset >= 0),
    });
    Ok(producers.collect())
}

fn marker(open: &OpenTransaction) -> WritableTxnMarker {
    let topic = WritableTxnMarkerTopic {
        name: open.partition.topic.clone(),
        partition_indexes: vec![open.partition.partition],
    };
    WritableTxnMarker {
        producer_id: open.producer_id,
        producer_epoch: open.producer_epoch,
        transaction_result: false,
        topics: vec![topic],
        coordinator_epoch: open.coordinator_epoch,
        ..Default::default()
    }
}

//! The coordinators of all transactional ids, and what they do outside themselves: markers. A transactional id belongs to
//! the partition of `__transaction_state` that it hashes to. The topic is made when a producer first asks for an id.
//!
//! Source: protocol reference 11; KIP-98, KIP-890.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::groups::GroupCoordinators;
use super::machines::{InternalTopic, Machines, MakeTopic, partition_of};
use super::marker_writer::{Marker, MarkerWriter};
use super::transaction::{
    AddPartitions, ListTransactions, ListedTransaction, MarkersWritten, Producer, TransactionCoordinator,
    TransactionSettings, TransactionTask, VerifyPartitions, WriteMarkers,
};
use super::transaction_log::TransactionLog;
use crate::broker::config::BrokerKeys;
use crate::broker::first_write::FirstWrite;
use crate::broker::machine::Call;
use crate::broker::machine::runner::{MachineHandle, Setup};
use crate::broker::partitions::{Partition, Partitions};
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;

pub const TRANSACTIONS_TOPIC: &str = "__transaction_state";

/// How long a write of the second protocol waits for the end of the transaction before it, and how often it looks
/// (`add.partitions.to.txn.retry.backoff.*`).
const RETRIES: u32 = 5;
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// The machines of all transactional ids.
pub struct TransactionCoordinators {
    machines: Machines<TransactionCoordinator>,
    markers: Arc<MarkerWriter>,
}

/// What a write knows about its transaction.
#[derive(Debug, Clone)]
pub struct TransactionalWrite {
    pub transactional_id: String,
    pub producer: Producer,
    pub partitions: Vec<TopicPartition>,
    pub support: TransactionSupport,
}

/// What the version of a request says about its client (`TransactionSupportedOperation`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionSupport {
    /// Partitions are added before; a missing one is `INVALID_TXN_STATE`.
    Default,
    /// The same, but a missing one is `TRANSACTION_ABORTABLE`.
    AbortableErrors,
    /// A write adds its partitions by itself (KIP-890, second part).
    AddsPartitions,
}

impl TransactionCoordinators {
    pub fn new(
        keys: &BrokerKeys,
        partitions: Arc<Partitions>,
        image: watch::Receiver<Arc<ClusterImage>>,
        first_write: Arc<FirstWrite>,
        make_topic: MakeTopic,
        groups: Arc<GroupCoordinators>,
    ) -> TransactionCoordinators {
        let markers = Arc::new(MarkerWriter::new(partitions.clone(), groups, first_write.clone()));
        let start = {
            let (settings, image, markers) = (settings(keys), image.clone(), markers.clone());
            Box::new(move |partition: Arc<Partition>, epoch| {
                let settings = settings.clone();
                start(partition, epoch, settings, image.clone(), first_write.clone(), markers.clone())
            })
        };
        let machines = Machines::new(topic(keys), make_topic, image, partitions, start);
        TransactionCoordinators { machines, markers }
    }

    /// Asks the coordinator of a transactional id. As long as there is no `__transaction_state`, the id is unknown.
    pub async fn ask<C: Call<TransactionCoordinator>>(
        &self,
        transactional_id: &str,
        call: C,
    ) -> Result<C::Reply, ErrorCode> {
        let topic = self.machines.topic().ok_or(ErrorCode::TransactionalIdNotFound)?;
        self.machines.ask(&topic, partition_of(transactional_id, &topic), call).await
    }

    /// Asks the coordinator of a transactional id that may come into being by that.
    pub async fn ask_or_found<C: Call<TransactionCoordinator>>(
        &self,
        transactional_id: &str,
        call: C,
    ) -> Result<C::Reply, ErrorCode> {
        let topic = self.machines.topic_made().await?;
        self.machines.ask(&topic, partition_of(transactional_id, &topic), call).await
    }

    /// Which partitions may be written to: `ErrorCode::None` for those.
    pub async fn admit(&self, write: TransactionalWrite) -> Vec<(TopicPartition, ErrorCode)> {
        let partitions = write.partitions.clone();
        match write.support {
            TransactionSupport::AddsPartitions => {
                let code = self.add(write).await.err().unwrap_or(ErrorCode::None);
                partitions.into_iter().map(|partition| (partition, for_a_write(code, true))).collect()
            }
            support => {
                let knows_abortable = support == TransactionSupport::AbortableErrors;
                let verified = self
                    .verify(write)
                    .await
                    .unwrap_or_else(|code| partitions.into_iter().map(|partition| (partition, code)).collect());
                verified.into_iter().map(|(partition, code)| (partition, for_a_write(code, knows_abortable))).collect()
            }
        }
    }

    async fn add(&self, write: TransactionalWrite) -> Result<(), ErrorCode> {
        let TransactionalWrite { transactional_id, producer, partitions, .. } = write;
        let call = AddPartitions { transactional_id, producer, partitions, client_version: 2 };
        for _ in 0..RETRIES {
            match self.ask(&call.transactional_id, call.clone()).await.map_err(unknown_id)? {
                Err(ErrorCode::ConcurrentTransactions) => tokio::time::sleep(RETRY_AFTER).await,
                added => return added,
            }
        }
        Err(ErrorCode::ConcurrentTransactions)
    }

    async fn verify(&self, write: TransactionalWrite) -> Result<Vec<(TopicPartition, ErrorCode)>, ErrorCode> {
        let TransactionalWrite { transactional_id, producer, partitions, .. } = write;
        let call = VerifyPartitions { transactional_id: transactional_id.clone(), producer, partitions };
        self.ask(&transactional_id, call).await.map_err(unknown_id)?
    }

    /// Ends a transaction in one partition, whatever its coordinator thinks of it.
    pub async fn write_marker(&self, marker: Marker, partition: &TopicPartition) -> Result<(), ErrorCode> {
        self.markers.write_one(marker, partition).await
    }

    /// The transactional ids of all partitions.
    pub async fn list(&self, wanted: ListTransactions) -> Result<Vec<ListedTransaction>, ErrorCode> {
        let Some(topic) = self.machines.topic() else { return Ok(Vec::new()) };
        let mut transactions = Vec::new();
        for partition in self.machines.in_use(&topic)? {
            transactions.extend(self.machines.ask(&topic, partition, wanted.clone()).await?);
        }
        Ok(transactions)
    }

    /// Starts the machines of all partitions that hold anything, so that open transactions end on time.
    pub fn load_all(&self) -> Result<(), ErrorCode> {
        self.machines.load_all()
    }

    /// Topics are gone, and the image has them no more. If the transactions' topic was among them, its machines end; the
    /// partitions of other topics need no markers.
    pub async fn topics_deleted(&self) {
        self.machines.stop_of_deleted_topics().await;
    }

    /// Ends all machines; whoever waits for one is told to look for the coordinator again.
    pub async fn stop(&self) {
        self.machines.stop().await;
    }
}

/// Nobody has this id: for a producer that is as if it had another producer's.
pub fn unknown_id(code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::TransactionalIdNotFound => ErrorCode::InvalidProducerIdMapping,
        code => code,
    }
}

/// What producers expect to handle when they write.
fn for_a_write(code: ErrorCode, knows_abortable: bool) -> ErrorCode {
    match code {
        ErrorCode::ProducerFenced => ErrorCode::InvalidProducerEpoch,
        ErrorCode::TransactionAbortable if !knows_abortable => ErrorCode::InvalidTxnState,
        code => code,
    }
}

fn start(
    partition: Arc<Partition>,
    epoch: i32,
    settings: TransactionSettings,
    image: watch::Receiver<Arc<ClusterImage>>,
    first_write: Arc<FirstWrite>,
    markers: Arc<MarkerWriter>,
) -> MachineHandle<TransactionCoordinator> {
    MachineHandle::start(Setup {
        name: partition.name.to_string(),
        fresh: Box::new(move || TransactionCoordinator::new(settings.clone(), epoch)),
        journal: Box::new(TransactionLog::new(partition)),
        image,
        first_write: Some(first_write),
        applied: Box::new(|_| {}),
        start_task: Box::new(move |TransactionTask::WriteMarkers(task), machine| {
            tokio::spawn(write_markers(markers.clone(), task, machine));
        }),
    })
}

async fn write_markers(markers: Arc<MarkerWriter>, task: WriteMarkers, machine: MachineHandle<TransactionCoordinator>) {
    let left = markers.write(&task).await;
    let done = MarkersWritten { transactional_id: task.transactional_id, attempt: task.attempt, left };
    if let Err(e) = machine.ask(done.request()).await {
        // Whoever loads the partition next finds the decision and writes the markers again.
        tracing::debug!("a transaction's end is not recorded yet: {e}");
    }
}

fn settings(keys: &BrokerKeys) -> TransactionSettings {
    TransactionSettings {
        max_timeout_ms: keys.number("transaction.max.timeout.ms") as i32,
        id_expiration: keys.milliseconds("transactional.id.expiration.ms"),
        id_expiration_check_interval: keys.milliseconds("transaction.remove.expired.transaction.cleanup.interval.ms"),
    }
}

fn topic(keys: &BrokerKeys) -> InternalTopic {
    let segment_bytes = keys.number("transaction.state.log.segment.bytes").to_string();
    let min_isr = keys.number("transaction.state.log.min.isr").min(1).to_string();
    let configs = [
        ("cleanup.policy", "compact"),
        ("compression.type", "uncompressed"),
        ("min.insync.replicas", min_isr.as_str()),
        ("segment.bytes", segment_bytes.as_str()),
        ("unclean.leader.election.enable", "false"),
    ];
    InternalTopic::new(TRANSACTIONS_TOPIC, keys.number("transaction.state.log.num.partitions"), &configs)
}

//! Writes the end of a transaction into its partitions: a control batch each. In a partition of `__consumer_offsets` the
//! group coordinator writes it, since it decides what becomes of offsets that were committed in the transaction.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::group::offsets::EndTransactionOffsets;
use super::groups::{GroupCoordinators, OFFSETS_TOPIC};
use super::transaction::{Producer, WriteMarkers};
use crate::broker::first_write::FirstWrite;
use crate::broker::partitions::Partitions;
use crate::clock::Timestamp;
use crate::log::Origin;
use crate::log::batch::control::TransactionMarker;
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;

/// The end of a transaction, as every partition of it gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    pub producer: Producer,
    pub coordinator_epoch: i32,
    pub committed: bool,
    /// The transaction.version under which the transaction was ended.
    pub transaction_version: i16,
}

pub struct MarkerWriter {
    partitions: Arc<Partitions>,
    groups: Arc<GroupCoordinators>,
    first_write: Arc<FirstWrite>,
    /// By transactional id, whose markers are being written. A coordinator that was loaded anew begins with them again; if
    /// the earlier attempt went on beside it, it could end a transaction that was begun since.
    under_way: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl MarkerWriter {
    pub fn new(
        partitions: Arc<Partitions>,
        groups: Arc<GroupCoordinators>,
        first_write: Arc<FirstWrite>,
    ) -> MarkerWriter {
        MarkerWriter { partitions, groups, first_write, under_way: Mutex::default() }
    }

    /// Yields the partitions that could not take their marker now. One that is gone needs none.
    pub async fn write(&self, end: &WriteMarkers) -> BTreeSet<TopicPartition> {
        let turn = self.under_way().entry(end.transactional_id.clone()).or_default().clone();
        let left = {
            let _turn = turn.lock().await;
            self.write_all(end).await
        };
        drop(turn);
        if let Entry::Occupied(turn) = self.under_way().entry(end.transactional_id.clone())
            && Arc::strong_count(turn.get()) == 1
        {
            turn.remove();
        }
        left
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<()>>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write_all(&self, end: &WriteMarkers) -> BTreeSet<TopicPartition> {
        let &WriteMarkers { producer, committed, coordinator_epoch, transaction_version, .. } = end;
        let marker = Marker { producer, coordinator_epoch, committed, transaction_version };
        let mut left = BTreeSet::new();
        for partition in &end.partitions {
            match self.write_one(marker, partition).await {
                Ok(()) | Err(ErrorCode::UnknownTopicOrPartition) => {}
                // A newer epoch has ended this transaction before.
                Err(ErrorCode::InvalidProducerEpoch | ErrorCode::TransactionCoordinatorFenced) => {
                    tracing::info!(%partition, producer = producer.id, "a marker was not needed any more");
                }
                Err(code) => {
                    tracing::warn!(%partition, producer = producer.id, "a marker cannot be written: {code}");
                    left.insert(partition.clone());
                }
            }
        }
        left
    }

    /// Writes one marker, whoever decided it.
    pub async fn write_one(&self, marker: Marker, partition: &TopicPartition) -> Result<(), ErrorCode> {
        let Marker { producer, committed, coordinator_epoch, transaction_version } = marker;
        self.first_write.pass().await.map_err(|e| {
            tracing::error!("{e}");
            ErrorCode::KafkaStorageError
        })?;
        if partition.topic == OFFSETS_TOPIC {
            let call = EndTransactionOffsets { producer, committed, coordinator_epoch, transaction_version };
            let ended = self.groups.ask_of_partition(partition.partition, call).await;
            return ended.unwrap_or(Err(ErrorCode::UnknownTopicOrPartition))?;
        }
        let log = self.partitions.leader_of(partition).map_err(|refused| refused.code)?;
        let now = Timestamp::now();
        let marker = TransactionMarker { committed, coordinator_epoch }.batch(producer.id, producer.epoch, now);
        log.append(marker, Origin::Marker { transaction_version }, now)
            .map(|_| ())
            .map_err(|refused| refused.rejection.code)
    }
}

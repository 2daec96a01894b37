//! What every handler works with.

use std::sync::Arc;

use tokio::sync::watch;

use super::config::BrokerKeys;
use super::controller_handle::ControllerHandle;
use super::coordinators::{GroupCoordinators, TransactionCoordinators};
use super::first_write::FirstWrite;
use super::partitions::{Moves, Partitions};
use super::producer_ids::ProducerIds;
use crate::metadata::ClusterImage;
use crate::protocol::{ErrorCode, Rejection};

/// A running broker, seen from a handler.
pub struct BrokerState {
    pub node_id: i32,
    pub cluster_id: String,
    pub keys: BrokerKeys,
    pub partitions: Arc<Partitions>,
    pub controller: ControllerHandle,
    pub groups: Arc<GroupCoordinators>,
    pub transactions: Arc<TransactionCoordinators>,
    pub moves: Arc<Moves>,
    pub producer_ids: ProducerIds,
    /// Whoever is about to write anything passes here first.
    pub first_write: Arc<FirstWrite>,
    pub(crate) image: watch::Receiver<Arc<ClusterImage>>,
}

impl BrokerState {
    /// The newest image of the cluster. It is replaced before the reply to a change leaves.
    pub fn image(&self) -> Arc<ClusterImage> {
        self.image.borrow().clone()
    }

    /// To be called by every handler before anything is written.
    pub async fn before_write(&self) -> Result<(), Rejection> {
        self.first_write.pass().await.map_err(|e| {
            tracing::error!("{e}");
            ErrorCode::KafkaStorageError.into()
        })
    }

    /// Creates a topic that a client asked for by using it.
    pub async fn create_automatically(&self, name: &str) -> Result<(), Rejection> {
        super::topics::create_automatically(&self.controller, name).await
    }
}

//! Ids for idempotent producers, taken from the cluster in blocks of 1000.
//!
//! The record that says that a block is taken is durable before the first id of it is handed out; what is left of a block
//! when the broker stops is lost, as in Kafka.

use std::ops::Range;

use tokio::sync::Mutex;

use super::controller::AllocateProducerIds;
use super::controller_handle::ControllerHandle;
use crate::protocol::{ErrorCode, Rejection};

/// The ids of the current block that nobody has yet.
pub struct ProducerIds {
    controller: ControllerHandle,
    left: Mutex<Range<i64>>,
}

impl ProducerIds {
    pub fn new(controller: ControllerHandle) -> ProducerIds {
        ProducerIds { controller, left: Mutex::new(0..0) }
    }

    /// An id that no producer of this cluster ever had.
    pub async fn next(&self) -> Result<i64, Rejection> {
        let mut left = self.left.lock().await;
        if let Some(id) = left.next() {
            return Ok(id);
        }
        let block = self.controller.ask(AllocateProducerIds).await.and_then(|block| block).map_err(|rejection| {
            tracing::error!("cannot take a block of producer ids: {rejection}");
            Rejection::from(ErrorCode::CoordinatorNotAvailable)
        })?;
        *left = block.first..block.first + block.count;
        left.next().ok_or_else(|| ErrorCode::UnknownServerError.into())
    }
}

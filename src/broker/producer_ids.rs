//! Ids for idempotent producers, taken from the cluster in blocks of 1000.
//!
//! The record that says that a block is taken is durable before the first id of it is handed out; what is left of a block
//! when the broker stops is lost, as in Kafka.

use std::ops::Range;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::blocking::blocking;
use super::first_write::FirstWrite;
use super::metadata_log::MetadataLog;
use crate::clock::Timestamp;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::ProducerIdsRecord;

const BLOCK: i64 = 1000;

/// The ids of the current block that nobody has yet.
pub struct ProducerIds {
    metadata: Arc<MetadataLog>,
    first_write: Arc<FirstWrite>,
    left: Mutex<Range<i64>>,
}

impl ProducerIds {
    pub fn new(metadata: Arc<MetadataLog>, first_write: Arc<FirstWrite>) -> ProducerIds {
        ProducerIds { metadata, first_write, left: Mutex::new(0..0) }
    }

    /// An id that no producer of this cluster ever had.
    pub async fn next(&self) -> Result<i64, Rejection> {
        let mut left = self.left.lock().await;
        if let Some(id) = left.next() {
            return Ok(id);
        }
        *left = self.take_block().await.map_err(|e| {
            tracing::error!("cannot take a block of producer ids: {e}");
            Rejection::from(ErrorCode::CoordinatorNotAvailable)
        })?;
        left.next().ok_or_else(|| ErrorCode::UnknownServerError.into())
    }

    async fn take_block(&self) -> Result<Range<i64>, String> {
        self.first_write.pass().await.map_err(|e| e.to_string())?;
        let first = self.metadata.images().borrow().next_producer_id;
        let record = ProducerIdsRecord {
            broker_id: self.metadata.identity().node_id,
            broker_epoch: self.metadata.broker_epoch().unwrap_or(-1),
            next_producer_id: first + BLOCK,
        };
        let written = blocking(|| self.metadata.append(&[record.into()], Timestamp::now()));
        written.map(|()| first..first + BLOCK).map_err(|e| e.to_string())
    }
}

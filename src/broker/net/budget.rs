//! How many bytes of requests may be in memory at once.
//!
//! Small frames pass freely, since the number of connections bounds them. A large one reserves its whole length before
//! more than its beginning is read, and gives it back when its response is written; reservations are granted in order.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::spares::{Share, Spares};

/// Frames up to this size reserve nothing.
const FREE_BYTES: usize = 64 * 1024;
const UNIT_BYTES: usize = 1024;

/// The memory for large requests.
#[derive(Clone)]
pub struct RequestBudget {
    units: Arc<Semaphore>,
    most: u32,
    spares: Spares,
}

impl RequestBudget {
    pub fn new(bytes: usize) -> RequestBudget {
        let most = u32::try_from(bytes / UNIT_BYTES).unwrap_or(u32::MAX).max(1);
        RequestBudget { units: Arc::new(Semaphore::new(most as usize)), most, spares: Spares::default() }
    }

    /// The buffers of earlier large frames.
    pub fn spares(&self) -> Share {
        self.spares.share()
    }

    /// Waits until a frame of this size may be read.
    pub async fn reserve(&self, frame_bytes: usize) -> Option<OwnedSemaphorePermit> {
        if frame_bytes <= FREE_BYTES {
            return None;
        }
        let units = u32::try_from(frame_bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).min(self.most);
        // The semaphore is never closed.
        self.units.clone().acquire_many_owned(units).await.ok()
    }
}

//! The broker: everything between a socket and a log. This file is wiring only.
//!
//! `net` reads frames, `dispatch` finds the handler, `handlers` translate into what `partitions` and the machines do.

pub mod config;
pub mod coordinators;
pub mod dispatch;
pub mod first_write;
pub mod handlers;
pub mod machine;
pub mod request;

use std::sync::Arc;

use tokio::sync::watch;

use crate::metadata::ClusterImage;
use config::BrokerKeys;
use first_write::FirstWrite;

pub use config::{BrokerConfig, ListenerConfig, ListenerProtocol};

/// What every handler works with.
pub struct BrokerState {
    pub node_id: i32,
    pub cluster_id: String,
    pub keys: BrokerKeys,
    /// Whoever is about to write anything passes here first.
    pub first_write: Arc<FirstWrite>,
    pub(crate) image: watch::Receiver<Arc<ClusterImage>>,
}

impl BrokerState {
    /// The newest image of the cluster. It is replaced before the reply to a change leaves.
    pub fn image(&self) -> Arc<ClusterImage> {
        self.image.borrow().clone()
    }
}

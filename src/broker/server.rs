//! The listeners of a running broker, from the first connection to the last.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::BrokerState;
use super::net::{Listener, RequestBudget};

/// The memory that large requests may take together.
const REQUEST_BUDGET_BYTES: usize = 512 << 20;
/// Connections at a time, whatever `max.connections` says.
const MAX_CONNECTIONS: usize = 10_000;

/// Listeners that accept connections.
pub struct Server {
    addresses: Vec<SocketAddr>,
    stopping: watch::Sender<bool>,
    listeners: JoinSet<()>,
}

impl Server {
    pub fn start(broker: &Arc<BrokerState>, bound: Vec<Listener>) -> Server {
        let (stopping, stop) = watch::channel(false);
        let most = usize::try_from(broker.keys.number("max.connections")).unwrap_or_default().min(MAX_CONNECTIONS);
        let slots = Arc::new(Semaphore::new(most));
        let budget = RequestBudget::new(REQUEST_BUDGET_BYTES);
        let addresses = bound.iter().map(|listener| listener.bound.address).collect();
        let mut listeners = JoinSet::new();
        for listener in bound {
            listeners.spawn(listener.run(broker.clone(), budget.clone(), slots.clone(), stop.clone()));
        }
        Server { addresses, stopping, listeners }
    }

    /// In the order of the configuration.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Accepts nothing more, lets requests that are being carried out finish, drops those that are parked.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        while self.listeners.join_next().await.is_some() {}
    }
}

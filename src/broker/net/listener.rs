//! A bound address and the loop that accepts its connections.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::budget::RequestBudget;
use super::connection::Connection;
use crate::broker::BrokerState;
use crate::broker::config::{BoundListener, ListenerConfig};

/// How long accepting rests when the system has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener that accepts nothing yet.
pub struct Listener {
    socket: TcpListener,
    pub bound: Arc<BoundListener>,
}

/// Binds the address of `config`. A name with addresses of both families is bound at its v4 address, as Java does.
pub async fn bind(config: &ListenerConfig) -> io::Result<Listener> {
    let socket = TcpListener::bind(&addresses_of(config).await?[..]).await?;
    let address = socket.local_addr()?;
    let (advertised_host, advertised_port) = match &config.advertised {
        Some((host, port)) => (host.clone(), if *port == 0 { address.port() } else { *port }),
        None if address.ip().is_unspecified() => ("localhost".to_owned(), address.port()),
        None => (config.host.clone(), address.port()),
    };
    let bound = BoundListener {
        name: config.name.clone(),
        role: config.role,
        address,
        advertised_host,
        advertised_port,
        advertises_local_address: config.advertised.is_none() && address.ip().is_unspecified(),
        protocol: config.protocol.clone(),
    };
    Ok(Listener { socket, bound: Arc::new(bound) })
}

/// No host means every address of the machine, of both families where there are two.
async fn addresses_of(config: &ListenerConfig) -> io::Result<Vec<SocketAddr>> {
    if config.host.is_empty() {
        return Ok([IpAddr::from(Ipv6Addr::UNSPECIFIED), Ipv4Addr::UNSPECIFIED.into()]
            .map(|ip| SocketAddr::new(ip, config.port))
            .to_vec());
    }
    let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((config.host.as_str(), config.port)).await?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    Ok(addresses)
}

impl Listener {
    /// Accepts connections until the broker stops, then waits for those that are open.
    pub async fn run(
        self,
        broker: Arc<BrokerState>,
        budget: RequestBudget,
        slots: Arc<Semaphore>,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => break,
                accepted = self.socket.accept() => accepted,
                Some(_) = connections.join_next() => continue,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    tracing::warn!(listener = %self.bound.name, "cannot accept: {e}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Ok(slot) = slots.clone().try_acquire_owned() else {
                tracing::warn!(%peer, "refused: too many connections");
                continue;
            };
            let listener = self.as_seen_by(&stream);
            let connection = Connection::new(broker.clone(), listener, peer, stream, budget.clone());
            let stopping = stopping.clone();
            connections.spawn(async move {
                connection.serve(stopping).await;
                drop(slot);
            });
        }
        drop(self.socket);
        while connections.join_next().await.is_some() {}
    }

    /// What clients of this connection are told to connect to: never a wildcard.
    fn as_seen_by(&self, stream: &TcpStream) -> Arc<BoundListener> {
        // Without it a small response may wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        match stream.local_addr() {
            Ok(local) if self.bound.advertises_local_address => {
                let advertised_host = local.ip().to_canonical().to_string();
                Arc::new(BoundListener { advertised_host, ..BoundListener::clone(&self.bound) })
            }
            _ => self.bound.clone(),
        }
    }
}

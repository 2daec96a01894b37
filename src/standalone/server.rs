//! The broker of `kavka broker start`: on the addresses that were asked for, open to everyone who can reach them, and
//! never handed over to a guest.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process;
use std::thread;

use super::config::for_server;
use super::entrance::{enter_alone, unusable};
use super::errors::StandaloneError;
use super::host_file::{HostFile, HostKind, Protocol};
use super::hosting::{Hosting, NotStarted};
use super::ports;
use crate::broker::ListenerConfig;
use crate::broker::config::{BrokerKeys, OpeningListener, Role};

/// Where a server lives and listens.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Holds the metadata, and says who hosts.
    pub directory: PathBuf,
    /// Where partitions lie; none for `directory` alone.
    pub log_directories: Vec<PathBuf>,
    /// Whose directory it must be, or is to be; `None` for whoever it belongs to.
    pub node_id: Option<i32>,
    /// One of them at least for clients. Port 0 picks one that is free.
    pub listeners: Vec<ListenerConfig>,
    /// A new directory is formatted instead of being refused.
    pub may_format: bool,
    pub keys: BrokerKeys,
    /// Hears how far the start has come.
    pub opening: OpeningListener,
}

/// A running server. It must be stopped before the process ends.
pub struct Server {
    hosting: Hosting,
    address: SocketAddr,
    others: Vec<SocketAddr>,
}

impl Server {
    /// Returns when every partition can be used. Must not be called on a thread that drives a runtime.
    pub fn start(settings: &ServerSettings) -> Result<Server, StandaloneError> {
        let directory = &settings.directory;
        let lock = enter_alone(directory)?;
        let listeners = settings.listeners.iter().map(|one| placed(one, directory)).collect::<Result<Vec<_>, _>>()?;
        let addresses: Vec<SocketAddr> = listeners.iter().map(|(_, address)| *address).collect();
        let for_clients = listeners.iter().position(|(listener, _)| listener.role == Role::Broker).unwrap_or_default();
        let (address, others) = split(&addresses, for_clients);
        let host_file = HostFile {
            address: (reachable(address.ip()), address.port()).into(),
            protocol: Protocol::Plaintext,
            pid: process::id(),
            kind: HostKind::Broker,
        };
        let threads = thread::available_parallelism().map_or(2, Into::into);
        let config = for_server(settings, listeners.into_iter().map(|(listener, _)| listener).collect());
        match Hosting::begin(directory, lock, &host_file, config, threads) {
            Ok(hosting) => Ok(Server { hosting, address, others }),
            Err(not_started) if not_started.is_address_in_use() => {
                let taken = addresses.iter().position(|address| TcpListener::bind(address).is_err());
                let host = settings.listeners.get(taken.unwrap_or(for_clients)).map(|one| one.host.clone());
                let port = addresses.get(taken.unwrap_or(for_clients)).map_or(0, SocketAddr::port);
                Err(StandaloneError::PortInUse { host: host.unwrap_or_default(), port })
            }
            Err(NotStarted { cause, .. }) => Err(cause),
        }
    }

    pub fn node_id(&self) -> i32 {
        self.hosting.node_id()
    }

    /// Where clients find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where else it listens.
    pub fn other_addresses(&self) -> &[SocketAddr] {
        &self.others
    }

    /// Calls `tell`, once, when the broker cannot go on and is to be stopped.
    pub fn when_lost(&self, tell: impl FnOnce(String) + Send + 'static) {
        self.hosting.when_lost(tell);
    }

    /// Stops cleanly. Must not be called on a thread that drives a runtime.
    pub fn stop(self) -> Result<(), StandaloneError> {
        self.hosting.end(|| Ok(()))
    }
}

/// A listener with its host and port as numbers, and its address.
fn placed(listener: &ListenerConfig, directory: &Path) -> Result<(ListenerConfig, SocketAddr), StandaloneError> {
    let ip = match listener.host.as_str() {
        "" => Ipv4Addr::UNSPECIFIED.into(),
        host => address_of(host)?,
    };
    let port = match listener.port {
        0 => ports::choose_on(ip).map_err(|e| unusable("find a free port for the broker of", directory, e))?,
        port => port,
    };
    let host = if listener.host.is_empty() { String::new() } else { ip.to_string() };
    Ok((ListenerConfig { host, port, ..listener.clone() }, (ip, port).into()))
}

fn split(addresses: &[SocketAddr], first: usize) -> (SocketAddr, Vec<SocketAddr>) {
    let nowhere = || (Ipv4Addr::UNSPECIFIED, 0).into();
    let others = addresses.iter().enumerate().filter(|(at, _)| *at != first).map(|(_, address)| *address).collect();
    (addresses.get(first).copied().unwrap_or_else(nowhere), others)
}

/// IPv4 before IPv6, so that `localhost` is what every client tries first.
fn address_of(host: &str) -> Result<IpAddr, StandaloneError> {
    let unknown = |source| StandaloneError::NoSuchAddress { host: host.to_owned(), source };
    let mut found: Vec<IpAddr> = (host, 0).to_socket_addrs().map_err(unknown)?.map(|address| address.ip()).collect();
    found.sort_by_key(IpAddr::is_ipv6);
    found.first().copied().ok_or_else(|| unknown(std::io::ErrorKind::NotFound.into()))
}

/// Where a process on this machine reaches a listener that may be bound to every address.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        named => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_addresses_and_unknown_ones_are_errors() {
        assert_eq!(address_of("localhost").unwrap(), IpAddr::from(Ipv4Addr::LOCALHOST));
        assert_eq!(address_of("0.0.0.0").unwrap(), IpAddr::from(Ipv4Addr::UNSPECIFIED));
        assert!(matches!(address_of("no such host"), Err(StandaloneError::NoSuchAddress { .. })));
    }

    #[test]
    fn a_listener_on_every_address_is_reached_through_loopback() {
        assert_eq!(reachable("0.0.0.0".parse().unwrap()), IpAddr::from(Ipv4Addr::LOCALHOST));
        assert_eq!(reachable("::".parse().unwrap()), IpAddr::from(Ipv6Addr::LOCALHOST));
        assert_eq!(reachable("10.1.2.3".parse().unwrap()), "10.1.2.3".parse::<IpAddr>().unwrap());
    }
}

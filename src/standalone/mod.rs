//! A broker for the life of one command: the cluster of a local data directory, with no server to start.
//!
//! Whoever holds the directory's `.lock` hosts the broker, in threads of its own, and says in `.kavka-host` where it is
//! to be found; every other process connects there and waits for the lock in the background. When the host leaves or is
//! killed, the next one hosts on the same port with the same secret ([`Keepsake`]) and clients reconnect. A directory
//! that `kavka broker start` holds has guests, never heirs. This is all there is between `cli` and the broker.

mod config;
mod entrance;
mod errors;
mod host_file;
mod hosting;
mod keepsake;
mod lock;
mod ports;
mod server;
mod succession;

use std::path::Path;

pub use crate::broker::ListenerConfig;
pub use crate::broker::config::{
    BrokerKeys, Effect, InvalidKey, Key, OpeningListener, OpeningProgress, Remarks, Role, ServerKeys, listeners,
    named_listeners, roles,
};
pub use crate::broker::storage;
pub use entrance::find_host;
pub use errors::StandaloneError;
pub use host_file::{HOST_FILE, HostFile, HostKind, LiveHost, Protocol};
pub use keepsake::{KEEPSAKE_FILE, Keepsake, USER};
pub use server::{Server, ServerSettings};
pub use succession::Stranded;

use entrance::Entrance;
use hosting::on_own_thread;
use succession::Succession;

/// An open standalone cluster. Close it before the process ends, so that a hosted broker stops cleanly.
#[derive(Debug)]
pub struct Standalone {
    /// `host:port` of the broker.
    pub bootstrap: String,
    /// How to prove who we are; `None` where the listener does not ask.
    pub login: Option<Login>,
    /// Whether this process hosted the broker when it was opened.
    pub is_host: bool,
    succession: Option<Succession>,
}

/// SASL/PLAIN over an unencrypted loopback connection.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub secret: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Login {
    fn with(secret: &str) -> Login {
        Login { user: USER.to_owned(), secret: secret.to_owned() }
    }
}

/// Opens the cluster of a data directory: hosts it if nobody does, connects to its host otherwise. May be called
/// anywhere, also on a thread that drives a runtime; it blocks until the broker can be connected to.
pub fn open(directory: &Path) -> Result<Standalone, StandaloneError> {
    on_own_thread(|| match entrance::enter(directory)? {
        Entrance::AsHost(lock) => Standalone::hosting(directory, lock),
        Entrance::AsGuest(host, kept) => Standalone::connected_to(directory, &host, kept),
    })
}

impl Standalone {
    fn hosting(directory: &Path, lock: lock::DirectoryLock) -> Result<Standalone, StandaloneError> {
        let (succession, kept) = Succession::begin(directory, lock)?;
        Ok(Standalone {
            bootstrap: ports::loopback(kept.port).to_string(),
            login: Some(Login::with(&kept.secret)),
            is_host: true,
            succession: Some(succession),
        })
    }

    fn connected_to(directory: &Path, host: &HostFile, kept: Option<Keepsake>) -> Result<Standalone, StandaloneError> {
        let login = kept.as_ref().map(|kept| Login::with(&kept.secret));
        let heir = kept.filter(|_| host.kind == HostKind::Command);
        let succession = heir.map(|heir| Succession::wait(directory, Keepsake { port: host.address.port(), ..heir }));
        Ok(Standalone {
            bootstrap: host.address.to_string(),
            login,
            is_host: false,
            succession: succession.transpose()?,
        })
    }

    /// Tells, from now on, whether the broker has moved to where clients of this process do not find it.
    pub fn stranded(&self) -> Stranded {
        self.succession.as_ref().map(Succession::stranded).unwrap_or_default()
    }

    /// Leaves the cluster. A broker that this process hosts, from the beginning or since another left, is stopped;
    /// whoever waits hosts next. The error may be that of a take-over that failed in the background.
    pub fn close(mut self) -> Result<(), StandaloneError> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), StandaloneError> {
        match self.succession.take() {
            Some(succession) => on_own_thread(|| succession.leave()),
            None => Ok(()),
        }
    }
}

/// A command that was cut short still leaves in order.
impl Drop for Standalone {
    fn drop(&mut self) {
        if let Err(e) = self.leave() {
            tracing::warn!("{e}");
        }
    }
}

#[cfg(test)]
mod tests;

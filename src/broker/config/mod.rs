//! What a broker is told about itself: where it lives, what it listens on, and the values of Kafka's configuration keys.
//!
//! `key_table` is the one list of keys, `server_keys` reads what a file or an environment sets of them, `listeners` makes
//! listeners of them, `dynamic` says what may be set at run time.

pub mod dynamic;
mod key_table;
pub mod keys;
mod listeners;
mod server_keys;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use keys::{Effect, Key};
pub use listeners::{listeners, named_listeners, roles};
pub use server_keys::{Remarks, ServerKeys};

pub use super::partitions::{OpeningListener, OpeningProgress};

/// How [`Broker::start`](super::Broker::start) is to run.
#[derive(Debug)]
pub struct BrokerConfig {
    /// Which node the directory must belong to; `None` takes the one that it belongs to, 1 if it is new.
    pub node_id: Option<i32>,
    /// Holds the metadata.
    pub data_directory: PathBuf,
    /// Where partitions lie, the data directory among them if it is to have any; none for the data directory alone.
    pub log_directories: Vec<PathBuf>,
    pub listeners: Vec<ListenerConfig>,
    /// Every partition is opened, and recovered if need be, before the broker says that it is ready.
    pub eager: bool,
    /// A directory that was never formatted is formatted instead of being refused.
    pub format_if_empty: bool,
    pub keys: BrokerKeys,
    /// Hears of partitions as they are opened while the broker starts.
    pub opening: OpeningListener,
}

impl BrokerConfig {
    pub fn all_log_directories(&self) -> Vec<PathBuf> {
        match self.log_directories.is_empty() {
            true => vec![self.data_directory.clone()],
            false => self.log_directories.clone(),
        }
    }
}

/// One address that the broker listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerConfig {
    /// Kafka's listener name, such as `PLAINTEXT`.
    pub name: String,
    pub role: Role,
    /// Empty for every address of the machine.
    pub host: String,
    /// 0 lets the system choose.
    pub port: u16,
    pub protocol: ListenerProtocol,
    /// What clients are told to connect to, where that is not the address that is listened on.
    pub advertised: Option<(String, u16)>,
}

impl ListenerConfig {
    /// For clients, who are believed.
    pub fn plaintext(host: &str, port: u16) -> ListenerConfig {
        ListenerConfig {
            name: "PLAINTEXT".to_owned(),
            role: Role::Broker,
            host: host.to_owned(),
            port,
            protocol: ListenerProtocol::Plaintext,
            advertised: None,
        }
    }
}

/// What a node does in its cluster, and whose requests a listener takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Broker,
    Controller,
}

/// How clients speak and prove who they are.
#[derive(Clone, PartialEq, Eq)]
pub enum ListenerProtocol {
    /// Everybody is `User:ANONYMOUS`.
    Plaintext,
    /// SASL/PLAIN with these users and their secrets.
    SaslPlaintext { users: BTreeMap<String, String> },
}

/// Secrets stay out of logs.
impl fmt::Debug for ListenerProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenerProtocol::Plaintext => f.write_str("Plaintext"),
            ListenerProtocol::SaslPlaintext { users } => {
                f.debug_struct("SaslPlaintext").field("users", &users.keys()).finish_non_exhaustive()
            }
        }
    }
}

impl ListenerProtocol {
    /// The code in `RegisterBrokerRecord` and `SecurityProtocol.java`.
    pub fn code(&self) -> i16 {
        match self {
            ListenerProtocol::Plaintext => 0,
            ListenerProtocol::SaslPlaintext { .. } => 2,
        }
    }
}

/// A listener that is bound: what clients are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundListener {
    pub name: String,
    pub role: Role,
    pub address: SocketAddr,
    pub advertised_host: String,
    pub advertised_port: u16,
    /// Clients are told the address that they reached, since the listener has no single one.
    pub advertises_local_address: bool,
    pub protocol: ListenerProtocol,
}

/// The values of the broker's configuration keys: what was set explicitly, else Kafka's defaults.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BrokerKeys {
    explicit: BTreeMap<String, String>,
}

/// Values may be passwords, so only names are shown.
impl fmt::Debug for BrokerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.explicit.keys()).finish()
    }
}

const CONFIG_EXCEPTION: &str = "org.apache.kafka.common.config.ConfigException";

/// A configuration that is not allowed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidKey {
    pub fault: String,
    /// The class and the message of the exception that Kafka throws, where it throws one.
    pub thrown: Option<(&'static str, String)>,
}

impl InvalidKey {
    /// A fault that Kafka has no words for.
    pub fn new(fault: impl Into<String>) -> InvalidKey {
        InvalidKey { fault: fault.into(), thrown: None }
    }

    fn thrown(self, class: &'static str, message: impl Into<String>) -> InvalidKey {
        InvalidKey { thrown: Some((class, message.into())), ..self }
    }
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault)
    }
}

impl std::error::Error for InvalidKey {}

impl BrokerKeys {
    /// Sets one key.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidKey> {
        let key = Key::named(name).ok_or_else(|| InvalidKey::new(format!("{name} is no broker configuration")))?;
        if let Some(fault) = key.fault(value) {
            let message = dynamic::value_fault(name, value.trim()).unwrap_or_else(|| fault.clone());
            return Err(InvalidKey::new(fault).thrown(CONFIG_EXCEPTION, message));
        }
        self.explicit.insert(name.to_owned(), value.trim().to_owned());
        Ok(())
    }

    /// Forgets what was set.
    pub fn unset(&mut self, name: &str) {
        self.explicit.remove(name);
    }

    /// What was set, by name.
    pub fn all_explicit(&self) -> impl Iterator<Item = (&str, &str)> {
        self.explicit.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value that was set, if one was.
    pub fn explicit(&self, name: &str) -> Option<&str> {
        self.explicit.get(name).map(String::as_str)
    }

    /// The value in effect; `None` is Kafka's null.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.explicit(name).or_else(|| Key::named(name)?.default)
    }

    /// The value of a numeric key; 0 for a null.
    pub fn number(&self, name: &str) -> i64 {
        debug_assert!(Key::named(name).is_some(), "{name} is no broker configuration");
        self.get(name).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    pub fn boolean(&self, name: &str) -> bool {
        debug_assert!(Key::named(name).is_some(), "{name} is no broker configuration");
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The value of a key in milliseconds; a negative one is "never", which is as long as can be said.
    pub fn milliseconds(&self, name: &str) -> Duration {
        u64::try_from(self.number(name)).map_or(Duration::MAX, Duration::from_millis)
    }

    pub fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).into_iter().flat_map(|value| value.split(',')).map(str::trim).filter(|s| !s.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_keys_have_kafkas_defaults() {
        let mut keys = BrokerKeys::default();
        keys.set("num.partitions", " 3").unwrap();
        assert_eq!(keys.number("num.partitions"), 3);
        assert_eq!(keys.number("message.max.bytes"), 1_048_588);
        assert!(keys.boolean("auto.create.topics.enable"));
        assert_eq!(keys.list("group.consumer.assignors"), ["uniform", "range"]);
        assert!(keys.set("colour", "red").is_err());
    }

    #[test]
    fn secrets_are_not_shown() {
        let users = BTreeMap::from([("kavka".to_owned(), "hush".to_owned())]);
        assert!(!format!("{:?}", ListenerProtocol::SaslPlaintext { users }).contains("hush"));
    }
}

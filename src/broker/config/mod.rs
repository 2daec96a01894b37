//! What a broker is told about itself: where it lives, what it listens on, and the values of Kafka's configuration keys.

pub mod dynamic;
mod heeded;
pub mod keys;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use heeded::is_heeded;
pub use keys::Key;

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
    pub host: String,
    /// 0 lets the system choose.
    pub port: u16,
    pub protocol: ListenerProtocol,
    /// What clients are told to connect to, where that is not the address that is listened on.
    pub advertised: Option<(String, u16)>,
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

/// A configuration value that is not allowed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidKey(pub String);

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidKey {}

impl BrokerKeys {
    /// Takes the values of known keys and checks them. Gives the names that are no keys of a Kafka broker beside them.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Result<(BrokerKeys, Vec<String>), InvalidKey> {
        let mut keys = BrokerKeys::default();
        let mut unknown = Vec::new();
        for (name, value) in values {
            match Key::named(&name) {
                None => unknown.push(name),
                Some(_) => keys.set(&name, &value)?,
            }
        }
        Ok((keys, unknown))
    }

    /// Sets one key.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidKey> {
        let key = Key::named(name).ok_or_else(|| InvalidKey(format!("{name} is no broker configuration")))?;
        if let Some(fault) = key.fault(value) {
            return Err(InvalidKey(fault));
        }
        self.explicit.insert(name.to_owned(), value.trim().to_owned());
        Ok(())
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
        let (keys, unknown) =
            BrokerKeys::new([("num.partitions".into(), " 3".into()), ("colour".into(), "red".into())]).unwrap();
        assert_eq!(keys.number("num.partitions"), 3);
        assert_eq!(keys.number("message.max.bytes"), 1_048_588);
        assert!(keys.boolean("auto.create.topics.enable"));
        assert_eq!(keys.list("group.consumer.assignors"), ["uniform", "range"]);
        assert_eq!(unknown, ["colour"]);
    }

    #[test]
    fn secrets_are_not_shown() {
        let users = BTreeMap::from([("kavka".to_owned(), "hush".to_owned())]);
        assert!(!format!("{:?}", ListenerProtocol::SaslPlaintext { users }).contains("hush"));
    }
}

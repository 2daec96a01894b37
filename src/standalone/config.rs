//! The two ways in which this program runs a broker, as its configuration.

use std::collections::BTreeMap;
use std::path::Path;

use super::keepsake::{Keepsake, USER};
use super::server::ServerSettings;
use crate::broker::config::Role;
use crate::broker::{BrokerConfig, ListenerConfig, ListenerProtocol};

/// For the life of one command: loopback only, for those who know the secret, nothing opened before it is used.
pub(super) fn for_command(directory: &Path, keepsake: &Keepsake) -> BrokerConfig {
    let users = BTreeMap::from([(USER.to_owned(), keepsake.secret.clone())]);
    let listener = ListenerConfig {
        name: "SASL_PLAINTEXT".to_owned(),
        role: Role::Broker,
        host: "127.0.0.1".to_owned(),
        port: keepsake.port,
        protocol: ListenerProtocol::SaslPlaintext { users },
        advertised: None,
    };
    broker(directory, vec![listener], false)
}

/// For `kavka broker start`: every partition is opened before it says that it is ready.
pub(super) fn for_server(settings: &ServerSettings, listeners: Vec<ListenerConfig>) -> BrokerConfig {
    BrokerConfig {
        node_id: settings.node_id,
        log_directories: settings.log_directories.clone(),
        format_if_empty: settings.may_format,
        keys: settings.keys.clone(),
        opening: settings.opening.clone(),
        ..broker(&settings.directory, listeners, true)
    }
}

fn broker(directory: &Path, listeners: Vec<ListenerConfig>, eager: bool) -> BrokerConfig {
    BrokerConfig {
        node_id: None,
        data_directory: directory.to_owned(),
        log_directories: Vec::new(),
        listeners,
        eager,
        format_if_empty: true,
        keys: Default::default(),
        opening: Default::default(),
    }
}

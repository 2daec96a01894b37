//! A `server.properties` of Apache Kafka as commands read it: the values of its keys, who the node is and what it does.
//!
//! Faults are given in our words and in those of Kafka's exceptions.

use std::path::Path;

use crate::cli::failure::{CONFIG_EXCEPTION, Failure};
use crate::properties::Properties;
use crate::standalone::{BrokerKeys, InvalidKey, Role, roles};

/// The entries of a file.
pub fn entries(file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let properties = Properties::read_file(file).map_err(|error| {
        let failure = Failure::usage(error.to_string()).hint("name a file like Kafka's config/server.properties");
        failure.thrown("java.nio.file.NoSuchFileException", file.display().to_string())
    })?;
    Ok(properties.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// What a configuration is refused for, and where it stands.
pub fn invalid(invalid: InvalidKey, place: &str) -> Failure {
    let failure = Failure::usage(format!("{}: {invalid}", place));
    match invalid.thrown {
        Some((class, message)) => failure.thrown(class, message),
        None => failure.thrown(CONFIG_EXCEPTION, invalid.fault),
    }
}

/// kavka is broker and controller in one.
pub fn check_roles(keys: &BrokerKeys, is_apache: bool) -> Result<(), Failure> {
    match roles(keys).as_deref() {
        None if is_apache => Err(Failure::usage("process.roles is not set")
            .thrown(CONFIG_EXCEPTION, "Missing required configuration \"process.roles\" which has no default value.")),
        Some([Role::Controller]) => {
            let fault = "process.roles=controller: kavka is broker and controller in one, and never a controller alone";
            Err(Failure::usage(fault)
                .hint("give the node both roles: process.roles=broker,controller")
                .thrown(CONFIG_EXCEPTION, fault))
        }
        _ => Ok(()),
    }
}

/// `node.id`, or what it was called before.
pub fn node_id(keys: &BrokerKeys) -> Result<Option<i32>, Failure> {
    let id = |name: &str| keys.explicit(name).and_then(|id| id.parse::<i32>().ok()).filter(|id| *id >= 0);
    match (id("node.id"), id("broker.id")) {
        (Some(node), Some(broker)) if node != broker => {
            let message = "You must set `node.id` to the same value as `broker.id`.";
            Err(Failure::usage(format!("node.id={node}, broker.id={broker}: they must be the same"))
                .thrown(CONFIG_EXCEPTION, message))
        }
        (node, broker) => Ok(node.or(broker)),
    }
}

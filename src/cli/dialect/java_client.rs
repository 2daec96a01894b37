//! What a Java client says and checks while it is made, and what it says about its connections.
//!
//! Recorded from Kafka 4.2.1: `KafkaProducer` and `KafkaConsumer` refuse what they cannot begin with, and log the rest as
//! warnings, under the names of their own classes.

use std::net::ToSocketAddrs;

use super::{CANNOT_OPEN, logged};
use crate::cli::failure::Failure;
use crate::client::ClientSettings;
use crate::client::java_keys::Role;

const NETWORK_CLIENT: &str = "org.apache.kafka.clients.NetworkClient";
const ADMIN_METADATA: &str = "org.apache.kafka.clients.admin.internals.AdminMetadataManager";
const METADATA: &str = "org.apache.kafka.clients.Metadata";

/// What both constructors throw, whatever the cause is.
pub fn failed_to_construct(role: Role) -> &'static str {
    match role {
        Role::Producer => "Failed to construct kafka producer",
        Role::Consumer => "Failed to construct kafka consumer",
    }
}

/// A client in the log: `[Producer clientId=console-producer]`.
#[derive(Debug, Clone)]
pub struct Named(String);

impl Named {
    pub fn producer(client_id: &str) -> Named {
        Named(format!("[Producer clientId={client_id}]"))
    }

    /// A consumer without a group has none in its name.
    pub fn consumer(client_id: &str, group: Option<&str>) -> Named {
        let group = group.map(|group| format!(", groupId={group}")).unwrap_or_default();
        Named(format!("[Consumer clientId={client_id}{group}]"))
    }

    /// A topic for which the cluster has an error instead of leaders, as Java tells every time it asks.
    pub fn topic_trouble(&self, topic: &str, error: &str) -> String {
        let text = format!(
            "The metadata response from the cluster reported a recoverable issue with correlation id 1 : {{{topic}={error}}}"
        );
        logged("WARN", &format!("{} {text}", self.0), NETWORK_CLIENT)
    }

    pub fn invalid_topic(&self, topic: &str) -> String {
        logged("ERROR", &format!("{} Metadata response reported invalid topics [{topic}]", self.0), METADATA)
    }

    /// A bootstrap server that does not accept connections, as Java tells every time it tries.
    pub fn no_connection(&self, server: &str) -> Vec<String> {
        let node = node(server);
        let lost =
            format!("{} Connection to node -1 ({node}) could not be established. Node may not be available.", self.0);
        let gone = format!("{} Bootstrap broker {server} (id: -1 rack: null isFenced: false) disconnected", self.0);
        vec![logged("WARN", &lost, NETWORK_CLIENT), logged("WARN", &gone, NETWORK_CLIENT)]
    }

    /// A server that does not accept who we are, or that we do not.
    pub fn not_accepted(&self, server: &str, message: &str) -> String {
        let text = format!("Connection to node -1 ({}) failed authentication due to: {message}", node(server));
        logged("ERROR", &format!("{} {text}", self.0), NETWORK_CLIENT)
    }

    fn logs(&self, text: &str, logger: &str) -> String {
        logged("WARN", &format!("{} {text}", self.0), logger)
    }
}

/// A server as Java's client writes it: the name, the address, the port.
fn node(server: &str) -> String {
    let resolved = server.to_socket_addrs().ok().and_then(|addresses| {
        // Java asks for addresses of version 4 first.
        addresses.min_by_key(|address| address.is_ipv6())
    });
    let (host, port) = server.rsplit_once(':').unwrap_or((server, ""));
    let address = resolved.map(|address| address.ip().to_string()).unwrap_or_default();
    // Java writes a host that was given as an address without a name.
    let name = if host == address { "" } else { host };
    format!("{name}/{address}:{port}")
}

/// What Java's admin client logs of a server that does not accept who we are, or that we do not.
pub fn admin_not_accepted(client_id: &str, server: &str, class: &str, message: &str) -> Vec<String> {
    let named = Named(format!("[AdminClient clientId={client_id}]"));
    let fatal = named.logs("Fatal error during metadata update", ADMIN_METADATA);
    vec![named.not_accepted(server, message), fatal, format!("{class}: {message}")]
}

/// Checks what a constructor checks. The lines are what it logs, whether it succeeds or not.
pub fn construct(role: Role, settings: &ClientSettings, named: &Named) -> (Vec<String>, Result<(), Failure>) {
    let mut log = Vec::new();
    if let Err(error) = settings.check(role).and_then(|()| settings.security.check()) {
        return (log, Err(Failure::from(anyhow::Error::from(error))));
    }
    let refused = || Failure::usage(failed_to_construct(role)).thrown(CANNOT_OPEN, failed_to_construct(role));
    let number =
        |key: &str, default: i64| settings.property(key).and_then(|value| value.trim().parse().ok()).unwrap_or(default);
    let checked = match role {
        Role::Producer => {
            match delivery_time(settings, number("linger.ms", 1000), number("request.timeout.ms", 1500)) {
                Ok(line) => {
                    log.extend(line.map(|text| named.logs(&text, "org.apache.kafka.clients.producer.KafkaProducer")));
                    Ok(())
                }
                Err(fault) => Err(Failure::usage(fault.clone()).thrown(CANNOT_OPEN, failed_to_construct(role))),
            }
        }
        Role::Consumer if !settings.assignors_exist() => Err(refused()),
        Role::Consumer if number("heartbeat.interval.ms", 3000) >= number("session.timeout.ms", 45_000) => {
            Err(refused())
        }
        Role::Consumer => Ok(()),
    };
    let has_interceptors = settings.property("interceptor.classes").is_some_and(|list| !list.trim().is_empty());
    let result = checked.and_then(|()| if has_interceptors { Err(refused()) } else { Ok(()) });
    (log, result)
}

/// `delivery.timeout.ms` has to cover waiting and one request. Java lengthens its own, and refuses one that was given.
fn delivery_time(settings: &ClientSettings, linger: i64, request: i64) -> Result<Option<String>, String> {
    let rule = "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms";
    let least = linger.saturating_add(request).min(i64::from(i32::MAX));
    match settings.property("delivery.timeout.ms").and_then(|value| value.trim().parse::<i64>().ok()) {
        Some(given) if given < least => Err(rule.to_owned()),
        None if 120_000 < least => Ok(Some(format!("{rule}. Setting it to {least}."))),
        _ => Ok(None),
    }
}

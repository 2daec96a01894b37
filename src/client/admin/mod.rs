//! The native admin client: which broker a request goes to, and how often it is tried.
//!
//! [`Admin`] keeps one connection per address and learns the cluster from Metadata when a request needs a certain
//! broker. Calls are named as in Kafka's Java client, whose messages show those names. What a call repeats and how long
//! follows the Java client too: retriable errors are tried again with a growing pause until `default.api.timeout.ms`;
//! servers that cannot be reached, until [`ClientSettings::unreachable_timeout`], or, as long as other brokers answer,
//! [`ClientSettings::failover_timeout`].
//!
//! Answers come per item: `Vec<(item, Result<answer, Rejection>)>`, in the order asked for.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::error::ClientError;
use super::settings::ClientSettings;
use crate::protocol::apis::Request;
use crate::protocol::messages::MetadataRequest;
use crate::protocol::messages::metadata::{MetadataRequestTopic, MetadataResponse};
use crate::protocol::{ErrorCode, Rejection};

pub mod api_versions;
pub mod cluster;
pub mod configs;
pub mod connection;
mod consumer_protocol;
pub mod coordinators;
pub mod group_offsets;
pub mod groups;
pub mod log_dirs;
pub mod offsets;
pub mod quotas;
mod sasl;
pub mod scram;
mod stream;
pub mod topics;
pub mod transactions;

use connection::Connection;

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// An answer for each item asked for.
pub type PerItem<K, T> = Vec<(K, Result<T, Rejection>)>;

/// Who must answer a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    Any,
    Controller,
    Broker(i32),
}

/// Whose addresses the settings name: brokers, or the controllers of a quorum (KIP-919).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Endpoints {
    #[default]
    Brokers,
    Controllers,
}

/// What Java's client says to calls that it does not make of controllers.
const NOT_OF_CONTROLLERS: &str =
    "This Admin API is not yet supported when communicating directly with the controller quorum.";

type Slot = Arc<Mutex<Option<Connection>>>;

/// A client of a cluster's administrative APIs. Nothing is connected before the first call.
pub struct Admin {
    settings: ClientSettings,
    endpoints: Endpoints,
    connections: Mutex<HashMap<String, Slot>>,
    known: Mutex<Known>,
}

/// What the last Metadata response said.
#[derive(Default)]
struct Known {
    brokers: BTreeMap<i32, String>,
    controller: Option<i32>,
}

impl Admin {
    pub fn new(settings: &ClientSettings) -> Admin {
        Admin::at(settings, Endpoints::default())
    }

    pub fn at(settings: &ClientSettings, endpoints: Endpoints) -> Admin {
        Admin { settings: settings.clone(), endpoints, connections: Mutex::default(), known: Mutex::default() }
    }

    pub fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// Sends one request, without trying again, in any version that both sides have.
    pub async fn send<R: Request>(&self, to: Destination, request: &R) -> Result<R::Response, ClientError> {
        self.send_within(to, request, R::VERSIONS).await
    }

    /// The same, in a version out of `versions`.
    pub async fn send_within<R: Request>(
        &self,
        to: Destination,
        request: &R,
        versions: RangeInclusive<i16>,
    ) -> Result<R::Response, ClientError> {
        if self.settings.reads_only && !R::API.only_reads() {
            return Err(ClientError::ReadOnly { api: R::API });
        }
        match to {
            Destination::Any if self.endpoints == Endpoints::Brokers => self.send_to_any(request, versions).await,
            Destination::Broker(id) => {
                let server = self.address_of(id).await?;
                self.send_to(&server, request, &versions).await
            }
            // Of controllers, the active one answers.
            Destination::Any | Destination::Controller => match self.controller_address().await? {
                Some(server) => self.send_to(&server, request, &versions).await,
                None => self.send_to_any(request, versions).await,
            },
        }
    }

    /// Runs `attempt` until it succeeds, fails for good, or its time is over.
    pub(crate) async fn persist<T>(
        &self,
        call: &'static str,
        attempt: impl AsyncFn() -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(limit) = self.patience(&error).await else { return Err(error) };
            let spent = started.elapsed();
            if spent + pause >= limit {
                return Err(gave_up(call, spent, error));
            }
            tracing::debug!(call, "{error}; trying again in {} ms", pause.as_millis());
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.forget_cluster().await;
        }
    }

    /// How long an error is worth trying again.
    async fn patience(&self, error: &ClientError) -> Option<Duration> {
        let limit = match error {
            ClientError::Unreachable { .. } if self.has_answered().await => self.settings.failover_timeout,
            ClientError::Unreachable { .. } | ClientError::Mismatch { .. } => self.settings.unreachable_timeout,
            ClientError::TimedOut { .. } => self.settings.api_timeout,
            ClientError::Rejected { rejection, .. } if rejection.code.is_retriable() => self.settings.api_timeout,
            _ => return None,
        };
        Some(limit.min(self.settings.api_timeout))
    }

    /// Whether a broker has named the others since the last failure.
    async fn has_answered(&self) -> bool {
        !self.known.lock().await.brokers.is_empty()
    }

    /// Metadata of all topics (`None`) or of some. Topics are never created by asking.
    pub(crate) async fn metadata(&self, topics: Option<&[String]>) -> Result<MetadataResponse, ClientError> {
        if self.endpoints == Endpoints::Controllers {
            let code = ErrorCode::UnsupportedEndpointType;
            return Err(ClientError::rejected("fetchMetadata", code, Some(NOT_OF_CONTROLLERS.to_owned())));
        }
        let topics = topics.map(|names| {
            let topic = |name: &String| MetadataRequestTopic { name: Some(name.clone()), ..Default::default() };
            names.iter().map(topic).collect()
        });
        let request = MetadataRequest { topics, allow_auto_topic_creation: false, ..Default::default() };
        let response = self.send_to_any(&request, 1..=13).await?;
        check("fetchMetadata", response.error_code)?;
        self.learn_cluster(&response).await;
        Ok(response)
    }

    /// Asks who is part of the cluster.
    async fn meet_cluster(&self) -> Result<(), ClientError> {
        match self.endpoints {
            Endpoints::Brokers => self.metadata(Some(&[])).await.map(drop),
            Endpoints::Controllers => self.describe_cluster_once(false).await.map(drop),
        }
    }

    async fn learn_nodes(&self, nodes: &[cluster::BrokerAddress], controller: Option<i32>) {
        let mut known = self.known.lock().await;
        known.brokers = nodes.iter().map(|node| (node.id, address(&node.host, node.port))).collect();
        known.controller = controller;
    }

    async fn learn_cluster(&self, metadata: &MetadataResponse) {
        let mut known = self.known.lock().await;
        known.brokers = metadata.brokers.iter().map(|b| (b.node_id, address(&b.host, b.port))).collect();
        known.controller = Some(metadata.controller_id).filter(|id| *id >= 0);
    }

    pub(crate) async fn learn_broker(&self, id: i32, host: &str, port: i32) {
        self.known.lock().await.brokers.insert(id, address(host, port));
    }

    async fn forget_cluster(&self) {
        *self.known.lock().await = Known::default();
    }

    /// The ids of all brokers.
    pub(crate) async fn broker_ids(&self) -> Result<Vec<i32>, ClientError> {
        if self.known.lock().await.brokers.is_empty() {
            self.meet_cluster().await?;
        }
        Ok(self.known.lock().await.brokers.keys().copied().collect())
    }

    async fn address_of(&self, id: i32) -> Result<String, ClientError> {
        if let Some(server) = self.known.lock().await.brokers.get(&id) {
            return Ok(server.clone());
        }
        self.meet_cluster().await?;
        let known = self.known.lock().await;
        known.brokers.get(&id).cloned().ok_or_else(|| {
            ClientError::unreachable(format!("broker {id}"), "no such broker is part of the cluster now")
        })
    }

    async fn controller_address(&self) -> Result<Option<String>, ClientError> {
        if self.known.lock().await.controller.is_none() {
            self.meet_cluster().await?;
        }
        let known = self.known.lock().await;
        Ok(known.controller.and_then(|id| known.brokers.get(&id).cloned()))
    }

    /// Asks the first server that can be reached: one that is connected, else one of the bootstrap servers.
    async fn send_to_any<R: Request>(
        &self,
        request: &R,
        versions: RangeInclusive<i16>,
    ) -> Result<R::Response, ClientError> {
        let mut causes = Vec::new();
        for server in self.candidates().await {
            match self.send_to(&server, request, &versions).await {
                Err(ClientError::Unreachable { causes: more, .. }) => causes.extend(more),
                answer => return answer,
            }
        }
        causes.dedup();
        Err(ClientError::Unreachable { servers: self.settings.servers(), causes })
    }

    async fn candidates(&self) -> Vec<String> {
        let mut servers: Vec<String> = self.connections.lock().await.keys().cloned().collect();
        servers.sort();
        for server in &self.settings.bootstrap_servers {
            if !servers.contains(server) {
                servers.push(server.clone());
            }
        }
        servers
    }

    /// A connection that turns out to be closed since its last use is replaced once.
    async fn send_to<R: Request>(
        &self,
        server: &str,
        request: &R,
        versions: &RangeInclusive<i16>,
    ) -> Result<R::Response, ClientError> {
        let slot = Arc::clone(self.connections.lock().await.entry(server.to_owned()).or_default());
        let mut slot = slot.lock().await;
        if let Some(connection) = slot.as_mut().filter(|connection| connection.is_usable()) {
            match connection.call(request, versions).await {
                Err(ClientError::Unreachable { .. }) => {}
                answer => return answer,
            }
        }
        *slot = None;
        match Connection::open(server, &self.settings).await {
            Ok(connection) => slot.insert(connection).call(request, versions).await,
            Err(error) => {
                self.connections.lock().await.remove(server);
                Err(error)
            }
        }
    }
}

fn gave_up(call: &'static str, spent: Duration, error: ClientError) -> ClientError {
    match error {
        ClientError::TimedOut { last, .. } => ClientError::TimedOut { call, after: spent, last },
        error => ClientError::TimedOut { call, after: spent, last: Some(Box::new(error)) },
    }
}

fn address(host: &str, port: i32) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// Turns the error code of a whole answer into an error.
pub(crate) fn check(call: &'static str, code: i16) -> Result<(), ClientError> {
    match ErrorCode::from_code(code) {
        ErrorCode::None => Ok(()),
        code => Err(ClientError::rejected(call, code, None)),
    }
}

/// Turns the error code of one item into its refusal.
pub(crate) fn accepted(code: i16, message: Option<String>) -> Result<(), Rejection> {
    match ErrorCode::from_code(code) {
        ErrorCode::None => Ok(()),
        code => Err(Rejection { code, message }),
    }
}

/// Collects items of a topic under its name, as requests want them, in the order of first mention.
pub(crate) fn by_topic<T>(items: impl IntoIterator<Item = (String, T)>) -> Vec<(String, Vec<T>)> {
    let mut topics: Vec<(String, Vec<T>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (topic, item) in items {
        let place = *places.entry(topic.clone()).or_insert_with(|| {
            topics.push((topic, Vec::new()));
            topics.len() - 1
        });
        if let Some((_, items)) = topics.get_mut(place) {
            items.push(item);
        }
    }
    topics
}

/// Brokers answer in any order; callers get the order in which they asked.
pub(crate) fn in_order_of<'a, K, T>(
    asked: impl IntoIterator<Item = &'a K>,
    answers: impl IntoIterator<Item = (K, Result<T, Rejection>)>,
) -> PerItem<K, T>
where
    K: Clone + Eq + std::hash::Hash + 'a,
{
    let mut answers: HashMap<K, Result<T, Rejection>> = answers.into_iter().collect();
    let unanswered = || Err(Rejection::new(ErrorCode::UnknownServerError, "the broker's answer does not mention it"));
    asked.into_iter().map(|item| (item.clone(), answers.remove(item).unwrap_or_else(unanswered))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::messages::metadata::MetadataResponseBroker;

    #[tokio::test]
    async fn a_dead_broker_is_waited_for_longer_while_others_answer() {
        let mut settings = ClientSettings::plaintext("a:1");
        settings.unreachable_timeout = Duration::from_secs(3);
        settings.failover_timeout = Duration::from_secs(25);
        let admin = Admin::new(&settings);
        let dead = ClientError::unreachable("b:1", "refused");
        assert_eq!(admin.patience(&dead).await, Some(Duration::from_secs(3)));
        let broker = MetadataResponseBroker { node_id: 1, host: "a".to_owned(), port: 1, ..Default::default() };
        admin.learn_cluster(&MetadataResponse { brokers: vec![broker], ..Default::default() }).await;
        assert_eq!(admin.patience(&dead).await, Some(Duration::from_secs(25)));
        admin.forget_cluster().await;
        assert_eq!(admin.patience(&dead).await, Some(Duration::from_secs(3)));
    }
}

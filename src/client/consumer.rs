//! A consumer over librdkafka, with or without a group.
//!
//! Without a group it is assigned partitions at numeric offsets: a logical offset, which librdkafka must look up before it
//! knows the leader, waits half a second. Metadata is not fetched first: the connection it comes over is given up for one
//! to the same broker by its id, and a fetch of metadata waits longer for that one than an assignment does. librdkafka wants a group id even
//! then, so it gets one that nobody hears of. With a group it subscribes; the offset of a record is stored when its owner
//! says so, and what is stored is committed when the consumer closes. A partition that brought no record has where it
//! was begun committed then, as Java's consumer commits the positions of all that it was assigned: librdkafka alone
//! would commit nothing, and what arrives while the group is away would never be read. Closing polls in short steps,
//! since dropping takes a tick of 100 ms.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::Offset;

use super::error::ClientError;
use super::java_keys::Role;
use super::librdkafka::{self, Troubles};
use super::login::tokens::TokenSource;
use super::settings::ClientSettings;
use crate::clock::Timestamp;
use crate::properties::Properties;
use crate::vocabulary::TopicPartition;

/// How long one step of closing waits.
const CLOSING_STEP: Duration = Duration::from_millis(1);
/// How long closing waits for what the broker knows of the group's offsets.
const OFFSETS_LIMIT: Duration = Duration::from_secs(5);
/// How long closing may take before the consumer is dropped as it is.
const CLOSING_STEPS: usize = 10_000;

/// Something that a poll brought.
pub enum Event<'a> {
    Record(Incoming<'a>),
    /// A partition of this number has been read to its end; librdkafka does not say of which topic.
    End(i32),
    /// Nothing came in the time given.
    Nothing,
}

/// When a record was written, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordTime {
    None,
    Created(Timestamp),
    Appended(Timestamp),
}

impl RecordTime {
    pub fn millis(self) -> Option<i64> {
        match self {
            RecordTime::None => None,
            RecordTime::Created(time) | RecordTime::Appended(time) => Some(time.millis()),
        }
    }
}

/// A record as it came in; it lives in librdkafka's memory.
pub struct Incoming<'a> {
    message: BorrowedMessage<'a>,
}

/// The name of a header is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotText;

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a header is not UTF-8")
    }
}

impl std::error::Error for NotText {}

/// A header as it came in: names are text, values bytes or null.
pub type HeaderRef<'a> = (&'a str, Option<&'a [u8]>);

impl Incoming<'_> {
    pub fn topic(&self) -> &str {
        self.message.topic()
    }

    pub fn partition(&self) -> i32 {
        self.message.partition()
    }

    pub fn offset(&self) -> i64 {
        self.message.offset()
    }

    pub fn key(&self) -> Option<&[u8]> {
        self.message.key()
    }

    pub fn value(&self) -> Option<&[u8]> {
        self.message.payload()
    }

    pub fn time(&self) -> RecordTime {
        match self.message.timestamp() {
            rdkafka::Timestamp::NotAvailable => RecordTime::None,
            rdkafka::Timestamp::CreateTime(millis) => RecordTime::Created(Timestamp(millis)),
            rdkafka::Timestamp::LogAppendTime(millis) => RecordTime::Appended(Timestamp(millis)),
        }
    }

    /// Headers in order, duplicates and nulls included. rdkafka panics on a name that is not UTF-8, which any producer
    /// may have sent; that is an error of this record alone.
    pub fn headers(&self) -> Result<Vec<HeaderRef<'_>>, NotText> {
        let Some(headers) = self.message.headers() else { return Ok(Vec::new()) };
        let read = AssertUnwindSafe(|| headers.iter().map(|header| (header.key, header.value)).collect());
        catch_unwind(read).map_err(|_| NotText)
    }
}

pub struct Consumer {
    client: BaseConsumer<Context>,
    state: Arc<State>,
    servers: String,
    in_group: bool,
}

/// Where a member of a group begins a partition without a committed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reset {
    Earliest,
    Latest,
}

#[derive(Default)]
struct State {
    assigned: Mutex<BTreeSet<TopicPartition>>,
    /// Set if this consumer commits offsets by itself.
    reset: Option<Reset>,
    /// Where partitions were begun, as far as no record of them counts as consumed.
    begun: Mutex<BTreeMap<TopicPartition, i64>>,
    troubles: Troubles,
}

struct Context {
    state: Arc<State>,
    servers: String,
    tokens: Option<TokenSource>,
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        librdkafka::oauth_token(self.tokens.as_ref())
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        librdkafka::log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.state.troubles.note(&self.servers, &error, reason);
    }
}

impl ConsumerContext for Context {
    /// Before the assignment is taken up, so that no record between the offset found here and the first one read is
    /// passed over.
    fn pre_rebalance(&self, client: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let (Some(reset), Rebalance::Assign(partitions)) = (self.state.reset, rebalance) else { return };
        for partition in named(partitions) {
            match client.fetch_watermarks(&partition.topic, partition.partition, OFFSETS_LIMIT) {
                Ok((low, high)) => {
                    let start = if reset == Reset::Earliest { low } else { high };
                    locked(&self.state.begun).insert(partition, start);
                }
                Err(error) => tracing::debug!("where {partition} begins is not known: {error}"),
            }
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let mut assigned = locked(&self.state.assigned);
        match rebalance {
            Rebalance::Assign(partitions) => assigned.extend(named(partitions)),
            Rebalance::Revoke(partitions) => {
                let revoked: BTreeSet<TopicPartition> = named(partitions).collect();
                assigned.retain(|partition| !revoked.contains(partition));
                locked(&self.state.begun).retain(|partition, _| !revoked.contains(partition));
            }
            Rebalance::Error(error) => tracing::warn!("a rebalance failed: {error}"),
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        match result {
            Err(error) if error.rdkafka_error_code() != Some(RDKafkaErrorCode::NoOffset) => {
                tracing::warn!("offsets were not committed: {error}");
            }
            _ => {}
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn named(partitions: &TopicPartitionList) -> impl Iterator<Item = TopicPartition> {
    let elements = partitions.elements();
    elements.into_iter().map(|p| TopicPartition::new(p.topic(), p.partition())).collect::<Vec<_>>().into_iter()
}

impl Consumer {
    /// A consumer of fixed partitions, without a group. Each is read from the offset given.
    pub fn assigned(
        settings: &ClientSettings,
        defaults: &Properties,
        partitions: &[(TopicPartition, i64)],
    ) -> Result<Consumer, ClientError> {
        let consumer = Consumer::new(settings, defaults, None)?;
        consumer.assign(partitions)?;
        Ok(consumer)
    }

    /// Reads these partitions from these offsets, and no others any longer.
    pub fn assign(&self, partitions: &[(TopicPartition, i64)]) -> Result<(), ClientError> {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for (partition, offset) in partitions {
            list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(*offset))
                .map_err(|error| self.error("assign", &error))?;
        }
        self.client.assign(&list).map_err(|error| self.error("assign", &error))?;
        *locked(&self.state.assigned) = partitions.iter().map(|(partition, _)| partition.clone()).collect();
        Ok(())
    }

    /// Reads these partitions no further.
    pub fn pause(&self, partitions: &[TopicPartition]) -> Result<(), ClientError> {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition(&partition.topic, partition.partition);
        }
        self.client.pause(&list).map_err(|error| self.error("pause", &error))
    }

    /// A member of a group. A topic that starts with `^` is a regular expression.
    pub fn subscribed(
        settings: &ClientSettings,
        defaults: &Properties,
        group: &str,
        topics: &[&str],
    ) -> Result<Consumer, ClientError> {
        let mut defaults = defaults.clone();
        if topics.iter().any(|topic| topic.starts_with('^')) {
            defaults.set("exclude.internal.topics", "true");
        }
        let consumer = Consumer::new(settings, &defaults, Some(group))?;
        consumer.client.subscribe(topics).map_err(|error| consumer.error("subscribe", &error))?;
        Ok(consumer)
    }

    fn new(settings: &ClientSettings, defaults: &Properties, group: Option<&str>) -> Result<Consumer, ClientError> {
        let mut config = librdkafka::config(Role::Consumer, settings, defaults)?;
        config.set("group.id", group.unwrap_or("kavka"));
        config.set("enable.auto.offset.store", "false").set("enable.partition.eof", "true");
        if group.is_none() {
            config.set("enable.auto.commit", "false");
        }
        let commits = config.get("enable.auto.commit").is_none_or(|value| value != "false");
        let earliest = matches!(config.get("auto.offset.reset"), Some("earliest" | "smallest" | "beginning"));
        let reset = (group.is_some() && commits).then_some(if earliest { Reset::Earliest } else { Reset::Latest });
        let state = Arc::new(State { reset, ..State::default() });
        let servers = settings.servers();
        let tokens = librdkafka::tokens(&settings.security);
        let context = Context { state: Arc::clone(&state), servers: servers.clone(), tokens };
        let client = config
            .create_with_context(context)
            .map_err(|error| librdkafka::client_error("consume", &servers, &error))?;
        Ok(Consumer { client, state, servers, in_group: group.is_some() })
    }

    /// Waits for the next record for up to `limit`.
    pub fn poll(&self, limit: Duration) -> Result<Event<'_>, ClientError> {
        match self.client.poll(limit) {
            None => Ok(Event::Nothing),
            Some(Ok(message)) => Ok(Event::Record(Incoming { message })),
            Some(Err(KafkaError::PartitionEOF(partition))) => Ok(Event::End(partition)),
            Some(Err(error)) => match self.explained(&error) {
                error if is_passing(&error) => {
                    tracing::debug!("{error}; waiting for it to pass");
                    Ok(Event::Nothing)
                }
                error => Err(error),
            },
        }
    }

    /// Whether it makes a difference what counts as consumed.
    pub fn is_in_group(&self) -> bool {
        self.in_group
    }

    /// Counts the record at an offset, and all before it, as consumed: they are committed sooner or later. Without a
    /// group nothing happens.
    pub fn consumed(&self, partition: &TopicPartition, offset: i64) {
        if !self.in_group {
            return;
        }
        if let Err(error) = self.client.store_offset(&partition.topic, partition.partition, offset) {
            tracing::debug!("the offset of {partition} was not stored: {error}");
        }
        locked(&self.state.begun).remove(partition);
    }

    /// The partitions that this consumer reads now.
    pub fn assignment(&self) -> BTreeSet<TopicPartition> {
        locked(&self.state.assigned).clone()
    }

    pub fn trouble(&self) -> Option<ClientError> {
        self.state.troubles.last()
    }

    /// Commits what is stored and leaves the group.
    pub fn close(self) {
        if let Err(error) = self.commit_where_begun() {
            tracing::warn!("where partitions without records were begun is not committed: {error}");
        }
        if self.client.close_queue().is_err() {
            return;
        }
        for _ in 0..CLOSING_STEPS {
            if self.client.closed() {
                return;
            }
            drop(self.client.poll(CLOSING_STEP));
        }
    }

    fn commit_where_begun(&self) -> KafkaResult<()> {
        let begun = std::mem::take(&mut *locked(&self.state.begun));
        if begun.is_empty() {
            return Ok(());
        }
        let mut asked = TopicPartitionList::with_capacity(begun.len());
        for partition in begun.keys() {
            asked.add_partition(&partition.topic, partition.partition);
        }
        let committed = self.client.committed_offsets(asked, OFFSETS_LIMIT)?;
        let mut missing = TopicPartitionList::new();
        for element in committed.elements().iter().filter(|element| element.offset() == Offset::Invalid) {
            let partition = TopicPartition::new(element.topic(), element.partition());
            if let Some(offset) = begun.get(&partition) {
                missing.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(*offset))?;
            }
        }
        if missing.count() == 0 { Ok(()) } else { self.client.commit(&missing, CommitMode::Sync) }
    }

    /// Of a failed authentication the poll gives only the code; the reason has been noted a moment before.
    fn explained(&self, error: &KafkaError) -> ClientError {
        match self.error("consume", error) {
            error @ ClientError::Authentication { .. } => self.trouble().unwrap_or(error),
            error => error,
        }
    }

    fn error(&self, call: &'static str, error: &KafkaError) -> ClientError {
        librdkafka::client_error(call, &self.servers, error)
    }
}

/// Connections come back by themselves, and a topic may be created while a group waits for it.
fn is_passing(error: &ClientError) -> bool {
    match error {
        ClientError::Unreachable { .. } | ClientError::TimedOut { .. } => true,
        ClientError::Rejected { rejection, .. } => rejection.code.is_retriable(),
        _ => false,
    }
}

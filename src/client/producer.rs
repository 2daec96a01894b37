//! A producer over librdkafka that reports what became of every record, or only of those that failed.
//!
//! It is a `BaseProducer` that its owner polls: a producer with a thread of its own takes 100 ms to end, and librdkafka's
//! flush through this wrapper never returns early. Its owner polls until nothing is [unsettled](Producer::unsettled).
//! That a record was acknowledged is reported only to who wants to know its place.
//!
//! An idempotent producer asks for its producer id when it starts, when half a second has passed since it found no
//! broker, and whenever metadata arrives. So until the first delivery metadata is asked for again and again: ten
//! milliseconds instead of five hundred.

mod transactions;

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};

use super::error::ClientError;
use super::java_keys::Role;
use super::librdkafka::{self, Troubles};
use super::login::tokens::TokenSource;
use super::settings::ClientSettings;
use crate::clock::Timestamp;
use crate::properties::Properties;

/// A record on its way out. `None` is null, which is not the same as empty.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    pub topic: &'a str,
    pub partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [(String, Option<Vec<u8>>)],
    /// `None`: now. (librdkafka reads zero as now too.)
    pub timestamp: Option<Timestamp>,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The number it was sent under.
    pub number: u64,
    /// How many bytes its key and its value have; a null has none.
    pub key: Option<usize>,
    pub value: Option<usize>,
    pub outcome: Result<Place, ClientError>,
}

/// Where an acknowledged record is. With `acks=0` nobody knows the offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub partition: i32,
    pub offset: Option<i64>,
}

/// Why a record was not even queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotQueued {
    /// The memory for unsent records is used up; it can be tried again after a poll.
    Full,
    Refused(ClientError),
}

/// Which deliveries are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reports {
    All,
    Failures,
}

pub struct Producer {
    client: BaseProducer<Context>,
    deliveries: Arc<Deliveries>,
    servers: String,
    awaiting_id: Cell<Option<Awaiting>>,
    queued: Cell<u64>,
    /// How many of these had their outcome when this was looked at last.
    settled: Cell<u64>,
    /// How many polls in a row have waited for nothing.
    quiet_polls: Cell<u32>,
}

/// What an idempotent producer has done since its first record, as long as nothing was delivered.
#[derive(Debug, Clone)]
struct Awaiting {
    topic: String,
    /// When metadata is asked for once more, and how long after that again: each pause is longer than the one before, since
    /// a producer id that does not come for seconds, as from a broker whose disk is full, is not missed by milliseconds.
    next: Instant,
    pause: Duration,
}

impl Awaiting {
    fn new() -> Awaiting {
        Awaiting { topic: String::new(), next: Instant::now() + FIRST_PAUSE, pause: FIRST_PAUSE }
    }
}

/// The first pause between two questions for metadata, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long librdkafka's first question for a token is waited for; it comes when the client is made.
const FIRST_TOKEN: Duration = Duration::from_millis(20);
/// The first polls for nothing wait for a part of the time given only, which grows by an eighth every so many polls.
const POLLS_PER_STEP: u32 = 4;
/// After so many polls for nothing each may wait longer.
const QUIET_POLLS: u32 = 200;
/// How long asking may hold up the poll.
const REMINDER: Duration = Duration::from_millis(20);

#[derive(Default)]
struct Deliveries {
    arrived: Mutex<Vec<Delivery>>,
    troubles: Troubles,
}

struct Context {
    deliveries: Arc<Deliveries>,
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
        self.deliveries.troubles.note(&self.servers, &error, reason);
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let (message, outcome) = match result {
            Ok(message) => {
                let offset = Some(message.offset()).filter(|offset| *offset >= 0);
                (message, Ok(Place { partition: message.partition(), offset }))
            }
            Err((error, message)) => (message, Err(self.explained(error))),
        };
        let (key, value) = (message.key().map(<[u8]>::len), message.payload().map(<[u8]>::len));
        let mut arrived = self.deliveries.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.push(Delivery { number: number as u64, key, value, outcome });
    }
}

impl Context {
    /// A record that timed out did so because of what happened to the connection, if anything did.
    fn explained(&self, error: &KafkaError) -> ClientError {
        match librdkafka::client_error("produce", &self.servers, error) {
            ClientError::TimedOut { call, after, last } => {
                self.deliveries.troubles.last().unwrap_or(ClientError::TimedOut { call, after, last })
            }
            other => other,
        }
    }
}

impl Producer {
    /// `defaults` are properties in Java's spelling that the settings' own are stronger than.
    pub fn new(settings: &ClientSettings, defaults: &Properties, reports: Reports) -> Result<Producer, ClientError> {
        let mut config = librdkafka::config(Role::Producer, settings, defaults)?;
        config.set("delivery.report.only.error", (reports == Reports::Failures).to_string());
        let deliveries = Arc::new(Deliveries::default());
        let tokens = librdkafka::tokens(&settings.security);
        let wants_token = tokens.is_some();
        let context = Context { deliveries: Arc::clone(&deliveries), servers: settings.servers(), tokens };
        let client: BaseProducer<Context> = config
            .create_with_context(context)
            .map_err(|error| librdkafka::client_error("produce", &settings.servers(), &error))?;
        if wants_token {
            // Transactions begin with calls that wait and do not poll, so that the token must be there before.
            client.poll(FIRST_TOKEN);
        }
        let is_idempotent = config.get("enable.idempotence") == Some("true");
        let awaiting_id = Cell::new(is_idempotent.then(Awaiting::new));
        Ok(Producer {
            client,
            deliveries,
            servers: settings.servers(),
            awaiting_id,
            queued: Cell::default(),
            settled: Cell::default(),
            quiet_polls: Cell::default(),
        })
    }

    /// Queues a record. Its end is reported by [`Producer::poll`] under `number`, if it is one to be reported.
    pub fn send(&self, record: &Outgoing<'_>, number: u64) -> Result<(), NotQueued> {
        if let Some(mut awaiting) = self.awaiting_id.take() {
            if awaiting.topic.is_empty() {
                awaiting.topic = record.topic.to_owned();
            }
            self.awaiting_id.set(Some(awaiting));
        }
        let mut base: BaseRecord<'_, [u8], [u8], usize> =
            BaseRecord::with_opaque_to(record.topic, usize::try_from(number).unwrap_or(usize::MAX));
        base.key = record.key;
        base.payload = record.value;
        base.partition = record.partition;
        base.timestamp = record.timestamp.map(Timestamp::millis);
        base.headers = headers(record.headers);
        match self.client.send(base) {
            Ok(()) => {
                self.queued.set(self.queued.get() + 1);
                Ok(())
            }
            Err((error, _)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) => Err(NotQueued::Full),
            Err((error, _)) => Err(NotQueued::Refused(librdkafka::client_error("produce", &self.servers, &error))),
        }
    }

    /// Serves librdkafka for up to `limit` and gives the deliveries that were reported.
    ///
    /// The wrapper's own waiting spins for the last millisecond, so this sleeps instead, the longer the longer nothing came.
    pub fn poll(&self, limit: Duration) -> Vec<Delivery> {
        let mut deliveries = self.arrived();
        let mut has_moved = self.has_moved();
        if !has_moved && !limit.is_zero() {
            std::thread::sleep(self.pause(limit));
            deliveries = self.arrived();
            has_moved = self.has_moved();
        }
        if has_moved {
            self.awaiting_id.set(None);
            self.quiet_polls.set(0);
        } else {
            self.remind();
        }
        deliveries
    }

    /// Whether any record got its outcome since this was asked last.
    fn has_moved(&self) -> bool {
        let settled = self.queued.get().saturating_sub(self.unsettled() as u64);
        self.settled.replace(settled) < settled
    }

    fn pause(&self, limit: Duration) -> Duration {
        let quiet = self.quiet_polls.get();
        self.quiet_polls.set(quiet.saturating_add(1));
        match quiet {
            QUIET_POLLS.. => limit * 5,
            _ => limit * (1 + quiet / POLLS_PER_STEP).min(8) / 8,
        }
    }

    /// Everything that librdkafka has to report now.
    fn arrived(&self) -> Vec<Delivery> {
        let mut all = Vec::new();
        loop {
            self.client.poll(Duration::ZERO);
            let arrived = std::mem::take(&mut *self.deliveries.arrived.lock().unwrap_or_else(PoisonError::into_inner));
            if arrived.is_empty() {
                return all;
            }
            all.extend(arrived);
        }
    }

    /// Brings metadata in, so that librdkafka thinks of the producer id.
    fn remind(&self) {
        let Some(mut awaiting) = self.awaiting_id.take() else { return };
        if Instant::now() >= awaiting.next && !awaiting.topic.is_empty() {
            let _ = self.client.client().fetch_metadata(Some(&awaiting.topic), REMINDER);
            awaiting.pause = (awaiting.pause * 3 / 2).min(LONGEST_PAUSE);
            awaiting.next = Instant::now() + awaiting.pause;
        }
        self.awaiting_id.set(Some(awaiting));
    }

    /// How many records have no outcome yet.
    pub fn unsettled(&self) -> usize {
        usize::try_from(self.client.in_flight_count()).unwrap_or(0)
    }

    /// The last trouble with connections, if there was one.
    pub fn trouble(&self) -> Option<ClientError> {
        self.deliveries.troubles.last()
    }
}

fn headers(headers: &[(String, Option<Vec<u8>>)]) -> Option<OwnedHeaders> {
    if headers.is_empty() {
        return None;
    }
    let empty = OwnedHeaders::new_with_capacity(headers.len());
    Some(headers.iter().fold(empty, |all, (key, value)| all.insert(Header { key, value: value.as_ref() })))
}

//! `produce` under the name of Kafka's tool: its defaults, its log, and its way with records that cannot be sent.
//!
//! Recorded from Kafka 4.2.1. A record that fails is logged when it fails and the tool goes on and ends with 0; with `--sync`
//! the first one is thrown. Nothing is sent before the topic is known, which each record waits for anew.

use std::time::{Duration, Instant};

use super::plan::{LARGEST_REQUEST, MAX_BLOCK, Plan};
use super::record::Record;
use crate::cli::Invocation;
use crate::cli::dialect::java_client::{self, Named};
use crate::cli::dialect::{exception_of, logged};
use crate::cli::failure::{ApacheForm, Failure, Kind};
use crate::client::java_keys::Role;
use crate::client::{Admin, ClientError, ClientSettings};
use crate::properties::Properties;
use crate::protocol::ErrorCode;

const ERROR_LOG: &str = "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback";
const ERRORS: &str = "org.apache.kafka.common.errors.";

/// What the tool tells its producer when nobody else does, as far as it differs from the client's own.
const DEFAULTS: [&str; 2] = ["request.timeout.ms=1500", "retry.backoff.ms=100"];

/// The first and the longest pause between two questions for the topic.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// Why a record was not sent: an exception of Java's, class and message.
pub type Exception = String;

/// Waits for the topic.
pub struct Wait<'a> {
    invocation: &'a Invocation,
    settings: ClientSettings,
    named: Named,
    topic: String,
    max_block: Duration,
    largest: usize,
    is_known: bool,
    /// Whether what stands in the way of this record has been told; Java tells it again with every attempt.
    is_told: bool,
    /// Whether the cluster has said that there can be no such topic.
    is_invalid: bool,
}

/// Checks what the tool checks before it reads a line.
pub fn begin<'a>(invocation: &'a Invocation, plan: &Plan, settings: &mut ClientSettings) -> anyhow::Result<Wait<'a>> {
    let named = Named::producer(&settings.client_id);
    let (log, constructed) = java_client::construct(Role::Producer, settings, &named);
    log.iter().for_each(|line| invocation.output.note(line));
    constructed?;
    for default in DEFAULTS {
        let default = Properties::from_pairs([default]);
        if default.iter().all(|(key, _)| settings.property(key).is_none()) {
            settings.apply(&default)?;
        }
    }
    let number = |key: &str| settings.property(key).and_then(|value| value.trim().parse::<u64>().ok());
    Ok(Wait {
        invocation,
        named,
        topic: plan.topic.clone(),
        max_block: number("max.block.ms").map_or(MAX_BLOCK, Duration::from_millis),
        largest: number("max.request.size").and_then(|size| usize::try_from(size).ok()).unwrap_or(LARGEST_REQUEST),
        settings: settings.clone(),
        is_known: false,
        is_told: false,
        is_invalid: false,
    })
}

impl Wait<'_> {
    /// Whether a record can be sent.
    pub fn admit(&mut self, record: &Record<'_>) -> anyhow::Result<Result<(), Exception>> {
        if let Err(exception) = self.topic_is_known()? {
            return Ok(Err(exception));
        }
        let (size, largest) = (upper_bound(record), self.largest);
        Ok(match size > largest {
            true => Err(format!(
                "{ERRORS}RecordTooLargeException: The message is {size} bytes when serialized which is larger than {largest}, \
                 which is the value of the max.request.size configuration."
            )),
            false => Ok(()),
        })
    }

    fn topic_is_known(&mut self) -> anyhow::Result<Result<(), Exception>> {
        let (started, mut pause) = (Instant::now(), PAUSES.0);
        self.is_told = false;
        if self.is_invalid {
            return Ok(Err(format!("{ERRORS}InvalidTopicException: {}", self.topic)));
        }
        while !self.is_known {
            let left = self.max_block.saturating_sub(started.elapsed());
            if left.is_zero() {
                let (topic, limit) = (&self.topic, self.max_block.as_millis());
                return Ok(Err(format!(
                    "{ERRORS}TimeoutException: Topic {topic} not present in metadata after {limit} ms."
                )));
            }
            match self.ask(left)? {
                Some(Ok(ErrorCode::None)) => self.is_known = true,
                Some(Ok(code)) => {
                    self.tell(|wait| vec![wait.named.topic_trouble(&wait.topic, code.name())]);
                    if code == ErrorCode::InvalidTopicException {
                        return Ok(Err(self.invalid_topic()));
                    }
                }
                Some(Err(ClientError::Unreachable { .. })) => self.tell(|wait| {
                    wait.settings.bootstrap_servers.iter().flat_map(|server| wait.named.no_connection(server)).collect()
                }),
                Some(Err(error @ (ClientError::Authentication { .. } | ClientError::Handshake { .. }))) => {
                    let failure = Failure::from(anyhow::Error::from(error));
                    if let Some(ApacheForm::NotAccepted { server, message, .. }) = &failure.apache {
                        self.tell(|wait| vec![wait.named.not_accepted(server, message)]);
                    }
                    return Ok(Err(exception_of(&failure)));
                }
                Some(Err(_)) | None => {}
            }
            if !self.is_known {
                self.pause(pause.min(self.max_block.saturating_sub(started.elapsed())))?;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
        Ok(Ok(()))
    }

    fn ask(&self, limit: Duration) -> anyhow::Result<Option<Result<ErrorCode, ClientError>>> {
        self.invocation.block_on(async {
            let admin = Admin::new(&self.settings);
            Ok(tokio::time::timeout(limit, admin.ask_for_topic(&self.topic, true)).await.ok())
        })
    }

    fn pause(&self, pause: Duration) -> anyhow::Result<()> {
        self.invocation.block_on(async {
            tokio::time::sleep(pause).await;
            Ok(())
        })
    }

    fn tell(&mut self, lines: impl FnOnce(&Wait<'_>) -> Vec<String>) {
        if !std::mem::replace(&mut self.is_told, true) {
            lines(self).iter().for_each(|line| self.invocation.output.note(line));
        }
    }

    fn invalid_topic(&mut self) -> Exception {
        self.is_invalid = true;
        self.invocation.output.note(&self.named.invalid_topic(&self.topic));
        format!("{ERRORS}InvalidTopicException: Invalid topics: [{}]", self.topic)
    }

    /// What became of a record that was sent and not acknowledged.
    pub fn exception(&self, error: &ClientError) -> Exception {
        match error {
            ClientError::TimedOut { .. } | ClientError::Unreachable { .. } => {
                let limit = self.settings.property("delivery.timeout.ms").unwrap_or("120000").trim();
                let record = format!("Expiring 1 record(s) for {}", self.topic);
                format!("{ERRORS}TimeoutException: {record}:{limit} ms has passed since batch creation")
            }
            error => exception_of(&Failure::from(anyhow::Error::from(error.clone()))),
        }
    }

    /// Logs it, or with `--sync` ends the command with it. Key and value are told by their lengths.
    pub fn report(&self, exception: &str, key: Option<usize>, value: Option<usize>, sync: bool) -> Result<(), Failure> {
        if sync {
            let failure = Failure::new(Kind::Failed, "a record was not acknowledged");
            return Err(failure.thrown("java.util.concurrent.ExecutionException", exception));
        }
        let bytes = |length: Option<usize>| length.map_or("null".to_owned(), |length| format!("{length} bytes"));
        let text = format!(
            "Error when sending message to topic {} with key: {}, value: {} with error:",
            self.topic,
            bytes(key),
            bytes(value)
        );
        self.invocation.output.note(&format!("{}\n{exception}", logged("ERROR", &text, ERROR_LOG)));
        Ok(())
    }
}

/// `DefaultRecordBatch.estimateBatchSizeUpperBound`: the head of a batch, the largest head of a record, and its fields.
fn upper_bound(record: &Record<'_>) -> usize {
    let field = |bytes: Option<&[u8]>| bytes.map_or(1, |bytes| varint_size(bytes.len()) + bytes.len());
    let headers = record.headers.iter().map(|(name, value)| field(Some(name.as_bytes())) + field(value.as_deref()));
    61 + 21
        + field(record.key.as_deref())
        + field(record.value.as_deref())
        + varint_size(record.headers.len())
        + headers.sum::<usize>()
}

/// The bytes of a number in zigzag form.
fn varint_size(number: usize) -> usize {
    let bits = usize::BITS - (number << 1).leading_zeros();
    bits.div_ceil(7).max(1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from Kafka 4.2.1: a value of 2,000 bytes, and a key of 3 and a header beside it.
    #[test]
    fn sizes_are_those_that_javas_producer_tells() {
        let record = Record { value: Some(vec![0; 2000].into()), ..Record::default() };
        assert_eq!(upper_bound(&record), 2086);
        assert_eq!([0, 63, 64, 8191, 8192].map(varint_size), [1, 1, 2, 2, 3]);
    }
}

//! `consume` under the name of Kafka's tool: always in a group, waiting for what is not there yet, with the log of a Java
//! consumer.
//!
//! Recorded from Kafka 4.2.1. A topic or a server that is missing is no error there; the tool waits, and logs what it waits
//! for. Here it is asked for once, which gives the same lines once.

use std::time::Duration;

use super::plan::{Plan, Source};
use super::reading::Ended;
use super::{Opened, assigned, defaults, subscribe};
use crate::cli::Invocation;
use crate::cli::dialect::java_client::{self, Named};
use crate::cli::dialect::{CANNOT_OPEN, CONSOLE_CONSUMER, exception_of, logged};
use crate::cli::failure::{ApacheForm, Failure, ILLEGAL_ARGUMENT, Kind};
use crate::cli::output::Output;
use crate::client::consumer::Consumer;
use crate::client::java_keys::Role;
use crate::client::{Admin, ClientError, ClientSettings};
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;

/// The package of the exceptions of Java's consumer.
const CONSUMER: &str = "org.apache.kafka.clients.consumer.";
/// How long the first question for the topic may take. It is only asked for the log.
const FIRST_LOOK: Duration = Duration::from_millis(1000);

pub fn open(
    invocation: &Invocation,
    plan: &Plan,
    settings: &ClientSettings,
    group: Option<String>,
) -> anyhow::Result<Opened> {
    let is_unnamed = group.is_none();
    let group = group.unwrap_or_else(|| format!("console-consumer-{}", rand::random_range(0..100_000)));
    let named = Named::consumer(&settings.client_id, Some(&group));
    let (log, constructed) = java_client::construct(Role::Consumer, settings, &named);
    log.iter().for_each(|line| invocation.output.note(line));
    constructed?;
    if group.is_empty() {
        let message = java_client::failed_to_construct(Role::Consumer);
        return Err(Failure::usage("a group needs a name").thrown(CANNOT_OPEN, message).into());
    }
    let mut defaults = defaults(plan);
    defaults.set("allow.auto.create.topics", "true");
    if is_unnamed {
        defaults.set("enable.auto.commit", "false");
    }
    let seen = match (&plan.source, plan.max_messages) {
        (Source::Topic(topic), _) if topic.is_empty() => return Err(no_name(plan).into()),
        (Source::Topic(topic), limit) if limit != Some(0) => first_look(invocation, plan, settings, &named, topic)?,
        _ => FirstLook::default(),
    };
    let mut opened = match plan.partition {
        Some(partition) if seen.is_missing || partition < 0 => waiting(plan, settings, partition)?,
        Some(partition) => match assigned(invocation, plan, settings) {
            Err(error) if Failure::from_ref(&error).kind == Kind::NotFound => waiting(plan, settings, partition)?,
            opened => opened?,
        },
        None => subscribe(plan, settings, &defaults, &group)?,
    };
    opened.broken = seen.broken;
    Ok(opened)
}

fn no_name(plan: &Plan) -> Failure {
    let message = match plan.partition {
        Some(_) => "Topic partitions to assign to cannot have null or empty topic",
        None => "Topic collection to subscribe to cannot contain null or empty topic",
    };
    Failure::usage("the topic has no name").thrown(ILLEGAL_ARGUMENT, message)
}

/// Reads a partition that is not there, in case it appears.
fn waiting(plan: &Plan, settings: &ClientSettings, partition: i32) -> Result<Opened, ClientError> {
    let Source::Topic(topic) = &plan.source else {
        return Err(ClientError::Settings("a pattern has no partition".to_owned()));
    };
    let start = (TopicPartition::new(topic, partition), plan.named_offset().unwrap_or(0));
    // A partition below zero never appears, and librdkafka takes it for another word.
    let starts: Vec<_> = Some(start).filter(|_| partition >= 0).into_iter().collect();
    let consumer = Consumer::assigned(settings, &defaults(plan), &starts)?;
    Ok(Opened { consumer, until_end: None, last: None, broken: None })
}

#[derive(Default)]
struct FirstLook {
    is_missing: bool,
    broken: Option<ClientError>,
}

/// Asks for the topic once and logs what Java's consumer would log about it.
fn first_look(
    invocation: &Invocation,
    plan: &Plan,
    settings: &ClientSettings,
    named: &Named,
    topic: &str,
) -> anyhow::Result<FirstLook> {
    let creates =
        settings.property("allow.auto.create.topics").is_none_or(|value| value.trim().eq_ignore_ascii_case("true"));
    let limit = plan.timeout.map_or(FIRST_LOOK, |timeout| timeout.min(FIRST_LOOK));
    let asked = invocation.block_on(async {
        let admin = Admin::new(settings);
        Ok(tokio::time::timeout(limit, admin.ask_for_topic(topic, creates)).await.ok())
    })?;
    let note = |line: String| invocation.output.note(&line);
    match asked {
        Some(Ok(ErrorCode::None)) => Ok(FirstLook::default()),
        Some(Ok(code)) => {
            note(named.topic_trouble(topic, code.name()));
            let broken = (code == ErrorCode::InvalidTopicException).then(|| {
                note(named.invalid_topic(topic));
                ClientError::rejected("fetchMetadata", code, Some(format!("Invalid topics: [{topic}]")))
            });
            Ok(FirstLook { is_missing: true, broken })
        }
        Some(Err(ClientError::Unreachable { .. })) => {
            settings.bootstrap_servers.iter().flat_map(|server| named.no_connection(server)).for_each(note);
            Ok(FirstLook { is_missing: true, broken: None })
        }
        Some(Err(error @ (ClientError::Authentication { .. } | ClientError::Handshake { .. }))) => {
            let failure = Failure::from(anyhow::Error::from(error.clone()));
            if let Some(ApacheForm::NotAccepted { server, message, .. }) = failure.apache {
                note(named.not_accepted(&server, &message));
            }
            Ok(FirstLook { is_missing: true, broken: Some(error) })
        }
        Some(Err(_)) | None => Ok(FirstLook { is_missing: true, broken: None }),
    }
}

/// Says why reading ended, as Kafka's tool does: a consumer that can read no further, or a time limit, is an end like any other.
pub fn explain(
    ended: anyhow::Result<Ended>,
    plan: &Plan,
    consumer: &Consumer,
    output: &Output,
) -> anyhow::Result<Ended> {
    let exception = match &ended {
        Ok(Ended::TimedOut) => "org.apache.kafka.common.errors.TimeoutException".to_owned(),
        Ok(Ended::Broken(ClientError::NoOffset)) => {
            let partitions: Vec<String> = consumer.assignment().iter().map(ToString::to_string).collect();
            let partitions = partitions.join(", ");
            match plan.named_offset() {
                Some(offset) => format!(
                    "{CONSUMER}OffsetOutOfRangeException: Fetch position {offset} is out of range for partition {partitions}"
                ),
                None => format!(
                    "{CONSUMER}NoOffsetForPartitionException: Undefined offset with no reset policy for partitions: [{partitions}]"
                ),
            }
        }
        Ok(Ended::Broken(error)) => exception_of(&Failure::from(anyhow::Error::from(error.clone()))),
        _ => return ended,
    };
    output.note(&logged("ERROR", "Error processing message, terminating consumer process: ", CONSOLE_CONSUMER));
    output.note(&exception);
    Ok(Ended::End)
}

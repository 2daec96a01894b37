//! `consume`: records become text or JSON on standard output.
//!
//! Without a group the partitions and offsets are looked up first, with the native client, and librdkafka is told
//! numbers only; with a group it subscribes. Under Apache's name there is always a group, with a name of its own if none
//! is given.

mod args;
mod deserializer;
mod plan;
mod positions;
mod reading;
mod text_format;
mod until_end;

use anyhow::Context;

pub use args::Args;
use plan::{Plan, Source, Start};
use positions::Positions;
use reading::{Ended, Reading};
use until_end::UntilEnd;

use crate::cli::Invocation;
use crate::cli::dialect::{self, CONSOLE_CONSUMER};
use crate::cli::failure::{Failure, Kind};
use crate::client::admin::offsets::IsolationLevel;
use crate::client::consumer::Consumer;
use crate::client::{Admin, ClientError, ClientSettings};
use crate::properties::Properties;

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let plan = plan::plan(args, invocation.dialect)?;
    if invocation.dialect.is_apache() {
        plan.notices.iter().try_for_each(|notice| invocation.output.line(notice))?;
    }
    let mut settings = invocation.open_cluster(&plan.target)?;
    settings.apply(&plan.properties)?;
    settings.name_client("console-consumer");
    settings.warnings().iter().for_each(|warning| invocation.output.warning(warning));
    let group = group(&plan, &settings)?;
    let stop = invocation.watch_signals()?;
    let (consumer, until_end) = match group {
        Some(group) => subscribed(invocation, &plan, &settings, &group)?,
        None if invocation.dialect.is_apache() && plan.partition.is_none() => unnamed_group(&plan, &settings)?,
        None => assigned(invocation, &plan, &settings)?,
    };
    let mut reading = Reading::new(&plan, &consumer, &invocation.output, &stop, until_end);
    let ended = reading.all();
    let count = reading.count;
    consumer.close();
    if invocation.dialect.is_apache() {
        if matches!(ended, Ok(Ended::TimedOut)) {
            invocation.output.note(&dialect::logged_error(ENDED_BY_TIMEOUT, CONSOLE_CONSUMER));
            invocation.output.note("org.apache.kafka.common.errors.TimeoutException");
        }
        invocation.output.note(&format!("Processed a total of {count} messages"));
    }
    if plan.systest_events {
        invocation.output.line("shutdown_complete")?;
    }
    match ended? {
        Ended::AllWanted | Ended::End => Ok(()),
        Ended::Stopped => stop.failure().map_or(Ok(()), |failure| Err(failure.into())),
        Ended::TimedOut => timed_out(invocation, &plan, count),
    }
}

/// Recorded from Kafka 4.2.1.
const ENDED_BY_TIMEOUT: &str = "Error processing message, terminating consumer process: ";

/// A time limit that passes is an end like any other, unless a number of records was asked for.
fn timed_out(invocation: &Invocation, plan: &Plan, count: u64) -> anyhow::Result<()> {
    match plan.max_messages {
        Some(wanted) if !invocation.dialect.is_apache() => {
            let limit = plan.timeout.unwrap_or_default().as_millis();
            let message = format!("{count} of {wanted} records came before none arrived for {limit} ms");
            Err(Failure::new(Kind::ConditionNotMet, message).into())
        }
        _ => Ok(()),
    }
}

/// The group of the flag, of the properties or of the file; they must not differ.
fn group(plan: &Plan, settings: &ClientSettings) -> Result<Option<String>, Failure> {
    let elsewhere = settings.property("group.id");
    match (plan.group.as_deref(), elsewhere) {
        (Some(flag), Some(other)) if flag != other => {
            Err(Failure::usage(format!("--group {flag} and the property group.id={other} contradict each other")))
        }
        (_, Some(_)) if plan.partition.is_some() => {
            Err(Failure::usage("--partition and the property group.id cannot be used together")
                .apache_usage("Options group and partition cannot be specified together."))
        }
        (flag, elsewhere) => Ok(flag.or(elsewhere).map(str::to_owned)),
    }
}

/// Properties that the settings' own are stronger than.
fn defaults(plan: &Plan) -> Properties {
    let reset = if plan.start == Start::Earliest { "earliest" } else { "latest" };
    let mut defaults = Properties::from_pairs([format!("auto.offset.reset={reset}")]);
    if plan.until_end {
        defaults.set("fetch.max.wait.ms", "10");
    }
    defaults
}

type Opened = (Consumer, Option<UntilEnd>);

fn assigned(invocation: &Invocation, plan: &Plan, settings: &ClientSettings) -> anyhow::Result<Opened> {
    let isolation = match settings.property("isolation.level").map(str::trim) {
        Some("read_committed") => IsolationLevel::ReadCommitted,
        _ => IsolationLevel::ReadUncommitted,
    };
    let Positions { starts, ends } =
        invocation.block_on(async { positions::find(&Admin::new(settings), plan, isolation).await })?;
    let consumer = Consumer::assigned(settings, &defaults(plan), &starts)?;
    let until_end = plan.until_end.then(|| UntilEnd::of(&starts, ends));
    Ok((consumer, until_end))
}

fn subscribed(invocation: &Invocation, plan: &Plan, settings: &ClientSettings, group: &str) -> anyhow::Result<Opened> {
    if settings.security.is_native() && !invocation.dialect.is_apache() {
        invocation.block_on(async { check_topic(&Admin::new(settings), &plan.source).await })?;
    }
    subscribe(plan, settings, &defaults(plan), group).with_context(|| format!("cannot join group {group}"))
}

/// A topic that is named must exist; a group would wait for it in silence.
async fn check_topic(admin: &Admin, source: &Source) -> anyhow::Result<()> {
    match source {
        Source::Topic(topic) => positions::described(admin, std::slice::from_ref(topic)).await.map(drop),
        Source::Matching(_) => Ok(admin.describe_cluster().await.map(drop)?),
    }
}

/// What Kafka's tool does without a group: one of its own, which commits nothing.
fn unnamed_group(plan: &Plan, settings: &ClientSettings) -> anyhow::Result<Opened> {
    let group = format!("console-consumer-{}", rand::random_range(0..100_000));
    let mut defaults = defaults(plan);
    defaults.set("enable.auto.commit", "false");
    defaults.set("allow.auto.create.topics", "true");
    Ok(subscribe(plan, settings, &defaults, &group)?)
}

fn subscribe(
    plan: &Plan,
    settings: &ClientSettings,
    defaults: &Properties,
    group: &str,
) -> Result<Opened, ClientError> {
    let topic = match &plan.source {
        Source::Topic(topic) => topic.clone(),
        Source::Matching(pattern) => pattern.as_str().replace("(?:", "("),
    };
    let consumer = Consumer::subscribed(settings, defaults, group, &[&topic])?;
    Ok((consumer, plan.until_end.then(UntilEnd::of_member)))
}

//! `consume`: records become text or JSON on standard output.
//!
//! Without a group the partitions and offsets are looked up first, with the native client, and librdkafka is told
//! numbers only; with a group it subscribes. Under Apache's name there is always a group, with a name of its own if none
//! is given.

mod args;
mod as_apache;
mod checks;
mod condition;
mod deserializer;
mod filter;
mod form;
mod help;
mod internal_topics;
mod last;
mod letters;
mod plan;
mod positions;
mod progress;
mod reading;
mod text_format;
mod until_end;

use std::io::IsTerminal;

use anyhow::Context;

pub use args::Args;
use last::Last;
use plan::{Plan, Source};
use positions::Positions;
use reading::{Ended, Reading};
use until_end::UntilEnd;

use crate::cli::Invocation;
use crate::cli::failure::{CONFIG_EXCEPTION, Failure, Kind};
use crate::cli::offset_grammar::Place;
use crate::cli::target_cluster::TargetArgs;
use crate::client::admin::offsets::IsolationLevel;
use crate::client::consumer::Consumer;
use crate::client::java_keys::Role;
use crate::client::{Admin, ClientError, ClientSettings};
use crate::properties::Properties;

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    let (known, property_notice) = match is_apache {
        true => (
            Some(open_first(&args, invocation)?),
            checks::notice("property", !args.property.is_empty(), "formatter-property"),
        ),
        false => (None, None),
    };
    let mut plan = plan::plan(args, known.as_ref(), invocation.dialect)?;
    property_notice.iter().try_for_each(|notice| invocation.output.line(notice))?;
    plan.log.iter().for_each(|line| invocation.output.note(line));
    let mut settings = known.map_or_else(|| invocation.open_cluster(&plan.target), Ok)?;
    settings.apply(&plan.properties)?;
    settings.name_client("console-consumer");
    let says_where = plan.start.is_some();
    plan.learn_start(&settings);
    let group = group(&plan, &settings)?;
    let is_silent = !is_apache && !says_where && group.is_none() && plan.start == Some(Place::Latest);
    let stop = invocation.watch_signals()?;
    let opened = match is_apache {
        true => as_apache::open(invocation, &plan, &settings, group)?,
        false => {
            settings.check(Role::Consumer)?;
            settings.warnings_for_records().iter().for_each(|warning| invocation.output.warning(warning));
            match group {
                Some(group) => subscribed(invocation, &plan, &settings, &group)?,
                None => assigned(invocation, &plan, &settings)?,
            }
        }
    };
    if is_silent && !plan.until_end && is_watched() {
        let hint = "--from-beginning or --last 10 shows what is there";
        invocation.output.note(&format!("Waiting for records that arrive from now on; {hint}. Ctrl-C ends."));
    }
    let mut reading = Reading::new(&plan, &opened.consumer, &invocation.output, &stop, opened.until_end);
    let ended = match (opened.broken, opened.last) {
        (Some(error), _) => Ok(Ended::Broken(error)),
        (None, Some(last)) => reading.last(last),
        (None, None) => reading.all(),
    };
    let count = reading.count;
    plan.filter.remarks().for_each(|remark| invocation.output.warning(&remark));
    let ended = match is_apache {
        true => as_apache::explain(ended, &plan, &opened.consumer, &invocation.output),
        false => ended,
    };
    opened.consumer.close();
    if is_apache {
        invocation.output.note(&format!("Processed a total of {count} messages"));
    }
    if plan.systest_events {
        invocation.output.line("shutdown_complete")?;
    }
    match ended? {
        Ended::AllWanted | Ended::End => Ok(()),
        Ended::Stopped => stop.failure().map_or(Ok(()), |failure| Err(failure.into())),
        Ended::TimedOut => timed_out(invocation, &plan, count),
        Ended::Broken(error) => Err(error.into()),
    }
}

/// Whether somebody sits there who would wonder why nothing comes.
fn is_watched() -> bool {
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// Kafka's tool reads the file of settings before it looks at most options, and tells of older names before that.
fn open_first(args: &Args, invocation: &Invocation) -> anyhow::Result<ClientSettings> {
    checks::options(args, invocation.dialect)?;
    let olds = [
        checks::notice("consumer-property", !args.consumer_property.is_empty(), "command-property"),
        checks::notice("consumer.config", args.consumer_config.is_some(), "command-config"),
    ];
    olds.iter().flatten().try_for_each(|notice| invocation.output.line(notice))?;
    if args.target.bootstrap_server.as_deref().is_some_and(|servers| servers.trim().is_empty()) {
        let message = "Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value";
        return Err(Failure::usage(message).thrown(CONFIG_EXCEPTION, message).into());
    }
    let command_config = args.target.command_config.clone().or_else(|| args.consumer_config.clone());
    invocation.open_cluster(&TargetArgs { command_config, ..args.target.clone() })
}

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

/// The group of the command line, else of the file.
fn group(plan: &Plan, settings: &ClientSettings) -> Result<Option<String>, Failure> {
    let in_file = settings.property("group.id").filter(|_| plan.group.is_none());
    match (in_file, plan.partition) {
        (Some(_), Some(_)) => Err(Failure::usage("--partition and the property group.id cannot be used together")),
        (in_file, _) => Ok(plan.group.clone().or_else(|| in_file.map(str::to_owned))),
    }
}

/// Properties that the settings' own are stronger than.
fn defaults(plan: &Plan) -> Properties {
    let reset = if plan.start == Some(Place::Earliest) { "earliest" } else { "latest" };
    let mut defaults = Properties::from_pairs([format!("auto.offset.reset={reset}")]);
    if !plan.is_apache {
        // librdkafka would measure every poll for a cluster that may like to know (KIP-714).
        defaults.set("enable.metrics.push", "false");
    }
    if plan.until_end || plan.until.is_some() || plan.last.is_some() {
        defaults.set("fetch.max.wait.ms", "10");
    }
    defaults
}

/// A consumer that is ready, or that has found out at once that it never will be.
struct Opened {
    consumer: Consumer,
    until_end: Option<UntilEnd>,
    last: Option<Last>,
    broken: Option<ClientError>,
}

fn assigned(invocation: &Invocation, plan: &Plan, settings: &ClientSettings) -> anyhow::Result<Opened> {
    let isolation = match settings.property("isolation.level").map(str::trim) {
        Some("read_committed") => IsolationLevel::ReadCommitted,
        _ => IsolationLevel::ReadUncommitted,
    };
    let Positions { starts, bounds, remarks } =
        invocation.block_on(async { positions::find(&Admin::new(settings), plan, isolation).await })?;
    remarks.iter().for_each(|remark| invocation.output.warning(remark));
    if let Some(count) = plan.last {
        let last = Last::new(count, &starts, &bounds.unwrap_or_default());
        let consumer = Consumer::assigned(settings, &defaults(plan), &[])?;
        return Ok(Opened { consumer, until_end: None, last: Some(last), broken: None });
    }
    let consumer = Consumer::assigned(settings, &defaults(plan), &starts)?;
    let until_end = bounds.map(|bounds| UntilEnd::of(&starts, bounds));
    Ok(Opened { consumer, until_end, last: None, broken: None })
}

fn subscribed(invocation: &Invocation, plan: &Plan, settings: &ClientSettings, group: &str) -> anyhow::Result<Opened> {
    invocation.block_on(async { check_topic(&Admin::new(settings), &plan.source).await })?;
    subscribe(plan, settings, &defaults(plan), group).with_context(|| format!("cannot join group {group}"))
}

/// A topic that is named must exist; a group would wait for it in silence.
async fn check_topic(admin: &Admin, source: &Source) -> anyhow::Result<()> {
    match source {
        Source::Topic(topic) => positions::described(admin, std::slice::from_ref(topic)).await.map(drop),
        Source::Several(topics) => positions::described(admin, topics).await.map(drop),
        Source::Matching(_) => Ok(admin.describe_cluster().await.map(drop)?),
    }
}

fn subscribe(
    plan: &Plan,
    settings: &ClientSettings,
    defaults: &Properties,
    group: &str,
) -> Result<Opened, ClientError> {
    let topics = match &plan.source {
        Source::Topic(topic) => vec![topic.clone()],
        Source::Several(topics) => topics.clone(),
        Source::Matching(pattern) => vec![pattern.as_str().replace("(?:", "(")],
    };
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let consumer = Consumer::subscribed(settings, defaults, group, &topics)?;
    Ok(Opened { consumer, until_end: plan.until_end.then(UntilEnd::of_member), last: None, broken: None })
}

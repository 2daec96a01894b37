//! `produce`: lines of standard input become records.
//!
//! The input is read ahead on its own thread; this thread sends, serves the producer and reports. Whether the producer
//! is idempotent is decided when the input's first batch is there: an input that has already ended is sent without, since
//! a producer id costs more time than the rest; then requests go one at a time, so that order holds. Under Apache's name
//! it always is.

mod args;
mod as_apache;
mod batch;
mod checks;
mod dry_run;
mod input;
mod line_format;
mod lines;
mod murmur2;
mod outcome;
mod pace;
mod plan;
mod progress;
mod record;
mod send;
mod transaction;

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::Context;

pub use args::Args;
use batch::{Batch, End, Fault};
pub use checks::servers as checked_servers;
use input::Source;
use plan::Plan;
use send::Sending;

use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::signals::Stop;
use crate::cli::tools::Dialect;
use crate::client::java_keys::Role;
use crate::client::producer::{Producer, Reports};
use crate::client::{Admin, ClientSettings};
use crate::properties::Properties;

/// How long the end of the input is waited for after its first batch, before it counts as a long one.
const END_IS_NEAR: Duration = Duration::from_millis(10);
/// How often a wait looks whether the user wants to stop.
const GLANCE: Duration = Duration::from_millis(50);

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    checks::older_names(&args)?;
    if is_apache {
        checks::notices(&args).iter().try_for_each(|notice| invocation.output.line(notice))?;
        invocation.output.flush()?;
        checks::servers(args.target.bootstrap_server.as_deref())?;
    }
    let plan = plan::plan(args, invocation.dialect)?;
    let mut settings = invocation.open_cluster(&plan.target)?;
    settings.apply(&plan.properties)?;
    settings.name_client("console-producer");
    let wait = match is_apache {
        true => Some(as_apache::begin(invocation, &plan, &mut settings)?),
        false => {
            settings.check(Role::Producer)?;
            checks::transactions(&plan, &settings)?;
            settings.warnings_for_records().iter().for_each(|warning| invocation.output.warning(warning));
            None
        }
    };
    let stop = invocation.watch_signals()?;
    let batches = plan.input.clone().start(std::io::stdin())?;
    if plan.dry_run {
        return dry_run::run(&plan, &settings, &batches, invocation);
    }
    if !is_apache && matches!(plan.input.source, Source::Lines) && is_typed() {
        invocation.output.note("Type a record a line; Ctrl-D ends.");
    }
    let Some(first) = first_batches(&batches, &stop) else {
        return stop.failure().map_or(Ok(()), |failure| Err(failure.into()));
    };
    if first.iter().all(|batch| batch.is_empty()) && first.iter().any(|batch| batch.end.is_some()) {
        return nothing(first, &plan, invocation.dialect);
    }
    if !is_apache {
        reach_topic(invocation, &settings, &plan).with_context(|| format!("cannot send to topic {}", plan.topic))?;
    }
    let is_transactional = !is_apache && settings.property("transactional.id").is_some();
    let is_one_shot = !is_apache && !is_transactional && first.iter().any(|batch| batch.end.is_some());
    let mut defaults = plan::defaults();
    if !is_apache {
        defaults.extend(&Properties::from_pairs([plan::NO_FIGURES]));
        if settings.property("max.request.size").is_none() {
            defaults.extend(&Properties::from_pairs([plan::FEW_UNSENT]));
        }
    }
    if is_transactional {
        defaults.extend(&plan::transactional_defaults(settings.property("transaction.timeout.ms")));
    }
    if is_one_shot {
        defaults.extend(&Properties::from_pairs(plan::ONE_SHOT));
    } else if plan.sync {
        defaults.extend(&Properties::from_pairs(plan::SYNC));
    }
    let reports = if plan.print_acks { Reports::All } else { Reports::Failures };
    let producer = Producer::new(&settings, &defaults, reports)?;
    let mut sending = Sending::new(&plan, &settings, &producer, invocation, &stop, wait);
    if is_transactional {
        sending.begin_transactions(plan.transaction_records)?;
    }
    sending.all(first, &batches)
}

/// The first batch, and the second if it comes soon: it may be the end. Nothing if the user stopped before.
fn first_batches(batches: &Receiver<Batch>, stop: &Stop) -> Option<Vec<Batch>> {
    let first = loop {
        match batches.recv_timeout(GLANCE) {
            Ok(batch) => break batch,
            Err(RecvTimeoutError::Timeout) if !stop.is_requested() => {}
            Err(_) => return None,
        }
    };
    let mut first = vec![first];
    if first.iter().all(|batch| batch.end.is_none()) {
        first.extend(batches.recv_timeout(END_IS_NEAR));
    }
    Some(first)
}

/// Asks for the topic with a client that answers at once, so that an unreachable server or an unknown topic is known
/// before librdkafka, which only ever tries again, is started.
fn reach_topic(invocation: &Invocation, settings: &ClientSettings, plan: &Plan) -> anyhow::Result<()> {
    let ensured = async { Ok(Admin::new(settings).ensure_topic(&plan.topic).await?) };
    let count = invocation.block_on(ensured)?;
    match plan.input.partition.filter(|partition| usize::try_from(*partition).is_ok_and(|number| number >= count)) {
        Some(partition) => {
            let message = format!("it has no partition {partition}: it has {count}, counted from 0");
            Err(Failure::not_found(message).into())
        }
        None => Ok(()),
    }
}

/// An input without a record: nothing is connected, but what could not be understood is told.
fn nothing(batches: Vec<Batch>, plan: &Plan, dialect: Dialect) -> anyhow::Result<()> {
    let mut outcome = outcome::Outcome::counting(plan.input.unit());
    for batch in batches {
        batch.skipped.iter().for_each(|(line, reason)| outcome.note_skipped(*line, reason));
        match batch.end {
            Some(End::Line(fault)) => return Err(failed_line(fault, dialect).into()),
            Some(End::Failed(error)) => return Err(anyhow::Error::from(error).context("cannot read the input")),
            Some(End::Input) | None => {}
        }
    }
    outcome.failure(0).map_or(Ok(()), |failure| Err(failure.into()))
}

/// Kafka's tool says what is wrong, and no more.
fn failed_line(fault: Fault, dialect: Dialect) -> Failure {
    let failure = Failure::new(Kind::Failed, fault.text);
    match fault.hint.filter(|_| !dialect.is_apache()) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Whether somebody sits at the keyboard who can be told what to do.
fn is_typed() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

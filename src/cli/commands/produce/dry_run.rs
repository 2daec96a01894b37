//! `--dry-run`: what would be sent, a line of JSON for each record, in the shape that `--input jsonl` reads.
//!
//! The cluster is asked for the number of partitions only, and the topic is not created. A record without a key has no
//! partition yet: it goes wherever a batch is being filled.

use std::sync::mpsc::{Receiver, RecvTimeoutError};

use serde::Serialize;

use super::batch::{Batch, End};
use super::murmur2;
use super::plan::Plan;
use super::record::Record;
use super::{GLANCE, failed_line};
use crate::cli::Invocation;
use crate::cli::commands::record_json::{HeaderLine, KeyField, ValueField};
use crate::cli::failure::{Failure, Kind, of_rejection};
use crate::client::{Admin, ClientSettings};

#[derive(Serialize)]
struct Planned<'a> {
    topic: &'a str,
    partition: Option<i32>,
    timestamp: Option<i64>,
    headers: Vec<HeaderLine<'a>>,
    #[serde(flatten)]
    key: KeyField<'a>,
    #[serde(flatten)]
    value: ValueField<'a>,
}

pub fn run(
    plan: &Plan,
    settings: &ClientSettings,
    batches: &Receiver<Batch>,
    invocation: &Invocation,
) -> anyhow::Result<()> {
    let partitions = partitions(invocation, settings, &plan.topic)?;
    if partitions.is_none() {
        invocation.output.note(&format!("topic '{}' does not exist yet", plan.topic));
    }
    let stop = invocation.watch_signals()?;
    let (mut count, mut skipped) = (0_u64, Vec::new());
    loop {
        let batch = match batches.recv_timeout(GLANCE) {
            Ok(batch) => batch,
            Err(RecvTimeoutError::Timeout) if !stop.is_requested() => continue,
            Err(_) => break,
        };
        for (_, record) in batch.records() {
            show(&record, plan, partitions, invocation)?;
            count += 1;
        }
        skipped.extend(batch.skipped);
        match batch.end {
            Some(End::Line(fault)) => return Err(failed_line(fault, invocation.dialect).into()),
            Some(End::Failed(error)) => return Err(anyhow::Error::from(error).context("cannot read the input")),
            Some(End::Input) => break,
            None => {}
        }
        if stop.is_requested() {
            break;
        }
    }
    if let Some(failure) = stop.failure() {
        return Err(failure.into());
    }
    invocation.output.flush()?;
    let failures = skipped.into_iter().map(|(line, reason)| {
        Failure::new(Kind::Failed, format!("{} {line} would not be sent: {reason}", plan.input.unit()))
    });
    let failure = Failure::of_items(failures);
    let records = if count == 1 { "1 record".to_owned() } else { format!("{count} records") };
    invocation.output.note(&format!("{records} would be sent to topic {}; nothing was", plan.topic));
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

fn partitions(invocation: &Invocation, settings: &ClientSettings, topic: &str) -> anyhow::Result<Option<i32>> {
    let names = [topic.to_owned()];
    let described = invocation.block_on(async { Ok(Admin::new(settings).describe_topics(&names).await?) })?;
    match described.into_iter().next() {
        Some((_, Ok(topic))) => Ok(i32::try_from(topic.partitions.len()).ok()),
        Some((_, Err(rejection))) => match of_rejection(&rejection) {
            failure if failure.kind == Kind::NotFound => Ok(None),
            failure => Err(failure.about(format!("cannot send to topic {topic}")).into()),
        },
        None => Ok(None),
    }
}

fn show(record: &Record<'_>, plan: &Plan, partitions: Option<i32>, invocation: &Invocation) -> anyhow::Result<()> {
    let by_key = || murmur2::partition(record.key.as_deref()?, partitions?);
    let planned = Planned {
        topic: &plan.topic,
        partition: record.partition.or_else(by_key),
        timestamp: record.timestamp.map(|time| time.millis()),
        headers: record.headers.iter().map(|(key, value)| HeaderLine { key, value: value.as_deref().into() }).collect(),
        key: record.key.as_deref().into(),
        value: record.value.as_deref().into(),
    };
    Ok(invocation.output.line(&serde_json::to_string(&planned)?)?)
}

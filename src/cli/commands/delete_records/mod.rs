//! `kavka delete-records`, which is Apache's `kafka-delete-records.sh` (reference: cli/others.md, section 3).
//!
//! `offsets_file` reads the file that says which records. Under kavka's own name the command asks before it deletes, and a
//! partition that failed is a failure; Apache's tool prints both and ends with exit code 0.

mod offsets_file;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::Invocation;
use crate::cli::confirm::{ChangeArgs, Deed};
use crate::cli::dialect::exceptions;
use crate::cli::dialect::hash_order::{Made, by_hash, of_partition};
use crate::cli::failure::{ApacheForm, Failure, Kind, of_rejection};
use crate::cli::output::{OutputArgs, Render, Table};
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;
use crate::cli::usage::required;
use crate::client::admin::offsets::{IsolationLevel, OffsetSpec};
use crate::client::{Admin, ClientError};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

/// Delete the oldest records of partitions, up to given offsets.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  echo '{\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":42}]}' > offsets.json
  kavka delete-records --offset-json-file offsets.json --yes

An offset of -1 stands for all records that there are.")]
pub struct Args {
    /// JSON file with the first offset that stays of each partition:
    /// {"partitions":[{"topic":"orders","partition":0,"offset":42}],"version":1}.
    #[arg(long, value_name = "FILE")]
    offset_json_file: Option<PathBuf>,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        // The command itself asks.
        (!self.change.dry_run).then(|| Intent::new("delete records", true))
    }
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    if is_apache {
        required(args.target.bootstrap_server.is_some(), "bootstrap-server", "delete-records")?;
    }
    required(args.offset_json_file.is_some(), "offset-json-file", "delete-records")?;
    let path = args.offset_json_file.unwrap_or_default();
    let format = invocation.format(&args.output);
    if is_apache {
        // Apache's tool makes its client before it reads the file.
        let admin = Admin::new(&invocation.open_for_admin(&args.target)?);
        let offsets = read(&path)?;
        invocation.output.line("Executing records delete operation")?;
        let report = invocation.block_on(async { Ok(patiently(&admin, offsets).await) })?;
        return invocation.output.show(&report, format);
    }
    let offsets = read(&path)?;
    if offsets.is_empty() {
        invocation.output.note(&format!("{} names no partitions, so nothing was deleted", path.display()));
        return Ok(());
    }
    let admin = Admin::new(&invocation.open_for_admin(&args.target)?);
    if args.change.dry_run {
        let held = invocation.block_on(async { Ok(plan(&admin, &offsets).await?) })?;
        return invocation.output.show(&held, format);
    }
    invocation.confirm(args.change.confirmed.yes, || Ok(deed(&offsets)))?;
    let answers = invocation.block_on(async { Ok(admin.delete_records(&offsets).await?) })?;
    let report = Report { partitions: answers.into_iter().map(|(p, answer)| (p, answer.map_err(Fault::of))).collect() };
    invocation.output.show(&report, format)?;
    report.failure().map_or(Ok(()), |failure| Err(failure.into()))
}

fn read(path: &Path) -> Result<Vec<(TopicPartition, i64)>, Failure> {
    let text = std::fs::read(path).map_err(|error| {
        let message = format!("Unable to read file {}", path.display());
        Failure::new(Kind::Failed, format!("cannot read {}: {error}", path.display()))
            .thrown("java.io.IOException", message)
    })?;
    offsets_file::parse(&String::from_utf8_lossy(&text))
        .map_err(|failure| failure.about(format!("{} cannot be used", path.display())))
}

fn deed(offsets: &[(TopicPartition, i64)]) -> Deed {
    Deed::new("delete records").losing(offsets.iter().map(|(partition, offset)| match offset {
        -1 => format!("all of {partition}"),
        offset => format!("{partition} below {offset}"),
    }))
}

/// What a deletion would leave: the offsets asked for, within what there is.
async fn plan(admin: &Admin, offsets: &[(TopicPartition, i64)]) -> Result<DryRun, ClientError> {
    let at = |spec: OffsetSpec| offsets.iter().map(|(p, _)| (p.clone(), spec)).collect::<Vec<_>>();
    let begins = admin.list_offsets(&at(OffsetSpec::Earliest), IsolationLevel::ReadUncommitted).await?;
    let ends = admin.list_offsets(&at(OffsetSpec::Latest), IsolationLevel::ReadUncommitted).await?;
    let rows = offsets.iter().zip(begins).zip(ends).map(|(((partition, below), (_, begin)), (_, end))| {
        let found = begin.and_then(|begin| Ok((begin.offset, end?.offset)));
        let would = found.map(|(begin, end)| match below {
            -1 => end,
            below => (*below).max(begin),
        });
        (partition.clone(), would.map_err(Fault::of))
    });
    Ok(DryRun(Report { partitions: rows.collect() }))
}

/// The same report; nothing was changed.
struct DryRun(Report);

impl Render for DryRun {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        self.0.items()
    }

    fn table(&self) -> String {
        format!("Nothing was deleted. After it the first offsets would be:\n\n{}", self.0.table())
    }

    fn apache(&self) -> String {
        self.0.apache()
    }
}

/// Java's client asks again for partitions that do not exist, until its time is over. Whatever happens is said of each
/// partition, never of the whole.
async fn patiently(admin: &Admin, offsets: Vec<(TopicPartition, i64)>) -> Report {
    const CALL: &str = "deleteRecords";
    let settled: RefCell<HashMap<TopicPartition, Result<i64, Fault>>> = RefCell::default();
    let attempt = async || {
        let left = offsets.iter().filter(|(partition, _)| !settled.borrow().contains_key(partition)).cloned();
        let mut unknown = None;
        for (partition, answer) in admin.delete_records(&left.collect::<Vec<_>>()).await? {
            match answer {
                Err(rejection) if rejection.code == ErrorCode::UnknownTopicOrPartition => unknown = Some(rejection),
                Err(rejection) => {
                    let fault = Fault::in_java(&partition, rejection);
                    settled.borrow_mut().insert(partition, Err(fault));
                }
                Ok(low_watermark) => {
                    settled.borrow_mut().insert(partition, Ok(low_watermark));
                }
            }
        }
        unknown.map_or(Ok(()), |rejection| Err(ClientError::Rejected { call: CALL, rejection }))
    };
    let failure = admin.persist(CALL, attempt).await.err().map(|error| Failure::from(anyhow::Error::from(error)));
    let mut settled = settled.into_inner();
    let unsettled = || Err(Fault::of_failure(failure.clone()));
    let partitions = offsets.iter().map(|(partition, _)| {
        let answer = settled.remove(partition).unwrap_or_else(unsettled);
        (partition.clone(), answer)
    });
    Report { partitions: partitions.collect() }
}

/// Why the records of a partition were not deleted.
#[derive(Debug, Clone)]
struct Fault {
    failure: Box<Failure>,
    /// As Java prints it.
    exception: String,
}

impl Fault {
    fn of(rejection: Rejection) -> Fault {
        Fault { failure: Box::new(of_rejection(&rejection)), exception: exceptions::exception_text(&rejection) }
    }

    fn in_java(partition: &TopicPartition, rejection: Rejection) -> Fault {
        let mut rejection = rejection;
        if rejection.code == ErrorCode::InvalidTopicException {
            let topic = &partition.topic;
            let why = format!("Failed to fetch metadata for partition {partition} due to invalid topic `{topic}`");
            rejection.message = Some(why);
        }
        Fault::of(rejection)
    }

    fn of_failure(failure: Option<Failure>) -> Fault {
        let failure = failure.unwrap_or_else(|| of_rejection(&ErrorCode::UnknownServerError.into()));
        let exception = match &failure.apache {
            Some(ApacheForm::Answer { class, message }) => format!("{class}: {message}"),
            _ => failure.to_string(),
        };
        Fault { failure: Box::new(failure), exception }
    }
}

struct Report {
    /// The new first offset of each partition, in the order of the file.
    partitions: Vec<(TopicPartition, Result<i64, Fault>)>,
}

#[derive(Serialize)]
struct Item {
    topic: String,
    partition: i32,
    low_watermark: Option<i64>,
    error: Option<String>,
}

impl Report {
    fn failure(&self) -> Option<Failure> {
        let failures = self.partitions.iter().filter_map(|(partition, answer)| {
            let fault = answer.as_ref().err()?;
            Some((*fault.failure).clone().about(format!("cannot delete records of {partition}")))
        });
        let failure = Failure::of_items(failures)?;
        Some(failure.hint("`kavka get-offsets` shows the offsets that there are"))
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |(partition, answer): &(TopicPartition, Result<i64, Fault>)| Item {
            topic: partition.topic.clone(),
            partition: partition.partition,
            low_watermark: answer.as_ref().ok().copied(),
            error: answer.as_ref().err().map(|fault| fault.failure.to_string()),
        };
        self.partitions.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let mut table = Table::new(["TOPIC", "PARTITION", "FIRST OFFSET"]);
        for item in self.items() {
            let offset = item.low_watermark.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
            table.row([item.topic, item.partition.to_string(), offset]);
        }
        table.numbers(["PARTITION", "FIRST OFFSET"]).text()
    }

    fn apache(&self) -> String {
        let answers = by_hash(self.partitions.iter().collect(), |(partition, _)| of_partition(partition), Made::Empty);
        let line = |(partition, answer): &(TopicPartition, Result<i64, Fault>)| match answer {
            Ok(offset) => format!("partition: {partition}\tlow_watermark: {offset}\n"),
            Err(fault) => format!("partition: {partition}\terror: {}\n", fault.exception),
        };
        let lines: String = answers.into_iter().map(line).collect();
        format!("Records delete operation completed:\n{lines}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_will_be_deleted_is_named_before_it_is() {
        let offsets = [(TopicPartition::new("t", 0), -1), (TopicPartition::new("t", 1), 5)];
        let expected = Deed::new("delete records").losing(["all of t-0".to_owned(), "t-1 below 5".to_owned()]);
        assert_eq!(deed(&offsets), expected);
    }

    #[test]
    fn a_partition_that_failed_is_a_line_in_apaches_form_and_a_failure_in_ours() {
        let fault = Fault::of(ErrorCode::OffsetOutOfRange.into());
        let partitions = vec![(TopicPartition::new("t", 0), Ok(3)), (TopicPartition::new("t", 1), Err(fault))];
        let report = Report { partitions };
        let apache = report.apache();
        assert!(apache.contains("partition: t-0\tlow_watermark: 3\n"), "{apache}");
        assert!(apache.contains("partition: t-1\terror: org.apache.kafka.common.errors.OffsetOutOfRangeException: "));
        assert!(report.failure().unwrap().messages[0].starts_with("cannot delete records of t-1: "));
    }
}

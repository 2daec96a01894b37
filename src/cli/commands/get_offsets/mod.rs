//! `kavka get-offsets`, which is Apache's `kafka-get-offsets.sh` (reference: cli/others.md, section 1).
//!
//! `filter` says which partitions are meant. Partitions for which the broker has no such offset are left out by Apache's
//! tool; under our own name they are shown without one.

mod filter;

use serde::Serialize;

use filter::Filter;

use super::produce::checked_servers;
use crate::cli::Invocation;
use crate::cli::dialect::exceptions;
use crate::cli::dialect::hash_order::{Made, by_key};
use crate::cli::failure::{ApacheForm, Failure, Kind, of_rejection};
use crate::cli::offset_grammar::Place;
use crate::cli::output::{OutputArgs, OutputFormat, Render, Table};
use crate::cli::target_cluster::TargetArgs;
use crate::cli::tools::Dialect;
use crate::cli::usage::required;
use crate::client::Admin;
use crate::client::admin::offsets::{IsolationLevel, OffsetSpec};
use crate::clock::Timestamp;
use crate::protocol::Rejection;
use crate::vocabulary::TopicPartition;

/// Show offsets of partitions: the latest, the earliest, those of a time.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kavka get-offsets --topic orders
  kavka get-offsets --topic orders --time earliest
  kavka get-offsets --topic orders --time @2026-01-31T12:00
  kavka get-offsets --topic-partitions orders:0-3,payments --output json")]
pub struct Args {
    /// Which partitions of which topics: a regular expression for names, a colon and 5, 2-4 (without 4), 2- or -4; either half
    /// may be missing.
    #[arg(long, value_name = "TOPIC:PARTITIONS,…", allow_hyphen_values = true)]
    topic_partitions: Option<String>,

    /// Only topics whose whole name this regular expression matches; commas mean "or".
    #[arg(long, value_name = "TOPIC", allow_hyphen_values = true)]
    topic: Option<String>,

    /// Only these partitions, as in 0,1,2.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    partitions: Option<String>,

    /// Which offset: latest (-1), earliest (-2), max-timestamp (-3), earliest-local (-4), latest-tiered (-5),
    /// earliest-pending-upload (-6), or of the first record at or after a time: milliseconds since 1970, or @2026-01-31T12:00, @-1h.
    #[arg(long, value_name = "TIME", default_value = "latest", allow_hyphen_values = true)]
    time: String,

    /// Leave out the topics that Kafka itself writes.
    #[arg(long)]
    exclude_internal_topics: bool,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    if is_apache {
        required(args.target.bootstrap_server.is_some(), "bootstrap-server", "get-offsets")?;
        checked_servers(args.target.bootstrap_server.as_deref())?;
    }
    let (filter, spec) = plan(&args, invocation.dialect)?;
    let format = invocation.format(&args.output);
    let mut settings = invocation.open_for_admin(&args.target)?;
    if is_apache {
        settings.client_id = "GetOffsetShell".to_owned();
    }
    let admin = Admin::new(&settings);
    let report = invocation.block_on(offsets(&filter, spec, &admin))?;
    if is_apache {
        report.skipped().for_each(|line| invocation.output.note(&line));
    }
    invocation.output.show(&report, format)?;
    match report.failure().filter(|_| !is_apache) {
        Some(failure) => Err(failure.into()),
        None => {
            if format == OutputFormat::Table && report.offsets.iter().any(|(_, found)| found == &Ok(None)) {
                invocation.output.note("Partitions with - have no record of that kind.");
            }
            Ok(())
        }
    }
}

fn plan(args: &Args, dialect: Dialect) -> Result<(Filter, OffsetSpec), Failure> {
    if args.topic_partitions.is_some() && (args.topic.is_some() || args.partitions.is_some()) {
        let rule = "--topic-partitions cannot be used with --topic or --partitions";
        return Err(Failure::usage(rule).in_apache(terse(rule)));
    }
    let spec = match args.time.starts_with('@') && !dialect.is_apache() {
        true => time(&args.time)?,
        false => offset_spec(&args.time)?,
    };
    let mut filter = match &args.topic_partitions {
        Some(patterns) => Filter::of_patterns(patterns, dialect)?,
        None => Filter::of_topic(args.topic.as_deref(), args.partitions.as_deref(), dialect)?,
    };
    filter.exclude_internal = args.exclude_internal_topics;
    Ok((filter, spec))
}

/// What Apache's tool says when it does not say what exception it is.
fn terse(message: &str) -> ApacheForm {
    ApacheForm::Line(format!("Error occurred: {message}"))
}

/// `@2026-01-31T12:00`, `@-1h` and the like.
fn time(text: &str) -> Result<OffsetSpec, Failure> {
    match Place::parse(text, Timestamp::now())? {
        Place::Time(time) => Ok(OffsetSpec::At(time)),
        _ => offset_spec(text),
    }
}

fn offset_spec(time: &str) -> Result<OffsetSpec, Failure> {
    Ok(match time {
        "latest" | "-1" => OffsetSpec::Latest,
        "earliest" | "-2" => OffsetSpec::Earliest,
        "max-timestamp" | "-3" => OffsetSpec::MaxTimestamp,
        "earliest-local" | "-4" => OffsetSpec::EarliestLocal,
        "latest-tiered" | "-5" => OffsetSpec::LatestTiered,
        "earliest-pending-upload" | "-6" => OffsetSpec::EarliestPendingUpload,
        other => OffsetSpec::At(Timestamp(other.parse().map_err(|_| {
            Failure::usage(format!("--time {time}: neither a kind of offset nor milliseconds since 1970"))
                .hint("kinds are latest, earliest, max-timestamp, earliest-local, latest-tiered and earliest-pending-upload; times are \
                       also written like @2026-01-31T12:00 or @-1h")
                .in_apache(terse(&format!(
                    "Malformed time argument {time}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / \
                     -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified long \
                     format timestamp"
                )))
        })?)),
    })
}

async fn offsets(filter: &Filter, spec: OffsetSpec, admin: &Admin) -> anyhow::Result<Report> {
    let wanted = filter.partitions(admin.list_partitions().await?);
    if wanted.is_empty() {
        let message = "no partition matches";
        let hint = "`kavka topics --describe` shows topics and partitions";
        let apache = terse("Could not match any topic-partitions with the specified filters");
        return Err(Failure::not_found(message).hint(hint).in_apache(apache).into());
    }
    let asked: Vec<(TopicPartition, OffsetSpec)> = wanted.into_iter().map(|partition| (partition, spec)).collect();
    let found = admin.list_offsets(&asked, IsolationLevel::ReadUncommitted).await?;
    let known = |offset: i64| Some(offset).filter(|offset| *offset >= 0);
    let offsets = found.into_iter().map(|(p, answer)| (p, answer.map(|found| known(found.offset)))).collect();
    Ok(Report { offsets })
}

struct Report {
    /// By topic and number; `None` where there is no such offset.
    offsets: Vec<(TopicPartition, Result<Option<i64>, Rejection>)>,
}

#[derive(Serialize)]
struct Item {
    topic: String,
    partition: i32,
    offset: Option<i64>,
    error: Option<&'static str>,
}

impl Report {
    fn refused(&self) -> impl Iterator<Item = (&TopicPartition, &Rejection)> {
        self.offsets.iter().filter_map(|(partition, found)| Some((partition, found.as_ref().err()?)))
    }

    fn failure(&self) -> Option<Failure> {
        let about = |(partition, rejection): (&TopicPartition, &Rejection)| {
            of_rejection(rejection).about(format!("cannot look up the offset of {partition}"))
        };
        let failure = Failure::of_items(self.refused().map(about))?;
        Some(Failure { kind: Kind::Failed, ..failure })
    }

    /// What Apache's tool says of partitions that it passes over, topics in the order of Java's map.
    fn skipped(&self) -> impl Iterator<Item = String> {
        let refused = by_key(self.refused().collect(), |(partition, _)| &partition.topic, Made::Empty);
        refused.into_iter().map(|(partition, rejection)| {
            let error = exceptions::exception_text(rejection);
            format!("Skip getting offsets for topic-partition {partition} due to error: {error}")
        })
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |(partition, found): &(TopicPartition, Result<Option<i64>, Rejection>)| Item {
            topic: partition.topic.clone(),
            partition: partition.partition,
            offset: found.as_ref().ok().copied().flatten(),
            error: found.as_ref().err().map(|rejection| rejection.code.name()),
        };
        self.offsets.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let mut table = Table::new(["TOPIC", "PARTITION", "OFFSET"]);
        for item in self.items() {
            let offset = item.offset.map_or_else(|| "-".to_owned(), |offset| offset.to_string());
            table.row([item.topic, item.partition.to_string(), offset]);
        }
        table.numbers(["PARTITION", "OFFSET"]).text()
    }

    /// Sorted as texts, so that partition 10 stands before partition 2.
    fn apache(&self) -> String {
        let mut lines: Vec<(String, String)> = Vec::new();
        for (partition, found) in &self.offsets {
            if let Ok(Some(offset)) = found {
                lines.push((partition.to_string(), format!("{}:{}:{offset}\n", partition.topic, partition.partition)));
            }
        }
        lines.sort();
        lines.into_iter().map(|(_, line)| line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;

    #[test]
    fn times_are_words_their_numbers_or_milliseconds() {
        assert_eq!(offset_spec("earliest").unwrap(), offset_spec("-2").unwrap());
        assert_eq!(offset_spec("1700000000000").unwrap(), OffsetSpec::At(Timestamp(1_700_000_000_000)));
        assert_eq!(offset_spec("-7").unwrap(), OffsetSpec::At(Timestamp(-7)));
        for bad in ["Latest", "", "soon"] {
            assert!(offset_spec(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn apaches_lines_are_sorted_as_texts_and_leave_out_what_has_no_offset() {
        let refused = Err(Rejection::from(ErrorCode::NotLeaderOrFollower));
        let offsets = [(2, Ok(Some(7))), (10, Ok(Some(1))), (11, Ok(None)), (12, refused)];
        let report =
            Report { offsets: offsets.into_iter().map(|(n, found)| (TopicPartition::new("t", n), found)).collect() };
        assert_eq!(report.apache(), "t:10:1\nt:2:7\n");
        assert!(report.skipped().next().unwrap().starts_with("Skip getting offsets for topic-partition t-12 due to"));
        assert_eq!(report.table().lines().nth(3), Some("t             11       -"));
        assert_eq!(report.failure().unwrap().kind, Kind::Failed);
    }
}

//! `kavka log-dirs`, which is Apache's `kafka-log-dirs.sh` (reference: cli/others.md, section 6).
//!
//! Apache's tool prints one JSON object behind two lines; ours is a table of partitions, or those as items.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use crate::cli::Invocation;
use crate::cli::dialect::exceptions;
use crate::cli::dialect::hash_order::{Made, by_hash, by_key, of_partition};
use crate::cli::failure::{ApacheForm, Failure, Kind};
use crate::cli::output::quantities::size_text;
use crate::cli::output::{OutputArgs, OutputFormat, Render, Table};
use crate::cli::target_cluster::TargetArgs;
use crate::cli::usage;
use crate::client::Admin;
use crate::client::admin::log_dirs::{LogDirDescription, ReplicaInLogDir};
use crate::protocol::ErrorCode;

/// Show the log directories of brokers, what lies in them and how large it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kavka log-dirs
  kavka log-dirs --topic-list orders,payments --output json
  kavka log-dirs --broker-list 1,2 --bootstrap-server kafka:9092

Fields of --output json, jsonl, yaml and csv, an item for each partition:
  --describe  broker, log_dir, error, total_bytes, usable_bytes, topic, partition,
              size, offset_lag, is_future; of an empty directory the last are null")]
pub struct Args {
    /// Describe; there is nothing else to be done, so it may be left out.
    #[arg(long)]
    describe: bool,

    /// Only these topics, separated by commas.
    #[arg(long, value_name = "TOPICS", default_value = "", hide_default_value = true)]
    topic_list: String,

    /// Only these brokers, by their ids with commas between.
    #[arg(long, value_name = "IDS", default_value = "", hide_default_value = true)]
    broker_list: String,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    if is_apache {
        usage::required(args.target.bootstrap_server.is_some(), "bootstrap-server", "--describe")?;
        usage::required(args.describe, "describe", "log-dirs")?;
    }
    let format = invocation.format(&args.output);
    // Apache's tool reads the ids when it has asked for the cluster's.
    let wanted = brokers(&args.broker_list);
    if let (Err(failure), false) = (&wanted, is_apache) {
        return Err(failure.clone().into());
    }
    let admin = Admin::new(&invocation.open_for_admin(&args.target)?);
    let topics = parts(&args.topic_list).map(str::to_owned).collect();
    let report = invocation.block_on(async {
        let cluster = admin.describe_cluster().await?;
        let existing: BTreeSet<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
        let chosen = chosen(wanted?, &existing)?;
        if is_apache {
            invocation.output.line("Querying brokers for log directories information")?;
        }
        let mut brokers = Vec::new();
        for broker in chosen {
            brokers.push((broker, admin.describe_log_dirs(broker).await?));
        }
        anyhow::Ok(Report { brokers, topics })
    })?;
    invocation.output.show(&report, format)?;
    if format == OutputFormat::Table {
        for (broker, directory) in report.directories().filter(|(_, directory)| directory.error.is_some()) {
            invocation.output.warning(&format!("broker {broker} cannot use {}", directory.path));
        }
    }
    Ok(())
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter(|part| !part.is_empty())
}

fn brokers(list: &str) -> Result<BTreeSet<i32>, Failure> {
    let number = |part: &str| {
        part.parse().map_err(|_| {
            Failure::usage(format!("--broker-list: '{part}' is no broker's id")).in_apache(ApacheForm::Exception {
                class: "java.lang.NumberFormatException".to_owned(),
                message: format!("For input string: \"{part}\""),
            })
        })
    };
    parts(list).map(number).collect()
}

fn chosen(wanted: BTreeSet<i32>, existing: &BTreeSet<i32>) -> Result<Vec<i32>, Failure> {
    let absent: Vec<i32> = in_javas_order(wanted.difference(existing).copied().collect());
    if !absent.is_empty() {
        let (absent, existing) = (joined(&absent), joined(&in_javas_order(existing.iter().copied().collect())));
        let line = format!(
            "ERROR: The given brokers do not exist from --broker-list: {absent}. Current existent brokers: {existing}"
        );
        let message = format!("there is no broker {absent} in the cluster; it has {existing}");
        return Err(Failure::new(Kind::NotFound, message).in_apache(ApacheForm::Line(line)));
    }
    let chosen = if wanted.is_empty() { existing.iter().copied().collect() } else { wanted.into_iter().collect() };
    Ok(in_javas_order(chosen))
}

fn in_javas_order(ids: Vec<i32>) -> Vec<i32> {
    by_hash(ids, |id| *id, Made::Empty)
}

fn joined(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

struct Report {
    brokers: Vec<(i32, Vec<LogDirDescription>)>,
    /// All if empty.
    topics: BTreeSet<String>,
}

#[derive(Serialize)]
struct Item {
    broker: i32,
    log_dir: String,
    error: Option<&'static str>,
    total_bytes: Option<i64>,
    usable_bytes: Option<i64>,
    topic: Option<String>,
    partition: Option<i32>,
    size: Option<i64>,
    offset_lag: Option<i64>,
    is_future: Option<bool>,
}

impl Report {
    fn directories(&self) -> impl Iterator<Item = (i32, &LogDirDescription)> {
        self.brokers.iter().flat_map(|(broker, directories)| directories.iter().map(|one| (*broker, one)))
    }

    fn replicas<'a>(&'a self, directory: &'a LogDirDescription) -> impl Iterator<Item = &'a ReplicaInLogDir> {
        let shown = |one: &&ReplicaInLogDir| self.topics.is_empty() || self.topics.contains(&one.partition.topic);
        directory.replicas.iter().filter(shown)
    }
}

impl Render for Report {
    type Item = Item;

    /// A line for each partition; a directory without any has one for itself.
    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for (broker, directory) in self.directories() {
            let item = |replica: Option<&ReplicaInLogDir>| Item {
                broker,
                log_dir: directory.path.clone(),
                error: directory.error.map(ErrorCode::name),
                total_bytes: directory.total_bytes,
                usable_bytes: directory.usable_bytes,
                topic: replica.map(|one| one.partition.topic.clone()),
                partition: replica.map(|one| one.partition.partition),
                size: replica.map(|one| one.size),
                offset_lag: replica.map(|one| one.offset_lag),
                is_future: replica.map(|one| one.is_future),
            };
            let before = items.len();
            let mut replicas: Vec<&ReplicaInLogDir> = self.replicas(directory).collect();
            replicas.sort_by_key(|one| &one.partition);
            items.extend(replicas.into_iter().map(|one| item(Some(one))));
            if items.len() == before {
                items.push(item(None));
            }
        }
        items
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["BROKER", "LOG-DIR", "TOPIC", "PARTITION", "SIZE", "LAG", "STATE"]);
        let number = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        for item in self.items() {
            let state = match (item.error, item.is_future) {
                (Some(error), _) => error,
                (None, Some(true)) => "on its way here",
                _ => "",
            };
            table.row([
                item.broker.to_string(),
                item.log_dir,
                item.topic.unwrap_or_else(|| "-".to_owned()),
                number(item.partition.map(i64::from)),
                size_text(item.size),
                number(item.offset_lag),
                state.to_owned(),
            ]);
        }
        vec![table.numbers(["BROKER", "PARTITION", "SIZE", "LAG"])]
    }

    fn apache(&self) -> String {
        let brokers: Vec<String> = self
            .brokers
            .iter()
            .map(|(broker, directories)| {
                let directories = by_key(directories.iter().collect(), |one| &one.path, Made::Empty);
                let directories: Vec<String> = directories.into_iter().map(|one| self.directory_as_json(one)).collect();
                format!("{{\"broker\":{broker},\"logDirs\":[{}]}}", directories.join(","))
            })
            .collect();
        let ids: Vec<i32> = self.brokers.iter().map(|(broker, _)| *broker).collect();
        format!(
            "Received log directory information from brokers {}\n{{\"brokers\":[{}],\"version\":1}}\n",
            joined(&ids),
            brokers.join(",")
        )
    }
}

impl Report {
    fn directory_as_json(&self, directory: &LogDirDescription) -> String {
        let hash = |one: &&ReplicaInLogDir| of_partition(&one.partition);
        // Java fills one map with all of them, and another with those that are shown.
        let all = by_hash(directory.replicas.iter().collect(), hash, Made::Empty);
        let is_shown = |one: &&ReplicaInLogDir| self.replicas(directory).any(|shown| std::ptr::eq(shown, *one));
        let shown = by_hash(all.into_iter().filter(is_shown).collect(), hash, Made::Empty);
        let replica = |one: &ReplicaInLogDir| {
            let name = json!(one.partition.to_string());
            let (size, lag, future) = (one.size, one.offset_lag, one.is_future);
            format!("{{\"partition\":{name},\"size\":{size},\"offsetLag\":{lag},\"isFuture\":{future}}}")
        };
        let replicas: Vec<String> = shown.into_iter().map(replica).collect();
        let error = json!(directory.error.map(exceptions::class));
        format!("{{\"partitions\":[{}],\"error\":{error},\"logDir\":{}}}", replicas.join(","), json!(directory.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::TopicPartition;

    fn report(topics: &[&str]) -> Report {
        let replica = |topic: &str, partition, is_future| ReplicaInLogDir {
            partition: TopicPartition::new(topic, partition),
            size: 70,
            offset_lag: 0,
            is_future,
        };
        let directory = |path: &str, error, replicas| LogDirDescription {
            path: path.to_owned(),
            error,
            total_bytes: Some(100),
            usable_bytes: None,
            replicas,
        };
        let replicas = vec![replica("t", 0, false), replica("t", 1, true), replica("other", 0, false)];
        let directories =
            vec![directory("/a", None, replicas), directory("/b", Some(ErrorCode::KafkaStorageError), Vec::new())];
        Report { brokers: vec![(1, directories)], topics: topics.iter().map(|&topic| topic.to_owned()).collect() }
    }

    #[test]
    fn apaches_object_has_its_keys_in_javas_order() {
        let expected = "Received log directory information from brokers 1\n\
             {\"brokers\":[{\"broker\":1,\"logDirs\":[{\"partitions\":[\
             {\"partition\":\"t-1\",\"size\":70,\"offsetLag\":0,\"isFuture\":true},\
             {\"partition\":\"t-0\",\"size\":70,\"offsetLag\":0,\"isFuture\":false}],\"error\":null,\"logDir\":\"/a\"},\
             {\"partitions\":[],\"error\":\"org.apache.kafka.common.errors.KafkaStorageException\",\"logDir\":\"/b\"}]}],\
             \"version\":1}\n";
        assert_eq!(report(&["t"]).apache(), expected);
    }

    #[test]
    fn a_directory_without_partitions_is_a_row_too() {
        let table = report(&[]).table();
        assert_eq!(table.lines().count(), 5, "{table}");
        assert!(table.contains("on its way here") && table.contains("KAFKA_STORAGE_ERROR"), "{table}");
    }

    #[test]
    fn brokers_that_are_not_there_are_named() {
        let failure = chosen([7, 1].into(), &[1, 2].into()).unwrap_err();
        let line = "ERROR: The given brokers do not exist from --broker-list: 7. Current existent brokers: 1,2";
        assert_eq!(failure.apache, Some(ApacheForm::Line(line.to_owned())));
        assert_eq!(chosen(BTreeSet::new(), &[1, 2].into()).unwrap(), [1, 2]);
        assert!(brokers("1,x").is_err());
    }
}

//! `kavka topics`, which is Apache's `kafka-topics.sh` (reference: cli/topics.md).
//!
//! This file has the options; `checks` says which belong together and makes the plan; every action is a file with its
//! plan, its calls and its report.

mod alter;
mod checks;
mod clone;
mod create;
mod delete;
mod describe;
mod describe_report;
mod empty;
mod figures;
mod list;
mod selection;

use crate::cli::confirm::ChangeArgs;
use crate::cli::output::OutputArgs;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;
use crate::cli::{Invocation, OWN_OPTIONS};
use crate::client::Admin;

/// Create, list, describe, alter, clone, empty and delete topics.
///
/// Give one action: --create, --list, --describe, --alter, --clone, --empty or --delete.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  kavka topics --create --topic orders --partitions 3
  kavka topics --list
  kavka topics --describe --topic orders
  kavka topics --alter --topic orders --partitions 6
  kavka topics --list --sort size
  kavka topics --describe --topic orders --verbose
  kavka topics --clone orders --topic orders-test --partitions 1
  kavka topics --empty --topic 'test-.*' --dry-run
  kavka topics --delete --topic orders --yes

Fields of --output json, jsonl, yaml and csv:
  --list      topic, id, internal; with --verbose also partitions,
              replication_factor, records, size, newest_timestamp_ms
  --describe  topic, id, internal, replication_factor, configs, partitions; of
              each of these partition, leader, replicas, in_sync_replicas,
              adding_replicas, removing_replicas, eligible_leader_replicas,
              last_known_eligible_leader_replicas; with --verbose also
              start_offset, end_offset, records, size, newest_timestamp_ms
  --create    topic, created, dry_run, id, partitions, replication_factor
  --clone     the same
  --alter     topic, partitions, altered, dry_run
  --empty     topic, emptied, dry_run, partitions, records
  --delete    topic, deleted, dry_run; with --dry-run also partitions, records
Records are counted by offsets, in which compaction and transactions leave gaps.
Sizes are bytes of the leaders' logs, timestamps milliseconds since 1970. What
a cluster does not tell is null.")]
pub struct Args {
    /// Create a topic.
    #[arg(long)]
    create: bool,

    /// List the names of all topics.
    #[arg(long)]
    list: bool,

    /// Show partitions, leaders, replicas and configurations of topics.
    #[arg(long)]
    describe: bool,

    /// Raise the number of partitions.
    #[arg(long)]
    alter: bool,

    /// Delete topics with all their records.
    #[arg(long)]
    delete: bool,

    /// The topic to create. For every other action a regular expression that must match whole names; commas mean "or".
    #[arg(long, value_name = "TOPIC", allow_hyphen_values = true)]
    topic: Option<String>,

    /// Describe the topic with this id.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    topic_id: Option<String>,

    /// Number of partitions, when creating or altering [default when creating: the broker's].
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    partitions: Option<i32>,

    /// Number of replicas of each partition, when creating [default: the broker's].
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    replication_factor: Option<i32>,

    /// Brokers for the replicas of each partition: commas between partitions, colons between replicas, as in 0:1,1:2.
    #[arg(long, value_name = "BROKERS")]
    replica_assignment: Option<String>,

    /// Configuration of the new topic; may be given several times.
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    config: Vec<String>,

    /// Without effect; accepted because older scripts give it.
    #[arg(long, value_name = "NAME", hide = true)]
    delete_config: Vec<String>,

    /// A topic that does not exist is no error.
    #[arg(long)]
    if_exists: bool,

    /// A topic that exists already is no error.
    #[arg(long)]
    if_not_exists: bool,

    /// Leave out the topics that Kafka itself writes.
    #[arg(long)]
    exclude_internal: bool,

    /// Describe only partitions with fewer in-sync replicas than replicas.
    #[arg(long)]
    under_replicated_partitions: bool,

    /// Describe only partitions without a live leader.
    #[arg(long)]
    unavailable_partitions: bool,

    /// Describe only partitions with fewer in-sync replicas than min.insync.replicas.
    #[arg(long)]
    under_min_isr_partitions: bool,

    /// Describe only partitions with exactly min.insync.replicas in-sync replicas.
    #[arg(long)]
    at_min_isr_partitions: bool,

    /// Describe only topics with configurations of their own, without their partitions.
    #[arg(long)]
    topics_with_overrides: bool,

    /// Size of a page of the description; without effect on the result.
    #[arg(long, value_name = "COUNT", hide = true)]
    partition_size_limit_per_response: Option<i32>,

    /// Create --topic with the partitions, replicas and configurations of this one, without its records.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true, help_heading = OWN_OPTIONS)]
    clone: Option<String>,

    /// Delete all records of topics, and keep the topics.
    #[arg(long, help_heading = OWN_OPTIONS)]
    empty: bool,

    /// Show what topics hold: records, bytes and the time of the newest record, and of each partition the offsets.
    #[arg(long, help_heading = OWN_OPTIONS)]
    verbose: bool,

    /// List by this, most first, with what topics hold.
    #[arg(long, value_name = "COLUMN", value_enum, help_heading = OWN_OPTIONS)]
    sort: Option<SortBy>,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        let changes = [
            (self.create, "create a topic", false),
            (self.alter, "change a topic", false),
            (self.delete, "delete topics", true),
            (self.clone.is_some(), "create a topic", false),
            (self.empty, "empty topics", true),
        ];
        if self.change.dry_run {
            return None;
        }
        let (_, what, asks_itself) = changes.into_iter().find(|(given, ..)| *given)?;
        Some(Intent::new(what, asks_itself || self.change.confirmed.yes))
    }
}

/// What a list of topics is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum SortBy {
    #[default]
    Name,
    Partitions,
    Records,
    Size,
    Newest,
}

/// What was asked for, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plan {
    Create(create::Plan),
    List(list::Plan),
    Describe(describe::Plan),
    Alter(alter::Plan),
    Delete(delete::Plan),
    Clone(clone::Plan),
    Empty(empty::Plan),
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    checks::one_of_the_actions(&args)?;
    if !args.delete_config.is_empty() {
        invocation.output.note(DELETE_CONFIG_NOTE);
    }
    let plan = checks::plan(&args, invocation.dialect)?;
    let format = invocation.format(&args.output);
    let admin = Admin::new(&invocation.open_for_admin(&args.target)?);
    match plan {
        Plan::Create(plan) => create::run(plan, &admin, invocation, format),
        Plan::List(plan) => invocation.output.show(&invocation.block_on(list::run(plan, &admin))?, format),
        Plan::Describe(plan) => describe::run(plan, &admin, invocation, format),
        Plan::Alter(plan) => invocation.output.show(&invocation.block_on(alter::run(plan, &admin))?, format),
        Plan::Delete(plan) => delete::run(plan, &admin, invocation, format),
        Plan::Clone(plan) => {
            let plan = invocation.block_on(clone::filled(plan, &admin))?;
            create::run(plan, &admin, invocation, format)
        }
        Plan::Empty(plan) => empty::run(plan, &admin, invocation, format),
    }
}

/// Recorded from Kafka 4.2.1.
const DELETE_CONFIG_NOTE: &str = "delete-config option is no longer supported and deprecated since version 4.0. \
     The config will be fully removed in future releases.";

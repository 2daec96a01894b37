//! `kavka groups`, which is Apache's `kafka-consumer-groups.sh` (reference: cli/consumer-groups.md).
//!
//! This file has the options; `checks` says which belong together; every action is a file with its calls and its
//! report, resetting offsets a folder.

mod carry_offsets;
mod checks;
mod delete;
mod delete_offsets;
mod describe;
mod describe_members;
mod describe_offsets;
mod describe_state;
mod export_offsets;
mod lag;
mod list;
mod offsets_file;
mod own_options;
mod reset_offsets;
mod topic_partitions;
mod validate_regex;

use std::path::PathBuf;
use std::time::Duration;

use checks::Action;
use own_options::OwnArgs;

use crate::cli::Invocation;
use crate::cli::confirm::YesArgs;
use crate::cli::output::OutputArgs;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;
use crate::client::{Admin, ClientSettings};
use crate::clock::Timestamp;

/// List, describe and delete consumer groups; watch their lag; reset, delete, export, import and copy their offsets.
///
/// Give one action: --list, --describe, --reset-offsets, --delete, --delete-offsets, --validate-regex, --export-offsets,
/// --import-offsets or --copy-offsets.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  kavka groups --list
  kavka groups --describe --group billing
  kavka groups --describe --all-groups --lagging --sort lag --watch
  kavka groups --describe --all-groups --lag-by topic
  kavka groups --reset-offsets --group billing --topic orders --to-earliest --execute
  kavka groups --reset-offsets --group billing --all-topics --to @-1h --execute
  kavka groups --export-offsets --group billing > offsets.csv
  kavka groups --import-offsets offsets.csv --group billing --dry-run
  kavka groups --copy-offsets --group billing --to-group billing-test
  kavka groups --delete --group billing --yes

Fields of --output json, jsonl, yaml and csv:
  --list            group, type, protocol, state; with --lag also lag
  --describe        group, topic, partition, leader_epoch, current_offset,
                    log_end_offset, lag, consumer_id, host, client_id
  --members         group, consumer_id, instance_id, host, client_id, partitions,
                    epoch, assignment, target_epoch, target_assignment
  --state           group, type, coordinator, coordinator_id, state, members,
                    assignment_strategy, group_epoch, target_assignment_epoch
  --lag-by          group, topic, partitions, lagging_partitions, lag
  --reset-offsets   group, topic, partition, current_offset, new_offset, dry_run
  --import-offsets  the same, and those of --copy-offsets
  --export-offsets  group, topic, partition, offset, leader_epoch, metadata; its
                    csv is that of Apache's tool, without names
  --delete          group, deleted, dry_run
  --delete-offsets  group, topic, partition, deleted, dry_run
  --validate-regex  expression, valid, fault
--watch adds time and gone in front. What is not known is null.")]
pub struct Args {
    /// List all consumer groups.
    #[arg(long)]
    list: bool,

    /// Show what groups have consumed and how far they are behind.
    #[arg(long)]
    describe: bool,

    /// Delete groups with their offsets.
    #[arg(long)]
    delete: bool,

    /// Set the offsets of groups that are not active.
    #[arg(long)]
    reset_offsets: bool,

    /// Delete a group's offsets of topics that it is not subscribed to.
    #[arg(long)]
    delete_offsets: bool,

    /// Say whether this is a regular expression that consumers can subscribe to topics by.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    validate_regex: Option<String>,

    /// The group; may be given several times, but once with --delete-offsets.
    #[arg(long, value_name = "GROUP", allow_hyphen_values = true)]
    group: Vec<String>,

    /// All groups.
    #[arg(long)]
    all_groups: bool,

    /// Topic whose offsets are meant, with or without partitions, as in orders or orders:0,1; may be given several times.
    #[arg(long, value_name = "TOPIC[:PARTITIONS]", allow_hyphen_values = true)]
    topic: Vec<String>,

    /// All topics for which the group has offsets.
    #[arg(long)]
    all_topics: bool,

    /// Describe the members of groups.
    #[arg(long)]
    members: bool,

    /// Describe the offsets of groups; this is the default.
    #[arg(long)]
    offsets: bool,

    /// With --describe, the state of groups. With --list, show states, or only groups in these states, apart by commas.
    #[arg(long, value_name = "STATES")]
    #[expect(clippy::option_option, reason = "given with a value, without one, or not at all")]
    state: Option<Option<String>>,

    /// With --list, show types, or only groups of these types: classic, consumer.
    #[arg(long, value_name = "TYPES")]
    #[expect(clippy::option_option, reason = "given with a value, without one, or not at all")]
    r#type: Option<Option<String>>,

    /// Describe with more columns.
    #[arg(long)]
    verbose: bool,

    /// Show what would be done, and change nothing. With --reset-offsets this is the default.
    #[arg(long)]
    dry_run: bool,

    /// Do what --reset-offsets shows.
    #[arg(long)]
    execute: bool,

    /// Write the offsets of --reset-offsets as CSV, for --from-file.
    #[arg(long)]
    export: bool,

    /// Reset to the first record.
    #[arg(long)]
    to_earliest: bool,

    /// Reset to the end.
    #[arg(long)]
    to_latest: bool,

    /// Reset to what is committed now.
    #[arg(long)]
    to_current: bool,

    /// Reset to this offset.
    #[arg(long, value_name = "OFFSET", allow_negative_numbers = true)]
    to_offset: Option<i64>,

    /// Move the committed offsets forward, or with a negative number back.
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    shift_by: Option<i64>,

    /// Reset to the first record at or after this time, such as 2026-01-31T12:00:00.000+01:00; without a zone it is UTC.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to_datetime: Option<String>,

    /// Reset to the first record of the last days, hours, minutes and seconds, such as P1DT2H or PT30M.
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    by_duration: Option<String>,

    /// Reset to the offsets in a CSV file, as --export writes it.
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,

    /// Time limit of each call to the cluster.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 30_000)]
    timeout: u64,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    confirmed: YesArgs,

    #[command(flatten)]
    own: OwnArgs,
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        let changes = [
            (self.delete, "delete groups", true),
            (self.delete_offsets, "delete offsets of groups", true),
            (self.own.import_offsets.is_some(), "set offsets of groups", false),
            (self.own.copy_offsets, "set offsets of groups", false),
            (self.reset_offsets && self.execute, "reset offsets of groups", false),
        ];
        if self.dry_run {
            return None;
        }
        let (_, what, asks_itself) = changes.into_iter().find(|(given, ..)| *given)?;
        Some(Intent::new(what, asks_itself || self.confirmed.yes))
    }
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    if is_apache && args.target.bootstrap_server.is_some() && checks::warns_of_dry_run(&args) {
        invocation.output.note(DRY_RUN_WARNING);
    }
    let action = checks::action(&args, invocation.dialect, Timestamp::now())?;
    if !is_apache && checks::warns_of_dry_run(&args) {
        invocation.output.note(DRY_RUN_NOTE);
    }
    let format = invocation.format(&args.output);
    if let Action::ValidateRegex(expression) = &action {
        return invocation.output.show(&validate_regex::run(expression), format);
    }
    let settings = with_time_limit(invocation.open_for_admin(&args.target)?, args.timeout);
    let admin = Admin::new(&settings);
    match action {
        Action::List(plan, None) => invocation.output.show(&invocation.block_on(list::run(&plan, &admin))?, format),
        Action::List(plan, Some(watch)) => {
            invocation.watch(watch, format, &["group"], async || list::run(&plan, &admin).await)
        }
        Action::ExportOffsets(plan) => export_offsets::run(&plan, &admin, invocation, &args.output),
        Action::CarryOffsets(plan) => carry_offsets::run(plan, &admin, invocation, format),
        Action::Describe(plan) => describe::run(plan, &admin, invocation, format),
        Action::Delete(plan) => delete::run(plan, &admin, invocation, format),
        Action::ResetOffsets(plan) => reset_offsets::run(plan, &admin, invocation, format),
        Action::DeleteOffsets(plan) => delete_offsets::run(plan, &admin, invocation, format),
        Action::ValidateRegex(_) => Ok(()),
    }
}

const DRY_RUN_NOTE: &str = "This is a dry run; add --execute to set these offsets.";

/// Recorded from Kafka 4.2.1.
const DRY_RUN_WARNING: &str = "WARN: No action will be performed as the --execute option is missing. In version 5.0, \
     this command will require either --dry-run or --execute to be specified. You should add the --dry-run option \
     explicitly if you are scripting this command and want to keep the current default behavior without prompting.";

fn with_time_limit(mut settings: ClientSettings, milliseconds: u64) -> ClientSettings {
    let limit = Duration::from_millis(milliseconds);
    settings.api_timeout = limit;
    settings.request_timeout = settings.request_timeout.min(limit);
    settings.unreachable_timeout = settings.unreachable_timeout.min(limit);
    settings
}

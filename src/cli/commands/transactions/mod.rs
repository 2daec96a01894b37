//! `kavka transactions`, which is Apache's `kafka-transactions.sh` (reference: cli/others.md, section 13).
//!
//! This file has the commands of the family; each is a file with its options, its plan, its calls and its report. `failing`
//! says what went wrong in Apache's words beside ours.

mod abort;
mod describe;
mod describe_producers;
mod failing;
mod find_hanging;
mod force_terminate;
mod list;
mod patience;
mod tabbed;

use crate::cli::Invocation;
use crate::cli::output::OutputArgs;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;
use crate::client::Admin;

/// List and describe transactions and their producers; find and abort those that hang.
#[derive(Debug, clap::Args)]
#[command(mut_args(|arg| arg.global(true)))]
#[command(after_help = "Examples:
  kavka transactions list
  kavka transactions describe --transactional-id payments-1
  kavka transactions describe-producers --topic orders --partition 0
  kavka transactions find-hanging --topic orders
  kavka transactions abort --topic orders --partition 0 --start-offset 1042 --yes

Fields of --output json, jsonl, yaml and csv:
  list                transactional_id, coordinator, producer_id, state
  describe            transactional_id, coordinator, producer_id, producer_epoch,
                      state, timeout_ms, started_ms, duration_ms, partitions
  describe-producers  producer_id, producer_epoch, coordinator_epoch,
                      last_sequence, last_timestamp_ms, transaction_start
  find-hanging        topic, partition, producer_id, producer_epoch,
                      coordinator_epoch, start_offset, last_timestamp_ms,
                      duration_minutes
  abort               topic, partition, producer_id, producer_epoch, aborted
  force-terminate     transactional_id, terminated, next_producer_id,
                      next_producer_epoch")]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,

    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    List(list::Args),
    Describe(describe::Args),
    DescribeProducers(describe_producers::Args),
    Abort(abort::Args),
    FindHanging(find_hanging::Args),
    #[command(visible_alias = "forceTerminateTransaction")]
    ForceTerminate(force_terminate::Args),
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        let ends = matches!(self.action, Action::Abort(_) | Action::ForceTerminate(_));
        ends.then(|| Intent::new("end transactions", true))
    }
}

/// What was asked for, checked.
enum Plan {
    List(list::Plan),
    Describe(describe::Plan),
    DescribeProducers(describe_producers::Plan),
    Abort(abort::Plan),
    FindHanging(find_hanging::Plan),
    ForceTerminate(force_terminate::Plan),
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let format = invocation.format(&args.output);
    let is_apache = invocation.dialect.is_apache();
    // Apache's tool makes its client before it looks at what a command needs.
    let opened = if is_apache { Some(invocation.open_for_admin(&args.target)?) } else { None };
    let plan = plan(args.action)?;
    let settings = opened.map_or_else(|| invocation.open_for_admin(&args.target), Ok)?;
    let admin = Admin::new(&settings);
    let output = &invocation.output;
    match plan {
        Plan::List(plan) => output.show(&invocation.block_on(list::run(plan, &admin))?, format),
        Plan::Describe(plan) => output.show(&invocation.block_on(describe::run(plan, &admin))?, format),
        Plan::DescribeProducers(plan) => {
            output.show(&invocation.block_on(describe_producers::run(plan, &admin, is_apache))?, format)
        }
        Plan::Abort(plan) => abort::run(plan, &admin, invocation, format),
        Plan::FindHanging(plan) => {
            output.show(&invocation.block_on(find_hanging::run(plan, &admin, is_apache))?, format)
        }
        Plan::ForceTerminate(plan) => force_terminate::run(plan, &admin, invocation, format),
    }
}

fn plan(action: Action) -> anyhow::Result<Plan> {
    Ok(match action {
        Action::List(args) => Plan::List(list::plan(args)),
        Action::Describe(args) => Plan::Describe(describe::plan(args)),
        Action::DescribeProducers(args) => Plan::DescribeProducers(describe_producers::plan(args)),
        Action::Abort(args) => Plan::Abort(abort::plan(args)?),
        Action::FindHanging(args) => Plan::FindHanging(find_hanging::plan(args)?),
        Action::ForceTerminate(args) => Plan::ForceTerminate(force_terminate::plan(args)),
    })
}

//! `kavka configs`, which is Apache's `kafka-configs.sh` (reference: cli/others.md, section 2).
//!
//! Topics and brokers are served. Missing yet, and said so by name: broker-loggers, users, clients, ips, client-metrics,
//! groups, and everything on the controllers' listener.

mod alter;
mod checks;
mod describe;
mod entity;
mod key_values;

use std::path::PathBuf;

use checks::Action;

use crate::cli::Invocation;
use crate::cli::output::OutputArgs;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;
use crate::client::Admin;

/// Show and change the configurations of topics and brokers.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  kavka configs --describe --topic orders
  kavka configs --describe --topic orders --all
  kavka configs --alter --topic orders --add-config retention.ms=3600000,cleanup.policy=[compact,delete]
  kavka configs --alter --topic orders --delete-config retention.ms")]
pub struct Args {
    /// Show configurations.
    #[arg(long)]
    describe: bool,

    /// Change configurations.
    #[arg(long)]
    alter: bool,

    /// Show static and default values too.
    #[arg(long)]
    all: bool,

    /// What the configurations belong to: topics or brokers.
    #[arg(long, value_name = "TYPE")]
    entity_type: Vec<String>,

    /// The name of the topic, or the id of the broker.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    entity_name: Vec<String>,

    /// The default of all brokers.
    #[arg(long)]
    entity_default: bool,

    /// Short for --entity-type topics --entity-name TOPIC.
    #[arg(long, value_name = "TOPIC", allow_hyphen_values = true)]
    topic: Option<String>,

    /// Short for --entity-type brokers --entity-name ID.
    #[arg(long, value_name = "ID")]
    broker: Option<String>,

    /// Short for --entity-type brokers --entity-default.
    #[arg(long)]
    broker_defaults: bool,

    /// Values to set, as in a=1,b=[x,y]; brackets hold values with commas.
    #[arg(long, value_name = "NAME=VALUE,…", allow_hyphen_values = true)]
    add_config: Option<String>,

    /// File of values to set, in Java's properties syntax.
    #[arg(long, value_name = "FILE")]
    add_config_file: Option<PathBuf>,

    /// Values to go back to their defaults, as in a,b.
    #[arg(long, value_name = "NAME,…", allow_hyphen_values = true)]
    delete_config: Option<String>,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Do it without being asked by a profile.
    #[arg(long, requires = "alter", help_heading = crate::cli::OWN_OPTIONS)]
    yes: bool,
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        self.alter.then(|| Intent::new("change configurations", self.yes))
    }
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let action = checks::action(&args, invocation.dialect)?;
    let format = invocation.format(&args.output);
    let admin = Admin::new(&invocation.open_for_admin(&args.target)?);
    match action {
        Action::Describe(plan) => describe::run(plan, &admin, invocation, format),
        Action::Alter(plan) => invocation.output.show(&invocation.block_on(alter::run(plan, &admin))?, format),
    }
}

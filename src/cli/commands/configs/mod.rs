//! `kavka configs`, which is Apache's `kafka-configs.sh` (reference: cli/others.md, section 2).
//!
//! `checks` says whose configurations are meant and what is to be changed. Resources have entries (`describe`, `alter`),
//! users, clients and addresses have quotas (`quotas`), users credentials too (`credentials`).

mod alter;
mod checks;
mod credentials;
mod describe;
mod entity;
mod key_values;
mod quotas;

use std::path::PathBuf;

use entity::{EntityNames, Resources};

use crate::cli::Invocation;
use crate::cli::confirm::ChangeArgs;
use crate::cli::output::{OutputArgs, OutputFormat};
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;
use crate::cli::usage;
use crate::client::Admin;
use crate::client::admin::Endpoints;

/// Show and change configurations of topics, brokers and groups, and quotas and credentials of users and clients.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  kavka configs --describe --topic orders
  kavka configs --describe --topic orders --all
  kavka configs --alter --topic orders --add-config retention.ms=3600000,cleanup.policy=[compact,delete]
  kavka configs --alter --topic orders --delete-config retention.ms
  kavka configs --alter --user alice --client-defaults --add-config producer_byte_rate=1048576")]
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

    /// What the configurations belong to: topics, brokers, broker-loggers, users, clients, ips, groups or client-metrics; users
    /// and clients go together.
    #[arg(long, value_name = "TYPE")]
    entity_type: Vec<String>,

    #[command(flatten)]
    names: EntityNames,

    /// Short for --entity-type topics --entity-name TOPIC.
    #[arg(long, value_name = "TOPIC", allow_hyphen_values = true)]
    topic: Option<String>,

    /// Short for --entity-type clients --entity-name ID.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    client: Option<String>,

    /// Short for --entity-type clients --entity-default.
    #[arg(long)]
    client_defaults: bool,

    /// Short for --entity-type users --entity-name NAME.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    user: Option<String>,

    /// Short for --entity-type users --entity-default.
    #[arg(long)]
    user_defaults: bool,

    /// Short for --entity-type brokers --entity-name ID.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    broker: Option<String>,

    /// Short for --entity-type brokers --entity-default.
    #[arg(long)]
    broker_defaults: bool,

    /// Short for --entity-type broker-loggers --entity-name ID.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    broker_logger: Option<String>,

    /// Short for --entity-type ips --entity-default.
    #[arg(long)]
    ip_defaults: bool,

    /// Short for --entity-type ips --entity-name ADDRESS.
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    ip: Option<String>,

    /// Short for --entity-type groups --entity-name GROUP.
    #[arg(long, value_name = "GROUP", allow_hyphen_values = true)]
    group: Option<String>,

    /// Short for --entity-type client-metrics --entity-name NAME.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    client_metrics: Option<String>,

    /// Values to set, as in a=1,b=[x,y]; brackets hold values with commas.
    #[arg(long, value_name = "NAME=VALUE,…", allow_hyphen_values = true)]
    add_config: Option<String>,

    /// File of values to set, in Java's properties syntax.
    #[arg(long, value_name = "FILE")]
    add_config_file: Option<PathBuf>,

    /// Values to go back to their defaults, as in a,b.
    #[arg(long, value_name = "NAME,…", allow_hyphen_values = true)]
    delete_config: Vec<String>,

    /// Controllers to connect to instead of brokers.
    #[arg(long, value_name = "HOST:PORT,…")]
    bootstrap_controller: Option<String>,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        let changes = self.alter && !self.change.dry_run;
        changes.then(|| Intent::new("change configurations", self.change.confirmed.yes))
    }
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    let entity = checks::entity(&args, invocation.dialect)?;
    let format = invocation.format(&args.output);
    // Apache's tool makes its client before it reads what is to be changed.
    let opened = if is_apache { Some(open(&args, invocation)?) } else { None };
    if args.describe {
        usage::excludes(args.change.dry_run, "dry-run", &[("describe", true)])?;
        usage::excludes(args.change.confirmed.yes, "yes", &[("describe", true)])?;
        let admin = opened.map_or_else(|| open(&args, invocation), Ok)?;
        return describe(&entity, args.all, &admin, invocation, format);
    }
    alter::check_complete(&entity)?;
    let changes = checks::changes(&args, invocation.dialect)?;
    let admin = opened.map_or_else(|| open(&args, invocation), Ok)?;
    let report = invocation.block_on(alter::run(entity, changes, args.change.dry_run, &admin))?;
    invocation.output.show(&report, format)
}

fn open(args: &Args, invocation: &Invocation) -> anyhow::Result<Admin> {
    let Some(controllers) = &args.bootstrap_controller else {
        return Ok(Admin::new(&invocation.open_for_admin(&args.target)?));
    };
    let target = TargetArgs { bootstrap_server: Some(controllers.clone()), ..args.target.clone() };
    Ok(Admin::at(&invocation.open_for_admin(&target)?, Endpoints::Controllers))
}

fn describe(
    entity: &checks::Entity,
    all: bool,
    admin: &Admin,
    invocation: &Invocation,
    format: OutputFormat,
) -> anyhow::Result<()> {
    if let Some(resources) = Resources::of(entity.first_kind()) {
        let plan = describe::Plan { resources, name: entity.names.first().cloned(), all };
        return describe::run(&plan, admin, invocation, format);
    }
    let report = invocation.block_on(quotas::describe(entity, admin))?;
    invocation.output.show(&report, format)?;
    if report.is_empty() && format == OutputFormat::Table {
        invocation.output.note("Nothing is set.");
    }
    match report.failure().filter(|_| !invocation.dialect.is_apache()) {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

//! `kavka cluster`, which is Apache's `kafka-cluster.sh` (reference: cli/others.md, section 23).
//!
//! This file has the commands of the family and what they connect to, which stands behind the command here; each command is
//! a file with its calls and its report.

mod cluster_id;
mod list_endpoints;
mod unregister;

use std::path::PathBuf;

use crate::cli::Invocation;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;
use crate::client::Admin;
use crate::client::admin::Endpoints;

/// Show a cluster's id and its nodes, or forget a broker that is gone for good.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kavka cluster cluster-id
  kavka cluster list-endpoints --bootstrap-server kafka:9092
  kavka cluster unregister --id 3 --bootstrap-server kafka:9092 --yes")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    ClusterId(cluster_id::Args),
    Unregister(unregister::Args),
    ListEndpoints(list_endpoints::Args),
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        // The command itself asks.
        matches!(self.action, Action::Unregister(_)).then(|| Intent::new("unregister a broker", true))
    }
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("servers").args(["bootstrap_server", "bootstrap_controller"]))]
pub struct Connection {
    /// Kafka servers to connect to. Without them the command works on the local data directory.
    #[arg(long, short = 'b', value_name = "HOST:PORT,…")]
    bootstrap_server: Option<String>,

    /// Controllers to connect to instead.
    #[arg(long, short = 'C', value_name = "HOST:PORT,…")]
    bootstrap_controller: Option<String>,

    /// The older name of --command-config.
    #[arg(long, value_name = "FILE", hide = true)]
    config: Option<PathBuf>,

    /// File of client settings in Java's properties syntax: security, timeouts, bootstrap.servers.
    #[arg(long, short = 'c', value_name = "FILE")]
    command_config: Option<PathBuf>,

    /// Directory of the standalone cluster [default: kavka/data in the platform's data home, or KAVKA_DATA_DIR].
    #[arg(long, value_name = "DIR", conflicts_with = "servers", help_heading = crate::cli::OWN_OPTIONS)]
    data_dir: Option<PathBuf>,

    /// Cluster by name, with its settings and guards, out of a file of profiles (see `kavka profiles`), or KAVKA_PROFILE.
    #[arg(long, value_name = "NAME", conflicts_with = "data_dir", help_heading = crate::cli::OWN_OPTIONS)]
    profile: Option<String>,

    #[command(flatten)]
    output: OutputArgs,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    match args.action {
        Action::ClusterId(args) => cluster_id::run(args, invocation),
        Action::Unregister(args) => unregister::run(args, invocation),
        Action::ListEndpoints(args) => list_endpoints::run(args, invocation),
    }
}

impl Connection {
    fn open(&self, invocation: &Invocation) -> anyhow::Result<Admin> {
        let is_apache = invocation.dialect.is_apache();
        if self.config.is_some() && self.command_config.is_some() {
            let message = "--config and --command-config cannot be specified together.";
            return Err(Failure::usage("--config is the older name of --command-config; use one of them")
                .thrown("net.sourceforge.argparse4j.inf.ArgumentParserException", message)
                .into());
        }
        if self.config.is_some() && is_apache {
            invocation.output.line(OLDER_NAME)?;
        }
        let controllers = self.bootstrap_controller.clone();
        let endpoints = if controllers.is_some() { Endpoints::Controllers } else { Endpoints::Brokers };
        let target = TargetArgs {
            bootstrap_server: controllers.or_else(|| self.bootstrap_server.clone()),
            command_config: self.config.clone().or_else(|| self.command_config.clone()),
            data_dir: self.data_dir.clone(),
            profile: self.profile.clone(),
        };
        Ok(Admin::at(&invocation.open_for_admin(&target)?, endpoints))
    }
}

/// Recorded from Kafka 4.2.1.
const OLDER_NAME: &str =
    "Option --config has been deprecated and will be removed in a future version. Use --command-config instead.";

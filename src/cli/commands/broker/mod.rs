//! `kavka broker`: a broker that stays, for as many clients as like to connect.

mod detach;
mod directories;
mod log_file;
mod opening;
mod registry;
mod settings;
mod start;
mod status;
mod stop;

use std::path::PathBuf;

use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::target_cluster::Surroundings;
use crate::standalone::{HostKind, LiveHost, StandaloneError, find_host};

/// Start, stop and look after a broker on the local data directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kavka broker start --detach
  kavka broker start config/server.properties
  kavka broker status
  kavka topics --list
  kavka broker stop

Commands without --bootstrap-server find the broker of their data directory by themselves.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Start(start::Args),
    Stop(stop::Args),
    Status(status::Args),
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    match args.action {
        Action::Start(args) => start::run(args, invocation),
        Action::Stop(args) => stop::run(&args, invocation),
        Action::Status(args) => status::run(&args, invocation),
    }
}

/// Which data directory.
#[derive(Debug, Clone, Default, clap::Args)]
struct DirectoryArgs {
    /// Data directory [default: kavka/data in the platform's data home, or KAVKA_DATA_DIR].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl DirectoryArgs {
    fn resolve(&self) -> Result<PathBuf, Failure> {
        let directory = Surroundings::of_process().data_directory(self.data_dir.as_deref()).ok_or_else(|| {
            Failure::usage("no data directory was named, and without HOME there is no place for one")
                .hint("name a directory with --data-dir")
        })?;
        directories::absolute(&directory)
    }
}

/// The broker of a directory, or the failure that says who, if anybody, is there instead.
fn broker_of(directory: &std::path::Path) -> Result<LiveHost, Failure> {
    let found = match find_host(directory) {
        Err(StandaloneError::Unusable { source, .. }) if source.kind() == std::io::ErrorKind::NotADirectory => None,
        found => found.map_err(|e| Failure::from(anyhow::Error::from(e)))?,
    };
    let none = Failure::new(Kind::ConditionNotMet, format!("no broker runs on {}", directory.display()));
    match found {
        Some(live) if live.host.kind == HostKind::Broker => Ok(live),
        Some(live) => {
            Err(none.hint(format!("a kavka command, process {}, serves the directory while it runs", live.host.pid)))
        }
        None => Err(none),
    }
}

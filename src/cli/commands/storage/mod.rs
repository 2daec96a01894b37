//! `kavka storage`, which is Apache's `kafka-storage.sh` (reference: cli/others.md, section 22): formatting the log
//! directories of a node, and what is in them.

mod features;
mod format;
mod info;
mod voters;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::server_properties::{check_roles, entries, invalid};
use crate::cli::Invocation;
use crate::cli::failure::Failure;
use crate::standalone::{BrokerKeys, ServerKeys, named_listeners};
use crate::vocabulary::Uuid;

/// The Kafka storage tool: format the log directories of a node, and look at them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kavka storage format --standalone -t $(kavka storage random-uuid) -c config/server.properties
  kavka storage info -c config/server.properties

`kavka broker start` formats a new directory by itself.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Info(info::Args),
    Format(format::Args),
    VersionMapping(features::MappingArgs),
    FeatureDependencies(features::DependenciesArgs),
    /// Print a random id.
    RandomUuid,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    match args.action {
        Action::Info(args) => info::run(&args, invocation),
        Action::Format(args) => format::run(&args, invocation),
        Action::VersionMapping(args) => features::show_mapping(&args, invocation),
        Action::FeatureDependencies(args) => features::show_dependencies(&args, invocation),
        Action::RandomUuid => Ok(invocation.output.line(&unreserved_uuid().to_string())?),
    }
}

/// Kafka gives none that looks like an option.
fn unreserved_uuid() -> Uuid {
    loop {
        let id = Uuid::random();
        if !id.to_string().starts_with('-') {
            return id;
        }
    }
}

/// The keys of a node's file.
fn keys(file: &Path, invocation: &Invocation) -> Result<BrokerKeys, Failure> {
    let entries = entries(file)?;
    let place = file.display().to_string();
    let pairs = entries.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let ServerKeys { keys, .. } = ServerKeys::read(pairs).map_err(|fault| invalid(fault, &place))?;
    check_roles(&keys, invocation.dialect.is_apache())?;
    named_listeners(&keys).map_err(|fault| invalid(fault, &place))?;
    Ok(keys)
}

/// A node's directories, by name, and the one that holds its metadata.
fn directories(keys: &BrokerKeys) -> (BTreeSet<PathBuf>, PathBuf) {
    let key = if keys.explicit("log.dirs").is_some() { "log.dirs" } else { "log.dir" };
    let named: Vec<PathBuf> = keys.list(key).into_iter().map(PathBuf::from).collect();
    let metadata = keys.explicit("metadata.log.dir").map(PathBuf::from).or_else(|| named.first().cloned());
    let metadata = metadata.unwrap_or_default();
    (named.into_iter().chain([metadata.clone()]).filter(|path| !path.as_os_str().is_empty()).collect(), metadata)
}

//! `storage format`: makes a node's directories those of a new cluster.
//!
//! A new cluster is at metadata.version 4.0-IV3 unless something else is asked for: the highest that Kafka 4.0, 4.1 and 4.2
//! all open.

use std::path::PathBuf;

use super::features::{release, terse};
use super::{directories, keys, voters};
use crate::cli::Invocation;
use crate::cli::commands::server_properties::{invalid, node_id};
use crate::cli::failure::{ApacheForm, Failure, ILLEGAL_ARGUMENT, Kind};
use crate::standalone::storage::features::{
    self, KRAFT_VERSION, METADATA_VERSION, NEW_METADATA_VERSION, default_levels, dependency, release_name,
    supported_levels,
};
use crate::standalone::storage::{self, Formatting, Purpose, Voter};
use crate::standalone::{BrokerKeys, Role, named_listeners, roles};
use crate::vocabulary::Uuid;

const RUNTIME: &str = "java.lang.RuntimeException";

/// Format the log directories of the node for a new cluster.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("controllers").multiple(false).args(["standalone", "no_initial_controllers", "initial_controllers"]))]
pub struct Args {
    /// The node's server.properties.
    #[arg(long, short, value_name = "FILE")]
    config: PathBuf,

    /// The id of the cluster: `kavka storage random-uuid` makes one.
    #[arg(long, short = 't', value_name = "ID")]
    cluster_id: String,

    /// A SCRAM credential; kavka does not keep any yet.
    #[arg(long, short = 'S', value_name = "CREDENTIAL")]
    add_scram: Vec<String>,

    /// Leave directories alone that are formatted already, instead of failing.
    #[arg(long, short = 'g')]
    ignore_formatted: bool,

    /// The release whose features the cluster starts with, such as 4.2 [default: 4.0-IV3, which all of 4.x opens].
    #[arg(long, short, value_name = "RELEASE")]
    release_version: Option<String>,

    /// The level of a feature, such as `group.version=1`. May be repeated.
    #[arg(long, short, value_name = "FEATURE=LEVEL")]
    feature: Vec<String>,

    /// The node is its cluster's only controller.
    #[arg(long, short)]
    standalone: bool,

    /// The cluster's controllers are told of later.
    #[arg(long, short = 'N')]
    no_initial_controllers: bool,

    /// The cluster's controllers, the same for all of its nodes: id@host:port:directory-id, commas between.
    #[arg(long, short = 'I', value_name = "CONTROLLERS")]
    initial_controllers: Option<String>,
}

pub fn run(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let keys = keys(&args.config, invocation)?;
    let plan = plan(args, &keys)?;
    let (directories, _) = directories(&keys);
    let output = &invocation.output;
    let mut empty = Vec::new();
    for directory in directories {
        match storage::read(&directory).map_err(|fault| terse(fault.to_string()))? {
            None => empty.push(directory),
            Some(found) => {
                let path = directory.join("meta.properties");
                if found.cluster_id != plan.cluster_id {
                    let (read, path) = (found.cluster_id, path.display());
                    let message =
                        format!("Invalid cluster.id in: {path}. Expected {}, but read {read}", plan.cluster_id);
                    return Err(of_node(message).into());
                }
                if found.node_id != plan.node_id {
                    let message = format!(
                        "Stored node id {} doesn't match previous node id {} in {}. If you moved your data, make sure your \
                         configured node id matches. If you intend to create a new node, you should remove all data in your \
                         data directories.",
                        found.node_id,
                        plan.node_id,
                        path.display()
                    );
                    return Err(of_node(message).into());
                }
                if !args.ignore_formatted {
                    let message = format!(
                        "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format \
                         the others.",
                        directory.display()
                    );
                    let failure = Failure::new(Kind::Failed, message.clone()).in_apache(ApacheForm::Line(message));
                    return Err(failure.into());
                }
            }
        }
    }
    if empty.is_empty() {
        return Ok(output.line("All of the log directories are already formatted.")?);
    }
    output.line(&bootstrap_line(&plan))?;
    let level = plan.levels.first().map_or(NEW_METADATA_VERSION, |(_, level)| *level);
    // Those of data first, as Kafka's map has it: the metadata is what says that all is done.
    empty.sort_by_key(|directory| *directory == plan.metadata_directory);
    for directory in empty {
        let purpose = match plan.purpose_of(&directory) {
            Purpose::Data => "data directory",
            Purpose::Metadata => "metadata directory",
            Purpose::DynamicMetadata => "dynamic metadata directory",
            Purpose::DynamicMetadataVoter => "dynamic metadata voter directory",
        };
        let release = release_name(level).unwrap_or_default();
        output.line(&format!("Formatting {purpose} {} with {METADATA_VERSION} {release}.", directory.display()))?;
        plan.format(&directory)
            .map_err(|fault| Failure::new(Kind::Failed, format!("cannot format {}: {fault}", directory.display())))?;
    }
    Ok(())
}

fn of_node(message: String) -> Failure {
    Failure::new(Kind::Failed, message.clone()).thrown(RUNTIME, message)
}

/// As Java prints the records.
fn bootstrap_line(plan: &Formatting) -> String {
    let set = plan.levels.iter().filter(|(name, level)| *level > 0 && *name != KRAFT_VERSION);
    let record = |(name, level): &(&str, i16)| {
        format!("ApiMessageAndVersion(FeatureLevelRecord(name='{name}', featureLevel={level}) at version 0)")
    };
    let records: Vec<String> = set.map(record).collect();
    let level = plan.levels.first().map_or(0, |(_, level)| *level);
    let records = records.join(", ");
    format!(
        "Bootstrap metadata: BootstrapMetadata(records=[{records}], metadataVersionLevel={level}, source=format command)"
    )
}

fn plan(args: &Args, keys: &BrokerKeys) -> Result<Formatting, Failure> {
    let place = args.config.display().to_string();
    let listeners = named_listeners(keys).map_err(|fault| invalid(fault, &place))?;
    let node_id = node_id(keys)?.unwrap_or(1);
    let release_level = args.release_version.as_deref().map(|name| release(name, false)).transpose()?;
    let wanted = args.feature.iter().map(|text| name_and_level(text)).collect::<Result<Vec<_>, _>>()?;
    let has_static_voters = !keys.list("controller.quorum.voters").is_empty();
    if has_static_voters && (args.initial_controllers.is_some() || args.standalone) {
        return Err(terse(
            "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If \
             you want to use dynamic quorum, please remove controller.quorum.voters and specify \
             controller.quorum.bootstrap.servers instead.",
        ));
    }
    let is_controller = roles(keys).is_none_or(|roles| roles.contains(&Role::Controller));
    let controller = listeners.iter().find(|listener| listener.role == Role::Controller);
    let voters = match &args.initial_controllers {
        Some(text) => Some(voters::parse(text)?),
        None if args.standalone && !is_controller => {
            return Err(terse("You can only use --standalone on a controller."));
        }
        None if args.standalone => {
            let told = controller.and_then(|listener| listener.advertised.clone());
            let (host, port) = told
                .or_else(|| controller.map(|listener| (String::new(), listener.port)))
                .unwrap_or_else(|| (String::new(), DEFAULT_CONTROLLER_PORT));
            let host = if host.is_empty() { "localhost".to_owned() } else { host };
            Some(vec![Voter { id: node_id, host, port, directory_id: Uuid::random() }])
        }
        None => None,
    };
    if !args.no_initial_controllers && is_controller && !has_static_voters && voters.is_none() {
        return Err(terse(
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
             --standalone, --initial-controllers, or --no-initial-controllers.",
        ));
    }
    if !args.add_scram.is_empty() {
        return Err(terse("--add-scram: kavka does not serve SASL/SCRAM yet, so nothing was formatted"));
    }
    let levels = levels(release_level, &wanted, !has_static_voters)?;
    let (_, metadata_directory) = directories(keys);
    Ok(Formatting {
        cluster_id: args.cluster_id.clone(),
        node_id,
        levels,
        voters,
        controller_listener: controller.map_or_else(|| "CONTROLLER".to_owned(), |listener| listener.name.clone()),
        metadata_directory,
    })
}

/// Where Kafka's own files put the controller.
const DEFAULT_CONTROLLER_PORT: u16 = 9093;

fn name_and_level(text: &str) -> Result<(String, i16), Failure> {
    let refused = |why: String| {
        let message = format!("Can't parse feature=level string {text}: {why}");
        Failure::usage(format!("--feature '{text}': {why}")).thrown(RUNTIME, message)
    };
    let (name, level) = text.split_once('=').ok_or_else(|| refused("equals sign not found.".to_owned()))?;
    let level = level.trim();
    let parsed = level.parse().map_err(|_| refused(format!("unable to parse {level} as a short.")))?;
    Ok((name.trim().to_owned(), parsed))
}

/// The level of every feature: metadata.version, then the others by name.
fn levels(
    release: Option<i16>,
    wanted: &[(String, i16)],
    is_dynamic: bool,
) -> Result<Vec<(&'static str, i16)>, Failure> {
    let of = |name: &str| wanted.iter().rev().find(|(wanted, _)| wanted == name).map(|(_, level)| *level);
    let metadata = match (of(METADATA_VERSION), release) {
        (Some(_), Some(_)) => {
            let message = "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.";
            return Err(terse(message));
        }
        (Some(level), None) if release_name(level).is_none() => {
            let message =
                format!("No MetadataVersion with feature level {level}. Valid feature levels are from 7 to 30.");
            return Err(Failure::usage(message.clone()).thrown(ILLEGAL_ARGUMENT, message));
        }
        (Some(level), None) | (None, Some(level)) => level,
        (None, None) => NEW_METADATA_VERSION,
    };
    let mut defaults = default_levels(metadata);
    defaults.sort_by_key(|(name, _)| *name);
    let is_known = |name: &str| name == METADATA_VERSION || defaults.iter().any(|(known, _)| *known == name);
    if let Some((name, _)) = wanted.iter().find(|(name, _)| !is_known(name)) {
        let known = defaults.map(|(name, _)| name).join(", ");
        return Err(terse(format!("Unsupported feature: {name}. Supported features are: {known}")));
    }
    let mut levels = vec![(METADATA_VERSION, metadata)];
    for (name, default) in defaults {
        let level = match (name, of(name)) {
            (KRAFT_VERSION, level) => kraft_version(level, is_dynamic)?,
            (_, level) => level.unwrap_or(default),
        };
        let known = if name == KRAFT_VERSION { Some(0..=1) } else { supported_levels(name) };
        if !known.is_some_and(|known| known.contains(&level)) {
            let message = format!("No feature:{name} with feature level {level}");
            return Err(Failure::usage(message.clone()).thrown(ILLEGAL_ARGUMENT, message));
        }
        if let Some((other, needed)) = dependency(name, level).filter(|(_, needed)| *needed > metadata) {
            let message = format!("{name} could not be set to {level} because it depends on {other} level {needed}");
            return Err(Failure::usage(message.clone()).thrown(ILLEGAL_ARGUMENT, message));
        }
        levels.push((name, level));
    }
    Ok(levels)
}

fn kraft_version(wanted: Option<i16>, is_dynamic: bool) -> Result<i16, Failure> {
    match wanted {
        None => Ok(if is_dynamic { features::NEW_KRAFT_VERSION } else { 0 }),
        Some(0) if is_dynamic => Err(terse(
            "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone, \
             --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try removing the \
             --feature flag for kraft.version.",
        )),
        Some(level) if level != 0 && !is_dynamic => Err(terse(format!(
            "Cannot set kraft.version to {level} unless controller.quorum.voters is empty and one of the flags --standalone, \
             --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try using one of \
             --standalone, --initial-controllers, or --no-initial-controllers and removing controller.quorum.voters."
        ))),
        Some(level) => Ok(level),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from kafka-storage.sh of Kafka 4.2.1.
    #[test]
    fn levels_follow_the_release_and_what_is_wanted() {
        let wanted =
            |pairs: &[(&str, i16)]| pairs.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect::<Vec<_>>();
        let set = |release: Option<i16>, pairs: &[(&str, i16)]| {
            let levels = levels(release, &wanted(pairs), true).map_err(|failure| failure.messages[0].clone())?;
            let shown = levels.into_iter().filter(|(_, level)| *level > 0);
            Ok::<_, String>(shown.map(|(name, level)| format!("{name}={level}")).collect::<Vec<_>>().join(" "))
        };
        let new = "metadata.version=25 group.version=1 kraft.version=1 transaction.version=2";
        assert_eq!(set(None, &[]).unwrap(), new);
        assert_eq!(
            set(Some(29), &[("group.version", 0)]).unwrap(),
            "metadata.version=29 eligible.leader.replicas.version=1 kraft.version=1 share.version=1 streams.version=1 \
             transaction.version=2"
        );
        let unknown = set(None, &[("x", 1)]).unwrap_err();
        assert!(unknown.ends_with("kraft.version, share.version, streams.version, transaction.version"), "{unknown}");
        assert_eq!(set(None, &[("group.version", 7)]).unwrap_err(), "No feature:group.version with feature level 7");
        assert!(set(Some(25), &[("metadata.version", 25)]).unwrap_err().starts_with("Use --release-version"));
        assert!(set(None, &[("kraft.version", 0)]).unwrap_err().starts_with("Cannot set kraft.version to 0"));
    }
}

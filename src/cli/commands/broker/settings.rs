//! What `kavka broker start` and `kafka-server-start.sh` start: a file, or the environment, and what the command line says.
//!
//! Without a file `KAFKA_*` is read as Kafka's official image does: `KAFKA_LOG_DIRS` is `log.dirs`, `__` stands for `_` and
//! `___` for `-`. What is not as it says is remarked on; with `--strict` nothing starts then. Typed by hand, under the name
//! kavka, a key that would change nothing is refused, so that nobody relies on it.

use std::ffi::OsString;
use std::path::Path;

use super::directories::{self, Directories};
use super::start::Args;
use crate::cli::commands::server_properties::{check_roles, entries, invalid, node_id};
use crate::cli::failure::{Failure, Kind};
use crate::cli::tools::Dialect;
use crate::standalone::{Effect, Key, ListenerConfig, Remarks, ServerKeys, ServerSettings, listeners, storage};

/// A server that can be started, and what there is to say before.
pub struct Planned {
    pub settings: ServerSettings,
    pub remarks: Remarks,
    /// As the keys say it.
    pub roles: String,
}

/// Variables of the official image that are no keys, and those that name a cluster or a home.
const NO_KEYS: &[&str] = &[
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_CLUSTER_ID",
    "KAFKA_DEBUG",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_HOME",
    "KAFKA_JMX_HOSTNAME",
    "KAFKA_JMX_OPTS",
    "KAFKA_JMX_PORT",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_OPTS",
    "KAFKA_VERSION",
];

pub fn planned(args: &Args, dialect: Dialect) -> Result<Planned, Failure> {
    let is_apache = dialect.is_apache();
    let place = args.place();
    let base = match &args.file {
        Some(file) => entries(file)?,
        None => environment(std::env::vars_os()),
    };
    let typed = overrides(&args.r#override, is_apache)?;
    let pairs = || base.iter().chain(&typed).map(|(name, value)| (name.as_str(), value.as_str()));
    let ServerKeys { mut keys, remarks } = ServerKeys::read(pairs()).map_err(|fault| invalid(fault, &place))?;
    if args.strict && !remarks.is_empty() {
        return Err(too_strict(args, &remarks));
    }
    let from_file = args.file.is_some();
    check_roles(&keys, is_apache)?;
    let listeners = match args.port_or_host() {
        Some((host, port)) => {
            for key in ["listeners", "advertised.listeners"] {
                keys.unset(key);
            }
            vec![ListenerConfig::plaintext(host, port)]
        }
        None if from_file || keys.explicit("listeners").is_some() => {
            listeners(&keys).map_err(|fault| invalid(fault, &place))?
        }
        None => vec![ListenerConfig::plaintext(DEFAULT_HOST, DEFAULT_PORT)],
    };
    let typed_directories = typed.iter().any(|(name, _)| directories::LOG_DIRS.contains(&name.as_str()));
    let Directories { metadata, logs } = args.directories.resolve(&keys, typed_directories, from_file)?;
    if !args.directories.named().is_empty() {
        for key in directories::LOG_DIRS {
            keys.unset(key);
        }
    }
    let node_id = node_id(&keys)?;
    if is_apache {
        check_formatted(&metadata, node_id)?;
    }
    let roles = keys.explicit("process.roles").unwrap_or("broker,controller").to_owned();
    let settings = ServerSettings {
        directory: metadata,
        log_directories: logs,
        node_id,
        listeners,
        may_format: !is_apache,
        keys,
        opening: Default::default(),
    };
    Ok(Planned { settings, remarks, roles })
}

pub const DEFAULT_HOST: &str = "localhost";
pub const DEFAULT_PORT: u16 = 9092;

/// The keys that an environment sets.
fn environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<(String, String)> {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let mut set: Vec<(String, String)> = variables.filter_map(text).filter_map(key_of_variable).collect();
    set.sort();
    set
}

fn key_of_variable((name, value): (String, String)) -> Option<(String, String)> {
    let rest = name.strip_prefix("KAFKA_")?;
    if NO_KEYS.contains(&name.as_str()) || rest.contains("LOG4J") {
        return None;
    }
    let key = rest.to_lowercase().replace('_', ".").replace("...", "-").replace("..", "_");
    Some((key, value))
}

/// Typed pairs. Under Apache's name a word without `=` sets the empty value.
fn overrides(pairs: &[String], is_apache: bool) -> Result<Vec<(String, String)>, Failure> {
    let mut typed = Vec::new();
    for pair in pairs {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name.trim(), value),
            None if is_apache => (pair.trim(), ""),
            None => return Err(Failure::usage(format!("--override '{pair}': it needs the form KEY=VALUE"))),
        };
        if !is_apache {
            refuse_idle(pair, name, value)?;
        }
        typed.push((name.to_owned(), value.to_owned()));
    }
    Ok(typed)
}

fn refuse_idle(pair: &str, name: &str, value: &str) -> Result<(), Failure> {
    let refused = |fault: String| Failure::usage(format!("--override '{pair}': {fault}"));
    let Some(key) = Key::named(name) else {
        let failure = refused(format!("{name} is no broker configuration of Kafka"));
        return Err(match Key::like(name) {
            Some(key) => failure.hint(format!("did you mean {}?", key.name)),
            None => failure,
        });
    };
    match key.effect {
        Effect::None(why) => Err(refused(format!("{name} has no effect on this broker: {why}"))),
        _ => key.fault(value).map_or(Ok(()), |fault| Err(refused(fault))),
    }
}

fn too_strict(args: &Args, remarks: &Remarks) -> Failure {
    let place = args.place();
    let messages = remarks.lines().into_iter().map(|line| format!("{place}: {line}")).collect();
    Failure { messages, ..Failure::silent(Kind::Usage) }.hint("without --strict these are warnings")
}

/// Apache's server formats nothing.
fn check_formatted(directory: &Path, node_id: Option<i32>) -> Result<(), Failure> {
    const RUNTIME: &str = "java.lang.RuntimeException";
    let found = storage::read(directory).map_err(|fault| Failure::new(Kind::Failed, fault.to_string()))?;
    let Some(found) = found else {
        let failure = Failure::new(Kind::Failed, format!("{} is not formatted", directory.display()));
        return Err(failure.thrown(RUNTIME, "No readable meta.properties files found."));
    };
    match node_id {
        Some(wanted) if wanted != found.node_id => {
            let message = format!(
                "Stored node id {} doesn't match previous node id {wanted} in {}. If you moved your data, make sure your \
                 configured node id matches. If you intend to create a new node, you should remove all data in your data \
                 directories.",
                found.node_id,
                directory.join("meta.properties").display()
            );
            Err(Failure::new(Kind::Failed, message.clone()).thrown(RUNTIME, message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_keys_as_in_the_official_image() {
        let variables = [
            ("KAFKA_LOG_DIRS", "/d"),
            ("KAFKA_A__B___C", "x"),
            ("KAFKA_HEAP_OPTS", "-Xmx1g"),
            ("KAFKA_LOG4J_LOGGERS", "a=b"),
            ("KAFKA_BOOTSTRAP_SERVERS", "h:1"),
            ("KAVKA_DATA_DIR", "/e"),
        ];
        let set = environment(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        let expected = [("a_b-c".to_owned(), "x".to_owned()), ("log.dirs".to_owned(), "/d".to_owned())];
        assert_eq!(set, expected);
    }

    #[test]
    fn what_is_typed_and_changes_nothing_is_refused_under_our_name_only() {
        let refused = |pair: &str| overrides(&[pair.to_owned()], false).unwrap_err();
        assert!(refused("num.io.threads=4").messages[0].contains("has no effect on this broker"));
        assert_eq!(refused("num.partition=4").hints, ["did you mean num.partitions?"]);
        assert!(refused("num.partitions").messages[0].contains("KEY=VALUE"));
        assert!(overrides(&["num.io.threads".to_owned()], true).is_ok());
    }
}

//! From options to a plan, in the order in which Apache's tool checks them.

use std::net::ToSocketAddrs;

use super::entity::{EntityType, short_options};
use super::{Args, key_values};
use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT, Kind};
use crate::cli::tools::Dialect;
use crate::cli::usage::{excludes, one_action};
use crate::client::admin::configs::{ConfigChange, ConfigOperation};
use crate::properties::Properties;

/// Whose configurations, and in what form they were named. The default of a type has an empty name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    pub kinds: Vec<EntityType>,
    /// There may be fewer than kinds: then all of the rest are meant.
    pub names: Vec<String>,
    /// By --entity-….
    is_named_at_length: bool,
}

impl Entity {
    #[cfg(test)]
    pub fn of(kinds: Vec<EntityType>, names: Vec<String>) -> Entity {
        Entity { kinds, names, is_named_at_length: true }
    }

    /// There is always one.
    pub fn first_kind(&self) -> EntityType {
        self.kinds.first().copied().unwrap_or(EntityType::Topics)
    }

    pub fn first_name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

pub fn refused(message: impl Into<String>, apache: impl Into<String>) -> Failure {
    Failure::usage(message).thrown(ILLEGAL_ARGUMENT, apache)
}

pub fn entity(args: &Args, dialect: Dialect) -> Result<Entity, Failure> {
    one_action(&[("describe", args.describe), ("alter", args.alter)])
        .map_err(|failure| failure.apache_usage("Command must include exactly one action: --describe, --alter"))?;
    let mut of_alter =
        vec![("add-config", args.add_config.is_some()), ("delete-config", !args.delete_config.is_empty())];
    if !dialect.is_apache() {
        of_alter.push(("add-config-file", args.add_config_file.is_some()));
    }
    excludes(args.describe, "describe", &of_alter)?;
    let short: Vec<(EntityType, String)> =
        short_options(args).into_iter().filter_map(|(kind, name)| Some((kind, name?))).collect();
    let kinds = kinds(args, &short, dialect)?;
    let long = !args.entity_type.is_empty() || !args.names.0.is_empty();
    if long && !short.is_empty() {
        return Err(refused(
            "options such as --topic and --user-defaults are short for --entity-…; give one of them",
            "--entity-{type,name,default} should not be used in conjunction with specific entity flags",
        ));
    }
    let names: Vec<String> = args.names.0.iter().cloned().chain(short.into_iter().map(|(_, name)| name)).collect();
    if args.target.bootstrap_server.is_some() && args.bootstrap_controller.is_some() {
        return Err(refused(
            "--bootstrap-server and --bootstrap-controller exclude each other",
            "Only one of --bootstrap-server or --bootstrap-controller can be specified",
        ));
    }
    check_names(&kinds, &names)?;
    let entity = Entity { kinds, names, is_named_at_length: long };
    if args.describe {
        check_describe(&entity)?
    } else {
        check_alter(&entity, args)?
    }
    Ok(entity)
}

fn kinds(args: &Args, short: &[(EntityType, String)], dialect: Dialect) -> Result<Vec<EntityType>, Failure> {
    let given: Vec<&str> =
        args.entity_type.iter().map(String::as_str).chain(short.iter().map(|(kind, _)| kind.name())).collect();
    let again: Vec<&str> =
        given.iter().enumerate().filter(|(at, name)| given[..*at].contains(name)).map(|(_, name)| *name).collect();
    if !again.is_empty() {
        return Err(refused(
            format!("{} was given twice", again.join(", ")),
            format!("Duplicate entity type(s) specified: {}", again.join(",")),
        ));
    }
    if dialect.is_apache() && args.target.bootstrap_server.is_none() && args.bootstrap_controller.is_none() {
        let message = "Either --bootstrap-server or --bootstrap-controller must be specified.";
        return Err(refused(message, message));
    }
    let kinds: Vec<EntityType> = given.iter().map(|name| known(name)).collect::<Result<_, _>>()?;
    let is_pair = kinds.len() == 2 && kinds.contains(&EntityType::Users) && kinds.contains(&EntityType::Clients);
    match kinds.len() {
        0 => Err(refused(
            "whose configurations? give --topic TOPIC, --broker ID, --user NAME and the like, or --entity-type",
            "At least one entity type must be specified",
        )),
        1 => Ok(kinds),
        _ if is_pair => Ok(kinds),
        _ => Err(refused(
            "only users and clients go together",
            "Only 'users' and 'clients' entity types may be specified together",
        )),
    }
}

fn known(name: &str) -> Result<EntityType, Failure> {
    EntityType::from_name(name).ok_or_else(|| {
        let types = EntityType::ALL.map(EntityType::name).join(", ");
        refused(
            format!("'{name}' is no type of entity; there are {types}"),
            format!(
                "Invalid entity type {name}, the entity type must be one of {types} with a --bootstrap-server or \
                 --bootstrap-controller argument"
            ),
        )
    })
}

fn check_names(kinds: &[EntityType], names: &[String]) -> Result<(), Failure> {
    let has_name = names.iter().any(|name| !name.is_empty());
    let Some(kind) = kinds.first().filter(|_| has_name) else { return Ok(()) };
    for name in names.iter().filter(|name| !name.is_empty()) {
        let of_broker = matches!(kind, EntityType::Brokers | EntityType::BrokerLoggers);
        if of_broker && name.parse::<i32>().is_err() {
            let kind = kind.name();
            let message = format!("The entity name for {kind} must be a valid integer broker id, but it is: {name}");
            return Err(refused(format!("'{name}' is not a broker id"), message));
        }
        if *kind == EntityType::Ips && (name.as_str(), 0).to_socket_addrs().is_err() {
            let message = format!("The entity name for ips must be a valid IP or resolvable host, but it is: {name}");
            return Err(refused(format!("'{name}' is neither an address nor the name of a host"), message));
        }
    }
    Ok(())
}

fn check_describe(entity: &Entity) -> Result<(), Failure> {
    let kinds: Vec<&str> = entity.kinds.iter().map(|kind| kind.name()).collect();
    let kinds = kinds.join(",");
    let is_default = entity.names.iter().any(String::is_empty);
    if is_default && entity.is_named_at_length && !entity.kinds.iter().any(|kind| kind.has_default()) {
        return Err(refused(
            format!("{kinds} have no --entity-default"),
            format!("--entity-default must not be specified with --describe of {kinds}"),
        ));
    }
    if entity.kinds.contains(&EntityType::BrokerLoggers) && entity.names.iter().all(String::is_empty) {
        return Err(refused(
            "whose loggers? give --broker-logger ID",
            format!("An entity name must be specified with --describe of {kinds}"),
        ));
    }
    Ok(())
}

fn check_alter(entity: &Entity, args: &Args) -> Result<(), Failure> {
    let has_default = entity.kinds.iter().any(|kind| kind.has_default());
    if has_default && entity.names.is_empty() {
        return Err(refused(
            "--alter needs a name, or the default: --entity-default",
            "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
        ));
    }
    if !has_default && entity.names.iter().all(String::is_empty) {
        let kinds: Vec<&str> = entity.kinds.iter().map(|kind| kind.name()).collect();
        let message = format!("An entity name must be specified with --alter of {}", kinds.join(","));
        return Err(refused(format!("--alter of {} needs a name", kinds.join(", ")), message));
    }
    if args.add_config.is_some() && args.add_config_file.is_some() {
        return Err(refused(
            "--add-config and --add-config-file exclude each other",
            "Only one of --add-config or --add-config-file must be specified",
        ));
    }
    if args.add_config.is_none() && args.add_config_file.is_none() && args.delete_config.is_empty() {
        return Err(refused(
            "--alter needs --add-config, --add-config-file or --delete-config",
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
        ));
    }
    Ok(())
}

/// What is to be changed: first what goes, then what is set.
pub fn changes(args: &Args, dialect: Dialect) -> Result<Vec<ConfigChange>, Failure> {
    let mut set = Properties::new();
    if let Some(path) = &args.add_config_file {
        set = Properties::read_file(path).map_err(|error| {
            Failure::new(Kind::Failed, error.to_string())
                .thrown("java.nio.file.NoSuchFileException", path.display().to_string())
        })?;
    }
    let mut set: Vec<(String, String)> = set.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    if let Some(text) = &args.add_config {
        set = key_values::parse(text)?;
    }
    for (name, _) in &set {
        key_values::check_name(name)?;
    }
    let set = if dialect.is_apache() { key_values::in_javas_order(set) } else { set };
    let delete = key_values::names(&args.delete_config);
    if let Some(name) = delete.iter().find(|name| set.iter().any(|(other, _)| other == *name) && !dialect.is_apache()) {
        return Err(Failure::usage(format!("{name} cannot be set and deleted at once")));
    }
    let set = set.into_iter().map(|(name, value)| ConfigChange { name, operation: ConfigOperation::Set(value) });
    let delete = delete.into_iter().map(|name| ConfigChange { name, operation: ConfigOperation::Delete });
    Ok(delete.chain(set).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(args: Args) -> Vec<String> {
        let entity = entity(&args, Dialect::Kavka);
        entity.and_then(|_| changes(&args, Dialect::Kavka)).unwrap_err().messages
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named() {
        let topic = Some("t".to_owned());
        assert_eq!(refusal(Args::default()), ["nothing to do: give one of --describe or --alter"]);
        assert_eq!(
            refusal(Args { alter: true, topic: topic.clone(), ..Args::default() }),
            ["--alter needs --add-config, --add-config-file or --delete-config"]
        );
        let both = Args {
            add_config: Some("a=1".to_owned()),
            delete_config: vec!["a".to_owned()],
            alter: true,
            topic: topic.clone(),
            ..Args::default()
        };
        assert_eq!(refusal(both), ["a cannot be set and deleted at once"]);
        let topics = Args { alter: true, entity_type: vec!["topics".to_owned()], ..Args::default() };
        assert_eq!(refusal(topics), ["--alter of topics needs a name"]);
        let tables = Args { describe: true, entity_type: vec!["tables".to_owned()], ..Args::default() };
        assert!(refusal(tables)[0].starts_with("'tables' is no type of entity; there are topics, clients, users"));
        let other = Args { describe: true, topic, user: Some("u".to_owned()), ..Args::default() };
        assert_eq!(refusal(other), ["only users and clients go together"]);
    }

    #[test]
    fn the_short_and_the_long_form_mean_the_same() {
        let of = |args: &Args| entity(args, Dialect::Kavka).unwrap();
        let short = Args { describe: true, user: Some("alice".to_owned()), client_defaults: true, ..Args::default() };
        assert_eq!(of(&short).kinds, [EntityType::Users, EntityType::Clients]);
        assert_eq!(of(&short).names, ["alice", ""]);
        let long = Args {
            describe: true,
            entity_type: vec!["users".to_owned(), "clients".to_owned()],
            names: super::super::entity::EntityNames(vec!["alice".to_owned(), String::new()]),
            ..Args::default()
        };
        assert_eq!((of(&long).kinds, of(&long).names), (of(&short).kinds, of(&short).names));
    }
}

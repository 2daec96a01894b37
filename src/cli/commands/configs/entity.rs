//! What configurations belong to, and how the options name it.

use super::Args;
use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT, Kind};
use crate::client::admin::configs::{ConfigResource, ConfigSource, ResourceKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityType {
    Topics,
    Brokers,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Named(String),
    /// The default of all brokers.
    Default,
    /// All there are.
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    pub kind: EntityType,
    pub name: Name,
}

/// All types of Apache's tool, in the order of its message.
const TYPES: [&str; 8] = ["topics", "clients", "users", "brokers", "ips", "client-metrics", "groups", "broker-loggers"];

impl EntityType {
    /// As in `Completed updating config for topic orders.`
    pub fn singular(self) -> &'static str {
        match self {
            EntityType::Topics => "topic",
            EntityType::Brokers => "broker",
        }
    }

    pub fn resource(self, name: impl Into<String>) -> ConfigResource {
        let kind = match self {
            EntityType::Topics => ResourceKind::Topic,
            EntityType::Brokers => ResourceKind::Broker,
        };
        ConfigResource { kind, name: name.into() }
    }

    /// Where a value comes from that was set on the entity itself.
    pub fn own_source(self, name: &Name) -> ConfigSource {
        match (self, name) {
            (EntityType::Topics, _) => ConfigSource::DynamicTopic,
            (EntityType::Brokers, Name::Default) => ConfigSource::DynamicDefaultBroker,
            (EntityType::Brokers, _) => ConfigSource::DynamicBroker,
        }
    }
}

pub fn of(args: &Args) -> Result<Entity, Failure> {
    let short = args.topic.is_some() || args.broker.is_some() || args.broker_defaults;
    let long = !args.entity_type.is_empty() || !args.entity_name.is_empty() || args.entity_default;
    if short && long {
        let message = "--entity-{type,name,default} should not be used in conjunction with specific entity flags";
        return Err(refused(
            "--topic, --broker and --broker-defaults are short for --entity-…; give one of them",
            message,
        ));
    }
    let entity = if short { of_short(args)? } else { of_long(args)? };
    if let (EntityType::Brokers, Name::Named(id)) = (entity.kind, &entity.name)
        && id.parse::<i32>().is_err()
    {
        let message = format!("The entity name for brokers must be a valid integer broker id, but it is: {id}");
        return Err(refused(format!("'{id}' is not a broker id"), message));
    }
    Ok(entity)
}

fn of_short(args: &Args) -> Result<Entity, Failure> {
    let topic = args.topic.clone().map(|name| Entity { kind: EntityType::Topics, name: Name::Named(name) });
    let broker = args.broker.clone().map(|id| Entity { kind: EntityType::Brokers, name: Name::Named(id) });
    let defaults = args.broker_defaults.then_some(Entity { kind: EntityType::Brokers, name: Name::Default });
    let mut given = [topic, broker, defaults].into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(entity), None) => Ok(entity),
        _ => Err(refused(
            "give one of --topic, --broker and --broker-defaults",
            "Only 'users' and 'clients' entity types may be specified together",
        )),
    }
}

fn of_long(args: &Args) -> Result<Entity, Failure> {
    let given = match args.entity_type.as_slice() {
        [] => {
            return Err(refused(
                "whose configurations? give --topic TOPIC or --entity-type",
                "At least one entity type must be specified",
            ));
        }
        [one] => one.as_str(),
        several => return Err(several_types(several)),
    };
    let kind = match given {
        "topics" => EntityType::Topics,
        "brokers" => EntityType::Brokers,
        other => return Err(unserved(other)),
    };
    let name = match (args.entity_name.as_slice(), args.entity_default, kind) {
        ([], false, _) => Name::Any,
        ([name], false, _) => Name::Named(name.clone()),
        ([], true, EntityType::Brokers) => Name::Default,
        ([], true, EntityType::Topics) => {
            let message = "An entity name must be specified with --alter of topics";
            return Err(refused("topics have no --entity-default; their defaults are the broker's", message));
        }
        _ => {
            return Err(refused("give one --entity-name or --entity-default", "Only one entity name may be specified"));
        }
    };
    Ok(Entity { kind, name })
}

fn several_types(types: &[String]) -> Failure {
    match types.iter().find(|each| types.iter().filter(|other| other == each).count() > 1) {
        Some(twice) => refused(
            format!("--entity-type {twice} was given twice"),
            format!("Duplicate entity type(s) specified: {twice}"),
        ),
        None => refused("give one --entity-type", "Only 'users' and 'clients' entity types may be specified together"),
    }
}

fn unserved(given: &str) -> Failure {
    if TYPES.contains(&given) {
        let message = format!("--entity-type {given} is not there yet; topics and brokers are");
        return Failure::new(Kind::Failed, message.clone()).thrown("java.lang.UnsupportedOperationException", message);
    }
    refused(
        format!("'{given}' is no type of entity; topics and brokers are"),
        format!(
            "Invalid entity type {given}, the entity type must be one of {} with a --bootstrap-server or \
             --bootstrap-controller argument",
            TYPES.join(", ")
        ),
    )
}

pub fn refused(message: impl Into<String>, apache: impl Into<String>) -> Failure {
    Failure::usage(message).thrown(ILLEGAL_ARGUMENT, apache)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_and_the_long_form_mean_the_same() {
        let long =
            Args { entity_type: vec!["topics".to_owned()], entity_name: vec!["t".to_owned()], ..Args::default() };
        let short = Args { topic: Some("t".to_owned()), ..Args::default() };
        assert_eq!(of(&long).unwrap(), of(&short).unwrap());
        let both = Args { topic: Some("t".to_owned()), ..long };
        assert!(of(&both).is_err());
    }

    #[test]
    fn a_type_that_is_not_served_yet_is_named() {
        let of_type = |name: &str| of(&Args { entity_type: vec![name.to_owned()], ..Args::default() }).unwrap_err();
        assert_eq!(of_type("users").messages, ["--entity-type users is not there yet; topics and brokers are"]);
        assert_eq!(of_type("tables").kind, Kind::Usage);
    }
}

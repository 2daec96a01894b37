//! From options to an action with its plan, in the order in which Apache's tool checks them.

use super::entity::{self, EntityType, Name, refused};
use super::{Args, alter, describe, key_values};
use crate::cli::failure::{Failure, Kind};
use crate::cli::tools::Dialect;
use crate::cli::usage::{excludes, one_action};
use crate::client::admin::configs::{ConfigChange, ConfigOperation};
use crate::properties::Properties;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Describe(describe::Plan),
    Alter(alter::Plan),
}

pub fn action(args: &Args, dialect: Dialect) -> Result<Action, Failure> {
    one_action(&[("describe", args.describe), ("alter", args.alter)])
        .map_err(|failure| failure.apache_usage("Command must include exactly one action: --describe, --alter"))?;
    let of_alter = [
        ("add-config", args.add_config.is_some()),
        ("add-config-file", args.add_config_file.is_some()),
        ("delete-config", args.delete_config.is_some()),
    ];
    excludes(args.describe, "describe", &of_alter)?;
    if dialect.is_apache() && args.target.bootstrap_server.is_none() {
        let message = "Either --bootstrap-server or --bootstrap-controller must be specified.";
        return Err(refused(message, message));
    }
    let entity = entity::of(args)?;
    if args.describe {
        return Ok(Action::Describe(describe::Plan { entity, all: args.all }));
    }
    if entity.name == Name::Any {
        let (what, apache) = match entity.kind {
            EntityType::Topics => {
                ("--alter needs the name of a topic", "An entity name must be specified with --alter of topics")
            }
            EntityType::Brokers => (
                "--alter needs the id of a broker or --entity-default",
                "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
            ),
        };
        return Err(refused(what, apache));
    }
    Ok(Action::Alter(alter::Plan { entity, changes: changes(args)? }))
}

fn changes(args: &Args) -> Result<Vec<ConfigChange>, Failure> {
    if args.add_config.is_none() && args.add_config_file.is_none() && args.delete_config.is_none() {
        return Err(refused(
            "--alter needs --add-config, --add-config-file or --delete-config",
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
        ));
    }
    if args.add_config.is_some() && args.add_config_file.is_some() {
        return Err(refused(
            "--add-config and --add-config-file exclude each other",
            "Only one of --add-config or --add-config-file must be specified",
        ));
    }
    let mut set = args.add_config.as_deref().map(key_values::parse).transpose()?.unwrap_or_default();
    if let Some(path) = &args.add_config_file {
        let file = Properties::read_file(path).map_err(|error| {
            Failure::new(Kind::Failed, error.to_string())
                .thrown("java.nio.file.NoSuchFileException", path.display().to_string())
        })?;
        set.extend(file.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    let delete = args.delete_config.as_deref().map(key_values::names).transpose()?.unwrap_or_default();
    if let Some(name) = delete.iter().find(|name| set.iter().any(|(other, _)| other == *name)) {
        return Err(Failure::usage(format!("{name} cannot be set and deleted at once")));
    }
    let set = set.into_iter().map(|(name, value)| ConfigChange { name, operation: ConfigOperation::Set(value) });
    let delete = delete.into_iter().map(|name| ConfigChange { name, operation: ConfigOperation::Delete });
    Ok(set.chain(delete).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(args: Args) -> Vec<String> {
        action(&args, Dialect::Kavka).unwrap_err().messages
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named() {
        let topic = Some("t".to_owned());
        assert_eq!(refusal(Args::default()), ["nothing to do: give one of --describe or --alter"]);
        assert_eq!(
            refusal(Args { alter: true, topic: topic.clone(), ..Args::default() }),
            ["--alter needs --add-config, --add-config-file or --delete-config"]
        );
        let both = Args { add_config: Some("a=1".to_owned()), delete_config: Some("a".to_owned()), ..Args::default() };
        assert_eq!(refusal(Args { alter: true, topic, ..both }), ["a cannot be set and deleted at once"]);
        assert_eq!(
            refusal(Args { alter: true, entity_type: vec!["topics".to_owned()], ..Args::default() }),
            ["--alter needs the name of a topic"]
        );
    }
}

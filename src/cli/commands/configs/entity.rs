//! What configurations belong to, and how the options name it.

use clap::{ArgAction, ArgMatches, FromArgMatches};

use super::Args;
use crate::client::admin::configs::{ConfigResource, ConfigSource, ResourceKind};
use crate::client::admin::quotas::QuotaKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityType {
    Topics,
    Clients,
    Users,
    Brokers,
    Ips,
    ClientMetrics,
    Groups,
    BrokerLoggers,
}

use EntityType::*;

impl EntityType {
    /// In the order of Apache's message.
    pub const ALL: [EntityType; 8] = [Topics, Clients, Users, Brokers, Ips, ClientMetrics, Groups, BrokerLoggers];

    pub fn name(self) -> &'static str {
        match self {
            Topics => "topics",
            Clients => "clients",
            Users => "users",
            Brokers => "brokers",
            Ips => "ips",
            ClientMetrics => "client-metrics",
            Groups => "groups",
            BrokerLoggers => "broker-loggers",
        }
    }

    pub fn from_name(name: &str) -> Option<EntityType> {
        EntityType::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// As in `Completed updating config for topic orders.`
    pub fn singular(self) -> &'static str {
        let name = self.name();
        &name[..name.len() - 1]
    }

    /// The kind of resource that has the configurations; quotas and credentials belong to none.
    pub fn resource_kind(self) -> Option<ResourceKind> {
        match self {
            Topics => Some(ResourceKind::Topic),
            Brokers => Some(ResourceKind::Broker),
            BrokerLoggers => Some(ResourceKind::BrokerLogger),
            ClientMetrics => Some(ResourceKind::ClientMetrics),
            Groups => Some(ResourceKind::Group),
            Users | Clients | Ips => None,
        }
    }

    pub fn quota_kind(self) -> Option<QuotaKind> {
        match self {
            Users => Some(QuotaKind::User),
            Clients => Some(QuotaKind::ClientId),
            Ips => Some(QuotaKind::Ip),
            _ => None,
        }
    }

    /// Whether all of this type have a default.
    pub fn has_default(self) -> bool {
        matches!(self, Users | Clients | Brokers | Ips)
    }
}

/// Configurations of one kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    pub kind: EntityType,
    pub resource_kind: ResourceKind,
}

impl Resources {
    pub const CLIENT_METRICS: ResourceKind = ResourceKind::ClientMetrics;
    pub const GROUPS: ResourceKind = ResourceKind::Group;

    pub fn of(kind: EntityType) -> Option<Resources> {
        Some(Resources { kind, resource_kind: kind.resource_kind()? })
    }

    pub fn resource(self, name: impl Into<String>) -> ConfigResource {
        ConfigResource { kind: self.resource_kind, name: name.into() }
    }

    /// Where a value comes from that was set on the entity itself. Loggers have only such.
    pub fn own_source(self, name: &str) -> Option<ConfigSource> {
        match (self.kind, name) {
            (Topics, _) => Some(ConfigSource::DynamicTopic),
            (Brokers, "") => Some(ConfigSource::DynamicDefaultBroker),
            (Brokers, _) => Some(ConfigSource::DynamicBroker),
            (ClientMetrics, _) => Some(ConfigSource::DynamicClientMetrics),
            (Groups, _) => Some(ConfigSource::DynamicGroup),
            _ => None,
        }
    }
}

/// The names of `--entity-name` and `--entity-default` in the order in which they were given; the default is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityNames(pub Vec<String>);

#[derive(Debug, Default, clap::Args)]
struct NameOptions {
    /// The name of the topic, user, client, group or resource of client metrics, the id of the broker, or the address.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    entity_name: Vec<String>,

    /// The default of all users, clients, brokers or addresses.
    #[arg(long, action = ArgAction::Append, num_args = 0, default_missing_value = "")]
    entity_default: Vec<String>,
}

impl FromArgMatches for EntityNames {
    fn from_arg_matches(matches: &ArgMatches) -> Result<EntityNames, clap::Error> {
        let options = NameOptions::from_arg_matches(matches)?;
        let places = |id: &str| matches.indices_of(id).into_iter().flatten().collect::<Vec<_>>();
        let named = places("entity_name").into_iter().zip(options.entity_name);
        let defaults = places("entity_default").into_iter().zip(options.entity_default);
        let mut names: Vec<(usize, String)> = named.chain(defaults).collect();
        names.sort_by_key(|(place, _)| *place);
        Ok(EntityNames(names.into_iter().map(|(_, name)| name).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = EntityNames::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for EntityNames {
    fn augment_args(command: clap::Command) -> clap::Command {
        NameOptions::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        NameOptions::augment_args_for_update(command)
    }
}

/// The options that are short for a type and a name, in Apache's order.
pub fn short_options(args: &Args) -> Vec<(EntityType, Option<String>)> {
    let default = |given: bool| given.then(String::new);
    vec![
        (Topics, args.topic.clone()),
        (Clients, args.client.clone()),
        (Users, args.user.clone()),
        (Brokers, args.broker.clone()),
        (BrokerLoggers, args.broker_logger.clone()),
        (Ips, args.ip.clone()),
        (ClientMetrics, args.client_metrics.clone()),
        (Groups, args.group.clone()),
        (Clients, default(args.client_defaults)),
        (Users, default(args.user_defaults)),
        (Brokers, default(args.broker_defaults)),
        (Ips, default(args.ip_defaults)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        names: EntityNames,
    }

    #[test]
    fn names_and_defaults_keep_their_order() {
        let names = |words: &str| Command::try_parse_from(words.split(' ')).unwrap().names.0;
        assert_eq!(names("x --entity-default --entity-name a --entity-default"), ["", "a", ""]);
        assert_eq!(names("x --entity-name=a --entity-default --entity-name b"), ["a", "", "b"]);
        assert_eq!(names("x"), Vec::<String>::new());
    }

    #[test]
    fn apaches_singular_is_the_name_less_a_letter() {
        assert_eq!(EntityType::ALL.map(EntityType::singular)[4..], ["ip", "client-metric", "group", "broker-logger"]);
        assert!(EntityType::ALL.iter().all(|kind| EntityType::from_name(kind.name()) == Some(*kind)));
    }
}

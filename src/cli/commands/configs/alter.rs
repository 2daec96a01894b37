//! `configs --alter`: set and delete values of one entity, all or none.

use serde::Serialize;

use super::checks::{Entity, refused};
use super::describe::{check_topic_name, entries};
use super::entity::{EntityType, Resources};
use super::{credentials, quotas};
use crate::cli::failure::{Failure, INVALID_CONFIGURATION, Kind, of_rejection};
use crate::cli::output::Render;
use crate::client::Admin;
use crate::client::admin::configs::{ConfigChange, ConfigOperation, ResourceChanges};
use crate::client::admin::scram::ScramMechanism;
use crate::protocol::{ErrorCode, Rejection};

/// Does it, or with `dry_run` lets the broker check what it can check.
pub async fn run(entity: Entity, changes: Vec<ConfigChange>, dry_run: bool, admin: &Admin) -> anyhow::Result<Report> {
    let kind = entity.first_kind();
    match Resources::of(kind) {
        Some(resources) => alter_resource(resources, &entity, &changes, dry_run, admin).await?,
        None if kind == EntityType::Ips => {
            check_quotas_of_ips(&changes)?;
            quotas::alter(&entity, &changes, dry_run, admin).await?;
        }
        None => alter_user_or_client(&entity, &changes, dry_run, admin).await?,
    }
    Ok(Report { entity, changes, dry_run })
}

async fn alter_resource(
    resources: Resources,
    entity: &Entity,
    changes: &[ConfigChange],
    dry_run: bool,
    admin: &Admin,
) -> anyhow::Result<()> {
    let name = entity.first_name();
    // What is set is read in any case, so that of a topic that does not exist it is heard then.
    check_topic_name(resources.kind, name)?;
    let own = resources.own_source(name);
    let before = entries(resources, name, admin).await.map_err(|error| hinted(Failure::from(error), resources.kind))?;
    let is_set =
        |name: &str| before.iter().any(|entry| entry.name == name && own.is_none_or(|own| entry.source == own));
    let is_loggers = resources.kind == EntityType::BrokerLoggers;
    let must_be_set = changes.iter().filter(|change| is_loggers || change.operation == ConfigOperation::Delete);
    let unset: Vec<&str> = must_be_set.map(|change| change.name.as_str()).filter(|name| !is_set(name)).collect();
    if !unset.is_empty() && is_loggers {
        return Err(Failure::not_found(format!("broker {name} has no logger {}", unset.join(", ")))
            .hint("`kavka configs --describe --broker-logger` shows them")
            .thrown(INVALID_CONFIGURATION, format!("Invalid broker logger(s): {}", unset.join(",")))
            .into());
    }
    if !unset.is_empty() {
        return Err(invalid(&quotas::what(entity), &unset).into());
    }
    let resource = resources.resource(name);
    let altered = [ResourceChanges { resource, changes: changes.to_vec() }];
    for (_, answer) in admin.incremental_alter_configs(&altered, dry_run).await? {
        answer.map_err(|rejection| refusal(entity, &rejection))?;
    }
    Ok(())
}

fn refusal(entity: &Entity, rejection: &Rejection) -> Failure {
    let failure = of_rejection(rejection).about(format!("cannot change {}", quotas::what(entity)));
    match rejection.code {
        ErrorCode::InvalidConfig => failure.hint("`kavka configs --describe --all` shows the names and values"),
        _ => failure,
    }
}

fn hinted(failure: Failure, kind: EntityType) -> Failure {
    match kind {
        EntityType::Topics if failure.kind == Kind::NotFound => {
            failure.hint("`kavka topics --list` shows the topics of this cluster")
        }
        _ => failure,
    }
}

/// Deleting what is not set is an error of the tool's own.
pub fn invalid(what: &str, unset: &[&str]) -> Failure {
    Failure::not_found(format!("{what} has no value of its own for {}", unset.join(", ")))
        .hint("`kavka configs --describe` shows what is set")
        .thrown(INVALID_CONFIGURATION, format!("Invalid config(s): {}", unset.join(",")))
}

fn check_quotas_of_ips(changes: &[ConfigChange]) -> Result<(), Failure> {
    let unknown = changes.iter().map(|change| change.name.as_str()).filter(|name| !quotas::OF_IPS.contains(name));
    let unknown: Vec<&str> = unknown.collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(refused(
        format!("addresses have no {}; they have {}", unknown.join(", "), quotas::OF_IPS.join(", ")),
        format!(
            "Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: {}",
            unknown.join(",")
        ),
    ))
}

/// Quotas of a client, a user or both; or credentials of a user.
async fn alter_user_or_client(
    entity: &Entity,
    changes: &[ConfigChange],
    dry_run: bool,
    admin: &Admin,
) -> anyhow::Result<()> {
    let is_quota = |change: &&ConfigChange| quotas::OF_USERS_AND_CLIENTS.contains(&change.name.as_str());
    let is_credential = |change: &&ConfigChange| ScramMechanism::from_name(&change.name).is_some();
    let of_client = entity.kinds.contains(&EntityType::Clients);
    check_known(changes, of_client, |change| is_quota(change) || is_credential(change) && !of_client)?;
    if !changes.iter().any(|change| is_credential(&change)) {
        return quotas::alter(entity, changes, dry_run, admin).await;
    }
    if entity.names.iter().any(String::is_empty) {
        let message = "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using \
                       --bootstrap-server.";
        return Err(refused("the default of all users can have no credentials", message).into());
    }
    if changes.iter().any(|change| is_quota(&change)) {
        let message = "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using \
                       --bootstrap-server.";
        return Err(refused("quotas and credentials are changed one after the other", message).into());
    }
    credentials::alter(entity.first_name(), changes, dry_run, admin).await
}

/// Java shows what is added as a set, what is deleted as a buffer.
fn check_known(
    changes: &[ConfigChange],
    of_client: bool,
    is_known: impl Fn(&&ConfigChange) -> bool,
) -> Result<(), Failure> {
    let unknown = |is_deletion: bool| -> Vec<&str> {
        let of_kind = changes.iter().filter(|change| (change.operation == ConfigOperation::Delete) == is_deletion);
        of_kind.filter(|change| !is_known(change)).map(|change| change.name.as_str()).collect()
    };
    let (what, kind) = if of_client { ("quota", "clients") } else { ("quota and SCRAM credential", "users") };
    for (names, done, collection) in [(unknown(false), "added", "Set"), (unknown(true), "deleted", "ArrayBuffer")] {
        if !names.is_empty() {
            let names = names.join(", ");
            return Err(refused(
                format!("{kind} have no {names}; they have {}", quotas::OF_USERS_AND_CLIENTS.join(", ")),
                format!(
                    "Only {what} configs can be {done} for '{kind}' using --bootstrap-server. Unexpected config names: \
                     {collection}({names})"
                ),
            ));
        }
    }
    Ok(())
}

/// Every type needs a name, which is noticed late.
pub fn check_complete(entity: &Entity) -> Result<(), Failure> {
    if entity.kinds.len() == entity.names.len() {
        return Ok(());
    }
    Err(refused(
        "give one --entity-name or --entity-default for every --entity-type",
        "An entity name must be specified for every entity type",
    ))
}

pub struct Report {
    entity: Entity,
    changes: Vec<ConfigChange>,
    dry_run: bool,
}

#[derive(Serialize)]
pub struct Item {
    entity_type: String,
    entity: Option<String>,
    name: String,
    value: Option<String>,
    dry_run: bool,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let kinds: Vec<&str> = self.entity.kinds.iter().map(|kind| kind.singular()).collect();
        let names = Some(self.entity.names.join(",")).filter(|names| !names.is_empty());
        let item = |change: &ConfigChange| Item {
            entity_type: kinds.join(","),
            entity: names.clone(),
            name: change.name.clone(),
            value: shown_value(change),
            dry_run: self.dry_run,
        };
        self.changes.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let whose = quotas::what(&self.entity);
        let (set, deleted) = if self.dry_run { ("Would set", "Would delete") } else { ("Set", "Deleted") };
        let line = |change: &ConfigChange| match shown_value(change) {
            Some(value) => format!("{set} {}={value} on {whose}.\n", change.name),
            None => format!("{deleted} {} from {whose}.\n", change.name),
        };
        self.changes.iter().map(line).collect()
    }

    fn apache(&self) -> String {
        let kind = self.entity.first_kind();
        match self.entity.first_name() {
            "" => format!("Completed updating default config for {} in the cluster.\n", kind.name()),
            name => format!("Completed updating config for {} {name}.\n", kind.singular()),
        }
    }
}

/// `None` if it was deleted. Passwords are not repeated.
fn shown_value(change: &ConfigChange) -> Option<String> {
    match &change.operation {
        ConfigOperation::Set(_) if ScramMechanism::from_name(&change.name).is_some() => Some("(hidden)".to_owned()),
        ConfigOperation::Set(value) => Some(value.clone()),
        _ => None,
    }
}

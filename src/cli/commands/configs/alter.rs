//! `configs --alter`: set and delete values of one topic or broker, all or none.

use serde::Serialize;

use super::entity::{Entity, Name};
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::Render;
use crate::client::Admin;
use crate::client::admin::configs::{ConfigChange, ConfigDetail, ConfigOperation, ResourceChanges};
use crate::protocol::{ErrorCode, Rejection};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub entity: Entity,
    pub changes: Vec<ConfigChange>,
}

pub struct Report {
    entity: Entity,
    changes: Vec<ConfigChange>,
}

pub async fn run(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let kind = plan.entity.kind;
    let name = if let Name::Named(name) = &plan.entity.name { name.clone() } else { String::new() };
    check_against_what_is_set(&plan, &name, admin).await?;
    let changes = ResourceChanges { resource: kind.resource(name.clone()), changes: plan.changes.clone() };
    for (_, answer) in admin.incremental_alter_configs(&[changes], false).await? {
        answer.map_err(|rejection| refused(&plan, &name, &rejection))?;
    }
    Ok(Report { entity: plan.entity, changes: plan.changes })
}

fn refused(plan: &Plan, name: &str, rejection: &Rejection) -> Failure {
    let failure = of_rejection(rejection).about(format!("cannot change {} {name}", plan.entity.kind.singular()));
    match rejection.code {
        ErrorCode::UnknownTopicOrPartition => failure.hint("`kavka topics --list` shows the topics of this cluster"),
        ErrorCode::InvalidConfig => failure.hint("`kavka configs --describe --all` shows the names and values"),
        _ => failure,
    }
}

/// Deleting what is not set is an error of the tool's own. It reads what is there in any case, so that of a topic that does
/// not exist it hears then.
async fn check_against_what_is_set(plan: &Plan, name: &str, admin: &Admin) -> anyhow::Result<()> {
    let is_deletion = |change: &&ConfigChange| change.operation == ConfigOperation::Delete;
    let deletions: Vec<&str> = plan.changes.iter().filter(is_deletion).map(|change| change.name.as_str()).collect();
    let kind = plan.entity.kind;
    let own = kind.own_source(&plan.entity.name);
    for (_, answer) in admin.describe_configs(&[kind.resource(name)], ConfigDetail::default()).await? {
        let entries = answer.map_err(|rejection| refused(plan, name, &rejection))?;
        let is_set = |name: &str| entries.iter().any(|entry| entry.name == name && entry.source == own);
        let unset: Vec<&str> = deletions.iter().copied().filter(|name| !is_set(name)).collect();
        if !unset.is_empty() {
            let message = format!("{} {name} has no value of its own for {}", kind.singular(), unset.join(", "));
            return Err(Failure::not_found(message)
                .hint("`kavka configs --describe` shows what is set")
                .thrown(
                    "org.apache.kafka.common.errors.InvalidConfigurationException",
                    format!("Invalid config(s): {}", unset.join(",")),
                )
                .into());
        }
    }
    Ok(())
}

#[derive(Serialize)]
pub struct Item {
    entity_type: &'static str,
    entity: Option<String>,
    name: String,
    value: Option<String>,
}

impl Report {
    fn entity_name(&self) -> Option<&str> {
        if let Name::Named(name) = &self.entity.name { Some(name) } else { None }
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |change: &ConfigChange| Item {
            entity_type: self.entity.kind.singular(),
            entity: self.entity_name().map(str::to_owned),
            name: change.name.clone(),
            value: if let ConfigOperation::Set(value) = &change.operation { Some(value.clone()) } else { None },
        };
        self.changes.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let kind = self.entity.kind.singular();
        let whose =
            self.entity_name().map_or_else(|| format!("the default of {kind}s"), |name| format!("{kind} {name}"));
        let line = |change: &ConfigChange| match &change.operation {
            ConfigOperation::Set(value) => format!("Set {}={value} on {whose}.\n", change.name),
            _ => format!("Deleted {} from {whose}.\n", change.name),
        };
        self.changes.iter().map(line).collect()
    }

    fn apache(&self) -> String {
        let kind = self.entity.kind.singular();
        match self.entity_name() {
            Some(name) => format!("Completed updating config for {kind} {name}.\n"),
            None => format!("Completed updating default config for {kind}s in the cluster.\n"),
        }
    }
}

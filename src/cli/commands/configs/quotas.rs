//! Quotas of users, clients and addresses, and with users their SCRAM credentials: `configs --describe` and `--alter`.

use serde::Serialize;

use super::alter::invalid;
use super::checks::{Entity, refused};
use super::entity::EntityType;
use crate::cli::dialect::exceptions;
use crate::cli::dialect::hash_order::{Made, by_hash, by_key};
use crate::cli::dialect::java_double;
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::configs::{ConfigChange, ConfigOperation};
use crate::client::admin::quotas::{EntityQuotas, Named, QuotaEntity, QuotaKind};
use crate::client::admin::scram::UserCredentials;
use crate::vocabulary::java_string_hash;

/// Quotas that users and clients have.
pub const OF_USERS_AND_CLIENTS: [&str; 4] =
    ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"];
/// Quotas that addresses have.
pub const OF_IPS: [&str; 1] = ["connection_creation_rate"];

pub async fn describe(entity: &Entity, admin: &Admin) -> anyhow::Result<Report> {
    let quotas = admin.describe_client_quotas(&wanted(entity)).await?;
    let with_credentials = !entity.kinds.contains(&EntityType::Clients) && !entity.names.contains(&String::new());
    let credentials = match entity.kinds.first() {
        Some(EntityType::Users) if with_credentials => admin.describe_user_scram_credentials(&entity.names).await?,
        _ => Vec::new(),
    };
    Ok(Report { quotas, credentials })
}

fn wanted(entity: &Entity) -> Vec<(QuotaKind, Named)> {
    let kinds = entity.kinds.iter().filter_map(|kind| kind.quota_kind());
    let names = entity.names.iter().map(|name| match name.as_str() {
        "" => Named::Default,
        name => Named::Exactly(name.to_owned()),
    });
    kinds.zip(names.chain(std::iter::repeat(Named::Any))).collect()
}

/// Sets and removes quotas. Removing what is not set is an error of the tool's own.
pub async fn alter(entity: &Entity, changes: &[ConfigChange], dry_run: bool, admin: &Admin) -> anyhow::Result<()> {
    let before = admin.describe_client_quotas(&wanted(entity)).await?;
    let before = before.first().map(|quotas| quotas.values.as_slice()).unwrap_or_default();
    let is_set = |name: &str| before.iter().any(|(other, _)| other == name);
    let removed = changes.iter().filter(|change| change.operation == ConfigOperation::Delete);
    let unset: Vec<&str> = removed.map(|change| change.name.as_str()).filter(|name| !is_set(name)).collect();
    if !unset.is_empty() {
        return Err(invalid(&what(entity), &unset).into());
    }
    let change = |change: &ConfigChange| {
        let value = match &change.operation {
            ConfigOperation::Set(text) => Some(number(&change.name, text)?),
            _ => None,
        };
        Ok((change.name.clone(), value))
    };
    let changes: Vec<(String, Option<f64>)> = changes.iter().map(change).collect::<Result<_, Failure>>()?;
    let name = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    let kinds = entity.kinds.iter().filter_map(|kind| kind.quota_kind());
    let of: QuotaEntity = kinds.zip(entity.names.iter().map(name)).collect();
    let answer = admin.alter_client_quotas(&of, &changes, dry_run).await?;
    let about = |rejection| of_rejection(&rejection).about(format!("cannot change the quotas of {}", what(entity)));
    answer.map_err(|rejection| about(rejection).into())
}

/// `user alice, client billing`.
pub fn what(entity: &Entity) -> String {
    let parts = entity.kinds.iter().zip(&entity.names).map(|(kind, name)| match name.as_str() {
        "" => format!("the default of {}", kind.name()),
        name => format!("{} {name}", kind.singular()),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn number(name: &str, text: &str) -> Result<f64, Failure> {
    java_double::parse(text).ok_or_else(|| {
        refused(
            format!("{name}={text}: a quota is a number"),
            format!("Cannot parse quota configuration value for {name}: {text}"),
        )
    })
}

pub struct Report {
    quotas: Vec<EntityQuotas>,
    credentials: Vec<UserCredentials>,
}

#[derive(Serialize)]
pub struct Item {
    /// `<default>` for the default of all.
    user: Option<String>,
    client_id: Option<String>,
    ip: Option<String>,
    name: String,
    value: String,
}

impl Report {
    pub fn is_empty(&self) -> bool {
        self.quotas.is_empty() && self.credentials.is_empty()
    }

    pub fn failure(&self) -> Option<Failure> {
        Failure::of_items(self.credentials.iter().filter_map(|(user, answer)| {
            let rejection = answer.as_ref().err()?;
            Some(of_rejection(rejection).about(format!("cannot read the credentials of user {user}")))
        }))
    }
}

fn part(entity: &QuotaEntity, kind: QuotaKind) -> Option<String> {
    let name = entity.iter().find(|(other, _)| *other == kind).map(|(_, name)| name.clone())?;
    Some(name.unwrap_or_else(|| "<default>".to_owned()))
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for EntityQuotas { entity, values } in &self.quotas {
            items.extend(values.iter().map(|(name, value)| Item {
                user: part(entity, QuotaKind::User),
                client_id: part(entity, QuotaKind::ClientId),
                ip: part(entity, QuotaKind::Ip),
                name: name.clone(),
                value: value.to_string(),
            }));
        }
        for (user, answer) in &self.credentials {
            items.extend(answer.iter().flatten().map(|(mechanism, iterations)| Item {
                user: Some(user.clone()),
                client_id: None,
                ip: None,
                name: (*mechanism).to_owned(),
                value: format!("iterations={iterations}"),
            }));
        }
        items.sort_by(|a, b| (&a.user, &a.client_id, &a.ip, &a.name).cmp(&(&b.user, &b.client_id, &b.ip, &b.name)));
        items
    }

    fn table(&self) -> String {
        let mut table = Table::new(["USER", "CLIENT", "ADDRESS", "NAME", "VALUE"]);
        for item in self.items() {
            let cell =
                |name: Option<String>| name.map(|name| name.replace("<default>", "(default)")).unwrap_or_default();
            table.row([cell(item.user), cell(item.client_id), cell(item.ip), item.name, item.value]);
        }
        table.without_empty_columns().text()
    }

    fn apache(&self) -> String {
        let mut text = String::new();
        for EntityQuotas { entity, values } in by_hash(self.quotas.iter().collect(), |each| hash(each), Made::Sized) {
            let parts = QuotaKind::ALL.into_iter().filter_map(|kind| {
                let (_, name) = entity.iter().find(|(other, _)| *other == kind)?;
                let kind = if kind == QuotaKind::User { "user-principal" } else { kind.name() };
                Some(name.as_ref().map_or_else(|| format!("the default {kind}"), |name| format!("{kind} '{name}'")))
            });
            let parts: Vec<String> = parts.collect();
            let values = by_key(values.iter().collect(), |(name, _)| name, Made::Sized);
            let values: Vec<String> =
                values.into_iter().map(|(name, value)| format!("{name}={}", java_double::text(*value))).collect();
            text.push_str(&format!("Quota configs for {} are {}\n", parts.join(", "), values.join(", ")));
        }
        for (user, answer) in &self.credentials {
            text.push_str(&match answer {
                Ok(credentials) => {
                    let shown = credentials.iter().map(|(name, iterations)| format!("{name}=iterations={iterations}"));
                    let shown = shown.collect::<Vec<_>>().join(", ");
                    format!("SCRAM credential configs for user-principal '{user}' are {shown}\n")
                }
                Err(rejection) => {
                    let error = exceptions::exception_text(rejection);
                    format!(
                        "Error retrieving SCRAM credential configs for user-principal '{user}': ExecutionException: \
                         {error}\n"
                    )
                }
            });
        }
        text
    }
}

/// The hash of Java's `ClientQuotaEntity`: of a map from kinds to names, of which the default's is null.
fn hash(quotas: &EntityQuotas) -> i32 {
    let entries = quotas
        .entity
        .iter()
        .map(|(kind, name)| java_string_hash(kind.name()) ^ name.as_ref().map_or(0, |name| java_string_hash(name)));
    31i32.wrapping_add(entries.fold(0, i32::wrapping_add))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_named_as_by_apaches_tool() {
        let entity = vec![(QuotaKind::ClientId, None), (QuotaKind::User, Some("alice".to_owned()))];
        let values = vec![("request_percentage".to_owned(), 50.0), ("producer_byte_rate".to_owned(), 1e10)];
        let report = Report {
            quotas: vec![EntityQuotas { entity, values }],
            credentials: vec![("bob".to_owned(), Ok(vec![("SCRAM-SHA-512", 4096)]))],
        };
        assert_eq!(
            report.apache(),
            "Quota configs for user-principal 'alice', the default client-id are request_percentage=50.0, \
             producer_byte_rate=1.0E10\nSCRAM credential configs for user-principal 'bob' are \
             SCRAM-SHA-512=iterations=4096\n"
        );
        assert_eq!(
            report.table(),
            "USER   CLIENT     NAME                VALUE\n\
             alice  (default)  producer_byte_rate  10000000000\n\
             alice  (default)  request_percentage  50\n\
             bob               SCRAM-SHA-512       iterations=4096\n"
        );
    }

    #[test]
    fn kinds_without_a_name_mean_all() {
        let entity = Entity::of(vec![EntityType::Users, EntityType::Clients], vec!["alice".to_owned()]);
        let expected = [(QuotaKind::User, Named::Exactly("alice".to_owned())), (QuotaKind::ClientId, Named::Any)];
        assert_eq!(wanted(&entity), expected);
    }
}

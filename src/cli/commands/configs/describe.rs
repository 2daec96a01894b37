//! `configs --describe`: what is set, or with `--all` what is in effect and where it comes from.

use serde::Serialize;

use super::entity::{Entity, EntityType, Name};
use crate::cli::Invocation;
use crate::cli::dialect::hash_order;
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::{OutputFormat, Render, Table};
use crate::client::Admin;
use crate::client::admin::configs::{ConfigDetail, ConfigEntry, ConfigSource};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub entity: Entity,
    pub all: bool,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let report = invocation.block_on(describe(&plan, admin))?;
    invocation.output.show(&report, format)?;
    if let Some(missing) = report.missing.filter(|_| !invocation.dialect.is_apache()) {
        let what = plan.entity.kind.singular();
        return Err(Failure::not_found(format!("there is no {what} '{missing}'")).into());
    }
    for entity in report.entities.iter().filter(|entity| entity.entries.is_empty() && format == OutputFormat::Table) {
        invocation
            .output
            .note(&format!("{} has no configuration of its own; --all shows what is in effect", entity.title()));
    }
    Ok(())
}

/// One topic, broker or default with the entries that are shown, by name.
struct Described {
    kind: EntityType,
    name: Name,
    entries: Vec<ConfigEntry>,
}

struct Report {
    entities: Vec<Described>,
    all: bool,
    /// A name that was given and does not exist.
    missing: Option<String>,
    kind: EntityType,
}

async fn describe(plan: &Plan, admin: &Admin) -> anyhow::Result<Report> {
    let kind = plan.entity.kind;
    let mut report = Report { entities: Vec::new(), all: plan.all, missing: None, kind };
    if let (Name::Named(name), false) = (&plan.entity.name, plan.all)
        && !exists(kind, name, admin).await?
    {
        report.missing = Some(name.clone());
        return Ok(report);
    }
    for name in names(&plan.entity, admin).await? {
        let text = if let Name::Named(name) = &name { name.clone() } else { String::new() };
        let detail = ConfigDetail { synonyms: true, documentation: false };
        for (resource, answer) in admin.describe_configs(&[kind.resource(text)], detail).await? {
            let what = format!("cannot read the configurations of {} {}", kind.singular(), resource.name);
            let mut entries = answer.map_err(|rejection| of_rejection(&rejection).about(what))?;
            entries.retain(|entry| plan.all || entry.source == kind.own_source(&name));
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            report.entities.push(Described { kind, name: name.clone(), entries });
        }
    }
    Ok(report)
}

async fn exists(kind: EntityType, name: &str, admin: &Admin) -> anyhow::Result<bool> {
    match kind {
        EntityType::Topics => Ok(admin.list_topics().await?.iter().any(|topic| topic.name == name)),
        EntityType::Brokers => Ok(admin.describe_cluster().await?.brokers.iter().any(|b| b.id.to_string() == name)),
    }
}

/// What is described, one after the other: all brokers are followed by their default.
async fn names(entity: &Entity, admin: &Admin) -> anyhow::Result<Vec<Name>> {
    match (&entity.name, entity.kind) {
        (Name::Any, EntityType::Topics) => {
            Ok(admin.list_topics().await?.into_iter().map(|topic| Name::Named(topic.name)).collect())
        }
        (Name::Any, EntityType::Brokers) => {
            let mut ids: Vec<i32> = admin.describe_cluster().await?.brokers.iter().map(|broker| broker.id).collect();
            ids.sort_unstable();
            let brokers = ids.into_iter().map(|id| Name::Named(id.to_string()));
            Ok(brokers.chain([Name::Default]).collect())
        }
        (name, _) => Ok(vec![name.clone()]),
    }
}

impl Report {
    /// Topics come in the order of a Java map.
    fn in_apaches_order(&self) -> Vec<&Described> {
        let entities: Vec<&Described> = self.entities.iter().collect();
        match self.kind {
            EntityType::Topics => hash_order::by_key(entities, |each| each.name_text(), hash_order::Made::Empty),
            EntityType::Brokers => entities,
        }
    }
}

impl Described {
    fn title(&self) -> String {
        match &self.name {
            Name::Named(name) => format!("{} {name}", self.kind.singular()),
            _ => format!("the default of {}s", self.kind.singular()),
        }
    }

    fn name_text(&self) -> &str {
        match &self.name {
            Name::Named(name) => name,
            _ => "(default)",
        }
    }
}

#[derive(Serialize)]
struct Item {
    entity_type: &'static str,
    entity: Option<String>,
    name: String,
    value: Option<String>,
    source: &'static str,
    sensitive: bool,
    read_only: bool,
    synonyms: Vec<SynonymItem>,
}

#[derive(Serialize)]
struct SynonymItem {
    source: &'static str,
    name: String,
    value: Option<String>,
}

fn item(described: &Described, entry: &ConfigEntry) -> Item {
    let synonyms = entry.synonyms.iter();
    Item {
        entity_type: described.kind.singular(),
        entity: if let Name::Named(name) = &described.name { Some(name.clone()) } else { None },
        name: entry.name.clone(),
        value: entry.value.clone(),
        source: entry.source.name(),
        sensitive: entry.is_sensitive,
        read_only: entry.is_read_only,
        synonyms: synonyms
            .map(|s| SynonymItem { source: s.source.name(), name: s.name.clone(), value: s.value.clone() })
            .collect(),
    }
}

/// A source in a word or two.
fn source_text(source: ConfigSource) -> &'static str {
    match source {
        ConfigSource::DynamicTopic => "topic",
        ConfigSource::DynamicBroker => "broker",
        ConfigSource::DynamicDefaultBroker => "all brokers",
        ConfigSource::StaticBroker => "broker's file",
        ConfigSource::Default => "default",
        other => other.name(),
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        self.entities.iter().flat_map(|each| each.entries.iter().map(move |entry| item(each, entry))).collect()
    }

    fn table(&self) -> String {
        let mut table = Table::with(vec![heading(self.kind), "NAME", "VALUE", "SET BY"], Vec::new());
        for described in &self.entities {
            for entry in &described.entries {
                let value = match (&entry.value, entry.is_sensitive) {
                    (_, true) => "(hidden)".to_owned(),
                    (value, false) => value.clone().unwrap_or_default(),
                };
                let source = source_text(entry.source).to_owned();
                table.row([described.name_text().to_owned(), entry.name.clone(), value, source]);
            }
        }
        table.text()
    }

    fn apache(&self) -> String {
        let kind = self.kind.singular();
        if let Some(missing) = &self.missing {
            return format!("The {kind} '{missing}' doesn't exist and doesn't have dynamic config.\n");
        }
        let mut text = String::new();
        for described in self.in_apaches_order() {
            let which = if self.all { "All" } else { "Dynamic" };
            text.push_str(&match &described.name {
                Name::Named(name) => format!("{which} configs for {kind} {name} are:\n"),
                _ => format!("Default configs for {kind}s in the cluster are:\n"),
            });
            for entry in &described.entries {
                text.push_str(&apache_line(entry));
            }
        }
        text
    }
}

fn heading(kind: EntityType) -> &'static str {
    match kind {
        EntityType::Topics => "TOPIC",
        EntityType::Brokers => "BROKER",
    }
}

fn apache_line(entry: &ConfigEntry) -> String {
    let or_null = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    let synonym = |s: &crate::client::admin::configs::ConfigSynonym| {
        format!("{}:{}={}", s.source.name(), s.name, or_null(&s.value))
    };
    let synonyms: Vec<String> = entry.synonyms.iter().map(synonym).collect();
    let (name, value) = (&entry.name, or_null(&entry.value));
    format!("  {name}={value} sensitive={} synonyms={{{}}}\n", entry.is_sensitive, synonyms.join(", "))
}

//! `configs --describe` of what brokers keep as configurations: what is set, or with `--all` what is in effect and where it
//! comes from.

use serde::Serialize;

use super::entity::{EntityType, Resources};
use crate::cli::Invocation;
use crate::cli::dialect::hash_order;
use crate::cli::failure::{ApacheForm, Failure, INVALID_CONFIGURATION, of_rejection};
use crate::cli::output::{OutputFormat, Render, Table};
use crate::client::admin::configs::{ConfigDetail, ConfigEntry, ConfigSource};
use crate::client::admin::groups::GroupFilter;
use crate::client::{Admin, ClientError};
use crate::protocol::ErrorCode;
use crate::vocabulary::topic_name_fault;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub resources: Resources,
    /// Empty for the default of brokers.
    pub name: Option<String>,
    pub all: bool,
}

pub fn run(plan: &Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let kind = plan.resources.kind;
    let mut report = Report { entities: Vec::new(), all: plan.all, missing: None, kind };
    let described = invocation.block_on(async { Ok(describe(plan, &mut report, admin).await) })?;
    if described.is_err() && !invocation.dialect.is_apache() {
        return described;
    }
    // Apache's tool prints what it has until something fails.
    invocation.output.show(&report, format)?;
    described?;
    if let Some(missing) = report.missing.filter(|_| !invocation.dialect.is_apache()) {
        let what = kind.singular();
        return Err(Failure::not_found(format!("there is no {what} '{missing}'")).into());
    }
    for entity in report.entities.iter().filter(|entity| entity.entries.is_empty() && format == OutputFormat::Table) {
        invocation
            .output
            .note(&format!("{} has no configuration of its own; --all shows what is in effect", entity.title()));
    }
    Ok(())
}

/// One topic, broker, group or default with the entries that are shown, by name.
struct Described {
    kind: EntityType,
    name: String,
    entries: Vec<ConfigEntry>,
}

struct Report {
    entities: Vec<Described>,
    all: bool,
    /// A name that was given and does not exist.
    missing: Option<String>,
    kind: EntityType,
}

async fn describe(plan: &Plan, report: &mut Report, admin: &Admin) -> anyhow::Result<()> {
    let kind = plan.resources.kind;
    if let (Some(name), false) = (&plan.name, plan.all) {
        check_topic_name(kind, name)?;
        if !exists(kind, name, admin).await? {
            report.missing = Some(name.clone());
            return Ok(());
        }
    }
    let names = match &plan.name {
        Some(name) => vec![name.clone()],
        None => all_names(kind, admin).await?,
    };
    for name in names {
        report.entities.push(Described { kind, name: name.clone(), entries: Vec::new() });
        check_topic_name(kind, &name)?;
        let own = plan.resources.own_source(&name).filter(|_| !plan.all);
        let entries = entries(plan.resources, &name, admin).await?;
        if let Some(described) = report.entities.last_mut() {
            described.entries = entries.into_iter().filter(|entry| own.is_none_or(|own| entry.source == own)).collect();
        }
    }
    Ok(())
}

/// A topic's name is looked at before anything is asked. The name of all brokers' default is empty.
pub fn check_topic_name(kind: EntityType, name: &str) -> Result<(), Failure> {
    match topic_name_fault(name).filter(|_| kind == EntityType::Topics) {
        Some(fault) => {
            let failure = Failure::usage(format!("no topic can have this name: {fault}"));
            Err(failure.thrown(INVALID_CONFIGURATION, format!("Topic name is invalid: {fault}")))
        }
        None => Ok(()),
    }
}

/// All entries of one entity, by name.
pub async fn entries(resources: Resources, name: &str, admin: &Admin) -> anyhow::Result<Vec<ConfigEntry>> {
    let detail = ConfigDetail { synonyms: true, documentation: false };
    let mut entries = Vec::new();
    for (resource, answer) in admin.describe_configs(&[resources.resource(name)], detail).await? {
        let what = format!("cannot read the configurations of {} {}", resources.kind.singular(), resource.name);
        entries.extend(answer.map_err(|rejection| of_rejection(&rejection).about(what))?);
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

async fn exists(kind: EntityType, name: &str, admin: &Admin) -> anyhow::Result<bool> {
    Ok(match kind {
        EntityType::Brokers if name.is_empty() => true,
        EntityType::Brokers | EntityType::BrokerLoggers => {
            admin.describe_cluster().await?.brokers.iter().any(|broker| broker.id.to_string() == name)
        }
        EntityType::Groups => {
            // A broker that cannot say which groups have configurations is asked for the group's.
            groups(admin).await?.iter().any(|group| group == name)
                || groups_with_configs(admin).await?.is_none_or(|groups| groups.iter().any(|group| group == name))
        }
        EntityType::ClientMetrics => {
            admin.list_config_resources(Resources::CLIENT_METRICS).await?.iter().any(|resource| resource == name)
        }
        _ => admin.list_topics().await?.iter().any(|topic| topic.name == name),
    })
}

/// What is described, one after the other: all brokers are followed by their default.
async fn all_names(kind: EntityType, admin: &Admin) -> anyhow::Result<Vec<String>> {
    Ok(match kind {
        EntityType::Brokers | EntityType::BrokerLoggers => {
            let mut ids: Vec<i32> = admin.describe_cluster().await?.brokers.iter().map(|broker| broker.id).collect();
            ids.sort_unstable();
            ids.iter().map(i32::to_string).chain([String::new()]).collect()
        }
        EntityType::Groups => {
            let mut names = groups(admin).await?;
            names.extend(groups_with_configs(admin).await?.into_iter().flatten());
            names.sort();
            names.dedup();
            names
        }
        EntityType::ClientMetrics => admin.list_config_resources(Resources::CLIENT_METRICS).await?,
        _ => admin.list_topics().await?.into_iter().map(|topic| topic.name).collect(),
    })
}

/// Java's client looks for the brokers first, and fails with that.
async fn groups(admin: &Admin) -> anyhow::Result<Vec<String>> {
    let listed = admin.list_groups(&GroupFilter::default()).await.map_err(|error| {
        let of_controllers = error.code() == Some(ErrorCode::UnsupportedEndpointType);
        let nobody = of_controllers || matches!(error, ClientError::TimedOut { .. } | ClientError::Unreachable { .. });
        let failure = Failure::from(anyhow::Error::from(error));
        match nobody {
            true => failure.in_apache(ApacheForm::Answer {
                class: "org.apache.kafka.common.KafkaException".to_owned(),
                message: "Failed to find brokers to send ListGroups".to_owned(),
            }),
            false => failure,
        }
    })?;
    Ok(listed.into_iter().map(|group| group.group).collect())
}

/// `None` from brokers that do not say.
async fn groups_with_configs(admin: &Admin) -> anyhow::Result<Option<Vec<String>>> {
    match admin.list_config_resources(Resources::GROUPS).await {
        Ok(names) => Ok(Some(names)),
        Err(ClientError::Unsupported { .. }) => Ok(None),
        Err(error) => match error.code() {
            Some(ErrorCode::UnsupportedVersion | ErrorCode::ClusterAuthorizationFailed) => Ok(None),
            _ => Err(error.into()),
        },
    }
}

impl Report {
    /// Topics come in the order of a Java map.
    fn in_apaches_order(&self) -> Vec<&Described> {
        let entities: Vec<&Described> = self.entities.iter().collect();
        match self.kind {
            EntityType::Topics => hash_order::by_key(entities, |each| &each.name, hash_order::Made::Empty),
            _ => entities,
        }
    }
}

impl Described {
    fn title(&self) -> String {
        match self.name.as_str() {
            "" => format!("the default of {}", self.kind.name()),
            name => format!("{} {name}", self.kind.singular()),
        }
    }

    fn name_text(&self) -> &str {
        if self.name.is_empty() { "(default)" } else { &self.name }
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
        entity: Some(described.name.clone()).filter(|name| !name.is_empty()),
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
        ConfigSource::DynamicBrokerLogger => "broker",
        ConfigSource::DynamicClientMetrics => "client metrics",
        ConfigSource::DynamicGroup => "group",
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
        let heading = self.kind.singular().to_uppercase();
        let mut table = Table::with(vec![&heading, "NAME", "VALUE", "SET BY"], Vec::new());
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
        let (kind, kinds) = (self.kind.singular(), self.kind.name());
        if let Some(missing) = &self.missing {
            return format!("The {kind} '{missing}' doesn't exist and doesn't have dynamic config.\n");
        }
        let mut text = String::new();
        for described in self.in_apaches_order() {
            let which = if self.all { "All" } else { "Dynamic" };
            text.push_str(&match described.name.as_str() {
                "" => format!("Default configs for {kinds} in the cluster are:\n"),
                name => format!("{which} configs for {kind} {name} are:\n"),
            });
            for entry in &described.entries {
                text.push_str(&apache_line(entry));
            }
        }
        text
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

//! What `topics --describe` shows: tables, Apache's lines, JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::describe::{Described, PartitionFilters, Show};
use super::figures::{self, ByPartition, Figures, FiguresItem, Total};
use crate::cli::dialect::hash_order;
use crate::cli::output::quantities::{number_text, size_text, time_text};
use crate::cli::output::{Render, Table};
use crate::client::admin::configs::{ConfigEntry, ConfigSource};
use crate::client::admin::topics::{PartitionDescription, Reassignment};
use crate::vocabulary::TopicPartition;

pub struct Report {
    pub topics: Vec<Described>,
    /// Ids of the brokers that are part of the cluster now.
    pub live: BTreeSet<i32>,
    pub show: Show,
    /// Found by id; Apache's tool then cannot tell about eligible leaders.
    pub by_id: bool,
    /// What the partitions hold, if that was asked for.
    pub figures: Option<ByPartition>,
}

impl Described {
    fn overrides(&self) -> impl Iterator<Item = &ConfigEntry> {
        self.configs.iter().filter(|config| config.source != ConfigSource::Default)
    }

    fn min_in_sync(&self) -> usize {
        let config = self.configs.iter().find(|config| config.name == "min.insync.replicas");
        config.and_then(|config| config.value.as_deref()?.parse().ok()).unwrap_or(1)
    }

    fn reassignment(&self, partition: i32) -> Option<&Reassignment> {
        self.reassignments.iter().find(|each| each.partition.partition == partition)
    }

    /// What a partition will have, or has while its replicas move.
    fn replication_factor(&self, partition: &PartitionDescription) -> usize {
        match self.reassignment(partition.partition) {
            Some(moving) => moving.replicas.len().saturating_sub(moving.adding_replicas.len()),
            None => partition.replicas.len(),
        }
    }

    fn matches(&self, partition: &PartitionDescription, filters: PartitionFilters, live: &BTreeSet<i32>) -> bool {
        let in_sync = partition.in_sync_replicas.len();
        let min = self.min_in_sync();
        let lacks_leader = partition.leader.is_none();
        (filters.under_replicated && self.replication_factor(partition) > in_sync)
            || (filters.unavailable && partition.leader.is_none_or(|leader| !live.contains(&leader)))
            || (filters.under_min_isr && (lacks_leader || in_sync < min))
            || (filters.at_min_isr && in_sync == min)
    }
}

impl Report {
    fn shown_topics(&self) -> Vec<&Described> {
        let overridden_only = self.show == Show::Overridden;
        self.topics.iter().filter(|each| !overridden_only || each.overrides().next().is_some()).collect()
    }

    fn shown_partitions<'a>(&'a self, topic: &'a Described) -> Vec<&'a PartitionDescription> {
        let shown = |partition: &&PartitionDescription| match self.show {
            Show::Everything => true,
            Show::Overridden => false,
            Show::Partitions(filters) => topic.matches(partition, filters, &self.live),
        };
        topic.topic.partitions.iter().filter(shown).collect()
    }
}

#[derive(Serialize)]
pub struct Item {
    topic: String,
    id: String,
    internal: bool,
    replication_factor: usize,
    configs: BTreeMap<String, Option<String>>,
    partitions: Vec<PartitionItem>,
}

#[derive(Serialize)]
struct HeldItem {
    start_offset: Option<i64>,
    end_offset: Option<i64>,
    #[serde(flatten)]
    holds: FiguresItem,
}

#[derive(Serialize)]
struct PartitionItem {
    partition: i32,
    leader: Option<i32>,
    replicas: Vec<i32>,
    in_sync_replicas: Vec<i32>,
    adding_replicas: Vec<i32>,
    removing_replicas: Vec<i32>,
    eligible_leader_replicas: Option<Vec<i32>>,
    last_known_eligible_leader_replicas: Option<Vec<i32>>,
    #[serde(flatten)]
    held: Option<HeldItem>,
}

fn item(topic: &Described, partitions: &[&PartitionDescription], figures: Option<&ByPartition>) -> Item {
    let first = topic.topic.partitions.first();
    Item {
        topic: topic.topic.name.clone(),
        id: topic.topic.id.to_string(),
        internal: topic.topic.is_internal,
        replication_factor: first.map_or(0, |partition| topic.replication_factor(partition)),
        configs: topic.overrides().map(|config| (config.name.clone(), config.value.clone())).collect(),
        partitions: partitions.iter().map(|partition| partition_item(topic, partition, figures)).collect(),
    }
}

/// What a partition holds; nothing is known of one that the figures leave out.
fn figures_of(topic: &Described, partition: &PartitionDescription, figures: &ByPartition) -> Figures {
    figures.get(&TopicPartition::new(&topic.topic.name, partition.partition)).copied().unwrap_or_default()
}

fn partition_item(topic: &Described, partition: &PartitionDescription, figures: Option<&ByPartition>) -> PartitionItem {
    let moving = topic.reassignment(partition.partition);
    PartitionItem {
        partition: partition.partition,
        leader: partition.leader,
        replicas: partition.replicas.clone(),
        in_sync_replicas: partition.in_sync_replicas.clone(),
        adding_replicas: moving.map(|moving| moving.adding_replicas.clone()).unwrap_or_default(),
        removing_replicas: moving.map(|moving| moving.removing_replicas.clone()).unwrap_or_default(),
        eligible_leader_replicas: partition.eligible_leader_replicas.clone(),
        last_known_eligible_leader_replicas: partition.last_known_eligible_leader_replicas.clone(),
        held: figures.map(|figures| {
            let held = figures_of(topic, partition, figures);
            HeldItem { start_offset: held.start, end_offset: held.end, holds: held.total().into() }
        }),
    }
}

impl Render for Report {
    type Item = Item;

    /// With a filter of partitions, topics of which none matches are left out.
    fn items(&self) -> Vec<Item> {
        let filters = matches!(self.show, Show::Partitions(_));
        let items = self
            .shown_topics()
            .into_iter()
            .map(|topic| item(topic, &self.shown_partitions(topic), self.figures.as_ref()));
        items.filter(|item| !filters || !item.partitions.is_empty()).collect()
    }

    fn tables(&self) -> Vec<Table> {
        let topics = self.shown_topics();
        let figures = self.figures.as_ref();
        let mut tables = Vec::new();
        if !matches!(self.show, Show::Partitions(_)) {
            tables.push(topic_table(&topics, figures));
        }
        if self.show != Show::Overridden {
            let rows = topics
                .iter()
                .flat_map(|topic| self.shown_partitions(topic).into_iter().map(move |partition| (*topic, partition)));
            tables.push(partition_table(rows, figures));
        }
        tables
    }

    fn apache(&self) -> String {
        let topics = self.shown_topics();
        let mut text = String::new();
        for topic in in_apaches_order(topics) {
            if !matches!(self.show, Show::Partitions(_)) {
                text.push_str(&apache_topic(topic));
            }
            for partition in self.shown_partitions(topic) {
                text.push_str(&apache_partition(topic, partition, self.by_id));
            }
        }
        text
    }
}

/// Apache's client collects descriptions in a map, and once more in a map of their number.
fn in_apaches_order(topics: Vec<&Described>) -> Vec<&Described> {
    let topics = hash_order::by_key(topics, |topic| &topic.topic.name, hash_order::Made::Empty);
    hash_order::by_key(topics, |topic| &topic.topic.name, hash_order::Made::Sized)
}

fn topic_table(topics: &[&Described], figures: Option<&ByPartition>) -> Table {
    let holds = ["RECORDS", "SIZE", "NEWEST RECORD"];
    let headings = ["TOPIC", "PARTITIONS", "REPLICAS"].into_iter();
    let headings = headings.chain(figures.into_iter().flat_map(|_| holds)).chain(["ID", "CONFIGS"]).collect();
    let mut table = Table::with(headings, Vec::new()).numbers(["PARTITIONS", "REPLICAS", "RECORDS", "SIZE"]);
    for topic in topics {
        let item = item(topic, &[], None);
        let configs: Vec<String> =
            item.configs.iter().map(|(name, value)| config_text(name, value.as_deref())).collect();
        let counts = [topic.topic.partitions.len().to_string(), item.replication_factor.to_string()];
        let mut row = vec![item.topic];
        row.extend(counts);
        if let Some(figures) = figures {
            row.extend(held_cells(figures::total(&topic.topic, figures)));
        }
        row.extend([item.id, if configs.is_empty() { "-".to_owned() } else { configs.join(" ") }]);
        table.rows.push(row);
    }
    table
}

fn held_cells(held: Total) -> [String; 3] {
    [number_text(held.records), size_text(held.size), time_text(held.newest)]
}

fn config_text(name: &str, value: Option<&str>) -> String {
    format!("{name}={}", value.unwrap_or("(hidden)"))
}

fn partition_table<'a>(
    rows: impl Iterator<Item = (&'a Described, &'a PartitionDescription)>,
    figures: Option<&ByPartition>,
) -> Table {
    let holds = ["START", "END", "SIZE", "NEWEST RECORD"];
    let headings = ["TOPIC", "PARTITION", "LEADER"].into_iter().chain(figures.into_iter().flat_map(|_| holds));
    let mut table = Table::with(headings.chain(["REPLICAS", "IN SYNC", "MOVING"]).collect(), Vec::new());
    for (topic, partition) in rows {
        let moving = topic.reassignment(partition.partition);
        let mut row = vec![topic.topic.name.clone(), partition.partition.to_string()];
        row.push(partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string()));
        if let Some(figures) = figures {
            let held = figures_of(topic, partition, figures);
            row.extend([number_text(held.start), number_text(held.end), size_text(held.size), time_text(held.newest)]);
        }
        let moving = moving
            .map(|moving| format!("+{} -{}", ids(&moving.adding_replicas), ids(&moving.removing_replicas)))
            .unwrap_or_default();
        row.extend([ids(&partition.replicas), ids(&partition.in_sync_replicas), moving]);
        table.rows.push(row);
    }
    table.without_empty_columns().numbers(["PARTITION", "LEADER", "START", "END", "SIZE"])
}

fn ids(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<String>>().join(",")
}

/// The summary line: fields apart by tabs, the last one possibly empty.
fn apache_topic(topic: &Described) -> String {
    let description = &topic.topic;
    let factor = description.partitions.first().map_or(0, |partition| topic.replication_factor(partition));
    let id = if description.id.is_zero() { String::new() } else { format!("TopicId: {}\t", description.id) };
    let all = hash_order::by_key(topic.configs.iter().collect(), |config| &config.name, hash_order::Made::Empty);
    let configs: Vec<String> = all
        .into_iter()
        .filter(|config| config.source != ConfigSource::Default)
        .map(|config| format!("{}={}", config.name, config.value.as_deref().unwrap_or("null")))
        .collect();
    format!(
        "Topic: {}\t{id}PartitionCount: {}\tReplicationFactor: {factor}\tConfigs: {}\n",
        description.name,
        description.partitions.len(),
        configs.join(","),
    )
}

fn apache_partition(topic: &Described, partition: &PartitionDescription, by_id: bool) -> String {
    let leader = partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string());
    let moving = topic.reassignment(partition.partition).map(|moving| {
        let (adding, removing) = (ids(&moving.adding_replicas), ids(&moving.removing_replicas));
        format!("\tAdding Replicas: {adding}\tRemoving Replicas: {removing}")
    });
    let eligible = |replicas: &Option<Vec<i32>>| match replicas {
        Some(replicas) if !by_id => ids(replicas),
        _ => "N/A".to_owned(),
    };
    format!(
        "\tTopic: {}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}{}\tElr: {}\tLastKnownElr: {}\n",
        topic.topic.name,
        partition.partition,
        ids(&partition.replicas),
        ids(&partition.in_sync_replicas),
        moving.unwrap_or_default(),
        eligible(&partition.eligible_leader_replicas),
        eligible(&partition.last_known_eligible_leader_replicas),
    )
}

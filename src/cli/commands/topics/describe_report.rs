//! What `topics --describe` shows: tables, Apache's lines, JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::describe::{Described, PartitionFilters, Show};
use crate::cli::dialect::hash_order;
use crate::cli::output::{Render, Table};
use crate::client::admin::configs::{ConfigEntry, ConfigSource};
use crate::client::admin::topics::{PartitionDescription, Reassignment};

pub struct Report {
    pub topics: Vec<Described>,
    /// Ids of the brokers that are part of the cluster now.
    pub live: BTreeSet<i32>,
    pub show: Show,
    /// Found by id; Apache's tool then cannot tell about eligible leaders.
    pub by_id: bool,
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
struct PartitionItem {
    partition: i32,
    leader: Option<i32>,
    replicas: Vec<i32>,
    in_sync_replicas: Vec<i32>,
    adding_replicas: Vec<i32>,
    removing_replicas: Vec<i32>,
    eligible_leader_replicas: Option<Vec<i32>>,
    last_known_eligible_leader_replicas: Option<Vec<i32>>,
}

fn item(topic: &Described, partitions: &[&PartitionDescription]) -> Item {
    let first = topic.topic.partitions.first();
    Item {
        topic: topic.topic.name.clone(),
        id: topic.topic.id.to_string(),
        internal: topic.topic.is_internal,
        replication_factor: first.map_or(0, |partition| topic.replication_factor(partition)),
        configs: topic.overrides().map(|config| (config.name.clone(), config.value.clone())).collect(),
        partitions: partitions.iter().map(|partition| partition_item(topic, partition)).collect(),
    }
}

fn partition_item(topic: &Described, partition: &PartitionDescription) -> PartitionItem {
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
    }
}

impl Render for Report {
    type Item = Item;

    /// With a filter of partitions, topics of which none matches are left out.
    fn items(&self) -> Vec<Item> {
        let filters = matches!(self.show, Show::Partitions(_));
        let items = self.shown_topics().into_iter().map(|topic| item(topic, &self.shown_partitions(topic)));
        items.filter(|item| !filters || !item.partitions.is_empty()).collect()
    }

    fn table(&self) -> String {
        let topics = self.shown_topics();
        let mut tables = Vec::new();
        if !matches!(self.show, Show::Partitions(_)) {
            tables.push(topic_table(&topics));
        }
        if self.show != Show::Overridden {
            let rows = topics
                .iter()
                .flat_map(|topic| self.shown_partitions(topic).into_iter().map(move |partition| (*topic, partition)));
            tables.push(partition_table(rows));
        }
        tables.retain(|table| !table.is_empty());
        tables.join("\n")
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

fn topic_table(topics: &[&Described]) -> String {
    let mut table =
        Table::new(["TOPIC", "PARTITIONS", "REPLICAS", "ID", "CONFIGS"]).numbers(["PARTITIONS", "REPLICAS"]);
    for topic in topics {
        let item = item(topic, &[]);
        let configs: Vec<String> =
            item.configs.iter().map(|(name, value)| config_text(name, value.as_deref())).collect();
        table.row([
            item.topic,
            topic.topic.partitions.len().to_string(),
            item.replication_factor.to_string(),
            item.id,
            if configs.is_empty() { "-".to_owned() } else { configs.join(" ") },
        ]);
    }
    table.text()
}

fn config_text(name: &str, value: Option<&str>) -> String {
    format!("{name}={}", value.unwrap_or("(hidden)"))
}

fn partition_table<'a>(rows: impl Iterator<Item = (&'a Described, &'a PartitionDescription)>) -> String {
    let mut table = Table::new(["TOPIC", "PARTITION", "LEADER", "REPLICAS", "IN SYNC", "MOVING"]);
    for (topic, partition) in rows {
        let moving = topic.reassignment(partition.partition);
        table.row([
            topic.topic.name.clone(),
            partition.partition.to_string(),
            partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string()),
            ids(&partition.replicas),
            ids(&partition.in_sync_replicas),
            moving
                .map(|moving| format!("+{} -{}", ids(&moving.adding_replicas), ids(&moving.removing_replicas)))
                .unwrap_or_default(),
        ]);
    }
    table.without_empty_columns().numbers(["PARTITION", "LEADER"]).text()
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

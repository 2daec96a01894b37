//! `transactions find-hanging`: open transactions that no coordinator will ever end.
//!
//! An open transaction hangs when it is older than any may be and no transactional id has its producer, or the id's
//! transaction does not include the partition (KIP-664).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::describe_producers::java_message;
use super::failing;
use super::list::settled;
use super::patience::Question;
use super::tabbed::tabbed;
use crate::cli::failure::Failure;
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::transactions::{ProducerState, TransactionDescription, TransactionFilter};
use crate::clock::Timestamp;
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;

/// Find transactions that no coordinator will end.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Search the partitions of this broker.
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    broker_id: Option<i32>,

    /// How long the longest transaction may run, in minutes; younger ones are left alone.
    #[arg(long, value_name = "MINUTES", default_value_t = 15, allow_negative_numbers = true)]
    max_transaction_timeout: i32,

    /// Search this topic.
    #[arg(long, value_name = "TOPIC", allow_hyphen_values = true)]
    topic: Option<String>,

    /// Search this partition of the topic.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    partition: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    scope: Scope,
    broker: Option<i32>,
    longest_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// Every partition that the broker has.
    Broker,
    Topic(String),
    Partition(TopicPartition),
}

/// How many topics or partitions are asked for at once.
const AT_ONCE: usize = 500;

pub fn plan(args: Args) -> Result<Plan, Failure> {
    let scope = match (args.topic, args.partition) {
        (Some(topic), Some(partition)) => Scope::Partition(TopicPartition::new(topic, partition)),
        (Some(topic), None) => Scope::Topic(topic),
        (None, _) if args.broker_id.is_none() => {
            return Err(failing::rule(
                "where to search? give --topic or --broker-id",
                "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search",
            ));
        }
        (None, Some(_)) => {
            let apache = "The --partition argument requires --topic to be provided";
            return Err(failing::rule("--partition needs --topic", apache));
        }
        (None, None) => Scope::Broker,
    };
    Ok(Plan { scope, broker: args.broker_id, longest_ms: i64::from(args.max_transaction_timeout) * 60_000 })
}

pub async fn run(plan: Plan, admin: &Admin, is_apache: bool) -> anyhow::Result<Report> {
    let partitions = partitions(&plan, admin).await?;
    let mut open = Vec::new();
    for some in partitions.chunks(AT_ONCE) {
        open.extend(open_for_long(some, &plan, admin, is_apache).await?);
    }
    if open.is_empty() {
        return Ok(Report { hanging: open, now: Timestamp::now() });
    }
    let producers: Vec<i64> = open.iter().map(|(_, producer)| producer.producer_id).collect();
    let descriptions = descriptions_of(&producers, admin).await?;
    open.retain(|(partition, producer)| is_hanging(partition, descriptions.get(&producer.producer_id)));
    open.sort_by_key(|(_, producer)| producer.producer_id);
    Ok(Report { hanging: open, now: Timestamp::now() })
}

async fn partitions(plan: &Plan, admin: &Admin) -> anyhow::Result<Vec<TopicPartition>> {
    let topics = match &plan.scope {
        Scope::Partition(partition) => return Ok(vec![partition.clone()]),
        Scope::Topic(topic) => vec![topic.clone()],
        Scope::Broker => {
            let listed = admin.list_topics().await;
            let failed = |error| failing::call("cannot list the topics", "Failed to list topics", error);
            listed.map_err(failed)?.into_iter().map(|topic| topic.name).collect()
        }
    };
    let mut partitions = Vec::new();
    for some in topics.chunks(AT_ONCE) {
        let tried = "cannot look up the partitions";
        let apache = format!("Failed to describe {} topics", some.len());
        let described = admin.describe_topics(some).await.map_err(|error| failing::call(tried, &apache, error))?;
        for (name, topic) in described {
            let topic = topic.map_err(|rejection| {
                failing::item(&format!("cannot look up the partitions of {name}"), &apache, &rejection, None)
            })?;
            let here = |replicas: &[i32]| plan.broker.is_none_or(|broker| replicas.contains(&broker));
            let found = topic.partitions.iter().filter(|partition| here(&partition.replicas));
            partitions.extend(found.map(|partition| TopicPartition::new(&name, partition.partition)));
        }
    }
    Ok(partitions)
}

type Open = Vec<(TopicPartition, ProducerState)>;

/// The open transactions whose last record is older than any transaction may become.
async fn open_for_long(
    partitions: &[TopicPartition],
    plan: &Plan,
    admin: &Admin,
    is_patient: bool,
) -> anyhow::Result<Open> {
    let broker = plan.broker.map_or_else(|| "Optional.empty".to_owned(), |broker| format!("Optional[{broker}]"));
    let apache = format!("Failed to describe producers for {} partitions on broker {broker}", partitions.len());
    let tried = "cannot describe producers";
    let question = Question { admin, call: "describeProducers", finds_leaders: plan.broker.is_none(), is_patient };
    let answers = question.ask(async || admin.describe_producers(partitions, plan.broker).await).await;
    let answers = answers.map_err(|failure| failing::question(tried, &apache, failure))?;
    let now = Timestamp::now().millis();
    let mut open = Vec::new();
    for (partition, answer) in answers {
        let producers = answer.map_err(|rejection| {
            let message = java_message(&partition, plan.broker, &rejection);
            failing::item(&format!("cannot describe the producers of {partition}"), &apache, &rejection, Some(message))
        })?;
        let is_old = |producer: &ProducerState| now - producer.last_timestamp_ms > plan.longest_ms;
        let old = producers.into_iter().filter(|each| each.transaction_start.is_some() && is_old(each));
        open.extend(old.map(|producer| (partition.clone(), producer)));
    }
    Ok(open)
}

/// What the coordinators know of the ids that have these producers; an id that has gone meanwhile is none.
async fn descriptions_of(producers: &[i64], admin: &Admin) -> anyhow::Result<HashMap<i64, TransactionDescription>> {
    let producers: HashSet<i64> = producers.iter().copied().collect();
    let filter = TransactionFilter { producer_ids: producers.iter().copied().collect(), ..Default::default() };
    let apache = format!("Failed to list transactions for {} producers", producers.len());
    let listings = admin.list_transactions(&filter).await;
    let listings = listings.map_err(|error| failing::call("cannot list transactions", &apache, error))?;
    let ids: BTreeMap<String, i64> = settled(listings, "cannot list transactions", &apache)?
        .into_values()
        .flatten()
        .filter(|listing| producers.contains(&listing.producer_id))
        .map(|listing| (listing.transactional_id, listing.producer_id))
        .collect();
    let names: Vec<String> = ids.keys().cloned().collect();
    let apache = format!("Failed to describe {} transactions", names.len());
    let tried = "cannot describe transactions";
    let answers = admin.describe_transactions(&names).await;
    let answers = answers.map_err(|error| failing::call(tried, &apache, error))?;
    let mut descriptions = HashMap::new();
    for (id, answer) in answers {
        match answer {
            Ok(description) => {
                descriptions.extend(ids.get(&id).map(|producer| (*producer, description)));
            }
            Err(rejection) if rejection.code == ErrorCode::TransactionalIdNotFound => {}
            Err(rejection) => {
                let message = super::describe::java_message(&id, &rejection);
                return Err(failing::item(&format!("{tried}: {id}"), &apache, &rejection, Some(message)).into());
            }
        }
    }
    Ok(descriptions)
}

/// A partition that is part of the id's transaction will get its marker.
fn is_hanging(partition: &TopicPartition, description: Option<&TransactionDescription>) -> bool {
    description.is_none_or(|description| !description.partitions.contains(partition))
}

pub struct Report {
    hanging: Open,
    now: Timestamp,
}

#[derive(Serialize)]
pub struct Item {
    topic: String,
    partition: i32,
    producer_id: i64,
    producer_epoch: i32,
    coordinator_epoch: Option<i32>,
    start_offset: Option<i64>,
    last_timestamp_ms: i64,
    duration_minutes: i64,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |(partition, producer): &(TopicPartition, ProducerState)| Item {
            topic: partition.topic.clone(),
            partition: partition.partition,
            producer_id: producer.producer_id,
            producer_epoch: producer.producer_epoch,
            coordinator_epoch: producer.coordinator_epoch,
            start_offset: producer.transaction_start,
            last_timestamp_ms: producer.last_timestamp_ms,
            duration_minutes: (self.now.millis() - producer.last_timestamp_ms) / 60_000,
        };
        self.hanging.iter().map(item).collect()
    }

    fn tables(&self) -> Vec<Table> {
        let headings = ["TOPIC", "PARTITION", "PRODUCER-ID", "EPOCH", "START-OFFSET", "MINUTES"];
        let mut table = Table::new(headings);
        for item in self.items() {
            table.row([
                item.topic,
                item.partition.to_string(),
                item.producer_id.to_string(),
                item.producer_epoch.to_string(),
                item.start_offset.unwrap_or(-1).to_string(),
                item.duration_minutes.to_string(),
            ]);
        }
        vec![table.numbers(["PARTITION", "PRODUCER-ID", "EPOCH", "START-OFFSET", "MINUTES"])]
    }

    fn apache(&self) -> String {
        let headings = [
            "Topic",
            "Partition",
            "ProducerId",
            "ProducerEpoch",
            "CoordinatorEpoch",
            "StartOffset",
            "LastTimestamp",
            "Duration(min)",
        ];
        let rows = self.items().into_iter().map(|item| {
            vec![
                item.topic,
                item.partition.to_string(),
                item.producer_id.to_string(),
                item.producer_epoch.to_string(),
                item.coordinator_epoch.unwrap_or(-1).to_string(),
                item.start_offset.unwrap_or(-1).to_string(),
                item.last_timestamp_ms.to_string(),
                item.duration_minutes.to_string(),
            ]
        });
        tabbed(&headings, &rows.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(partitions: &[&str]) -> TransactionDescription {
        TransactionDescription {
            coordinator: 0,
            transactional_id: "x".to_owned(),
            producer_id: 1,
            producer_epoch: 0,
            state: "Ongoing".to_owned(),
            timeout_ms: 1,
            started_ms: None,
            partitions: partitions.iter().map(|topic| TopicPartition::new(*topic, 0)).collect(),
        }
    }

    #[test]
    fn a_transaction_hangs_when_no_coordinator_has_the_partition_in_it() {
        let partition = TopicPartition::new("t", 0);
        assert!(is_hanging(&partition, None));
        assert!(is_hanging(&partition, Some(&described(&["other"]))));
        assert!(!is_hanging(&partition, Some(&described(&["other", "t"]))));
    }

    #[test]
    fn a_place_to_search_is_needed() {
        let args = |broker_id, topic: Option<&str>, partition| Args {
            broker_id,
            max_transaction_timeout: 2,
            topic: topic.map(str::to_owned),
            partition,
        };
        assert!(plan(args(None, None, Some(1))).is_err() && plan(args(Some(0), None, Some(1))).is_err());
        let planned = plan(args(Some(0), Some("t"), None)).unwrap();
        assert_eq!((planned.scope, planned.longest_ms), (Scope::Topic("t".to_owned()), 120_000));
    }
}

//! `transactions describe-producers`: the producers that a partition knows.

use serde::Serialize;

use super::failing;
use super::patience::Question;
use super::tabbed::tabbed;
use crate::cli::failure::Failure;
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::transactions::ProducerState;
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

/// Describe the producers of a partition, and where their transactions begin.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask this broker, which need not lead the partition.
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    broker_id: Option<i32>,

    /// The topic.
    #[arg(long, value_name = "TOPIC", required = true, allow_hyphen_values = true)]
    topic: String,

    /// The number of the partition.
    #[arg(long, value_name = "NUMBER", required = true, allow_negative_numbers = true)]
    partition: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    partition: TopicPartition,
    broker: Option<i32>,
}

pub fn plan(args: Args) -> Plan {
    Plan { partition: TopicPartition::new(args.topic, args.partition), broker: args.broker_id }
}

pub async fn run(plan: Plan, admin: &Admin, is_apache: bool) -> anyhow::Result<Report> {
    let place = plan.broker.map_or_else(|| "leader".to_owned(), |id| format!("broker {id}"));
    let tried = format!("cannot describe the producers of {}", plan.partition);
    let apache = format!("Failed to describe producers for partition {} on {place}", plan.partition);
    let answer = producers_of(&plan.partition, plan.broker, admin, is_apache).await;
    let answer = answer.map_err(|failure| failing::question(&tried, &apache, failure))?;
    let producers = answer.map_err(|rejection| {
        let message = java_message(&plan.partition, plan.broker, &rejection);
        failing::item(&tried, &apache, &rejection, Some(message))
    })?;
    Ok(Report { producers })
}

/// The producers of one partition, as its leader knows them or a broker that is named.
pub async fn producers_of(
    partition: &TopicPartition,
    broker: Option<i32>,
    admin: &Admin,
    is_patient: bool,
) -> Result<Result<Vec<ProducerState>, Rejection>, Failure> {
    let question = Question { admin, call: "describeProducers", finds_leaders: broker.is_none(), is_patient };
    let ask = async || admin.describe_producers(std::slice::from_ref(partition), broker).await;
    let answers = question.ask(ask).await?;
    let unknown = || Err(Rejection::from(ErrorCode::UnknownTopicOrPartition));
    Ok(answers.into_iter().next().map_or_else(unknown, |(_, answer)| answer))
}

/// What Java's client makes of the codes of DescribeProducers.
pub fn java_message(partition: &TopicPartition, broker: Option<i32>, rejection: &Rejection) -> String {
    let topic = &partition.topic;
    match (rejection.code, broker) {
        (ErrorCode::NotLeaderOrFollower, Some(broker)) => {
            format!("Failed to describe active producers for partition {partition} on brokerId {broker}")
        }
        (ErrorCode::TopicAuthorizationFailed, _) => format!(
            "Failed to describe active producers for partition {partition} due to authorization failure on topic `{topic}`"
        ),
        (ErrorCode::InvalidTopicException, None) => {
            format!("Failed to fetch metadata for partition {partition} due to invalid topic `{topic}`")
        }
        (ErrorCode::InvalidTopicException, Some(_)) => {
            let message = crate::cli::dialect::exceptions::message(rejection);
            format!("Failed to fetch metadata for partition {partition} due to invalid topic error: {message}")
        }
        _ => format!("Failed to describe active producers for partition {partition} due to unexpected error"),
    }
}

pub struct Report {
    producers: Vec<ProducerState>,
}

#[derive(Serialize)]
pub struct Item {
    producer_id: i64,
    producer_epoch: i32,
    coordinator_epoch: Option<i32>,
    last_sequence: i32,
    last_timestamp_ms: i64,
    transaction_start: Option<i64>,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |producer: &ProducerState| Item {
            producer_id: producer.producer_id,
            producer_epoch: producer.producer_epoch,
            coordinator_epoch: producer.coordinator_epoch,
            last_sequence: producer.last_sequence,
            last_timestamp_ms: producer.last_timestamp_ms,
            transaction_start: producer.transaction_start,
        };
        self.producers.iter().map(item).collect()
    }

    fn tables(&self) -> Vec<Table> {
        let headings =
            ["PRODUCER-ID", "EPOCH", "COORDINATOR-EPOCH", "LAST-SEQUENCE", "LAST-TIMESTAMP", "TRANSACTION-START"];
        let mut table = Table::new(headings);
        let or_dash = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        for item in self.items() {
            table.row([
                item.producer_id.to_string(),
                item.producer_epoch.to_string(),
                or_dash(item.coordinator_epoch.map(i64::from)),
                item.last_sequence.to_string(),
                item.last_timestamp_ms.to_string(),
                or_dash(item.transaction_start),
            ]);
        }
        vec![table.numbers(headings)]
    }

    fn apache(&self) -> String {
        let headings = [
            "ProducerId",
            "ProducerEpoch",
            "LatestCoordinatorEpoch",
            "LastSequence",
            "LastTimestamp",
            "CurrentTransactionStartOffset",
        ];
        let rows = self.items().into_iter().map(|item| {
            vec![
                item.producer_id.to_string(),
                item.producer_epoch.to_string(),
                item.coordinator_epoch.unwrap_or(-1).to_string(),
                item.last_sequence.to_string(),
                item.last_timestamp_ms.to_string(),
                item.transaction_start.map_or_else(|| "None".to_owned(), |offset| offset.to_string()),
            ]
        });
        tabbed(&headings, &rows.collect::<Vec<_>>())
    }
}

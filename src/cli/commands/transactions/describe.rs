//! `transactions describe`: what the coordinator knows of one transactional id.

use serde::Serialize;

use super::failing;
use super::tabbed::tabbed;
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::transactions::TransactionDescription;
use crate::clock::Timestamp;
use crate::protocol::{ErrorCode, Rejection};

/// Describe a transactional id: its producer, and the transaction that is under way.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The transactional id.
    #[arg(long, value_name = "ID", required = true, allow_hyphen_values = true)]
    transactional_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    transactional_id: String,
}

pub fn plan(args: Args) -> Plan {
    Plan { transactional_id: args.transactional_id }
}

pub async fn run(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let id = plan.transactional_id;
    let tried = format!("cannot describe transactional id {id}");
    let apache = format!("Failed to describe transaction state of transactional-id `{id}`");
    let answers = admin.describe_transactions(std::slice::from_ref(&id)).await;
    let answers = answers.map_err(|error| failing::call(&tried, &apache, error))?;
    match answers.into_iter().next() {
        Some((_, Ok(description))) => Ok(Report { description, now: Timestamp::now() }),
        Some((_, Err(rejection))) => {
            let message = java_message(&id, &rejection);
            Err(failing::item(&tried, &apache, &rejection, Some(message)).into())
        }
        None => Err(failing::item(&tried, &apache, &ErrorCode::TransactionalIdNotFound.into(), None).into()),
    }
}

/// What Java's client makes of the codes of DescribeTransactions.
pub fn java_message(id: &str, rejection: &Rejection) -> String {
    let why = match rejection.code {
        ErrorCode::TransactionalIdAuthorizationFailed => "failed due to authorization failure",
        ErrorCode::TransactionalIdNotFound => "failed because the ID could not be found",
        _ => "failed due to unexpected error",
    };
    format!("DescribeTransactions request for transactionalId `{id}` {why}")
}

pub struct Report {
    description: TransactionDescription,
    now: Timestamp,
}

#[derive(Serialize)]
pub struct Item {
    transactional_id: String,
    coordinator: i32,
    producer_id: i64,
    producer_epoch: i16,
    state: String,
    timeout_ms: i32,
    started_ms: Option<i64>,
    duration_ms: Option<i64>,
    partitions: Vec<String>,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let told = &self.description;
        vec![Item {
            transactional_id: told.transactional_id.clone(),
            coordinator: told.coordinator,
            producer_id: told.producer_id,
            producer_epoch: told.producer_epoch,
            state: told.state.clone(),
            timeout_ms: told.timeout_ms,
            started_ms: told.started_ms,
            duration_ms: told.started_ms.map(|started| self.now.millis() - started),
            partitions: told.partitions.iter().map(ToString::to_string).collect(),
        }]
    }

    fn tables(&self) -> Vec<Table> {
        let headings =
            ["TRANSACTIONAL-ID", "COORDINATOR", "PRODUCER-ID", "EPOCH", "STATE", "TIMEOUT-MS", "DURATION-MS"];
        let mut table = Table::with([&headings[..], &["PARTITIONS"]].concat(), Vec::new());
        for item in self.items() {
            table.rows.push(vec![
                item.transactional_id,
                item.coordinator.to_string(),
                item.producer_id.to_string(),
                item.producer_epoch.to_string(),
                item.state,
                item.timeout_ms.to_string(),
                item.duration_ms.map_or_else(|| "-".to_owned(), |duration| duration.to_string()),
                if item.partitions.is_empty() { "-".to_owned() } else { item.partitions.join(",") },
            ]);
        }
        vec![table.numbers(["COORDINATOR", "PRODUCER-ID", "EPOCH", "TIMEOUT-MS", "DURATION-MS"])]
    }

    fn apache(&self) -> String {
        let headings = [
            "CoordinatorId",
            "TransactionalId",
            "ProducerId",
            "ProducerEpoch",
            "TransactionState",
            "TransactionTimeoutMs",
            "CurrentTransactionStartTimeMs",
            "TransactionDurationMs",
            "TopicPartitions",
        ];
        let or_none = |number: Option<i64>| number.map_or_else(|| "None".to_owned(), |number| number.to_string());
        let rows = self.items().into_iter().map(|item| {
            vec![
                item.coordinator.to_string(),
                item.transactional_id,
                item.producer_id.to_string(),
                item.producer_epoch.to_string(),
                item.state,
                item.timeout_ms.to_string(),
                or_none(item.started_ms),
                or_none(item.duration_ms),
                item.partitions.join(","),
            ]
        });
        tabbed(&headings, &rows.collect::<Vec<_>>())
    }
}

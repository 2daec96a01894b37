//! `transactions list`: the transactional ids of all coordinators.

use std::collections::BTreeMap;

use serde::Serialize;

use super::failing;
use super::tabbed::tabbed;
use crate::cli::failure::Failure;
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::transactions::{Listings, TransactionFilter, TransactionListing};
use crate::protocol::{ErrorCode, Rejection};

/// List transactional ids, with the state of their transactions.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only transactions that have been running for longer, in milliseconds; a negative number means all.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    duration_filter: Option<i64>,

    /// Only ids that match this regular expression as a whole.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    transactional_id_pattern: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    filter: TransactionFilter,
}

pub fn plan(args: Args) -> Plan {
    let filter = TransactionFilter {
        producer_ids: Vec::new(),
        duration_ms: args.duration_filter,
        id_pattern: args.transactional_id_pattern,
    };
    Plan { filter }
}

pub async fn run(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let (tried, apache) = ("cannot list transactions", "Failed to list transactions");
    let listings = admin.list_transactions(&plan.filter).await;
    let listings = listings.map_err(|error| failing::call(tried, apache, error))?;
    Ok(Report { listings: settled(listings, tried, apache)? })
}

type Settled = BTreeMap<i32, Vec<TransactionListing>>;

/// The listings of all brokers, if none of them has refused.
pub fn settled(listings: Listings, tried: &str, apache: &str) -> Result<Settled, Failure> {
    let one = |(broker, answer): (i32, Result<_, Rejection>)| match answer {
        Ok(listings) => Ok((broker, listings)),
        Err(rejection) => {
            let message = java_message(broker, &rejection);
            Err(failing::item(tried, apache, &rejection, Some(message)))
        }
    };
    listings.into_iter().map(one).collect()
}

/// What Java's client makes of the codes of ListTransactions.
fn java_message(broker: i32, rejection: &Rejection) -> String {
    match rejection.code {
        ErrorCode::CoordinatorNotAvailable => {
            format!("ListTransactions request sent to broker {broker} failed because the coordinator is shutting down")
        }
        _ => format!("ListTransactions request sent to broker {broker} failed with an unexpected exception"),
    }
}

pub struct Report {
    listings: Settled,
}

#[derive(Serialize)]
pub struct Item {
    transactional_id: String,
    coordinator: i32,
    producer_id: i64,
    state: String,
}

impl Report {
    fn all(&self) -> impl Iterator<Item = (i32, &TransactionListing)> {
        self.listings.iter().flat_map(|(coordinator, listings)| listings.iter().map(|each| (*coordinator, each)))
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self
            .all()
            .map(|(coordinator, listing)| Item {
                transactional_id: listing.transactional_id.clone(),
                coordinator,
                producer_id: listing.producer_id,
                state: listing.state.clone(),
            })
            .collect();
        items.sort_by(|a, b| a.transactional_id.cmp(&b.transactional_id));
        items
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["TRANSACTIONAL-ID", "COORDINATOR", "PRODUCER-ID", "STATE"]);
        for item in self.items() {
            table.row([item.transactional_id, item.coordinator.to_string(), item.producer_id.to_string(), item.state]);
        }
        vec![table.numbers(["COORDINATOR", "PRODUCER-ID"])]
    }

    fn apache(&self) -> String {
        let rows = self.all().map(|(coordinator, listing)| {
            vec![
                listing.transactional_id.clone(),
                coordinator.to_string(),
                listing.producer_id.to_string(),
                listing.state.clone(),
            ]
        });
        let headings = ["TransactionalId", "Coordinator", "ProducerId", "TransactionState"];
        tabbed(&headings, &rows.collect::<Vec<_>>())
    }
}

//! `transactions abort`: write the marker that aborts a transaction in one partition, after asking.
//!
//! The transaction is named by the offset at which it begins, which brokers of 3.0 and newer can look up, or by what the
//! marker itself needs.

use serde::Serialize;

use super::describe_producers::{java_message, producers_of};
use super::failing;
use super::patience::Question;
use crate::cli::Invocation;
use crate::cli::confirm::{Deed, YesArgs};
use crate::cli::dialect::exceptions;
use crate::cli::failure::{ApacheForm, Failure};
use crate::cli::output::{OutputFormat, Render};
use crate::client::Admin;
use crate::client::admin::transactions::OpenTransaction;
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

/// Abort a transaction that hangs in a partition.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic.
    #[arg(long, value_name = "TOPIC", required = true, allow_hyphen_values = true)]
    topic: String,

    /// The number of the partition.
    #[arg(long, value_name = "NUMBER", required = true, allow_negative_numbers = true)]
    partition: i32,

    /// The offset at which the transaction begins.
    #[arg(long, value_name = "OFFSET", allow_negative_numbers = true, help_heading = NEWER)]
    start_offset: Option<i64>,

    /// The producer's id.
    #[arg(long, value_name = "ID", allow_negative_numbers = true, help_heading = OLDER)]
    producer_id: Option<i64>,

    /// The producer's epoch.
    #[arg(long, value_name = "EPOCH", allow_negative_numbers = true, help_heading = OLDER)]
    producer_epoch: Option<i16>,

    /// The epoch of the coordinator that wrote the producer's last marker.
    #[arg(long, value_name = "EPOCH", allow_negative_numbers = true, help_heading = OLDER)]
    coordinator_epoch: Option<i32>,

    #[command(flatten)]
    confirmed: YesArgs,
}

const NEWER: &str = "Brokers of 3.0 and newer";
const OLDER: &str = "Older brokers, all of these";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    partition: TopicPartition,
    transaction: Named,
    /// `--yes`: do it without asking.
    confirmed: bool,
}

/// How the transaction is named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    StartOffset(i64),
    Marker(OpenTransaction),
}

pub fn plan(args: Args) -> Result<Plan, Failure> {
    let partition = TopicPartition::new(args.topic, args.partition);
    let transaction = match (args.start_offset, args.producer_id) {
        (Some(offset), _) => Named::StartOffset(offset),
        (None, None) => {
            return Err(failing::rule(
                "which transaction? give --start-offset, or for brokers before 3.0 --producer-id, --producer-epoch and \
                 --coordinator-epoch",
                "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or \
                 with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)",
            ));
        }
        (None, Some(producer_id)) => Named::Marker(OpenTransaction {
            partition: partition.clone(),
            producer_id,
            producer_epoch: needed(args.producer_epoch, "producer-epoch")?,
            // Before the first marker there is none; 0 is not above any that may be.
            coordinator_epoch: needed(args.coordinator_epoch, "coordinator-epoch")?.max(0),
        }),
    };
    Ok(Plan { partition, transaction, confirmed: args.confirmed.yes })
}

fn needed<T>(value: Option<T>, option: &str) -> Result<T, Failure> {
    value.ok_or_else(|| {
        failing::rule(format!("--producer-id needs --{option}"), format!("Missing required argument --{option}"))
    })
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    let open = match plan.transaction {
        Named::Marker(open) => open,
        Named::StartOffset(offset) => invocation.block_on(find(&plan.partition, offset, admin, is_apache))?,
    };
    invocation.confirm(plan.confirmed, || {
        let lost = format!("what producer {} has written to {} in this transaction", open.producer_id, open.partition);
        Ok(Deed::new(format!("abort the transaction of producer {} in {}", open.producer_id, open.partition))
            .losing([lost]))
    })?;
    invocation.block_on(abort(&open, admin, is_apache))?;
    invocation.output.show(&Report { open }, format)
}

async fn find(
    partition: &TopicPartition,
    offset: i64,
    admin: &Admin,
    is_patient: bool,
) -> anyhow::Result<OpenTransaction> {
    let tried = format!("cannot look up the transaction in {partition}");
    let apache = format!("Failed to validate producer state for partition {partition}");
    let answer = producers_of(partition, None, admin, is_patient).await;
    let answer = answer.map_err(|failure| failing::question(&tried, &apache, failure))?;
    let producers = answer.map_err(|rejection| {
        let message = java_message(partition, None, &rejection);
        failing::item(&tried, &apache, &rejection, Some(message))
    })?;
    let found = producers.into_iter().find(|producer| producer.transaction_start == Some(offset));
    let found = found.ok_or_else(|| {
        Failure::not_found(format!("no open transaction begins at offset {offset} of {partition}"))
            .hint("`kavka transactions describe-producers` shows where transactions begin")
            .in_apache(ApacheForm::Line(format!(
                "Could not find any open transactions starting at offset {offset} on partition {partition}"
            )))
    })?;
    Ok(OpenTransaction {
        partition: partition.clone(),
        producer_id: found.producer_id,
        producer_epoch: found.producer_epoch as i16,
        coordinator_epoch: found.coordinator_epoch.unwrap_or(0),
    })
}

/// How Java writes what is to be aborted.
fn java_spec(open: &OpenTransaction) -> String {
    format!(
        "AbortTransactionSpec(topicPartition={}, producerId={}, producerEpoch={}, coordinatorEpoch={})",
        open.partition, open.producer_id, open.producer_epoch, open.coordinator_epoch
    )
}

async fn abort(open: &OpenTransaction, admin: &Admin, is_patient: bool) -> anyhow::Result<()> {
    let spec = java_spec(open);
    let tried = format!("cannot abort the transaction in {}", open.partition);
    let apache = format!("Failed to abort transaction {spec}");
    let question = Question { admin, call: "abortTransaction", finds_leaders: true, is_patient };
    let answers = question.ask(async || admin.abort_transaction(open).await).await;
    let answers = answers.map_err(|failure| failing::question(&tried, &apache, failure))?;
    for (_, answer) in answers {
        answer.map_err(|rejection| {
            failing::item(&tried, &apache, &rejection, Some(marker_message(open, &spec, &rejection)))
        })?;
    }
    Ok(())
}

/// What Java's client makes of the codes of WriteTxnMarkers.
fn marker_message(open: &OpenTransaction, spec: &str, rejection: &Rejection) -> String {
    let why = match rejection.code {
        ErrorCode::ClusterAuthorizationFailed => "failed due to cluster authorization error".to_owned(),
        ErrorCode::InvalidProducerEpoch => "failed due an invalid producer epoch".to_owned(),
        ErrorCode::TransactionCoordinatorFenced => format!(
            "failed since the provided coordinator epoch {} has been fenced by the active coordinator",
            open.coordinator_epoch
        ),
        _ => format!("failed due to unexpected error: {}", exceptions::message(rejection)),
    };
    format!("WriteTxnMarkers request with {spec} {why}")
}

struct Report {
    open: OpenTransaction,
}

#[derive(Serialize)]
struct Item {
    topic: String,
    partition: i32,
    producer_id: i64,
    producer_epoch: i16,
    aborted: bool,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        vec![Item {
            topic: self.open.partition.topic.clone(),
            partition: self.open.partition.partition,
            producer_id: self.open.producer_id,
            producer_epoch: self.open.producer_epoch,
            aborted: true,
        }]
    }

    fn table(&self) -> String {
        format!("Aborted the transaction of producer {} in {}.\n", self.open.producer_id, self.open.partition)
    }

    /// Success is silent.
    fn apache(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::Kind;

    fn args(start_offset: Option<i64>, producer_id: Option<i64>, epochs: (Option<i16>, Option<i32>)) -> Args {
        let (producer_epoch, coordinator_epoch) = epochs;
        let topic = "t".to_owned();
        Args {
            topic,
            partition: 0,
            start_offset,
            producer_id,
            producer_epoch,
            coordinator_epoch,
            confirmed: YesArgs::default(),
        }
    }

    #[test]
    fn a_transaction_is_named_by_its_start_or_by_all_that_its_marker_needs() {
        assert_eq!(plan(args(Some(5), Some(1), (None, None))).unwrap().transaction, Named::StartOffset(5));
        let Named::Marker(open) = plan(args(None, Some(7), (Some(3), Some(-1)))).unwrap().transaction else {
            panic!("not by marker")
        };
        assert_eq!((open.producer_id, open.producer_epoch, open.coordinator_epoch), (7, 3, 0));
        for (named, missing) in [
            (args(None, None, (Some(1), Some(1))), "which transaction?"),
            (args(None, Some(1), (None, Some(1))), "--producer-id needs --producer-epoch"),
            (args(None, Some(1), (Some(1), None)), "--producer-id needs --coordinator-epoch"),
        ] {
            let failure = plan(named).unwrap_err();
            assert!(failure.messages[0].starts_with(missing), "{failure:?}");
            assert_eq!(failure.kind, Kind::Usage);
        }
    }
}

//! `transactions force-terminate`: shut out the producer of an id, which aborts its transaction everywhere, after asking.

use serde::Serialize;

use super::failing;
use crate::cli::Invocation;
use crate::cli::confirm::{Deed, YesArgs};
use crate::cli::output::{OutputFormat, Render};
use crate::client::{Admin, ClientError};
use crate::protocol::{ErrorCode, Rejection};

/// Abort the transaction of a transactional id, and shut out its producer.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The transactional id.
    #[arg(long, alias = "transactionalId", value_name = "ID", required = true, allow_hyphen_values = true)]
    transactional_id: String,

    #[command(flatten)]
    confirmed: YesArgs,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    transactional_id: String,
    /// `--yes`: do it without asking.
    confirmed: bool,
}

pub fn plan(args: Args) -> Plan {
    Plan { transactional_id: args.transactional_id, confirmed: args.confirmed.yes }
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let id = plan.transactional_id;
    invocation.confirm(plan.confirmed, || {
        let lost = format!("what the open transaction of {id} has written, if there is one");
        Ok(Deed::new(format!("shut out the producer of {id}")).losing([lost]))
    })?;
    let fenced = invocation.block_on(async { Ok(admin.fence_producer(&id).await) })?;
    let (producer_id, producer_epoch) = fenced.map_err(|error| refused(&id, error))?;
    invocation.output.show(&Report { transactional_id: id, producer_id, producer_epoch }, format)
}

fn refused(id: &str, error: ClientError) -> crate::cli::failure::Failure {
    let tried = format!("cannot terminate the transaction of {id}");
    let apache = format!("Failed to force terminate transactionalId `{id}`");
    match error {
        ClientError::Rejected { rejection, .. } => {
            failing::item(&tried, &apache, &rejection, Some(java_message(id, &rejection)))
        }
        error => failing::call(&tried, &apache, error),
    }
}

/// What Java's client makes of the codes of InitProducerId.
fn java_message(id: &str, rejection: &Rejection) -> String {
    let why = match rejection.code {
        ErrorCode::ClusterAuthorizationFailed => "cluster authorization failure",
        ErrorCode::TransactionalIdAuthorizationFailed => "transactional ID authorization failure",
        _ => "unexpected error",
    };
    format!("InitProducerId request for transactionalId `{id}` failed due to {why}")
}

struct Report {
    transactional_id: String,
    producer_id: i64,
    producer_epoch: i16,
}

#[derive(Serialize)]
struct Item {
    transactional_id: String,
    terminated: bool,
    next_producer_id: i64,
    next_producer_epoch: i16,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        vec![Item {
            transactional_id: self.transactional_id.clone(),
            terminated: true,
            next_producer_id: self.producer_id,
            next_producer_epoch: self.producer_epoch,
        }]
    }

    fn table(&self) -> String {
        format!("Terminated the transaction of {}.\n", self.transactional_id)
    }

    /// Success is silent.
    fn apache(&self) -> String {
        String::new()
    }
}

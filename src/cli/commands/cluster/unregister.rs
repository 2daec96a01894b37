//! `cluster unregister`: a broker that will not come back is forgotten. The other brokers no longer wait for it.

use serde::Serialize;

use super::Connection;
use crate::cli::Invocation;
use crate::cli::confirm::{Deed, YesArgs};
use crate::cli::failure::Failure;
use crate::cli::output::Render;
use crate::client::ClientError;

/// Forget a broker that will not come back.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,

    /// The id of the broker.
    #[arg(long, short = 'i', value_name = "ID", required = true, allow_negative_numbers = true)]
    id: i32,

    #[command(flatten)]
    confirmed: YesArgs,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    let admin = args.connection.open(invocation)?;
    invocation.confirm(args.confirmed.yes, || Ok(Deed::new(format!("unregister broker {}", args.id))))?;
    match invocation.block_on(async { Ok(admin.unregister_broker(args.id).await) })? {
        Ok(()) => {
            let report = Report { broker: args.id };
            invocation.output.show(&report, invocation.format(&args.connection.output))
        }
        Err(ClientError::Unsupported { .. }) if is_apache => Ok(invocation.output.line(UNSUPPORTED)?),
        Err(error) => {
            let failure = Failure::from(anyhow::Error::from(error));
            Err(failure.about(format!("cannot unregister broker {}", args.id)).into())
        }
    }
}

/// Recorded from Kafka 4.2.1.
const UNSUPPORTED: &str = "The target cluster does not support the broker unregistration API.";

#[derive(Serialize, Clone)]
struct Report {
    broker: i32,
}

impl Render for Report {
    type Item = Report;

    fn items(&self) -> Vec<Report> {
        vec![self.clone()]
    }

    fn table(&self) -> String {
        format!("Unregistered broker {}.\n", self.broker)
    }

    fn apache(&self) -> String {
        format!("Broker {} is no longer registered.\n", self.broker)
    }
}

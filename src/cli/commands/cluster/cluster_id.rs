//! `cluster cluster-id`: the id that all nodes of the cluster share.

use serde::Serialize;

use super::Connection;
use crate::cli::Invocation;
use crate::cli::output::{Render, Table};

/// Show the cluster's id.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let admin = args.connection.open(invocation)?;
    let cluster = invocation.block_on(async { Ok(admin.describe_cluster().await?) })?;
    let report = Report { cluster_id: cluster.cluster_id };
    invocation.output.show(&report, invocation.format(&args.connection.output))
}

#[derive(Serialize, Clone)]
struct Report {
    cluster_id: Option<String>,
}

impl Render for Report {
    type Item = Report;

    fn items(&self) -> Vec<Report> {
        vec![self.clone()]
    }

    fn table(&self) -> String {
        let mut table = Table::new(["CLUSTER ID"]);
        table.row([self.cluster_id.clone().unwrap_or_else(|| "(the cluster has none)".to_owned())]);
        table.text()
    }

    fn apache(&self) -> String {
        match &self.cluster_id {
            Some(id) => format!("Cluster ID: {id}\n"),
            None => "No cluster ID found. The Kafka version is probably too old.\n".to_owned(),
        }
    }
}

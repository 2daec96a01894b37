//! `cluster list-endpoints`: the brokers of the cluster, or the controllers of its quorum, with their addresses.

use serde::Serialize;

use super::Connection;
use crate::cli::Invocation;
use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT};
use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{Render, Table};
use crate::client::admin::cluster::BrokerAddress;

/// List the cluster's brokers with their addresses; with --bootstrap-controller its controllers.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,

    /// List brokers too that are registered and take no part now.
    #[arg(long)]
    include_fenced_brokers: bool,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let of_controllers = args.connection.bootstrap_controller.is_some();
    let admin = args.connection.open(invocation)?;
    if of_controllers && args.include_fenced_brokers {
        let message = "The option --include-fenced-brokers is only supported with --bootstrap-server option";
        return Err(Failure::usage("--include-fenced-brokers needs --bootstrap-server")
            .thrown(ILLEGAL_ARGUMENT, message)
            .into());
    }
    let cluster = invocation.block_on(async {
        Ok(match args.include_fenced_brokers {
            true => admin.describe_cluster_with_fenced().await?,
            false => admin.describe_cluster().await?,
        })
    })?;
    let mut nodes = cluster.brokers;
    if !invocation.dialect.is_apache() {
        nodes.sort_by_key(|node| node.id);
    }
    let report = Report { nodes, of_controllers };
    invocation.output.show(&report, invocation.format(&args.connection.output))
}

struct Report {
    nodes: Vec<BrokerAddress>,
    of_controllers: bool,
}

#[derive(Serialize)]
struct Item {
    id: i32,
    host: String,
    port: i32,
    rack: Option<String>,
    /// Controllers have none.
    state: Option<&'static str>,
    endpoint_type: &'static str,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |node: &BrokerAddress| Item {
            id: node.id,
            host: node.host.clone(),
            port: node.port,
            rack: node.rack.clone(),
            state: (!self.of_controllers).then_some(if node.is_fenced { "fenced" } else { "unfenced" }),
            endpoint_type: if self.of_controllers { "controller" } else { "broker" },
        };
        self.nodes.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let mut table = Table::new(["ID", "HOST", "PORT", "RACK", "STATE", "TYPE"]);
        for item in self.items() {
            table.row([
                item.id.to_string(),
                item.host,
                item.port.to_string(),
                item.rack.unwrap_or_default(),
                item.state.unwrap_or_default().to_owned(),
                item.endpoint_type.to_owned(),
            ]);
        }
        table.without_empty_columns().numbers(["ID", "PORT"]).text()
    }

    /// The column of the rack is as wide as the longest, and 10 if there is none.
    fn apache(&self) -> String {
        let longest = |lengths: &mut dyn Iterator<Item = usize>, none: usize| lengths.max().unwrap_or(none);
        let host = longest(&mut self.nodes.iter().map(|node| node.host.encode_utf16().count()), 100);
        let racks = self.nodes.iter().filter_map(|node| node.rack.as_ref());
        let rack = longest(&mut racks.map(|rack| rack.encode_utf16().count()), 10);
        let column = |heading, width| Column { heading, width: Width::Fixed(width) };
        let mut columns = vec![column("ID", 10), column("HOST", host), column("PORT", 10), column("RACK", rack)];
        if !self.of_controllers {
            columns.push(column("STATE", 10));
        }
        columns.push(column("ENDPOINT_TYPE", 15));
        let rows = self.items().into_iter().map(|item| {
            let rack = item.rack.unwrap_or_else(|| "null".to_owned());
            let mut row = vec![item.id.to_string(), item.host, item.port.to_string(), rack];
            row.extend(item.state.map(str::to_owned));
            row.push(item.endpoint_type.to_owned());
            row
        });
        fixed_columns(&columns, &rows.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: i32, rack: Option<&str>, is_fenced: bool) -> BrokerAddress {
        BrokerAddress { id, host: "host".to_owned(), port: 9092, rack: rack.map(str::to_owned), is_fenced }
    }

    #[test]
    fn a_missing_rack_is_null_and_the_longest_decides_the_width() {
        let nodes = vec![node(1, Some("r"), false), node(2, None, true)];
        let report = Report { nodes, of_controllers: false };
        let lines: Vec<String> = report.apache().lines().map(str::to_owned).collect();
        assert_eq!(lines[1], "1          host 9092       r unfenced   broker         ");
        assert_eq!(lines[2], "2          host 9092       null fenced     broker         ");
    }

    #[test]
    fn controllers_have_no_state() {
        let report = Report { nodes: vec![node(1, None, false)], of_controllers: true };
        assert_eq!(report.table(), "ID  HOST  PORT  TYPE\n 1  host  9092  controller\n");
        assert!(report.apache().starts_with("ID         HOST PORT       RACK       ENDPOINT_TYPE  \n"));
    }
}

//! `groups --export-offsets`: what groups have committed, to be kept or taken elsewhere.
//!
//! The default is the CSV of Apache's tool: `topic,partition,offset`, with the group in front unless one was named.

use serde::Serialize;

use super::checks::Groups;
use super::describe_offsets::committed;
use super::reset_offsets::csv;
use super::topic_partitions::TopicPartitions;
use super::{describe, list};
use crate::cli::Invocation;
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::quantities::number_text;
use crate::cli::output::{OutputArgs, OutputFormat, Render, Table};
use crate::client::Admin;
use crate::protocol::ErrorCode;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub groups: Groups,
    /// All if empty.
    pub topics: Vec<TopicPartitions>,
}

pub fn run(plan: &Plan, admin: &Admin, invocation: &Invocation, output: &OutputArgs) -> anyhow::Result<()> {
    let report = invocation.block_on(export(plan, admin))?;
    match output.output {
        None | Some(OutputFormat::Csv) => Ok(invocation.output.print(&report.csv())?),
        Some(format) => invocation.output.show(&report, format),
    }
}

async fn export(plan: &Plan, admin: &Admin) -> anyhow::Result<Report> {
    let names = match &plan.groups {
        Groups::Named(names) => existing(names, admin).await?,
        Groups::All => list::consumer_groups(admin).await?.into_iter().map(|group| group.group).collect(),
    };
    let mut rows = Vec::new();
    for group in &names {
        let offsets = committed(group, admin).await?.into_iter();
        let wanted = offsets
            .filter(|(partition, _)| plan.topics.is_empty() || plan.topics.iter().any(|topic| topic.holds(partition)));
        rows.extend(wanted.map(|(partition, committed)| Row {
            group: group.clone(),
            topic: partition.topic,
            partition: partition.partition,
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: committed.metadata,
        }));
    }
    let has_one_named_group = matches!(&plan.groups, Groups::Named(names) if names.len() == 1);
    Ok(Report { rows, has_one_named_group })
}

/// The names, if there is a group behind each.
async fn existing(names: &[String], admin: &Admin) -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    for (name, answer) in admin.describe_groups(names).await? {
        match answer {
            Ok(group) if group.state == "Dead" => {
                failures.push(describe::not_found(&name, &ErrorCode::GroupIdNotFound.into()));
            }
            Ok(_) => {}
            Err(rejection) if rejection.code == ErrorCode::GroupIdNotFound => {
                failures.push(describe::not_found(&name, &rejection));
            }
            Err(rejection) => failures.push(of_rejection(&rejection).about(format!("cannot describe group {name}"))),
        }
    }
    Failure::of_items(failures).map_or(Ok(names.to_vec()), |failure| Err(failure.into()))
}

#[derive(Debug, Clone, Serialize)]
pub struct Row {
    group: String,
    topic: String,
    partition: i32,
    offset: i64,
    leader_epoch: Option<i32>,
    metadata: String,
}

struct Report {
    rows: Vec<Row>,
    /// Then CSV leaves the group out.
    has_one_named_group: bool,
}

impl Report {
    fn csv(&self) -> String {
        let line = |row: &Row| {
            let group = Some(row.group.as_str()).filter(|_| !self.has_one_named_group);
            csv::line(group, &row.topic, row.partition, row.offset)
        };
        self.rows.iter().map(line).collect()
    }
}

impl Render for Report {
    type Item = Row;

    fn items(&self) -> Vec<Row> {
        self.rows.clone()
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["GROUP", "TOPIC", "PARTITION", "OFFSET", "LEADER-EPOCH", "METADATA"]);
        for row in &self.rows {
            table.row([
                row.group.clone(),
                row.topic.clone(),
                row.partition.to_string(),
                row.offset.to_string(),
                number_text(row.leader_epoch.map(i64::from)),
                row.metadata.clone(),
            ]);
        }
        vec![table.without_empty_columns().numbers(["PARTITION", "OFFSET", "LEADER-EPOCH"])]
    }

    fn apache(&self) -> String {
        self.csv()
    }
}

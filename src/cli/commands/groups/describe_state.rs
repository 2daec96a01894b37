//! `groups --describe --state`: each group in one line.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::groups::{GroupDescription, GroupType};

pub struct StateReport {
    pub groups: Vec<GroupDescription>,
    /// `host:port` of the brokers.
    pub brokers: BTreeMap<i32, String>,
    pub verbose: bool,
}

pub async fn brokers(admin: &Admin) -> anyhow::Result<BTreeMap<i32, String>> {
    let brokers = admin.describe_cluster().await?.brokers.into_iter();
    Ok(brokers.map(|broker| (broker.id, format!("{}:{}", broker.host, broker.port))).collect())
}

#[derive(Serialize)]
pub struct Item {
    group: String,
    r#type: &'static str,
    coordinator: Option<String>,
    coordinator_id: i32,
    assignment_strategy: String,
    state: String,
    group_epoch: Option<i32>,
    target_assignment_epoch: Option<i32>,
    members: usize,
}

const COLUMNS: [Column; 7] = [
    Column { heading: "GROUP", width: Width::Longest(15) },
    Column { heading: "COORDINATOR (ID)", width: Width::Longest(25) },
    Column { heading: "ASSIGNMENT-STRATEGY", width: Width::Fixed(20) },
    Column { heading: "STATE", width: Width::Fixed(20) },
    Column { heading: "GROUP-EPOCH", width: Width::Fixed(15) },
    Column { heading: "TARGET-ASSIGNMENT-EPOCH", width: Width::Fixed(25) },
    Column { heading: "#MEMBERS", width: Width::None },
];

/// The places of the two columns that only `--verbose` shows.
const EPOCHS: std::ops::Range<usize> = 4..6;

impl StateReport {
    fn shown<T>(&self, mut columns: Vec<T>) -> Vec<T> {
        if !self.verbose {
            columns.drain(EPOCHS);
        }
        columns
    }

    fn row(&self, group: &GroupDescription) -> Vec<String> {
        let epoch = |epoch: Option<i32>| epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string());
        let address = self.brokers.get(&group.coordinator).map_or("", String::as_str);
        let assignor = if group.assignor.is_empty() { "-" } else { &group.assignor };
        self.shown(vec![
            group.group.clone(),
            format!("{address}  ({})", group.coordinator),
            assignor.to_owned(),
            group.state.clone(),
            epoch(group.group_epoch),
            epoch(group.assignment_epoch),
            group.members.len().to_string(),
        ])
    }
}

impl Render for StateReport {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |group: &GroupDescription| Item {
            group: group.group.clone(),
            r#type: if group.group_type == GroupType::Classic { "Classic" } else { "Consumer" },
            coordinator: self.brokers.get(&group.coordinator).cloned(),
            coordinator_id: group.coordinator,
            assignment_strategy: group.assignor.clone(),
            state: group.state.clone(),
            group_epoch: group.group_epoch,
            target_assignment_epoch: group.assignment_epoch,
            members: group.members.len(),
        };
        self.groups.iter().map(item).collect()
    }

    fn tables(&self) -> Vec<Table> {
        let headings = self.shown(COLUMNS.iter().map(|column| column.heading).collect());
        let rows = self.groups.iter().map(|group| self.row(group)).collect();
        vec![Table::with(headings, rows).numbers(["#MEMBERS", "GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH"])]
    }

    /// A table of its own for each group.
    fn apache(&self) -> String {
        let columns = self.shown(COLUMNS.to_vec());
        self.groups.iter().map(|group| format!("\n{}", fixed_columns(&columns, &[self.row(group)]))).collect()
    }
}

//! `topics --list`: the names of all topics.

use serde::Serialize;

use super::selection::Selection;
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::topics::TopicListing;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub selection: Selection,
    pub exclude_internal: bool,
}

pub struct Report {
    topics: Vec<TopicListing>,
}

pub async fn run(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let topics = admin.list_topics().await?;
    Ok(Report { topics: plan.selection.of_topics(topics, plan.exclude_internal) })
}

#[derive(Serialize)]
pub struct Item {
    topic: String,
    id: String,
    internal: bool,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |topic: &TopicListing| Item {
            topic: topic.name.clone(),
            id: topic.id.to_string(),
            internal: topic.is_internal,
        };
        self.topics.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let mut table = Table::new(["TOPIC"]);
        for topic in &self.topics {
            table.row([topic.name.clone()]);
        }
        table.text()
    }

    /// An empty cluster is an empty line.
    fn apache(&self) -> String {
        let names: Vec<&str> = self.topics.iter().map(|topic| topic.name.as_str()).collect();
        names.join("\n") + "\n"
    }
}

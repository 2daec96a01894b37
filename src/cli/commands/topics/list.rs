//! `topics --list`: the names of all topics, and with `--verbose` what they hold.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::{self, ByPartition, FiguresItem, Total};
use super::selection::Selection;
use super::{Args, SortBy};
use crate::cli::failure::Failure;
use crate::cli::output::quantities::{number_text, size_text, time_text};
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::topics::{TopicDescription, TopicListing};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    selection: Selection,
    exclude_internal: bool,
    verbose: bool,
    sort: SortBy,
}

pub fn plan(args: &Args, selection: Selection) -> Result<Plan, Failure> {
    let sort = args.sort.unwrap_or_default();
    let verbose = args.verbose || sort != SortBy::Name;
    Ok(Plan { selection, exclude_internal: args.exclude_internal, verbose, sort })
}

pub struct Report {
    topics: Vec<Listed>,
    verbose: bool,
}

struct Listed {
    topic: TopicListing,
    /// What was looked up of it, if anything was.
    holds: Option<(TopicDescription, Total)>,
}

pub async fn run(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let topics = plan.selection.of_topics(admin.list_topics().await?, plan.exclude_internal);
    let mut topics: Vec<Listed> = topics.into_iter().map(|topic| Listed { topic, holds: None }).collect();
    if plan.verbose {
        look_up(&mut topics, admin).await?;
        sort(&mut topics, plan.sort);
    }
    Ok(Report { topics, verbose: plan.verbose })
}

/// A topic that has gone since it was listed, or that we may not describe, is shown without what it holds.
async fn look_up(topics: &mut [Listed], admin: &Admin) -> anyhow::Result<()> {
    let names: Vec<String> = topics.iter().map(|listed| listed.topic.name.clone()).collect();
    let answers = admin.describe_topics(&names).await?;
    let mut described: BTreeMap<String, TopicDescription> =
        answers.into_iter().filter_map(|(name, answer)| Some((name, answer.ok()?))).collect();
    let figures: ByPartition = figures::all(&described.values().collect::<Vec<_>>(), admin).await?;
    for listed in topics {
        listed.holds = described.remove(&listed.topic.name).map(|description| {
            let total = figures::total(&description, &figures);
            (description, total)
        });
    }
    Ok(())
}

/// Most first; by name among equals.
fn sort(topics: &mut [Listed], by: SortBy) {
    let total = |listed: &Listed| listed.holds.as_ref().map(|(_, total)| *total).unwrap_or_default();
    match by {
        SortBy::Name => {}
        SortBy::Partitions => topics.sort_by_key(|listed| Reverse(listed.partitions())),
        SortBy::Records => topics.sort_by_key(|listed| Reverse(total(listed).records)),
        SortBy::Size => topics.sort_by_key(|listed| Reverse(total(listed).size)),
        SortBy::Newest => topics.sort_by_key(|listed| Reverse(total(listed).newest)),
    }
}

impl Listed {
    fn partitions(&self) -> Option<i64> {
        self.holds.as_ref().map(|(description, _)| description.partitions.len() as i64)
    }

    fn replicas(&self) -> Option<i64> {
        let (description, _) = self.holds.as_ref()?;
        description.partitions.first().map(|partition| partition.replicas.len() as i64)
    }
}

#[derive(Serialize)]
pub struct Item {
    topic: String,
    id: String,
    internal: bool,
    #[serde(flatten)]
    verbose: Option<VerboseItem>,
}

#[derive(Serialize)]
struct VerboseItem {
    partitions: Option<i64>,
    replication_factor: Option<i64>,
    #[serde(flatten)]
    holds: FiguresItem,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |listed: &Listed| Item {
            topic: listed.topic.name.clone(),
            id: listed.topic.id.to_string(),
            internal: listed.topic.is_internal,
            verbose: self.verbose.then(|| VerboseItem {
                partitions: listed.partitions(),
                replication_factor: listed.replicas(),
                holds: listed.holds.as_ref().map(|(_, total)| FiguresItem::from(*total)).unwrap_or_default(),
            }),
        };
        self.topics.iter().map(item).collect()
    }

    fn tables(&self) -> Vec<Table> {
        if !self.verbose {
            let mut table = Table::new(["TOPIC"]);
            self.topics.iter().for_each(|listed| table.row([listed.topic.name.clone()]));
            return vec![table];
        }
        let numbers = ["PARTITIONS", "REPLICAS", "RECORDS", "SIZE"];
        let mut table =
            Table::new(["TOPIC", "PARTITIONS", "REPLICAS", "RECORDS", "SIZE", "NEWEST RECORD"]).numbers(numbers);
        for listed in &self.topics {
            let total = listed.holds.as_ref().map(|(_, total)| *total).unwrap_or_default();
            table.row([
                listed.topic.name.clone(),
                number_text(listed.partitions()),
                number_text(listed.replicas()),
                number_text(total.records),
                size_text(total.size),
                time_text(total.newest),
            ]);
        }
        vec![table]
    }

    /// An empty cluster is an empty line.
    fn apache(&self) -> String {
        let names: Vec<&str> = self.topics.iter().map(|listed| listed.topic.name.as_str()).collect();
        names.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Uuid;

    fn listed(name: &str, holds: Option<(i32, Option<i64>)>) -> Listed {
        let topic = TopicListing { name: name.to_owned(), id: Uuid::ZERO, is_internal: false };
        let holds = holds.map(|(partitions, size)| {
            (figures::tests::topic(name, partitions), Total { size, records: Some(5), newest: None })
        });
        Listed { topic, holds }
    }

    #[test]
    fn the_largest_come_first_and_what_is_unknown_last() {
        let mut topics = vec![
            listed("a", Some((1, Some(10)))),
            listed("b", None),
            listed("c", Some((3, Some(2048)))),
            listed("d", Some((3, None))),
        ];
        let names = |topics: &[Listed]| topics.iter().map(|each| each.topic.name.clone()).collect::<Vec<_>>().concat();
        sort(&mut topics, SortBy::Size);
        assert_eq!(names(&topics), "cabd");
        sort(&mut topics, SortBy::Partitions);
        assert_eq!(names(&topics), "cdab");
        let table = Report { topics, verbose: true }.table();
        assert_eq!(
            table,
            "TOPIC  PARTITIONS  REPLICAS  RECORDS      SIZE  NEWEST RECORD\n\
             c               3         1        5  2.00 KiB  -\n\
             d               3         1        5         -  -\n\
             a               1         1        5      10 B  -\n\
             b               -         -        -         -  -\n"
        );
    }

    #[test]
    fn the_fields_are_more_when_more_was_asked_for() {
        let json = |verbose| {
            let report = Report { topics: vec![listed("a", Some((1, Some(10))))], verbose };
            serde_json::to_string(&report.items()).unwrap()
        };
        let id = Uuid::ZERO;
        let few = format!(r#""topic":"a","id":"{id}","internal":false"#);
        assert_eq!(json(false), format!("[{{{few}}}]"));
        let more = r#""partitions":1,"replication_factor":1,"records":5,"size":10,"newest_timestamp_ms":null"#;
        assert_eq!(json(true), format!("[{{{few},{more}}}]"));
    }
}

//! `topics --alter --partitions`: raise the partition count of all matching topics.

use anyhow::Context;
use serde::Serialize;

use super::selection::Selection;
use super::{Args, create};
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::Render;
use crate::cli::tools::Dialect;
use crate::cli::usage::counted;
use crate::client::Admin;
use crate::client::admin::topics::NewPartitions;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    selection: Selection,
    partitions: i32,
    /// Brokers of every partition, those that exist already included.
    assignments: Option<Vec<Vec<i32>>>,
    if_exists: bool,
    dry_run: bool,
}

pub fn plan(args: &Args, selection: Selection, dialect: Dialect) -> Result<Plan, Failure> {
    let partitions = args.partitions.unwrap_or_default();
    if partitions < 1 && !dialect.is_apache() {
        return Err(Failure::usage(format!("--partitions must be at least 1, not {partitions}")));
    }
    let assignments = create::given_assignment(args).map(create::assignments).transpose()?;
    let assignments = assignments.map(|assignments| assignments.into_values().collect());
    Ok(Plan { selection, partitions, assignments, if_exists: args.if_exists, dry_run: args.change.dry_run })
}

pub struct Report {
    topics: Vec<String>,
    partitions: i32,
    /// Only asked whether they could have as many.
    dry_run: bool,
}

pub async fn run(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let found = plan.selection.of_topics(admin.list_topics().await?, false);
    if !plan.if_exists {
        plan.selection.must_match(&found)?;
    }
    let names: Vec<String> = found.into_iter().map(|topic| topic.name).collect();
    let counts = match &plan.assignments {
        Some(_) => partition_counts(&names, admin).await?,
        None => vec![0; names.len()],
    };
    let wanted: Vec<NewPartitions> = names
        .iter()
        .zip(counts)
        .map(|(topic, existing)| NewPartitions {
            topic: topic.clone(),
            total: plan.partitions,
            assignments: plan.assignments.as_ref().map(|all| all.iter().skip(existing).cloned().collect()),
        })
        .collect();
    if wanted.is_empty() {
        return Ok(Report { topics: Vec::new(), partitions: plan.partitions, dry_run: plan.dry_run });
    }
    let answers = admin.create_partitions(&wanted, plan.dry_run).await?;
    let failures = answers.iter().filter_map(|(topic, answer)| {
        let rejection = answer.as_ref().err()?;
        Some(of_rejection(rejection).about(format!("cannot raise the partitions of {topic} to {}", plan.partitions)))
    });
    match Failure::of_items(failures) {
        Some(failure) => Err(failure.into()),
        None => Ok(Report { topics: names, partitions: plan.partitions, dry_run: plan.dry_run }),
    }
}

async fn partition_counts(names: &[String], admin: &Admin) -> anyhow::Result<Vec<usize>> {
    let mut counts = Vec::new();
    for (topic, description) in admin.describe_topics(names).await? {
        let description = description.with_context(|| format!("cannot describe topic {topic}"))?;
        counts.push(description.partitions.len());
    }
    Ok(counts)
}

#[derive(Serialize)]
pub struct Item {
    topic: String,
    partitions: i32,
    altered: bool,
    dry_run: bool,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |topic: &String| Item {
            topic: topic.clone(),
            partitions: self.partitions,
            altered: !self.dry_run,
            dry_run: self.dry_run,
        };
        self.topics.iter().map(item).collect()
    }

    fn table(&self) -> String {
        let partitions = counted(i64::from(self.partitions), "partition");
        let line = |topic: &String| match self.dry_run {
            true => format!("Topic {topic} would have {partitions}.\n"),
            false => format!("Topic {topic} has {partitions} now.\n"),
        };
        self.topics.iter().map(line).collect()
    }

    /// Success is silent.
    fn apache(&self) -> String {
        String::new()
    }
}

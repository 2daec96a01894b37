//! `groups --reset-offsets`: new offsets for groups that are not active.
//!
//! `scope` says which partitions, `scenario` which offset each gets, `report` shows it; `times` reads times and
//! durations, `csv` the files of `--export` and `--from-file`. Nothing is committed before every offset is known.

pub mod csv;
mod report;
mod scenario;
mod scope;
mod times;

use std::collections::BTreeMap;

use super::Args;
use super::checks::Groups;
use super::describe_offsets::committed;
use super::list;
use crate::cli::Invocation;
use crate::cli::dialect::logged;
use crate::cli::failure::{ApacheForm, Failure, Kind, of_rejection};
use crate::cli::output::OutputFormat;
use crate::cli::tools::Dialect;
use crate::client::Admin;
use crate::client::admin::group_offsets::CommittedOffset;
use crate::clock::Timestamp;
use crate::protocol::ErrorCode;
use crate::vocabulary::TopicPartition;
use report::Report;
pub use report::{Row, Rows};
use scenario::Scenario;
pub use scenario::scenarios;
use scope::Scope;
pub use scope::partitions_with_leader;

#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    groups: Groups,
    scope: Scope,
    scenario: Scenario,
    execute: bool,
    export: bool,
    is_apache: bool,
}

pub fn plan(args: &Args, groups: Groups, dialect: Dialect, now: Timestamp) -> Result<Plan, Failure> {
    let scope = scope::plan(args)?;
    let scenario = scenario::plan(args, &groups, dialect, now)?;
    Ok(Plan { scope, groups, scenario, execute: args.execute, export: args.export, is_apache: dialect.is_apache() })
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let groups = invocation.block_on(names(&plan.groups, admin))?;
    let has_one_named_group = matches!(&plan.groups, Groups::Named(names) if names.len() == 1);
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for group in &groups {
        match invocation.block_on(reset_one(&plan, group, admin)).map_err(|error| wrapped(error, &plan))? {
            Reset::Done { rows: more, warnings, clamped } => {
                rows.extend(more);
                for text in clamped {
                    if plan.is_apache {
                        invocation.output.note(&logged("WARN", &text, "org.apache.kafka.tools.OffsetsUtils"));
                    } else {
                        invocation.output.warning(&text);
                    }
                }
                for warning in warnings {
                    if plan.is_apache {
                        invocation.output.line(&format!("\n{warning}"))?
                    } else {
                        invocation.output.note(&warning)
                    }
                }
            }
            Reset::NotPossible(failure) => failures.push(failure),
        }
    }
    if plan.is_apache {
        for failure in failures.drain(..) {
            invocation.output.line(&format!("\nError: {failure}"))?;
        }
    }
    let report = Report { rows, export: plan.export, has_one_named_group };
    invocation.output.show(&report, format)?;
    Failure::of_items(failures).map_or(Ok(()), |failure| Err(failure.into()))
}

/// A cluster's answer arrives wrapped once more than in the other actions of Apache's tool.
fn wrapped(error: anyhow::Error, plan: &Plan) -> anyhow::Error {
    let failure = Failure::from(error);
    match &failure.apache {
        Some(ApacheForm::Answer { class, message }) if plan.is_apache => {
            let message = format!("java.util.concurrent.ExecutionException: {class}: {message}");
            failure.thrown("java.lang.RuntimeException", message).into()
        }
        _ => failure.into(),
    }
}

async fn names(groups: &Groups, admin: &Admin) -> anyhow::Result<Vec<String>> {
    match groups {
        Groups::Named(names) => Ok(names.clone()),
        Groups::All => Ok(list::consumer_groups(admin).await?.into_iter().map(|group| group.group).collect()),
    }
}

/// What became of one group.
enum Reset {
    Done {
        rows: Vec<Row>,
        warnings: Vec<String>,
        clamped: Vec<String>,
    },
    /// The group is left as it is, for a reason of its own.
    NotPossible(Failure),
}

async fn reset_one(plan: &Plan, group: &str, admin: &Admin) -> anyhow::Result<Reset> {
    if let Some(state) = active_state(group, admin).await? {
        let message = format!(
            "Assignments can only be reset if the group '{group}' is inactive, but the current state is {state}."
        );
        return Ok(Reset::NotPossible(Failure::new(Kind::Refused, message).hint("stop its consumers first")));
    }
    if let Scenario::FromFile(file) = &plan.scenario
        && plan.scope == Scope::OfFile
        && !file.iter().any(|line| line.is_for(group))
    {
        return Ok(Reset::NotPossible(Failure::new(Kind::Failed, format!("No reset plan for group {group} found"))));
    }
    let committed = committed(group, admin).await?;
    let partitions = scope::partitions(&plan.scope, &plan.scenario, group, &committed, admin).await?;
    let offsets = scenario::offsets(&plan.scenario, group, &partitions, &committed, admin).await?;
    if plan.execute {
        let offset = |(partition, offset): (&TopicPartition, &i64)| {
            (partition.clone(), CommittedOffset { offset: *offset, leader_epoch: None, metadata: String::new() })
        };
        commit(group, &offsets.offsets.iter().map(offset).collect(), admin).await?;
    }
    let row = |(partition, offset): (&TopicPartition, &i64)| Row {
        group: group.to_owned(),
        topic: partition.topic.clone(),
        partition: partition.partition,
        current_offset: committed.get(partition).map(|committed| committed.offset),
        new_offset: *offset,
        dry_run: !plan.execute,
    };
    Ok(Reset::Done {
        rows: offsets.offsets.iter().map(row).collect(),
        warnings: offsets.warnings,
        clamped: offsets.clamped,
    })
}

/// The state of a group that has members; a group that does not exist can be given offsets.
async fn active_state(group: &str, admin: &Admin) -> anyhow::Result<Option<String>> {
    let answers = admin.describe_groups(&[group.to_owned()]).await?;
    match answers.into_iter().next() {
        Some((_, Ok(group))) => Ok(Some(group.state).filter(|state| state != "Empty" && state != "Dead")),
        Some((_, Err(rejection))) if rejection.code != ErrorCode::GroupIdNotFound => {
            Err(of_rejection(&rejection).about(format!("cannot describe group {group}")).into())
        }
        _ => Ok(None),
    }
}

/// Offsets from elsewhere, as they can be committed.
pub struct Carried {
    pub rows: Vec<Row>,
    /// Offsets that the logs have not, and what is taken instead.
    pub clamped: Vec<String>,
}

/// What offsets that come from elsewhere mean for a group; nothing is committed.
pub async fn carried(
    group: &str,
    wanted: Vec<(TopicPartition, i64)>,
    admin: &Admin,
) -> anyhow::Result<Result<Carried, Failure>> {
    let line = |(partition, offset)| csv::Line { group: Some(group.to_owned()), partition, offset };
    let plan = Plan {
        groups: Groups::Named(vec![group.to_owned()]),
        scope: Scope::OfFile,
        scenario: Scenario::FromFile(wanted.into_iter().map(line).collect()),
        execute: false,
        export: false,
        is_apache: false,
    };
    match reset_one(&plan, group, admin).await? {
        Reset::Done { rows, clamped, .. } => Ok(Ok(Carried { rows, clamped })),
        Reset::NotPossible(failure) => Ok(Err(failure)),
    }
}

pub async fn commit(
    group: &str,
    offsets: &BTreeMap<TopicPartition, CommittedOffset>,
    admin: &Admin,
) -> anyhow::Result<()> {
    if offsets.is_empty() {
        return Ok(());
    }
    let offsets: Vec<_> = offsets.iter().map(|(partition, offset)| (partition.clone(), offset.clone())).collect();
    let answers = admin.alter_group_offsets(group, &offsets).await?;
    let failures = answers.into_iter().filter_map(|(partition, answer)| {
        Some(of_rejection(&answer.err()?).about(format!("cannot set the offset of group {group} for {partition}")))
    });
    Failure::of_items(failures).map_or(Ok(()), |failure| Err(failure.into()))
}

//! `groups --describe`: which groups, which view of them, and what stands in the way of a table.

use super::checks::Groups;
use super::describe_members::MembersReport;
use super::describe_offsets::{self, OffsetsReport};
use super::describe_state::{self, StateReport};
use super::lag::{self, LagReport, Wanted};
use super::list;
use super::own_options::LagBy;
use crate::cli::Invocation;
use crate::cli::dialect::exceptions;
use crate::cli::failure::{ApacheForm, Failure, of_rejection};
use crate::cli::output::OutputFormat;
use crate::cli::watch::Watch;
use crate::client::Admin;
use crate::client::admin::groups::GroupDescription;
use crate::protocol::{ErrorCode, Rejection};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub groups: Groups,
    pub view: View,
    pub verbose: bool,
    pub wanted: Wanted,
    pub watch: Option<Watch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Offsets,
    Members,
    State,
    /// Sums of the offsets' lag.
    Lag(LagBy),
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    if let Some(watch) = plan.watch {
        return watched(&plan, watch, admin, invocation, format);
    }
    let groups = invocation.block_on(describe(&plan.groups, admin))?;
    for group in &groups {
        if let Some(note) = note(group, invocation.dialect.is_apache()) {
            invocation.output.note(&note);
        }
    }
    match plan.view {
        View::Offsets => {
            let report = invocation.block_on(offsets(&plan, &groups, admin))?;
            invocation.output.show(&report, format)
        }
        View::Lag(by) => {
            let report = invocation.block_on(lag(&plan, by, &groups, admin))?;
            invocation.output.show(&report, format)
        }
        View::Members => invocation.output.show(&MembersReport { groups, verbose: plan.verbose }, format),
        View::State => {
            let brokers = invocation.block_on(describe_state::brokers(admin))?;
            invocation.output.show(&StateReport { groups, brokers, verbose: plan.verbose }, format)
        }
    }
}

/// The same again and again; what is beside the tables is left out.
fn watched(
    plan: &Plan,
    watch: Watch,
    admin: &Admin,
    invocation: &Invocation,
    format: OutputFormat,
) -> anyhow::Result<()> {
    let groups = async || describe(&plan.groups, admin).await;
    let verbose = plan.verbose;
    match plan.view {
        View::Offsets => invocation.watch(watch, format, &["group", "topic", "partition"], async || {
            offsets(plan, &groups().await?, admin).await
        }),
        View::Lag(by) => {
            invocation.watch(watch, format, &["group", "topic"], async || lag(plan, by, &groups().await?, admin).await)
        }
        View::Members => invocation.watch(watch, format, &["group", "consumer_id"], async || {
            Ok(MembersReport { groups: groups().await?, verbose })
        }),
        View::State => invocation.watch(watch, format, &["group"], async || {
            Ok(StateReport { groups: groups().await?, brokers: describe_state::brokers(admin).await?, verbose })
        }),
    }
}

async fn offsets(plan: &Plan, groups: &[GroupDescription], admin: &Admin) -> anyhow::Result<OffsetsReport> {
    let groups = plan.wanted.of_groups(describe_offsets::rows(groups, admin).await?);
    Ok(OffsetsReport { groups, verbose: plan.verbose })
}

async fn lag(plan: &Plan, by: LagBy, groups: &[GroupDescription], admin: &Admin) -> anyhow::Result<LagReport> {
    let mut sums = lag::sums(&describe_offsets::rows(groups, admin).await?, by);
    plan.wanted.apply(&mut sums, |sum| sum.lag);
    Ok(LagReport { sums, by })
}

/// The groups in the order of their names. One that does not exist fails the whole command, as with Apache's tool.
async fn describe(groups: &Groups, admin: &Admin) -> anyhow::Result<Vec<GroupDescription>> {
    let mut names = match groups {
        Groups::Named(names) => names.clone(),
        Groups::All => list::consumer_groups(admin).await?.into_iter().map(|group| group.group).collect(),
    };
    names.sort();
    let mut described = Vec::new();
    let mut failures = Vec::new();
    for (name, answer) in admin.describe_groups(&names).await? {
        match answer {
            Ok(group) if group.state == "Dead" => failures.push(dead(&name)),
            Ok(group) => described.push(group),
            Err(rejection) if rejection.code == ErrorCode::GroupIdNotFound => {
                failures.push(not_found(&name, &rejection))
            }
            Err(rejection) => failures.push(of_rejection(&rejection).about(format!("cannot describe group {name}"))),
        }
    }
    match Failure::of_items(failures) {
        Some(failure) => Err(failure.into()),
        None => Ok(described),
    }
}

/// Brokers before 4.0 describe a group that does not exist, as a dead one.
fn dead(group: &str) -> Failure {
    not_found(group, &ErrorCode::GroupIdNotFound.into())
        .in_apache(ApacheForm::Remark(format!("Consumer group '{group}' does not exist.")))
}

pub fn not_found(group: &str, rejection: &Rejection) -> Failure {
    let message = rejection.message.clone().unwrap_or_else(|| format!("Group {group} not found."));
    Failure::not_found(format!("there is no group '{group}'"))
        .hint("`kavka groups --list` shows the groups of this cluster")
        .in_apache(ApacheForm::Answer { class: exceptions::class(ErrorCode::GroupIdNotFound), message })
}

/// What is worth saying about a group beside its table; Apache's notes have an empty line before them.
fn note(group: &GroupDescription, apache: bool) -> Option<String> {
    let name = &group.group;
    match (group.state.as_str(), apache) {
        ("Empty", true) => Some(format!("\nConsumer group '{name}' has no active members.")),
        ("Empty", false) => Some(format!("group {name} has no active members")),
        ("PreparingRebalance" | "CompletingRebalance" | "Assigning" | "Reconciling", true) => {
            Some(format!("\nWarning: Consumer group '{name}' is rebalancing."))
        }
        ("PreparingRebalance" | "CompletingRebalance" | "Assigning" | "Reconciling", false) => {
            Some(format!("group {name} is rebalancing"))
        }
        _ => None,
    }
}

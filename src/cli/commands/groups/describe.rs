//! `groups --describe`: which groups, which view of them, and what stands in the way of a table.

use super::checks::Groups;
use super::describe_members::MembersReport;
use super::describe_offsets::{self, OffsetsReport};
use super::describe_state::{self, StateReport};
use super::list;
use crate::cli::Invocation;
use crate::cli::dialect::exceptions;
use crate::cli::failure::{ApacheForm, Failure, of_rejection};
use crate::cli::output::OutputFormat;
use crate::client::Admin;
use crate::client::admin::groups::GroupDescription;
use crate::protocol::{ErrorCode, Rejection};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub groups: Groups,
    pub view: View,
    pub verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Offsets,
    Members,
    State,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let groups = invocation.block_on(describe(&plan.groups, admin))?;
    for group in &groups {
        if let Some(note) = note(group, invocation.dialect.is_apache()) {
            invocation.output.note(&note);
        }
    }
    match plan.view {
        View::Offsets => {
            let rows = invocation.block_on(describe_offsets::rows(&groups, admin))?;
            invocation.output.show(&OffsetsReport { groups: rows, verbose: plan.verbose }, format)
        }
        View::Members => invocation.output.show(&MembersReport { groups, verbose: plan.verbose }, format),
        View::State => {
            let brokers = invocation.block_on(describe_state::brokers(admin))?;
            invocation.output.show(&StateReport { groups, brokers, verbose: plan.verbose }, format)
        }
    }
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

//! `groups --list`: consumer groups, with their types and states if asked for.

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::groups::{GroupFilter, GroupListing};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Shown, and if not empty the only ones.
    states: Option<Vec<&'static str>>,
    types: Option<Vec<&'static str>>,
}

/// States of consumer groups, as Kafka writes them.
const STATES: [&str; 7] =
    ["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"];
const TYPES: [&str; 2] = ["Classic", "Consumer"];

pub fn plan(states: Option<&Option<String>>, types: Option<&Option<String>>) -> Result<Plan, Failure> {
    let states = states.map(|list| {
        known(list.as_deref(), &STATES).map_err(|list| {
            let valid = STATES.join(", ");
            Failure::usage(format!("--state {list}: the states of groups are {valid}"))
                .apache_usage(format!("Invalid state list '{list}'. Valid states are: {valid}"))
        })
    });
    let types = types.map(|list| {
        known(list.as_deref(), &TYPES).map_err(|list| {
            let valid = TYPES.join(", ");
            Failure::usage(format!("--type {list}: the types of groups are {valid}"))
                .apache_usage(format!("Invalid types list '{list}'. Valid types are: {valid}"))
        })
    });
    Ok(Plan { states: states.transpose()?, types: types.transpose()? })
}

/// The names out of `valid` that a list apart by commas means, in any case; the list itself if a name is none of them.
fn known(list: Option<&str>, valid: &[&'static str]) -> Result<Vec<&'static str>, String> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let name = |text: &str| valid.iter().find(|name| name.eq_ignore_ascii_case(text.trim())).copied();
    list.split(',').map(|text| name(text).ok_or_else(|| list.to_owned())).collect()
}

pub struct Report {
    groups: Vec<GroupListing>,
    shows_states: bool,
    shows_types: bool,
}

pub async fn run(plan: Plan, admin: &Admin) -> anyhow::Result<Report> {
    let mut groups = consumer_groups(admin).await?;
    let among = |wanted: &Option<Vec<&str>>, value: &str| match wanted {
        Some(wanted) if !wanted.is_empty() => wanted.iter().any(|name| name.eq_ignore_ascii_case(value)),
        _ => true,
    };
    groups.retain(|group| {
        among(&plan.states, group.state.as_deref().unwrap_or_default()) && among(&plan.types, type_name(group))
    });
    Ok(Report { groups, shows_states: plan.states.is_some(), shows_types: plan.types.is_some() })
}

/// Groups of consumers and of programs that only commit; those of Connect and of others are left out.
pub async fn consumer_groups(admin: &Admin) -> anyhow::Result<Vec<GroupListing>> {
    let mut groups = admin.list_groups(&GroupFilter::default()).await?;
    groups.retain(|group| TYPES.contains(&type_name(group)) && matches!(group.protocol_type.as_str(), "consumer" | ""));
    Ok(groups)
}

/// Brokers that name no types have classic groups only.
fn type_name(group: &GroupListing) -> &str {
    let given = group.group_type.as_deref().unwrap_or("Classic");
    TYPES.into_iter().find(|name| name.eq_ignore_ascii_case(given)).unwrap_or(given)
}

/// Apache's tool does not conclude that.
fn apache_type_name(group: &GroupListing) -> &str {
    if group.group_type.is_some() { type_name(group) } else { "Unknown" }
}

#[derive(Serialize)]
pub struct Item {
    group: String,
    r#type: String,
    state: Option<String>,
}

impl Report {
    fn rows(&self, type_of: fn(&GroupListing) -> &str) -> Vec<Vec<String>> {
        let row = |group: &GroupListing| {
            let mut row = vec![group.group.clone()];
            row.extend(self.shows_types.then(|| type_of(group).to_owned()));
            row.extend(self.shows_states.then(|| group.state.clone().unwrap_or_default()));
            row
        };
        self.groups.iter().map(row).collect()
    }

    fn headings(&self) -> Vec<&'static str> {
        let optional = [("TYPE", self.shows_types), ("STATE", self.shows_states)];
        let shown = optional.into_iter().filter(|(_, shown)| *shown).map(|(heading, _)| heading);
        std::iter::once("GROUP").chain(shown).collect()
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |group: &GroupListing| Item {
            group: group.group.clone(),
            r#type: type_name(group).to_owned(),
            state: group.state.clone(),
        };
        self.groups.iter().map(item).collect()
    }

    fn table(&self) -> String {
        Table::with(self.headings(), self.rows(type_name)).text()
    }

    fn apache(&self) -> String {
        if !self.shows_states && !self.shows_types {
            return self.groups.iter().map(|group| format!("{}\n", group.group)).collect();
        }
        let longest = self.groups.iter().map(|group| group.group.chars().count()).max().unwrap_or(0);
        let width = |heading| if heading == "GROUP" { Width::Fixed(longest.max(15) + 10) } else { Width::Fixed(20) };
        let columns: Vec<Column> =
            self.headings().into_iter().map(|heading| Column { heading, width: width(heading) }).collect();
        fixed_columns(&columns, &self.rows(apache_type_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_in_any_case_and_unknown_ones_refused() {
        let states = Some("stable, EMPTY".to_owned());
        assert_eq!(plan(Some(&states), None).unwrap().states.unwrap(), ["Stable", "Empty"]);
        assert!(plan(Some(&Some("sleeping".to_owned())), None).is_err());
        assert!(plan(None, Some(&Some("share".to_owned()))).is_err());
    }

    #[test]
    fn groups_of_brokers_that_name_no_types_are_classic_and_unknown_to_apaches_tool() {
        let group =
            GroupListing { group: "g".to_owned(), protocol_type: "consumer".to_owned(), state: None, group_type: None };
        let report = Report { groups: vec![group], shows_states: false, shows_types: true };
        assert_eq!(report.items()[0].r#type, "Classic");
        assert!(report.apache().contains("Unknown") && !report.apache().contains("Classic"));
    }

    #[test]
    fn apaches_table_is_padded_to_its_end() {
        let group = GroupListing {
            group: "my-group".to_owned(),
            protocol_type: "consumer".to_owned(),
            state: Some("Stable".to_owned()),
            group_type: Some("consumer".to_owned()),
        };
        let report = Report { groups: vec![group], shows_states: true, shows_types: true };
        let lines = format!(
            "{:<25} {:<20} {:<20}\n{:<25} {:<20} {:<20}\n",
            "GROUP", "TYPE", "STATE", "my-group", "Consumer", "Stable"
        );
        assert_eq!(report.apache(), lines);
    }
}

//! `groups --list`: groups, with their types, states, protocols and lag if asked for.

use std::collections::BTreeMap;

use serde::Serialize;

use super::describe_offsets;
use super::lag::Wanted;
use super::own_options::{OwnArgs, SortBy};
use crate::cli::failure::Failure;
use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::quantities::number_text;
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::groups::{GroupFilter, GroupListing};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Shown, and if not empty the only ones.
    states: Option<Vec<&'static str>>,
    types: Option<Vec<&'static str>>,
    which: Which,
    shows_lag: bool,
    wanted: Wanted,
}

/// Which groups are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    /// Groups of consumers; types and protocols are shown when that was asked for in so many words.
    Consumers {
        shown: bool,
    },
    All,
    OfType {
        group_type: Option<&'static str>,
        protocol: Option<String>,
    },
}

/// States of consumer groups, as Kafka writes them.
const STATES: [&str; 7] =
    ["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"];
const TYPES: [&str; 2] = ["Classic", "Consumer"];
const ALL_TYPES: [&str; 4] = ["Classic", "Consumer", "Share", "Streams"];

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
    Ok(Plan {
        states: states.transpose()?,
        types: types.transpose()?,
        which: Which::Consumers { shown: false },
        shows_lag: false,
        wanted: Wanted::default(),
    })
}

impl Plan {
    /// Adds what is asked for beyond Apache's tool.
    pub fn with(self, own: &OwnArgs, all_groups: bool) -> Result<Plan, Failure> {
        let wanted = Wanted::of(own);
        let of_type = |group_type| Which::OfType { group_type: Some(group_type), protocol: None };
        let which = match (&own.group_type, &own.protocol) {
            (Some(_), _) | (_, Some(_)) => {
                let group_type = own.group_type.as_deref().map(one_type).transpose()?;
                Which::OfType { group_type, protocol: own.protocol.clone() }
            }
            _ if own.share => of_type("Share"),
            _ if own.streams => of_type("Streams"),
            _ if all_groups => Which::All,
            _ => Which::Consumers { shown: own.consumer },
        };
        let shows_lag = own.lag || wanted.least.is_some() || wanted.sort == SortBy::Lag;
        Ok(Plan { which, shows_lag, wanted, ..self })
    }
}

fn one_type(text: &str) -> Result<&'static str, Failure> {
    let found = ALL_TYPES.iter().find(|name| name.eq_ignore_ascii_case(text)).copied();
    found
        .ok_or_else(|| Failure::usage(format!("--group-type {text}: the types of groups are {}", ALL_TYPES.join(", "))))
}

/// The names out of `valid` that a list apart by commas means, in any case; the list itself if a name is none of them.
fn known(list: Option<&str>, valid: &[&'static str]) -> Result<Vec<&'static str>, String> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let name = |text: &str| valid.iter().find(|name| name.eq_ignore_ascii_case(text.trim())).copied();
    list.split(',').map(|text| name(text).ok_or_else(|| list.to_owned())).collect()
}

pub struct Report {
    groups: Vec<Listed>,
    shows_states: bool,
    shows_types: bool,
    shows_protocols: bool,
    shows_lag: bool,
}

struct Listed {
    group: GroupListing,
    /// Of all partitions with a committed offset.
    lag: Option<i64>,
}

pub async fn run(plan: &Plan, admin: &Admin) -> anyhow::Result<Report> {
    let mut groups = match plan.which {
        Which::Consumers { .. } => consumer_groups(admin).await?,
        _ => admin.list_groups(&GroupFilter::default()).await?,
    };
    let among = |wanted: &Option<Vec<&str>>, value: &str| match wanted {
        Some(wanted) if !wanted.is_empty() => wanted.iter().any(|name| name.eq_ignore_ascii_case(value)),
        _ => true,
    };
    groups.retain(|group| {
        plan.which.holds(group)
            && among(&plan.states, group.state.as_deref().unwrap_or_default())
            && among(&plan.types, type_name(group))
    });
    let mut lags = match plan.shows_lag {
        true => lags(&groups, admin).await?,
        false => BTreeMap::new(),
    };
    let listed = groups.into_iter().map(|group| Listed { lag: lags.remove(&group.group), group });
    let mut groups: Vec<Listed> = listed.collect();
    plan.wanted.apply(&mut groups, |listed| listed.lag);
    let shows_protocols = plan.which != Which::Consumers { shown: false };
    Ok(Report {
        groups,
        shows_states: plan.states.is_some(),
        shows_types: plan.types.is_some() || shows_protocols,
        shows_protocols,
        shows_lag: plan.shows_lag,
    })
}

impl Which {
    fn holds(&self, group: &GroupListing) -> bool {
        match self {
            Which::Consumers { .. } | Which::All => true,
            Which::OfType { group_type, protocol } => {
                group_type.is_none_or(|wanted| wanted.eq_ignore_ascii_case(type_name(group)))
                    && protocol.as_ref().is_none_or(|wanted| *wanted == group.protocol_type)
            }
        }
    }
}

/// How far each group is behind; nothing is known of one that has committed nothing.
async fn lags(groups: &[GroupListing], admin: &Admin) -> anyhow::Result<BTreeMap<String, i64>> {
    let consumers = groups.iter().filter(|group| TYPES.contains(&type_name(group)));
    let names: Vec<String> = consumers.map(|group| group.group.clone()).collect();
    describe_offsets::lags(&names, admin).await
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
    ALL_TYPES.into_iter().find(|name| name.eq_ignore_ascii_case(given)).unwrap_or(given)
}

/// Apache's tool does not conclude that.
fn apache_type_name(group: &GroupListing) -> &str {
    if group.group_type.is_some() { type_name(group) } else { "Unknown" }
}

#[derive(Serialize)]
pub struct Item {
    group: String,
    r#type: String,
    protocol: String,
    state: Option<String>,
    #[serde(flatten)]
    lag: Option<LagItem>,
}

#[derive(Serialize)]
struct LagItem {
    lag: Option<i64>,
}

impl Report {
    fn rows(&self, type_of: fn(&GroupListing) -> &str) -> Vec<Vec<String>> {
        let row = |Listed { group, lag }: &Listed| {
            let mut row = vec![group.group.clone()];
            row.extend(self.shows_types.then(|| type_of(group).to_owned()));
            row.extend(self.shows_protocols.then(|| group.protocol_type.clone()));
            row.extend(self.shows_states.then(|| group.state.clone().unwrap_or_default()));
            row.extend(self.shows_lag.then(|| number_text(*lag)));
            row
        };
        self.groups.iter().map(row).collect()
    }

    fn headings(&self) -> Vec<&'static str> {
        let optional = [
            ("TYPE", self.shows_types),
            ("PROTOCOL", self.shows_protocols),
            ("STATE", self.shows_states),
            ("LAG", self.shows_lag),
        ];
        let shown = optional.into_iter().filter(|(_, shown)| *shown).map(|(heading, _)| heading);
        std::iter::once("GROUP").chain(shown).collect()
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |Listed { group, lag }: &Listed| Item {
            group: group.group.clone(),
            r#type: type_name(group).to_owned(),
            protocol: group.protocol_type.clone(),
            state: group.state.clone(),
            lag: self.shows_lag.then_some(LagItem { lag: *lag }),
        };
        self.groups.iter().map(item).collect()
    }

    fn tables(&self) -> Vec<Table> {
        vec![Table::with(self.headings(), self.rows(type_name)).numbers(["LAG"])]
    }

    fn apache(&self) -> String {
        if !self.shows_states && !self.shows_types {
            return self.groups.iter().map(|listed| format!("{}\n", listed.group.group)).collect();
        }
        let longest = self.groups.iter().map(|listed| listed.group.group.chars().count()).max().unwrap_or(0);
        let width = |heading| if heading == "GROUP" { Width::Fixed(longest.max(15) + 10) } else { Width::Fixed(20) };
        let columns: Vec<Column> =
            self.headings().into_iter().map(|heading| Column { heading, width: width(heading) }).collect();
        fixed_columns(&columns, &self.rows(apache_type_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(name: &str, group_type: Option<&str>, protocol: &str) -> GroupListing {
        GroupListing {
            group: name.to_owned(),
            protocol_type: protocol.to_owned(),
            state: group_type.map(|_| "Stable".to_owned()),
            group_type: group_type.map(str::to_owned),
        }
    }

    fn report(groups: Vec<GroupListing>, shows_states: bool) -> Report {
        let groups = groups.into_iter().map(|group| Listed { group, lag: Some(7) }).collect();
        Report { groups, shows_states, shows_types: true, shows_protocols: false, shows_lag: false }
    }

    #[test]
    fn states_are_read_in_any_case_and_unknown_ones_refused() {
        let states = Some("stable, EMPTY".to_owned());
        assert_eq!(plan(Some(&states), None).unwrap().states.unwrap(), ["Stable", "Empty"]);
        assert!(plan(Some(&Some("sleeping".to_owned())), None).is_err());
        assert!(plan(None, Some(&Some("share".to_owned()))).is_err());
    }

    #[test]
    fn groups_are_picked_by_type_and_protocol() {
        let groups = [
            listing("new", Some("consumer"), "consumer"),
            listing("old", Some("classic"), "consumer"),
            listing("connect", Some("classic"), "connect"),
            listing("queue", Some("share"), "share"),
        ];
        let picked = |own: OwnArgs| {
            let plan = plan(None, None).unwrap().with(&own, false).unwrap();
            let held = groups.iter().filter(|group| plan.which.holds(group));
            held.map(|group| group.group.as_str()).collect::<Vec<_>>().join(" ")
        };
        let of_type = |name: &str| OwnArgs { group_type: Some(name.to_owned()), ..OwnArgs::default() };
        assert_eq!(picked(of_type("CLASSIC")), "old connect");
        assert_eq!(picked(OwnArgs { protocol: Some("connect".to_owned()), ..of_type("classic") }), "connect");
        assert_eq!(picked(OwnArgs { share: true, ..OwnArgs::default() }), "queue");
        assert_eq!(picked(OwnArgs { streams: true, ..OwnArgs::default() }), "");
        let failure = plan(None, None).unwrap().with(&of_type("tables"), false).unwrap_err();
        assert!(failure.messages[0].ends_with("the types of groups are Classic, Consumer, Share, Streams"));
    }

    #[test]
    fn groups_of_brokers_that_name_no_types_are_classic_and_unknown_to_apaches_tool() {
        let report = report(vec![listing("g", None, "consumer")], false);
        assert_eq!(report.items()[0].r#type, "Classic");
        assert!(report.apache().contains("Unknown") && !report.apache().contains("Classic"));
    }

    #[test]
    fn lag_is_a_column_and_a_field_when_it_was_asked_for() {
        let report = Report { shows_lag: true, ..report(vec![listing("g", Some("consumer"), "consumer")], false) };
        assert_eq!(report.table(), "GROUP  TYPE      LAG\ng      Consumer    7\n");
        let item = r#"{"group":"g","type":"Consumer","protocol":"consumer","state":"Stable","lag":7}"#;
        assert_eq!(serde_json::to_string(&report.items()[0]).unwrap(), item);
    }

    #[test]
    fn apaches_table_is_padded_to_its_end() {
        let report = report(vec![listing("my-group", Some("consumer"), "consumer")], true);
        let lines = format!(
            "{:<25} {:<20} {:<20}\n{:<25} {:<20} {:<20}\n",
            "GROUP", "TYPE", "STATE", "my-group", "Consumer", "Stable"
        );
        assert_eq!(report.apache(), lines);
    }
}

//! `groups --describe --members`: who is in a group and what each one has.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{Render, Table};
use crate::client::admin::groups::{GroupDescription, GroupMember};
use crate::vocabulary::TopicPartition;

pub struct MembersReport {
    pub groups: Vec<GroupDescription>,
    pub verbose: bool,
}

#[derive(Serialize)]
pub struct Item {
    group: String,
    consumer_id: String,
    instance_id: Option<String>,
    host: String,
    client_id: String,
    partitions: usize,
    epoch: Option<i32>,
    assignment: BTreeMap<String, Vec<i32>>,
    target_epoch: Option<i32>,
    target_assignment: Option<BTreeMap<String, Vec<i32>>>,
}

fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<String, Vec<i32>> {
    let mut topics: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(partition.topic.clone()).or_default().push(partition.partition);
    }
    topics.values_mut().for_each(|partitions| partitions.sort_unstable());
    topics
}

/// `orders:0,1;payments:0`, or a dash.
fn assignment_text(partitions: Option<&[TopicPartition]>) -> String {
    let topic = |(topic, partitions): (String, Vec<i32>)| {
        let partitions: Vec<String> = partitions.iter().map(i32::to_string).collect();
        format!("{topic}:{}", partitions.join(","))
    };
    let topics: Vec<String> = by_topic(partitions.unwrap_or_default()).into_iter().map(topic).collect();
    if topics.is_empty() { "-".to_owned() } else { topics.join(";") }
}

fn or_dash(epoch: Option<i32>) -> String {
    epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string())
}

/// A column and how a member fills it.
type Cell = (Column, fn(&GroupDescription, &GroupMember) -> String);

impl MembersReport {
    /// The columns that a table of these groups needs.
    fn cells(&self, groups: &[&GroupDescription]) -> Vec<Cell> {
        let members = || groups.iter().flat_map(|group| group.members.iter());
        let longest = |heading, least| Column { heading, width: Width::Longest(least) };
        let mut cells: Vec<Cell> = vec![
            (longest("GROUP", 15), |group, _| group.group.clone()),
            (longest("CONSUMER-ID", 15), |_, member| member.member_id.clone()),
        ];
        if members().any(|member| member.instance_id.is_some()) {
            cells.push((longest("GROUP-INSTANCE-ID", 17), |_, member| member.instance_id.clone().unwrap_or_default()));
        }
        cells.extend::<[Cell; 3]>([
            (longest("HOST", 15), |_, member| member.host.clone()),
            (longest("CLIENT-ID", 15), |_, member| member.client_id.clone()),
            (Column { heading: "#PARTITIONS", width: Width::Fixed(15) }, |_, member| {
                member.assignment.len().to_string()
            }),
        ]);
        if self.verbose {
            let epoch = |heading| Column { heading, width: Width::Fixed(15) };
            cells.extend::<[Cell; 4]>([
                (epoch("CURRENT-EPOCH"), |_, member| or_dash(member.member_epoch)),
                (longest("CURRENT-ASSIGNMENT", 20), |_, member| assignment_text(Some(&member.assignment))),
                (epoch("TARGET-EPOCH"), |group, _| or_dash(group.assignment_epoch)),
                (longest("TARGET-ASSIGNMENT", 20), |_, member| assignment_text(member.target_assignment.as_deref())),
            ]);
            let upgraded: Vec<bool> = members().filter_map(|member| member.is_upgraded).collect();
            if upgraded.contains(&true) && upgraded.contains(&false) {
                let column = Column { heading: "UPGRADED", width: Width::Fixed(15) };
                cells.push((column, |_, member| member.is_upgraded.map(|is| is.to_string()).unwrap_or_default()));
            }
        }
        cells
    }
}

fn rows(groups: &[&GroupDescription], cells: &[Cell]) -> Vec<Vec<String>> {
    let members = groups.iter().flat_map(|group| group.members.iter().map(move |member| (*group, member)));
    members.map(|(group, member)| cells.iter().map(|(_, cell)| cell(group, member)).collect()).collect()
}

impl Render for MembersReport {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let item = |group: &GroupDescription, member: &GroupMember| Item {
            group: group.group.clone(),
            consumer_id: member.member_id.clone(),
            instance_id: member.instance_id.clone(),
            host: member.host.clone(),
            client_id: member.client_id.clone(),
            partitions: member.assignment.len(),
            epoch: member.member_epoch,
            assignment: by_topic(&member.assignment),
            target_epoch: group.assignment_epoch,
            target_assignment: member.target_assignment.as_deref().map(by_topic),
        };
        self.groups.iter().flat_map(|group| group.members.iter().map(move |member| item(group, member))).collect()
    }

    fn tables(&self) -> Vec<Table> {
        let groups: Vec<&GroupDescription> = self.groups.iter().collect();
        let cells = self.cells(&groups);
        let headings = cells.iter().map(|(column, _)| column.heading).collect();
        let numbers = ["#PARTITIONS", "CURRENT-EPOCH", "TARGET-EPOCH"];
        vec![Table::with(headings, rows(&groups, &cells)).numbers(numbers)]
    }

    /// A table for each group, an empty line before it; without `--verbose` a blank stands behind the last column.
    fn apache(&self) -> String {
        let table = |group: &GroupDescription| {
            let cells = self.cells(&[group]);
            let columns: Vec<Column> = cells.iter().map(|(column, _)| *column).collect();
            let lines = fixed_columns(&columns, &rows(&[group], &cells));
            format!("\n{}", if self.verbose { lines } else { lines.replace('\n', " \n") })
        };
        self.groups.iter().map(table).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_lists_topics_and_partitions_in_order() {
        let partitions = [("b", 0), ("a", 10), ("a", 2)].map(|(topic, number)| TopicPartition::new(topic, number));
        assert_eq!(assignment_text(Some(&partitions)), "a:2,10;b:0");
        assert_eq!(assignment_text(None), "-");
    }
}

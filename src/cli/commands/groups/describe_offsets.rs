//! `groups --describe --offsets`: how far each partition of a group is consumed, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cli::failure::of_rejection;
use crate::cli::output::fixed_columns::{Column, Width, fixed_columns};
use crate::cli::output::{Render, Table};
use crate::client::Admin;
use crate::client::admin::PerItem;
use crate::client::admin::group_offsets::CommittedOffset;
use crate::client::admin::groups::{GroupDescription, GroupMember};
use crate::client::admin::offsets::{IsolationLevel, OffsetSpec};
use crate::vocabulary::TopicPartition;

/// One partition of a group. What is `None` shows as a dash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub group: String,
    pub topic: String,
    partition: i32,
    leader_epoch: Option<i32>,
    current_offset: Option<i64>,
    log_end_offset: Option<i64>,
    pub lag: Option<i64>,
    consumer_id: Option<String>,
    host: Option<String>,
    client_id: Option<String>,
}

pub struct OffsetsReport {
    pub groups: Vec<Vec<Row>>,
    pub verbose: bool,
}

type Committed = BTreeMap<TopicPartition, CommittedOffset>;
type Ends = BTreeMap<TopicPartition, i64>;

pub async fn rows(groups: &[GroupDescription], admin: &Admin) -> anyhow::Result<Vec<Vec<Row>>> {
    let names: Vec<String> = groups.iter().map(|group| group.group.clone()).collect();
    let mut committed = committed_by_all(&names, admin).await?;
    let all: Vec<Committed> = names.iter().map(|group| committed.remove(group).unwrap_or_default()).collect();
    let assigned = groups.iter().flat_map(|group| group.members.iter().flat_map(|member| member.assignment.iter()));
    let ends = ends_of(all.iter().flat_map(Committed::keys).chain(assigned), admin).await?;
    Ok(groups.iter().zip(&all).map(|(group, committed)| collect(group, committed, &ends)).collect())
}

/// How far each of these groups is behind in all, as far as it has committed anything.
pub async fn lags(groups: &[String], admin: &Admin) -> anyhow::Result<BTreeMap<String, i64>> {
    let all = committed_by_all(groups, admin).await?;
    let ends = ends_of(all.values().flat_map(Committed::keys), admin).await?;
    let lag = |committed: &Committed| {
        let known = committed.iter().filter_map(|(partition, offset)| Some(ends.get(partition)? - offset.offset));
        known.reduce(|sum, lag| sum + lag)
    };
    Ok(all.into_iter().filter_map(|(group, committed)| Some((group, lag(&committed)?))).collect())
}

/// The ends of all of these, in one question.
async fn ends_of(partitions: impl Iterator<Item = &TopicPartition>, admin: &Admin) -> anyhow::Result<Ends> {
    let once: BTreeSet<&TopicPartition> = partitions.collect();
    ends(&once.into_iter().cloned().collect::<Vec<_>>(), admin).await
}

async fn committed_by_all(groups: &[String], admin: &Admin) -> anyhow::Result<BTreeMap<String, Committed>> {
    let answers = admin.list_offsets_of_groups(groups).await?.into_iter();
    answers.map(|(group, answers)| Ok((group.clone(), readable(&group, answers)?))).collect()
}

pub async fn committed(group: &str, admin: &Admin) -> anyhow::Result<Committed> {
    readable(group, admin.list_group_offsets(group, None).await?)
}

fn readable(group: &str, answers: PerItem<TopicPartition, CommittedOffset>) -> anyhow::Result<Committed> {
    let mut committed = Committed::new();
    for (partition, answer) in answers {
        let refused = |rejection| {
            of_rejection(&rejection).about(format!("cannot read the offset of group {group} for {partition}"))
        };
        committed.insert(partition.clone(), answer.map_err(refused)?);
    }
    Ok(committed)
}

/// The ends of partitions that have a leader; one without would only be waited for.
async fn ends(partitions: &[TopicPartition], admin: &Admin) -> anyhow::Result<Ends> {
    let led = super::reset_offsets::partitions_with_leader(partitions, admin).await?;
    let wanted: Vec<(TopicPartition, OffsetSpec)> = led.into_iter().map(|p| (p, OffsetSpec::Latest)).collect();
    let answers = admin.list_offsets(&wanted, IsolationLevel::ReadUncommitted).await?;
    Ok(answers.into_iter().filter_map(|(partition, answer)| Some((partition, answer.ok()?.offset))).collect())
}

/// First what members hold, those with most partitions first, then what nobody holds.
fn collect(group: &GroupDescription, committed: &Committed, ends: &Ends) -> Vec<Row> {
    let mut members: Vec<&GroupMember> = group.members.iter().filter(|member| !member.assignment.is_empty()).collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assignment.len()));
    let mut rows = Vec::new();
    for member in &members {
        let mut partitions: Vec<&TopicPartition> = member.assignment.iter().collect();
        partitions.sort();
        rows.extend(partitions.into_iter().map(|partition| row(group, partition, committed, ends, Some(member))));
    }
    let held = |partition: &TopicPartition| members.iter().any(|member| member.assignment.contains(partition));
    let free = committed.keys().filter(|partition| !held(partition));
    rows.extend(free.map(|partition| row(group, partition, committed, ends, None)));
    rows
}

fn row(
    group: &GroupDescription,
    partition: &TopicPartition,
    committed: &Committed,
    ends: &Ends,
    member: Option<&GroupMember>,
) -> Row {
    let offset = committed.get(partition);
    let end = ends.get(partition).copied();
    Row {
        group: group.group.clone(),
        topic: partition.topic.clone(),
        partition: partition.partition,
        leader_epoch: offset.and_then(|offset| offset.leader_epoch),
        current_offset: offset.map(|offset| offset.offset),
        log_end_offset: end,
        lag: end.zip(offset).map(|(end, offset)| end - offset.offset),
        consumer_id: member.map(|member| member.member_id.clone()),
        host: member.map(|member| member.host.clone()),
        client_id: member.map(|member| member.client_id.clone()),
    }
}

fn or_dash<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "-".to_owned(), T::to_string)
}

const COLUMNS: [Column; 10] = [
    Column { heading: "GROUP", width: Width::Longest(15) },
    Column { heading: "TOPIC", width: Width::Longest(15) },
    Column { heading: "PARTITION", width: Width::Fixed(10) },
    Column { heading: "LEADER-EPOCH", width: Width::Fixed(15) },
    Column { heading: "CURRENT-OFFSET", width: Width::Fixed(15) },
    Column { heading: "LOG-END-OFFSET", width: Width::Fixed(15) },
    Column { heading: "LAG", width: Width::Fixed(15) },
    Column { heading: "CONSUMER-ID", width: Width::Longest(15) },
    Column { heading: "HOST", width: Width::Longest(15) },
    Column { heading: "CLIENT-ID", width: Width::None },
];

/// The same columns in kavka's own table.
const HEADINGS: [&str; 10] =
    ["GROUP", "TOPIC", "PARTITION", "LEADER-EPOCH", "CURRENT", "END", "LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"];

const LEADER_EPOCH: usize = 3;

fn cells(row: &Row) -> Vec<String> {
    vec![
        row.group.clone(),
        row.topic.clone(),
        row.partition.to_string(),
        or_dash(row.leader_epoch.as_ref()),
        or_dash(row.current_offset.as_ref()),
        or_dash(row.log_end_offset.as_ref()),
        or_dash(row.lag.as_ref()),
        or_dash(row.consumer_id.as_ref()),
        or_dash(row.host.as_ref()),
        or_dash(row.client_id.as_ref()),
    ]
}

impl OffsetsReport {
    /// Without `--verbose` the column of leader epochs is left out.
    fn shown<T>(&self, mut columns: Vec<T>) -> Vec<T> {
        if !self.verbose {
            columns.remove(LEADER_EPOCH);
        }
        columns
    }
}

impl Render for OffsetsReport {
    type Item = Row;

    fn items(&self) -> Vec<Row> {
        self.groups.iter().flatten().cloned().collect()
    }

    fn tables(&self) -> Vec<Table> {
        let headings = self.shown(HEADINGS.to_vec());
        let rows = self.groups.iter().flatten().map(|row| self.shown(cells(row))).collect();
        let numbers = ["PARTITION", "LEADER-EPOCH", "CURRENT", "END", "LAG"];
        vec![Table::with(headings, rows).numbers(numbers)]
    }

    /// A table for each group that has rows, an empty line before it.
    fn apache(&self) -> String {
        let columns = self.shown(COLUMNS.to_vec());
        let shown = self.groups.iter().filter(|rows| !rows.is_empty());
        shown
            .map(|rows| {
                let rows: Vec<Vec<String>> = rows.iter().map(|row| self.shown(cells(row))).collect();
                format!("\n{}", fixed_columns(&columns, &rows))
            })
            .collect()
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::client::admin::groups::GroupType;

    pub fn row(group: &str, topic: &str, partition: i32, lag: Option<i64>) -> Row {
        Row {
            group: group.to_owned(),
            topic: topic.to_owned(),
            partition,
            leader_epoch: None,
            current_offset: Some(0),
            log_end_offset: lag,
            lag,
            consumer_id: None,
            host: None,
            client_id: None,
        }
    }

    fn member(id: &str, partitions: &[(&str, i32)]) -> GroupMember {
        GroupMember {
            member_id: id.to_owned(),
            instance_id: None,
            client_id: "c".to_owned(),
            host: "/127.0.0.1".to_owned(),
            assignment: partitions.iter().map(|(topic, partition)| TopicPartition::new(*topic, *partition)).collect(),
            target_assignment: None,
            member_epoch: None,
            is_upgraded: None,
        }
    }

    fn group(members: Vec<GroupMember>) -> GroupDescription {
        GroupDescription {
            group: "g".to_owned(),
            group_type: GroupType::Classic,
            state: "Stable".to_owned(),
            protocol_type: "consumer".to_owned(),
            assignor: "range".to_owned(),
            coordinator: 1,
            members,
            group_epoch: None,
            assignment_epoch: None,
        }
    }

    #[test]
    fn members_with_most_partitions_come_first_and_what_nobody_holds_last() {
        let group = group(vec![member("one", &[("a", 1)]), member("two", &[("b", 0), ("a", 0)]), member("idle", &[])]);
        let offset = |offset| CommittedOffset { offset, leader_epoch: Some(3), metadata: String::new() };
        let committed =
            Committed::from([(TopicPartition::new("a", 0), offset(5)), (TopicPartition::new("a", 2), offset(7))]);
        let ends = Ends::from([(TopicPartition::new("a", 0), 9), (TopicPartition::new("a", 1), 3)]);
        let rows = collect(&group, &committed, &ends);
        let seen: Vec<_> =
            rows.iter().map(|r| (r.topic.as_str(), r.partition, r.lag, r.consumer_id.as_deref())).collect();
        assert_eq!(
            seen,
            [
                ("a", 0, Some(4), Some("two")),
                ("b", 0, None, Some("two")),
                ("a", 1, None, Some("one")),
                ("a", 2, None, None)
            ]
        );
    }
}

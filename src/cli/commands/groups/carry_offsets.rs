//! `groups --import-offsets` and `--copy-offsets`: offsets of a file, or of another group, for groups that are not active.
//!
//! They are checked as those of `--reset-offsets --from-file` are: partitions must exist, and an offset that a log has not
//! becomes the nearer end. Nothing is committed before all of it is known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::describe_offsets::committed;
use super::offsets_file::{self, Given};
use super::reset_offsets::{Carried, Row, Rows, carried, commit};
use super::topic_partitions::TopicPartitions;
use crate::cli::Invocation;
use crate::cli::confirm::{ChangeArgs, Deed};
use crate::cli::failure::Failure;
use crate::cli::output::OutputFormat;
use crate::cli::usage::{counted, listed};
use crate::client::Admin;
use crate::client::admin::group_offsets::CommittedOffset;
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub source: Source,
    pub change: ChangeArgs,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, for these groups, or all that it names.
    File { path: PathBuf, groups: Vec<String> },
    Group {
        from: String,
        to: String,
        /// All if empty.
        topics: Vec<TopicPartitions>,
    },
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let given = match &plan.source {
        Source::File { path, groups } => offsets_file::read(path, groups)?,
        Source::Group { from, to, topics } => invocation.block_on(copied(from, to, topics, admin))?,
    };
    let mut by_group: BTreeMap<&str, Vec<&Given>> = BTreeMap::new();
    given.iter().for_each(|one| by_group.entry(&one.group).or_default().push(one));
    let (mut all, mut failures) = (Vec::new(), Vec::new());
    for (group, given) in by_group {
        let wanted = given.iter().map(|one| (one.partition.clone(), one.offset)).collect();
        match invocation.block_on(carried(group, wanted, admin))? {
            Ok(found) => all.push((group, given, found)),
            Err(failure) => failures.push(failure),
        }
    }
    if let Some(failure) = Failure::of_items(failures) {
        return Err(failure.into());
    }
    all.iter().flat_map(|(_, _, found)| &found.clamped).for_each(|text| invocation.output.warning(text));
    let dry_run = plan.change.dry_run;
    if !dry_run {
        let rows: Vec<&Row> = all.iter().flat_map(|(_, _, found)| &found.rows).collect();
        if let Some(deed) = deed(&rows) {
            invocation.confirm(plan.change.confirmed.yes, || Ok(deed))?;
        }
        for (group, given, found) in &all {
            invocation.block_on(commit(group, &offsets(given, found), admin))?;
        }
    }
    let mut rows: Vec<Row> = all.into_iter().flat_map(|(_, _, found)| found.rows).collect();
    rows.iter_mut().for_each(|row| row.dry_run = dry_run);
    invocation.output.show(&Rows { rows }, format)
}

/// What a group has committed, in the name of another.
async fn copied(from: &str, to: &str, topics: &[TopicPartitions], admin: &Admin) -> anyhow::Result<Vec<Given>> {
    let offsets = committed(from, admin).await?.into_iter();
    let wanted =
        offsets.filter(|(partition, _)| topics.is_empty() || topics.iter().any(|topic| topic.holds(partition)));
    let given = wanted.map(|(partition, committed)| Given {
        group: to.to_owned(),
        partition,
        offset: committed.offset,
        metadata: committed.metadata,
    });
    let given: Vec<Given> = given.collect();
    if given.is_empty() {
        let of = if topics.is_empty() { "" } else { " of these topics" };
        return Err(Failure::not_found(format!(
            "group {from} has committed no offsets{of}, so there is nothing to copy"
        ))
        .hint("`kavka groups --list` shows the groups of this cluster")
        .into());
    }
    Ok(given)
}

/// What a commit would overwrite.
fn deed(rows: &[&Row]) -> Option<Deed> {
    let groups: BTreeSet<&str> = rows.iter().map(|row| row.group.as_str()).collect();
    let groups: Vec<&str> = groups.into_iter().collect();
    let lost: Vec<String> = rows.iter().filter_map(|row| row.loss()).collect();
    let what = match groups.len() {
        0..=5 => format!("set {} of group {}", counted(rows.len() as i64, "offset"), listed(&groups, "and")),
        count => format!("set {} of {count} groups", counted(rows.len() as i64, "offset")),
    };
    (!lost.is_empty()).then(|| Deed::new(what).losing(lost))
}

/// The offsets to be committed, with what else was committed where they come from.
fn offsets(given: &[&Given], found: &Carried) -> BTreeMap<TopicPartition, CommittedOffset> {
    let metadata: BTreeMap<&TopicPartition, &str> =
        given.iter().map(|one| (&one.partition, one.metadata.as_str())).collect();
    let offset = |row: &Row| {
        let partition = TopicPartition::new(&row.topic, row.partition);
        let metadata = metadata.get(&partition).map(|&text| text.to_owned()).unwrap_or_default();
        (partition, CommittedOffset { offset: row.new_offset, leader_epoch: None, metadata })
    };
    found.rows.iter().map(offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(partition: i32, current: Option<i64>, new: i64) -> Row {
        Row {
            group: "g".to_owned(),
            topic: "t".to_owned(),
            partition,
            current_offset: current,
            new_offset: new,
            dry_run: false,
        }
    }

    #[test]
    fn only_what_is_overwritten_is_lost() {
        let (new, same, other) = (row(0, None, 5), row(1, Some(5), 5), row(2, Some(3), 5));
        assert_eq!(deed(&[&new, &same]), None);
        let lost = "t-2: committed offset 3 of group g becomes 5".to_owned();
        assert_eq!(deed(&[&new, &same, &other]), Some(Deed::new("set 3 offsets of group g").losing([lost])));
    }
}

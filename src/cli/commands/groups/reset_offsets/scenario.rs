//! Which offset each partition gets.

use std::collections::BTreeMap;

use anyhow::Context;

use super::{csv, times};
use crate::cli::commands::groups::Args;
use crate::cli::commands::groups::checks::Groups;
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::offset_grammar::{self, Place};
use crate::cli::tools::Dialect;
use crate::cli::usage::excludes;
use crate::client::Admin;
use crate::client::admin::group_offsets::CommittedOffset;
use crate::client::admin::offsets::{IsolationLevel, OffsetSpec};
use crate::clock::Timestamp;
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scenario {
    Earliest,
    Latest,
    Current,
    Offset(i64),
    ShiftBy(i64),
    At(Timestamp),
    FromFile(Vec<csv::Line>),
    /// Of kavka's own grammar.
    Place(Place),
}

/// The options of which exactly one is given, in the order in which Apache's tool looks at them.
pub fn scenarios(args: &Args) -> [(&'static str, bool); 8] {
    [
        ("to-offset", args.to_offset.is_some()),
        ("to-datetime", args.to_datetime.is_some()),
        ("by-duration", args.by_duration.is_some()),
        ("to-earliest", args.to_earliest),
        ("to-latest", args.to_latest),
        ("to-current", args.to_current),
        ("shift-by", args.shift_by.is_some()),
        ("from-file", args.from_file.is_some()),
    ]
}

pub fn plan(args: &Args, groups: &Groups, dialect: Dialect, now: Timestamp) -> Result<Scenario, Failure> {
    if let Some(place) = &args.own.to {
        let others: Vec<(&str, bool)> = scenarios(args).to_vec();
        excludes(true, "to", &others)?;
        return Place::parse(place, now).map(Scenario::Place);
    }
    if args.to_earliest {
        Ok(Scenario::Earliest)
    } else if args.to_latest {
        Ok(Scenario::Latest)
    } else if args.to_current {
        Ok(Scenario::Current)
    } else if let Some(offset) = args.to_offset {
        Ok(Scenario::Offset(offset))
    } else if let Some(count) = args.shift_by {
        Ok(Scenario::ShiftBy(count))
    } else if let Some(time) = &args.to_datetime {
        times::datetime(time, dialect).map(Scenario::At)
    } else if let Some(duration) = &args.by_duration {
        times::before(now, duration).map(Scenario::At)
    } else if let Some(path) = &args.from_file {
        let only = match groups {
            Groups::Named(names) if names.len() == 1 => names.first().cloned(),
            _ => None,
        };
        csv::read(path, only.as_deref()).map(Scenario::FromFile)
    } else {
        let names: Vec<String> = scenarios(args).map(|(name, _)| format!("[{name}]")).to_vec();
        Err(Failure::usage(
            "--reset-offsets needs to know where to: --to PLACE, --to-earliest, --to-latest, --to-offset, --shift-by …",
        )
        .apache_usage(format!(
            "Option '[reset-offsets]' requires one of the following scenarios: [{}]",
            names.join(", ")
        )))
    }
}

/// New offsets, and what the reader should know about them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    pub offsets: BTreeMap<TopicPartition, i64>,
    pub warnings: Vec<String>,
    /// Offsets that the logs have not, and what is taken instead; Apache's tool logs it.
    pub clamped: Vec<String>,
}

type Committed = BTreeMap<TopicPartition, CommittedOffset>;

pub async fn offsets(
    scenario: &Scenario,
    group: &str,
    partitions: &[TopicPartition],
    committed: &Committed,
    admin: &Admin,
) -> anyhow::Result<Offsets> {
    let mut found = Offsets::default();
    match scenario {
        Scenario::Earliest => found.offsets = log_offsets(partitions, OffsetSpec::Earliest, admin).await?,
        Scenario::Latest => found.offsets = log_offsets(partitions, OffsetSpec::Latest, admin).await?,
        Scenario::At(time) => {
            found.offsets = log_offsets(partitions, OffsetSpec::At(*time), admin).await?;
            fall_back_to_the_end(&mut found, admin).await?;
        }
        Scenario::Current => {
            let kept = |partition: &TopicPartition| Some((partition.clone(), committed.get(partition)?.offset));
            found.offsets = partitions.iter().filter_map(kept).collect();
            let rest: Vec<TopicPartition> =
                partitions.iter().filter(|partition| !found.offsets.contains_key(partition)).cloned().collect();
            found.offsets.extend(log_offsets(&rest, OffsetSpec::Latest, admin).await?);
        }
        Scenario::Place(place) => {
            let isolation = IsolationLevel::ReadUncommitted;
            let wanted = offset_grammar::offsets(admin, partitions, *place, isolation).await?;
            let (earliest, latest) = offset_grammar::ends_of_logs(admin, partitions, isolation).await?;
            clamp(&mut found, wanted, &earliest, &latest);
        }
        Scenario::Offset(_) | Scenario::ShiftBy(_) | Scenario::FromFile(_) => {
            let wanted = wanted(scenario, group, partitions, committed)?;
            let earliest = log_offsets(partitions, OffsetSpec::Earliest, admin).await?;
            let latest = log_offsets(partitions, OffsetSpec::Latest, admin).await?;
            clamp(&mut found, wanted, &earliest, &latest);
        }
    }
    Ok(found)
}

async fn log_offsets(
    partitions: &[TopicPartition],
    spec: OffsetSpec,
    admin: &Admin,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let wanted: Vec<(TopicPartition, OffsetSpec)> = partitions.iter().map(|p| (p.clone(), spec)).collect();
    let mut offsets = BTreeMap::new();
    for (partition, answer) in admin.list_offsets(&wanted, IsolationLevel::ReadUncommitted).await? {
        let refused = |rejection| of_rejection(&rejection).about(format!("cannot look up offsets of {partition}"));
        let found = answer.map_err(refused)?;
        offsets.insert(partition, found.offset);
    }
    Ok(offsets)
}

/// A partition without a record that late gets its end.
async fn fall_back_to_the_end(found: &mut Offsets, admin: &Admin) -> anyhow::Result<()> {
    let late: Vec<TopicPartition> =
        found.offsets.iter().filter(|(_, offset)| **offset < 0).map(|(partition, _)| partition.clone()).collect();
    for partition in &late {
        let (topic, number) = (&partition.topic, partition.partition);
        let warning =
            format!("Warn: Partition {number} from topic {topic} is empty. Falling back to latest known offset.");
        found.warnings.push(warning);
    }
    found.offsets.extend(log_offsets(&late, OffsetSpec::Latest, admin).await?);
    Ok(())
}

/// The offsets asked for, whether or not the logs have them.
fn wanted(
    scenario: &Scenario,
    group: &str,
    partitions: &[TopicPartition],
    committed: &Committed,
) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let mut wanted = BTreeMap::new();
    for partition in partitions {
        let offset = match scenario {
            Scenario::Offset(offset) => Some(*offset),
            Scenario::ShiftBy(count) => {
                let now = committed.get(partition).ok_or_else(|| cannot_shift(partition))?.offset;
                Some(now.saturating_add(*count))
            }
            Scenario::FromFile(file) => {
                let line = file.iter().rfind(|line| line.is_for(group) && line.partition == *partition);
                let missing = || format!("the file of --from-file has no offset of group {group} for {partition}");
                Some(line.with_context(missing)?.offset)
            }
            _ => None,
        };
        wanted.extend(offset.map(|offset| (partition.clone(), offset)));
    }
    Ok(wanted)
}

fn cannot_shift(partition: &TopicPartition) -> Failure {
    let message = format!("Cannot shift offset for partition {partition} since there is no current committed offset");
    Failure::usage(message.clone()).apache_usage(message)
}

/// An offset outside the log becomes the end of the log that is nearer.
fn clamp(
    found: &mut Offsets,
    wanted: BTreeMap<TopicPartition, i64>,
    earliest: &BTreeMap<TopicPartition, i64>,
    latest: &BTreeMap<TopicPartition, i64>,
) {
    for (partition, offset) in wanted {
        let first = earliest.get(&partition).copied().unwrap_or(0);
        let end = latest.get(&partition).copied().unwrap_or(i64::MAX);
        if offset > end {
            found.clamped.push(format!(
                "New offset ({offset}) is higher than latest offset for topic partition {partition}. Value will be set \
                 to {end}"
            ));
        } else if offset < first {
            found.clamped.push(format!(
                "New offset ({offset}) is lower than earliest offset for topic partition {partition}. Value will be \
                 set to {first}"
            ));
        }
        found.offsets.insert(partition, offset.min(end).max(first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: i32) -> TopicPartition {
        TopicPartition::new("t", number)
    }

    #[test]
    fn an_offset_outside_the_log_is_moved_to_its_nearer_end() {
        let mut found = Offsets::default();
        let wanted = BTreeMap::from([(partition(0), 200), (partition(1), 1), (partition(2), 50)]);
        let earliest = [0, 1, 2].map(|number| (partition(number), 10)).into();
        let latest = [0, 1, 2].map(|number| (partition(number), 100)).into();
        clamp(&mut found, wanted, &earliest, &latest);
        assert_eq!(found.offsets.into_values().collect::<Vec<_>>(), [100, 10, 50]);
    }

    #[test]
    fn a_partition_without_an_offset_cannot_be_shifted() {
        let committed = Committed::from([(
            partition(0),
            CommittedOffset { offset: 5, leader_epoch: None, metadata: String::new() },
        )]);
        let shift = Scenario::ShiftBy(-2);
        assert_eq!(wanted(&shift, "g", &[partition(0)], &committed).unwrap()[&partition(0)], 3);
        let error = wanted(&shift, "g", &[partition(1)], &committed).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Cannot shift offset for partition t-1 since there is no current committed offset"
        );
    }
}

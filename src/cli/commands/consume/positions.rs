//! Which partitions are read without a group, from which offset, and how far.

use std::collections::BTreeMap;

use super::plan::{Plan, Source};
use super::until_end::Bound;
use crate::cli::failure::Failure;
use crate::cli::offset_grammar::{self, Place};
use crate::client::Admin;
use crate::client::admin::offsets::IsolationLevel;
use crate::client::admin::topics::TopicDescription;
use crate::clock::Timestamp;
use crate::vocabulary::TopicPartition;

type Offsets = BTreeMap<TopicPartition, i64>;

#[derive(Debug, Default)]
pub struct Positions {
    pub starts: Vec<(TopicPartition, i64)>,
    /// Where reading ends, if it does by itself.
    pub bounds: Option<Vec<Bound>>,
    /// What the reader should know, such as an offset that is gone.
    pub remarks: Vec<String>,
}

/// Looks everything up. A topic that does not exist is an error, except that a pattern may match nothing.
pub async fn find(admin: &Admin, plan: &Plan, isolation: IsolationLevel) -> anyhow::Result<Positions> {
    let partitions = partitions(admin, plan).await?;
    let look = async |place| offset_grammar::offsets(admin, &partitions, place, isolation).await;
    let start = plan.start.unwrap_or(Place::Latest);
    let until = plan.until.filter(|place| !is_to_come(*place));
    let needs_ends = plan.until_end || until.is_some() || plan.last.is_some();
    let mut remarks = Vec::new();
    let (starts, ends) = match start {
        Place::Latest => {
            let ends = look(Place::Latest).await?;
            (ends.clone(), Some(ends))
        }
        Place::Offset(_) | Place::AfterBeginning(_) if !plan.is_apache => {
            let (firsts, ends) = offset_grammar::ends_of_logs(admin, &partitions, isolation).await?;
            (within(counted(start, &firsts), &firsts, &ends, &mut remarks), Some(ends))
        }
        _ if needs_ends => {
            let (starts, ends) = tokio::try_join!(look(start), look(Place::Latest))?;
            (starts, Some(ends))
        }
        _ => (look(start).await?, None),
    };
    let bounds = match ends.filter(|_| needs_ends) {
        None => None,
        Some(ends) => {
            let until = match until {
                Some(Place::Latest) | None => Offsets::new(),
                Some(place) => look(place).await?,
            };
            let is_final = plan.until_end || until.is_empty();
            Some(ends.iter().map(|(at, end)| bound(at, *end, until.get(at), is_final)).collect())
        }
    };
    Ok(Positions { starts: starts.into_iter().collect(), bounds, remarks })
}

/// A time that has not come yet cannot be looked up.
pub fn is_to_come(place: Place) -> bool {
    matches!(place, Place::Time(time) if time > Timestamp::now())
}

fn bound(at: &TopicPartition, end: i64, until: Option<&i64>, is_final: bool) -> Bound {
    let wanted = until.copied().unwrap_or(end);
    Bound { at: at.clone(), end: if is_final { wanted.min(end) } else { wanted }, is_there: is_final || wanted <= end }
}

/// An offset that is named, or counted from the beginning.
fn counted(place: Place, firsts: &Offsets) -> Offsets {
    let offset = |first: i64| match place {
        Place::AfterBeginning(count) => first.saturating_add(count),
        Place::Offset(offset) => offset,
        _ => first,
    };
    firsts.iter().map(|(at, first)| (at.clone(), offset(*first))).collect()
}

/// Offsets outside of their logs become the nearer end. The first that is gone is told; that one lies beyond the end is
/// told if there is no other partition.
fn within(wanted: Offsets, firsts: &Offsets, ends: &Offsets, remarks: &mut Vec<String>) -> Offsets {
    let limits =
        |at: &TopicPartition| (firsts.get(at).copied().unwrap_or(0), ends.get(at).copied().unwrap_or(i64::MAX));
    let is_alone = wanted.len() == 1;
    let place = |(at, offset): (TopicPartition, i64)| {
        let (first, end) = limits(&at);
        if offset < first && remarks.is_empty() {
            let what = format!("offset {offset} of {at} is gone");
            remarks.push(format!("{what}: reading begins with {first}, the first that is there"));
        }
        if offset > end && is_alone {
            remarks.push(format!("{at} ends at offset {end}: reading begins with what arrives there"));
        }
        (at, offset.min(end).max(first))
    };
    wanted.into_iter().map(place).collect()
}

/// The names of the topics that are meant. One that is named is only checked by describing it.
pub async fn topics(admin: &Admin, source: &Source) -> anyhow::Result<Vec<String>> {
    match source {
        Source::Topic(topic) => Ok(vec![topic.clone()]),
        Source::Several(topics) => Ok(topics.clone()),
        Source::Matching(pattern) => {
            let topics = admin.list_topics().await?.into_iter();
            Ok(topics.filter(|t| !t.is_internal && pattern.is_match(&t.name)).map(|t| t.name).collect())
        }
    }
}

/// What a topic is, or how the command fails without it.
pub async fn described(admin: &Admin, names: &[String]) -> anyhow::Result<Vec<TopicDescription>> {
    let described = admin.describe_topics(names).await?;
    described.into_iter().map(|(name, answer)| answer.map_err(|rejection| missing(&name, &rejection))).collect()
}

fn missing(topic: &str, rejection: &crate::protocol::Rejection) -> anyhow::Error {
    let failure = Failure::from(anyhow::Error::from(rejection.clone()));
    let messages = match failure.kind {
        crate::cli::failure::Kind::NotFound => vec![format!("topic '{topic}' does not exist")],
        _ => vec![format!("cannot read topic '{topic}': {rejection}")],
    };
    let hint = "`kavka topics --list` shows the topics there are";
    Failure { messages, ..failure }.hint(hint).into()
}

async fn partitions(admin: &Admin, plan: &Plan) -> anyhow::Result<Vec<TopicPartition>> {
    let names = topics(admin, &plan.source).await?;
    let mut partitions = Vec::new();
    for topic in described(admin, &names).await? {
        let numbers: Vec<i32> = topic.partitions.iter().map(|partition| partition.partition).collect();
        let missing = plan.partitions.iter().flatten().find(|wanted| !numbers.contains(wanted));
        if let Some(missing) = missing {
            let count = numbers.len();
            let message = format!("topic '{}' has no partition {missing}: it has {count}, counted from 0", topic.name);
            return Err(Failure::not_found(message).into());
        }
        let wanted = |number: &i32| plan.partitions.as_ref().is_none_or(|wanted| wanted.contains(number));
        partitions.extend(numbers.into_iter().filter(wanted).map(|number| TopicPartition::new(&topic.name, number)));
    }
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets<const N: usize>(offsets: [i64; N]) -> Offsets {
        (0..).zip(offsets).map(|(number, offset)| (TopicPartition::new("t", number), offset)).collect()
    }

    #[test]
    fn offsets_outside_of_the_log_become_its_nearer_end() {
        let mut remarks = Vec::new();
        let starts = within(offsets([5, 5, 5]), &offsets([0, 7, 0]), &offsets([9, 9, 3]), &mut remarks);
        assert_eq!(starts, offsets([5, 7, 3]));
        assert_eq!(remarks.len(), 1);
        assert!(remarks[0].contains("offset 5 of t-1 is gone"), "{remarks:?}");
    }

    #[test]
    fn a_bound_beyond_the_end_is_waited_for_unless_the_end_is_one() {
        let at = TopicPartition::new("t", 0);
        let told = |until: Option<i64>, is_final| {
            let bound = bound(&at, 10, until.as_ref(), is_final);
            (bound.end, bound.is_there)
        };
        assert_eq!(told(Some(7), false), (7, true));
        assert_eq!(told(Some(20), false), (20, false));
        assert_eq!(told(Some(20), true), (10, true));
        assert_eq!(told(None, true), (10, true));
    }

    #[test]
    fn places_counted_from_the_beginning() {
        assert_eq!(counted(Place::AfterBeginning(5), &offsets([0, 3])), offsets([5, 8]));
        assert_eq!(counted(Place::Offset(5), &offsets([0, 3])), offsets([5, 5]));
    }
}

//! The same number of partitions for everybody, as far as subscriptions allow, with as few moves as possible.
//!
//! If all members subscribe to the same topics, each has a quota: what it has within it, it keeps; what is left fills up
//! the others in order. If subscriptions differ, everybody keeps what they still subscribe to, free partitions go to
//! whoever has least, and then partitions move from who has more to who has less, as long as that makes it more even.

use std::collections::{BTreeMap, BTreeSet};

use super::Wish;
use crate::broker::coordinators::group::consumer::Assignment;
use crate::vocabulary::Uuid;

pub fn assign(members: &[Wish], topics: &BTreeMap<Uuid, i32>) -> Vec<Assignment> {
    let all_alike = members.windows(2).all(|pair| matches!(pair, [one, other] if one.topics == other.topics));
    if all_alike { by_quota(members, topics) } else { by_load(members, topics) }
}

/// The partitions that exist of the topics that somebody subscribes to.
fn partitions_of<'a>(
    members: &'a [Wish],
    topics: &'a BTreeMap<Uuid, i32>,
) -> impl Iterator<Item = (Uuid, i32)> + use<'a> {
    let wanted: BTreeSet<Uuid> = members.iter().flat_map(|member| member.topics.iter().copied()).collect();
    let counted = wanted.into_iter().filter_map(|topic| Some((topic, *topics.get(&topic)?)));
    counted.flat_map(|(topic, partitions)| (0..partitions).map(move |partition| (topic, partition)))
}

/// What each member keeps of its target, and what nobody has.
fn kept_and_free(members: &[Wish], topics: &BTreeMap<Uuid, i32>) -> (Vec<Assignment>, BTreeSet<(Uuid, i32)>) {
    let mut free: BTreeSet<(Uuid, i32)> = partitions_of(members, topics).collect();
    let kept = members.iter().map(|member| {
        member.target.filtered(|topic, partition| member.topics.contains(&topic) && free.remove(&(topic, partition)))
    });
    (kept.collect(), free)
}

fn by_quota(members: &[Wish], topics: &BTreeMap<Uuid, i32>) -> Vec<Assignment> {
    let (kept, free) = kept_and_free(members, topics);
    let total = free.len() + kept.iter().map(Assignment::len).sum::<usize>();
    let Some(least) = total.checked_div(members.len()) else { return Vec::new() };
    let mut extras = total - least * members.len();
    let mut free: Vec<(Uuid, i32)> = free.into_iter().collect();
    let mut quotas = Vec::with_capacity(kept.len());
    let mut assigned = Vec::with_capacity(kept.len());
    for (at, kept) in kept.into_iter().enumerate() {
        // One that does not have more than the least leaves the extra partition to others, as long as there are enough.
        let takes_extra = extras > 0 && (kept.len() > least || members.len() - at <= extras);
        let quota = least + usize::from(takes_extra);
        extras -= usize::from(takes_extra);
        free.extend(kept.iter().skip(quota));
        assigned.push(kept.iter().take(quota).collect::<Assignment>());
        quotas.push(quota);
    }
    let mut free = free.into_iter();
    for (assignment, quota) in assigned.iter_mut().zip(quotas) {
        let room = quota.saturating_sub(assignment.len());
        assignment.extend(free.by_ref().take(room));
    }
    assigned
}

fn by_load(members: &[Wish], topics: &BTreeMap<Uuid, i32>) -> Vec<Assignment> {
    let (mut assigned, free) = kept_and_free(members, topics);
    let order = most_partitions_for_each_subscriber_first(members, topics);
    for (topic, subscribers) in &order {
        let mut by_load: BTreeSet<(usize, usize)> = loads(&assigned, subscribers).collect();
        for &(_, partition) in free.range((*topic, 0)..=(*topic, i32::MAX)) {
            let Some((load, member)) = by_load.pop_first() else { break };
            if let Some(assignment) = assigned.get_mut(member) {
                assignment.insert(*topic, partition);
            }
            by_load.insert((load + 1, member));
        }
    }
    // Every move makes the loads more even, so this ends.
    while order.iter().map(|(topic, subscribers)| even_out(*topic, subscribers, &mut assigned)).sum::<usize>() > 0 {}
    assigned
}

/// The topics with their subscribers; those come first that leave least choice.
fn most_partitions_for_each_subscriber_first(
    members: &[Wish],
    topics: &BTreeMap<Uuid, i32>,
) -> Vec<(Uuid, Vec<usize>)> {
    let mut subscribers: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        member.topics.iter().for_each(|topic| subscribers.entry(*topic).or_default().push(at));
    }
    let mut order: Vec<(Uuid, Vec<usize>)> = subscribers.into_iter().collect();
    order.sort_by(|(one, ones), (other, others)| {
        let weight = |topic: &Uuid, among: usize| i64::from(topics.get(topic).copied().unwrap_or(0)) * among as i64;
        // Fractions compared crosswise.
        weight(other, ones.len()).cmp(&weight(one, others.len())).then(ones.len().cmp(&others.len()))
    });
    order
}

fn loads(assigned: &[Assignment], members: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    members.iter().filter_map(|&member| Some((assigned.get(member)?.len(), member)))
}

/// Moves partitions of a topic from subscribers that have more to those that have less; says how many.
fn even_out(topic: Uuid, subscribers: &[usize], assigned: &mut [Assignment]) -> usize {
    let mut takers: BTreeSet<(usize, usize)> = loads(assigned, subscribers).collect();
    let mut owned: BTreeMap<usize, Vec<i32>> = BTreeMap::new();
    for &member in subscribers {
        let of_topic = |assignment: &Assignment| {
            assignment.iter().filter(|(of, _)| *of == topic).map(|(_, partition)| partition).collect::<Vec<i32>>()
        };
        let partitions = assigned.get(member).map(of_topic).unwrap_or_default();
        if !partitions.is_empty() {
            owned.insert(member, partitions);
        }
    }
    let mut givers: BTreeSet<(usize, usize)> =
        takers.iter().filter(|(_, member)| owned.contains_key(member)).copied().collect();
    let mut moves = 0;
    while let (Some(&(most, giver)), Some(&(least, taker))) = (givers.last(), takers.first()) {
        let Some(partition) = (most - least >= 2).then(|| owned.get_mut(&giver)?.pop()).flatten() else { break };
        for (member, before, after) in [(giver, most, most - 1), (taker, least, least + 1)] {
            takers.remove(&(before, member));
            takers.insert((after, member));
            givers.remove(&(before, member));
        }
        owned.entry(taker).or_default().push(partition);
        givers.insert((least + 1, taker));
        if owned.get(&giver).is_some_and(|left| !left.is_empty()) {
            givers.insert((most - 1, giver));
        }
        if let Some(assignment) = assigned.get_mut(giver) {
            assignment.remove(topic, partition);
        }
        if let Some(assignment) = assigned.get_mut(taker) {
            assignment.insert(topic, partition);
        }
        moves += 1;
    }
    moves
}

//! A range of each topic for each member that subscribes to it. Members with instance ids come first, in their order, so
//! that ranges stay where they are when such a member comes back under another member id.

use std::collections::BTreeMap;

use super::Wish;
use crate::broker::coordinators::group::consumer::Assignment;
use crate::vocabulary::Uuid;

pub fn assign(members: &[Wish], topics: &BTreeMap<Uuid, i32>) -> Vec<Assignment> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|&at| members.get(at).map(|m| (m.instance.is_none(), m.instance.as_ref(), &m.member)));
    let mut assigned = vec![Assignment::default(); members.len()];
    for (&topic, &partitions) in topics {
        let subscribes = |at: &&usize| members.get(**at).is_some_and(|member| member.topics.contains(&topic));
        let subscribers: Vec<usize> = order.iter().filter(subscribes).copied().collect();
        for (rank, member) in subscribers.iter().enumerate() {
            if let Some(assignment) = assigned.get_mut(*member) {
                let range = range_of(rank, subscribers.len(), partitions.max(0) as usize);
                assignment.extend(range.map(|partition| (topic, partition as i32)));
            }
        }
    }
    assigned
}

/// The first members have one more if it cannot be even.
fn range_of(rank: usize, members: usize, partitions: usize) -> std::ops::Range<usize> {
    let (each, extra) = (partitions / members, partitions % members);
    let begin = |rank: usize| rank * each + rank.min(extra);
    begin(rank)..begin(rank + 1)
}

//! What both assignors promise, on many random groups: nothing twice, nothing left, even, and few moves.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

fn wish(member: &str, topics: &[u128], target: &[(u128, i32)]) -> Wish {
    Wish {
        instance: None,
        member: member.to_owned(),
        topics: topics.iter().map(|id| Uuid(*id)).collect(),
        target: target.iter().map(|(id, partition)| (Uuid(*id), *partition)).collect(),
    }
}

fn topics(counts: &[(u128, i32)]) -> BTreeMap<Uuid, i32> {
    counts.iter().map(|(id, partitions)| (Uuid(*id), *partitions)).collect()
}

fn shown(assigned: &[Assignment]) -> Vec<Vec<(u128, i32)>> {
    assigned.iter().map(|one| one.iter().map(|(topic, partition)| (topic.0, partition)).collect()).collect()
}

#[test]
fn uniform_fills_quotas_and_keeps_what_is_within_them() {
    let members = [wish("a", &[1], &[(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]), wish("b", &[1], &[])];
    let assigned = Assignor::Uniform.assign(&members, &topics(&[(1, 5)]));
    assert_eq!(shown(&assigned), [vec![(1, 0), (1, 1), (1, 2)], vec![(1, 3), (1, 4)]]);
}

#[test]
fn uniform_leaves_the_extra_partition_with_whoever_has_it() {
    let members = [wish("a", &[1], &[(1, 0)]), wish("b", &[1], &[(1, 1), (1, 2)])];
    let assigned = Assignor::Uniform.assign(&members, &topics(&[(1, 3)]));
    assert_eq!(shown(&assigned), [vec![(1, 0)], vec![(1, 1), (1, 2)]]);
}

#[test]
fn range_goes_by_instance_ids_and_then_by_member_ids() {
    let mut members = vec![wish("a", &[1, 2], &[]), wish("b", &[1, 2], &[]), wish("z", &[1], &[])];
    members[2].instance = Some("i".to_owned());
    let assigned = Assignor::Range.assign(&members, &topics(&[(1, 4), (2, 2)]));
    assert_eq!(shown(&assigned), [vec![(1, 2), (2, 0)], vec![(1, 3), (2, 1)], vec![(1, 0), (1, 1)]]);
}

#[test]
fn nobody_and_nothing_can_be_assigned() {
    for assignor in [Assignor::Uniform, Assignor::Range] {
        assert!(assignor.assign(&[], &topics(&[(1, 3)])).is_empty());
        assert_eq!(assignor.assign(&[wish("a", &[], &[])], &topics(&[])), [Assignment::default()]);
        assert_eq!(assignor.assign(&[wish("a", &[1], &[(9, 0)])], &topics(&[(1, 0)])), [Assignment::default()]);
    }
}

struct Group {
    members: Vec<Wish>,
    topics: BTreeMap<Uuid, i32>,
}

fn random_group(random: &mut StdRng, alike: bool) -> Group {
    let topics: BTreeMap<Uuid, i32> =
        (1..=random.random_range(1..6)).map(|id| (Uuid(id), random.random_range(0..12))).collect();
    let count = random.random_range(1..9);
    let members = (0..count).map(|at| {
        let wanted = topics.keys().filter(|_| alike || random.random_bool(0.6)).copied().collect();
        Wish { instance: None, member: format!("m{at}"), topics: wanted, target: Assignment::default() }
    });
    Group { members: members.collect(), topics }
}

fn check(group: &Group, assigned: &[Assignment]) {
    let mut seen = BTreeSet::new();
    for (member, assignment) in group.members.iter().zip(assigned) {
        for (topic, partition) in assignment.iter() {
            assert!(member.topics.contains(&topic), "{} did not ask for {topic}", member.member);
            assert!(seen.insert((topic, partition)), "{topic}-{partition} is assigned twice");
        }
    }
    let subscribed: BTreeSet<Uuid> = group.members.iter().flat_map(|member| member.topics.clone()).collect();
    let count: i32 = subscribed.iter().map(|topic| group.topics[topic]).sum();
    assert_eq!(seen.len(), count as usize, "a partition is left over");
}

/// No partition could go from one member to another so that it were more even.
fn is_even(group: &Group, assigned: &[Assignment]) -> bool {
    (0..assigned.len()).all(|giver| {
        let may_have = |taker: usize| assigned[giver].topics().any(|(t, _)| group.members[taker].topics.contains(&t));
        (0..assigned.len()).all(|taker| !may_have(taker) || assigned[giver].len() <= assigned[taker].len() + 1)
    })
}

#[test]
fn on_random_groups_everything_is_assigned_once_and_evenly_and_stays() {
    let mut random = StdRng::seed_from_u64(848);
    for round in 0..2000 {
        let mut group = random_group(&mut random, round % 2 == 0);
        let first = Assignor::Uniform.assign(&group.members, &group.topics);
        check(&group, &first);
        assert!(is_even(&group, &first), "{group:?}: {first:?}", group = group.members);
        check(&group, &Assignor::Range.assign(&group.members, &group.topics));

        group.members.iter_mut().zip(&first).for_each(|(member, target)| member.target = target.clone());
        assert_eq!(Assignor::Uniform.assign(&group.members, &group.topics), first, "nothing changed");

        let left = random.random_range(0..group.members.len());
        group.members.remove(left);
        let second = Assignor::Uniform.assign(&group.members, &group.topics);
        check(&group, &second);
        assert!(is_even(&group, &second));
        if round % 2 == 0 {
            let lost = |(member, now): (&Wish, &Assignment)| !member.target.is_subset_of(now);
            assert!(!group.members.iter().zip(&second).any(lost), "a member lost what it had though somebody left");
        }
    }
}

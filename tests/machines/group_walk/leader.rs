//! What the leader of a classic group does: it gives every partition to somebody who subscribes to it. Between cooperative
//! members a partition that somebody still has is given to another one only in the next generation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use kavka::broker::coordinators::group::classic::JoinedMember;
use kavka::broker::coordinators::group::consumer::Assignment;
use kavka::metadata::ClusterImage;
use kavka::records::consumer_protocol::{self, ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use kavka::vocabulary::Uuid;

use super::classic::{by_id, by_name};

type Place = (Uuid, i32);

/// How many partitions topics have; those that do not exist have none.
pub fn counts<'a>(names: impl Iterator<Item = &'a String>, image: &ClusterImage) -> BTreeMap<String, usize> {
    names.map(|name| (name.clone(), image.topic(name).map_or(0, |topic| topic.partitions.len()))).collect()
}

/// All topics that anybody subscribes to, with how many partitions they have.
pub fn topics_of(members: &[JoinedMember], image: &ClusterImage) -> BTreeMap<String, usize> {
    let names: BTreeSet<String> = members.iter().flat_map(|member| subscription(member).topics).collect();
    counts(names.iter(), image)
}

pub fn assign(members: &[JoinedMember], image: &ClusterImage, is_cooperative: bool) -> HashMap<String, Bytes> {
    let subscriptions: Vec<_> = members.iter().map(subscription).collect();
    let owners = owners(&subscriptions, image);
    let mut shares = vec![BTreeSet::new(); members.len()];
    for place in places(&subscriptions, image) {
        let takers = || (0..members.len()).filter(|at| wants(&subscriptions[*at], place, image));
        let Some(least) = takers().min_by_key(|at| shares[*at].len()) else { continue };
        let owner = owners.get(&place).copied().filter(|owner| wants(&subscriptions[*owner], place, image));
        // Whoever has it keeps it, unless it has more than its share.
        let stays = owner.filter(|owner| shares[*owner].len() <= shares[least].len() + 1);
        shares[stays.unwrap_or(least)].insert(place);
    }
    let each = members.iter().enumerate().map(|(at, member)| {
        let is_free = |place: &Place| !is_cooperative || owners.get(place).is_none_or(|owner| *owner == at);
        let assigned: Assignment = shares[at].iter().copied().filter(is_free).collect();
        let assigned = ConsumerProtocolAssignment { assigned_partitions: by_name(&assigned, image), user_data: None };
        (member.id.clone(), consumer_protocol::write(&assigned, 1))
    });
    each.collect()
}

fn subscription(member: &JoinedMember) -> ConsumerProtocolSubscription {
    consumer_protocol::read(&member.metadata).unwrap()
}

fn wants(subscription: &ConsumerProtocolSubscription, (topic, _): Place, image: &ClusterImage) -> bool {
    image.topic_by_id(topic).is_some_and(|topic| subscription.topics.contains(&topic.name))
}

fn places(subscriptions: &[ConsumerProtocolSubscription], image: &ClusterImage) -> BTreeSet<Place> {
    let names: BTreeSet<&String> = subscriptions.iter().flat_map(|subscription| &subscription.topics).collect();
    let topics = names.into_iter().filter_map(|name| image.topic(name));
    topics.flat_map(|topic| (0..topic.partitions.len()).map(|partition| (topic.id, partition as i32))).collect()
}

/// Who has what by its own word. Of two who say so, the one of the later generation is right.
fn owners(subscriptions: &[ConsumerProtocolSubscription], image: &ClusterImage) -> BTreeMap<Place, usize> {
    let mut owners: BTreeMap<Place, usize> = BTreeMap::new();
    for (at, subscription) in subscriptions.iter().enumerate() {
        for place in by_id(&subscription.owned_partitions, image).iter() {
            let is_later = |other: &usize| subscriptions[*other].generation_id < subscription.generation_id;
            if owners.get(&place).is_none_or(is_later) {
                owners.insert(place, at);
            }
        }
    }
    owners
}

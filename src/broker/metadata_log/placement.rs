//! Which log directory holds each partition: where its files are found, else what the metadata says, else the directory
//! with the fewest partitions. A partition whose directory is not there has no leader until it is (KIP-858).

use std::collections::BTreeMap;

use crate::metadata::{ClusterImage, PartitionImage, TopicImage};
use crate::vocabulary::{TopicPartition, Uuid};

/// Directory ids below are reserved. All of them but [`LOST`] leave the choice of the directory to the broker.
const RESERVED: u128 = 100;
/// `DirectoryId.LOST`
const LOST: Uuid = Uuid(2);

/// Files of a partition in a log directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundIn {
    pub directory: Uuid,
    /// Whose files they are; `None` if they do not say, and are taken to be those of the topic of that name.
    pub topic_id: Option<Uuid>,
}

impl FoundIn {
    /// Whether both claim to be the same partition.
    pub fn is_twin_of(&self, other: &FoundIn) -> bool {
        self.topic_id.is_none() || other.topic_id.is_none() || self.topic_id == other.topic_id
    }
}

/// The log directories that can be used, and what lies in them.
#[derive(Debug, Clone, Default)]
pub struct Placement {
    pub online: Vec<Uuid>,
    pub found: BTreeMap<TopicPartition, Vec<FoundIn>>,
}

/// The directory of every partition, by topic id and number; `None` where it is not to be had.
pub type Homes = BTreeMap<(Uuid, i32), Option<Uuid>>;

impl Placement {
    /// One directory for everything.
    pub fn single(directory: Uuid) -> Placement {
        Placement { online: vec![directory], found: BTreeMap::new() }
    }

    /// The directories of all partitions. The same image gives the same answer.
    pub fn homes(&self, image: &ClusterImage) -> Homes {
        let mut homes = Homes::new();
        let mut counts: BTreeMap<Uuid, usize> = self.online.iter().map(|id| (*id, 0)).collect();
        let mut homeless = Vec::new();
        for topic in image.topics.values() {
            for (partition, number) in topic.partitions.iter().zip(0..) {
                let home = match self.settled(topic, partition, number) {
                    Some(home) => home,
                    None => {
                        homeless.push((topic.id, number));
                        continue;
                    }
                };
                if let Some(count) = home.and_then(|id| counts.get_mut(&id)) {
                    *count += 1;
                }
                homes.insert((topic.id, number), home);
            }
        }
        for partition in homeless {
            let emptiest = self.online.iter().min_by_key(|id| counts.get(id)).copied();
            if let Some(count) = emptiest.and_then(|id| counts.get_mut(&id)) {
                *count += 1;
            }
            homes.insert(partition, emptiest);
        }
        homes
    }

    /// Where a partition is, if that is not ours to choose; `Some(None)` if that place is not to be had.
    fn settled(&self, topic: &TopicImage, partition: &PartitionImage, number: i32) -> Option<Option<Uuid>> {
        let recorded = partition.directories.first().copied();
        let online = |id: &Uuid| self.online.contains(id);
        let found = self.found.get(&TopicPartition::new(&topic.name, number));
        let mut own = found.into_iter().flatten().filter(|found| found.topic_id.is_none_or(|id| id == topic.id));
        match (own.next(), recorded) {
            (Some(found), _) => Some(Some(found.directory)),
            (None, Some(id)) if online(&id) => Some(Some(id)),
            (None, Some(id)) if id == LOST || id.0 >= RESERVED => Some(None),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const A: Uuid = Uuid(0xa00);
    const B: Uuid = Uuid(0xb00);
    const GONE: Uuid = Uuid(0xc00);

    fn image(directories: &[&[Uuid]]) -> ClusterImage {
        let partition = |ids: &&[Uuid]| PartitionImage { directories: ids.to_vec(), ..Default::default() };
        let partitions = directories.iter().map(partition).collect();
        let topic = Arc::new(TopicImage { name: "t".to_owned(), id: Uuid(0x77), partitions });
        ClusterImage { topics: [("t".to_owned(), topic)].into(), ..Default::default() }
    }

    fn homes(placement: &Placement, image: &ClusterImage) -> Vec<Option<Uuid>> {
        placement.homes(image).into_values().collect()
    }

    #[test]
    fn files_are_believed_before_the_metadata_and_strangers_not_at_all() {
        let found = |directory, topic_id| vec![FoundIn { directory, topic_id }];
        let placement = Placement {
            online: vec![A, B],
            found: [
                (TopicPartition::new("t", 0), found(B, Some(Uuid(0x77)))),
                (TopicPartition::new("t", 1), found(B, Some(Uuid(0x78)))),
                (TopicPartition::new("t", 2), found(B, None)),
            ]
            .into(),
        };
        assert_eq!(homes(&placement, &image(&[&[A], &[A], &[GONE]])), [Some(B), Some(A), Some(B)]);
    }

    #[test]
    fn what_has_no_place_yet_goes_where_there_is_least_and_what_is_gone_stays_gone() {
        let placement = Placement { online: vec![A, B], found: BTreeMap::new() };
        let unassigned: &[Uuid] = &[Uuid(1)];
        let image = image(&[&[A], unassigned, &[], &[GONE], &[LOST]]);
        assert_eq!(homes(&placement, &image), [Some(A), Some(B), Some(A), None, None]);
    }
}

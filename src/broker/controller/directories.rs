//! Log directories, as the controller sees them: which one a new partition gets, what becomes of partitions whose
//! directory failed, and where a partition is after it was moved (KIP-858).

use super::{Controller, ControllerSettings, Decision};
use crate::broker::machine::Context;
use crate::metadata::ClusterImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::{BrokerRegistrationChangeRecord, MetadataRecord, PartitionChangeRecord};
use crate::vocabulary::{TopicPartition, Uuid};

/// The leader of a partition that has none.
const NOBODY: i32 = -1;
/// The metadata.version from which partitions name directories.
const DIRECTORIES_FROM: i16 = 17;

/// How full each directory is, while partitions are given out.
pub(super) struct Shelves {
    /// In the order in which they are taken when equally full.
    counts: Vec<(Uuid, usize)>,
    /// Partitions given out.
    pub added: usize,
}

impl Shelves {
    pub fn of(settings: &ControllerSettings, image: &ClusterImage) -> Shelves {
        let registered = image.brokers.get(&settings.node_id).map(|broker| broker.log_dirs.as_slice());
        let ids = registered.filter(|ids| !ids.is_empty()).unwrap_or(&settings.directories);
        let mut counts: Vec<(Uuid, usize)> = ids.iter().map(|id| (*id, 0)).collect();
        if counts.len() > 1 {
            for home in
                image.topics.values().flat_map(|topic| &topic.partitions).flat_map(|one| one.directories.first())
            {
                if let Some((_, count)) = counts.iter_mut().find(|(id, _)| id == home) {
                    *count += 1;
                }
            }
        }
        Shelves { counts, added: 0 }
    }

    /// The directory with the fewest partitions, for one more.
    pub fn take(&mut self) -> Vec<Uuid> {
        self.added += 1;
        let emptiest = self.counts.iter_mut().min_by_key(|(_, count)| *count);
        emptiest
            .map(|(id, count)| {
                *count += 1;
                *id
            })
            .into_iter()
            .collect()
    }
}

/// Only these directories can still be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoriesLeft(pub Vec<Uuid>);

/// A partition lies in another directory from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignDirectory {
    pub partition: TopicPartition,
    pub topic_id: Uuid,
    pub directory: Uuid,
}

impl Controller {
    /// Registers what is left, and takes the leader from the partitions in the others.
    pub(super) fn directories_left(&mut self, context: &mut Context<'_>, left: DirectoriesLeft) -> Decision<()> {
        let DirectoriesLeft(left) = left;
        let broker_id = self.settings.node_id;
        let Some(broker) = context.image.brokers.get(&broker_id) else { return Decision::reply(()) };
        if broker.log_dirs == left {
            return Decision::reply(());
        }
        let lost: Vec<Uuid> = broker.log_dirs.iter().filter(|id| !left.contains(id)).copied().collect();
        let mut records = Vec::new();
        if context.image.metadata_version().is_some_and(|level| level >= DIRECTORIES_FROM) {
            let change = BrokerRegistrationChangeRecord {
                broker_id,
                broker_epoch: broker.epoch,
                log_dirs: left,
                ..Default::default()
            };
            records.push(MetadataRecord::from(change));
        }
        for topic in context.image.topics.values() {
            for (partition, number) in topic.partitions.iter().zip(0..) {
                if partition.leader != NOBODY && partition.directories.iter().any(|id| lost.contains(id)) {
                    let change = PartitionChangeRecord {
                        partition_id: number,
                        topic_id: topic.id,
                        leader: NOBODY,
                        ..Default::default()
                    };
                    records.push(change.into());
                }
            }
        }
        Decision { records, reply: () }
    }

    pub(super) fn assign_directory(
        &mut self,
        context: &mut Context<'_>,
        wanted: AssignDirectory,
    ) -> Decision<Result<(), Rejection>> {
        let AssignDirectory { partition: name, topic_id, directory } = wanted;
        let topic = context.image.topic(&name.topic).filter(|topic| topic.id == topic_id);
        let partition = topic.and_then(|topic| topic.partitions.get(usize::try_from(name.partition).ok()?));
        let Some(partition) = partition else {
            return Decision::reply(Err(ErrorCode::UnknownTopicOrPartition.into()));
        };
        let known = context.image.metadata_version().is_some_and(|level| level >= DIRECTORIES_FROM);
        if !known || partition.directories == [directory] {
            return Decision::reply(Ok(()));
        }
        let change = PartitionChangeRecord {
            partition_id: name.partition,
            topic_id,
            directories: Some(vec![directory]),
            ..Default::default()
        };
        Decision { records: vec![change.into()], reply: Ok(()) }
    }
}

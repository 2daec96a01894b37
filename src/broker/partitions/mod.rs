//! From a topic-partition to its log: the partitions that this broker leads, opened when they are first used.

mod directory;
pub mod errors;
mod parked;
mod partition;
mod settings;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use directory::LogDirectory;
pub use partition::{Bounds, Found, Partition};
pub use settings::log_settings;

use crate::broker::blocking::blocking;
use crate::metadata::TopicImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, Uuid};
use errors::log_rejection;

/// Every partition that was used since the broker started.
pub struct Partitions {
    directory: Arc<LogDirectory>,
    slots: Mutex<HashMap<(Uuid, i32), Arc<Slot>>>,
}

/// A partition's place: opening it holds this lock and no other.
#[derive(Default)]
struct Slot {
    partition: OnceLock<Arc<Partition>>,
    opening: Mutex<()>,
}

impl Partitions {
    pub fn new(directory: Arc<LogDirectory>) -> Partitions {
        Partitions { directory, slots: Mutex::default() }
    }

    pub fn directory(&self) -> &Arc<LogDirectory> {
        &self.directory
    }

    /// The partition of a topic in the current image, if this broker leads it.
    pub fn leader(&self, topic: &TopicImage, index: i32) -> Result<Arc<Partition>, Rejection> {
        let partition = usize::try_from(index).ok().and_then(|index| topic.partitions.get(index));
        match partition {
            None => Err(ErrorCode::UnknownTopicOrPartition.into()),
            Some(partition) if partition.leader != self.directory.node_id => Err(ErrorCode::NotLeaderOrFollower.into()),
            Some(_) => self.open(topic, index),
        }
    }

    /// The same by name, for those who do not have the topic at hand.
    pub fn leader_of(&self, name: &TopicPartition) -> Result<Arc<Partition>, Rejection> {
        let image = self.directory.image();
        let topic = image.topic(&name.topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        self.leader(topic, name.partition)
    }

    fn open(&self, topic: &TopicImage, index: i32) -> Result<Arc<Partition>, Rejection> {
        let slot = self.lock().entry((topic.id, index)).or_default().clone();
        if let Some(partition) = slot.partition.get() {
            return Ok(partition.clone());
        }
        blocking(|| {
            let _opening = slot.opening.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(partition) = slot.partition.get() {
                return Ok(partition.clone());
            }
            let name = TopicPartition::new(&topic.name, index);
            let opened = Partition::open(self.directory.clone(), name.clone(), topic.id);
            let partition = Arc::new(opened.map_err(|e| log_rejection(&name, &e))?);
            Ok(slot.partition.get_or_init(|| partition).clone())
        })
    }

    /// Those that are open now.
    pub fn opened(&self) -> Vec<Arc<Partition>> {
        self.lock().values().filter_map(|slot| slot.partition.get().cloned()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Uuid, i32), Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! From a topic-partition to its log: the partitions that this broker leads, opened when they are first used.

mod checkpoint;
mod cleaning;
mod directory;
pub mod errors;
mod parked;
mod partition;
mod removal;
mod settings;
mod upkeep;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use directory::LogDirectory;
pub use partition::{Bounds, Found, Partition};
pub use removal::Removal;
pub use upkeep::Upkeep;

use crate::broker::blocking::blocking;
use crate::log::LogError;
use crate::metadata::TopicImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, Uuid};
use errors::log_rejection;

/// Every partition that was used since the broker started.
pub struct Partitions {
    directory: Arc<LogDirectory>,
    slots: Mutex<HashMap<(Uuid, i32), Arc<Slot>>>,
    checkpointing: Mutex<()>,
}

/// A partition's place: opening it holds this lock and no other.
#[derive(Default)]
struct Slot {
    partition: OnceLock<Arc<Partition>>,
    opening: Mutex<()>,
}

impl Partitions {
    pub fn new(directory: Arc<LogDirectory>) -> Partitions {
        Partitions { directory, slots: Mutex::default(), checkpointing: Mutex::default() }
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

    /// Sets aside the directories of partitions that the metadata does not know, as Kafka does when it starts.
    pub fn set_strays_aside(&self) -> Result<(), Rejection> {
        self.directory.set_strays_aside().map_err(|e| log_rejection(&"a stray directory", &e))
    }

    /// Opens every partition that this broker leads.
    pub fn open_all(&self) -> Result<(), Rejection> {
        let image = self.directory.image();
        for topic in image.topics.values() {
            for index in (0i32..).take(topic.partitions.len()) {
                match self.leader(topic, index) {
                    Err(rejection) if rejection.code != ErrorCode::NotLeaderOrFollower => return Err(rejection),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Closes every log that is open, so that the next broker need not look into it.
    pub fn close(&self) -> Result<(), LogError> {
        let closed: Vec<Result<(), LogError>> = self.opened().iter().map(|partition| partition.close()).collect();
        closed.into_iter().collect()
    }

    /// Gives up the partition of a deleted topic. Its directory is renamed; `None` if there is none.
    pub fn retire(&self, name: &TopicPartition, topic_id: Uuid) -> Result<Option<PathBuf>, LogError> {
        let slot = self.lock().remove(&(topic_id, name.partition));
        let partition = slot.and_then(|slot| slot.partition.get().cloned());
        self.directory.forget(name);
        match partition.map(|partition| partition.retire()) {
            Some(Ok(Some(renamed))) => Ok(Some(renamed)),
            Some(Err(e)) => Err(e),
            _ => self.directory.set_aside(name, topic_id),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Uuid, i32), Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! From a topic-partition to its log: the partitions that this broker leads, opened when they are first used.

mod checkpoint;
mod cleaning;
mod directories;
mod directory;
pub mod errors;
mod flushing;
mod moving;
mod opening;
mod parked;
mod partition;
mod removal;
mod settings;
mod upkeep;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use cleaning::Switch;
pub use directories::{LogDirectories, View};
pub use directory::{LogDirectory, StartingPoint};
pub use flushing::FlushTicket;
pub use moving::{Assign, Move, Moves};
pub use opening::{OpeningListener, OpeningProgress};
pub use partition::{Bounds, Found, Partition};
pub use removal::Removal;
pub use upkeep::Upkeep;

use crate::broker::blocking::blocking;
use crate::log::directory::CleanShutdown;
use crate::log::{FlushWork, LogError, LogSettings, side_by_side};
use crate::metadata::{ClusterImage, TopicImage};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, Uuid};
use directories::HomeError;
use errors::log_rejection;

/// How many threads close logs, and how many logs have their files open meanwhile.
const CLOSING_THREADS: usize = 16;
const CLOSED_AT_A_TIME: usize = 256;

/// Every partition that was used since the broker started.
pub struct Partitions {
    directories: LogDirectories,
    slots: Mutex<BTreeMap<(Uuid, i32), Arc<Slot>>>,
}

/// A partition's place: opening it holds this lock and no other.
#[derive(Default)]
struct Slot {
    partition: OnceLock<Arc<Partition>>,
    opening: Mutex<()>,
}

impl Partitions {
    pub fn new(directories: LogDirectories) -> Partitions {
        Partitions { directories, slots: Mutex::default() }
    }

    pub fn directories(&self) -> &LogDirectories {
        &self.directories
    }

    pub fn settings(&self, image: &ClusterImage, topic: &str) -> LogSettings {
        self.directories.view().settings(image, topic)
    }

    /// The partition of a topic in the current image, if this broker leads it.
    pub fn leader(&self, topic: &TopicImage, index: i32) -> Result<Arc<Partition>, Rejection> {
        let partition = usize::try_from(index).ok().and_then(|index| topic.partitions.get(index));
        match partition {
            None => Err(ErrorCode::UnknownTopicOrPartition.into()),
            Some(partition) if partition.leader != self.directories.view().node_id => {
                match self.directories.home_of(topic, index) {
                    Err(HomeError::Offline) => Err(ErrorCode::KafkaStorageError.into()),
                    _ => Err(ErrorCode::NotLeaderOrFollower.into()),
                }
            }
            Some(_) => self.open(topic, index),
        }
    }

    /// The same by name, for those who do not have the topic at hand.
    pub fn leader_of(&self, name: &TopicPartition) -> Result<Arc<Partition>, Rejection> {
        let image = self.directories.view().image();
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
            let home = self.directories.home_of(topic, index).map_err(|e| e.rejection(&name))?;
            let opened = Partition::open(home, name.clone(), topic.id);
            let partition = Arc::new(opened.map_err(|e| log_rejection(&name, &e))?);
            Ok(slot.partition.get_or_init(|| partition).clone())
        })
    }

    /// Those that are open now, in directories that can be used.
    pub fn opened(&self) -> Vec<Arc<Partition>> {
        let slots = self.lock();
        let opened = slots.values().filter_map(|slot| slot.partition.get().cloned());
        opened.filter(|partition| partition.home().is_online()).collect()
    }

    /// Sets aside the directories of partitions that the metadata does not know, as Kafka does when it starts.
    pub fn set_strays_aside(&self) -> Result<(), Rejection> {
        self.each_directory(LogDirectory::set_strays_aside).map_err(|e| log_rejection(&"a stray directory", &e))
    }

    /// Closes every log that is open, so that the next broker need not look into it.
    pub fn close(&self) -> Result<(), LogError> {
        let mut closed = Ok(());
        for some in self.opened().chunks(CLOSED_AT_A_TIME) {
            closed = closed.and(close_together(some));
        }
        closed
    }

    /// Gives up the partition of a deleted topic. Its directory is renamed; `None` if there is none.
    pub fn retire(&self, name: &TopicPartition, topic_id: Uuid) -> Result<Option<PathBuf>, LogError> {
        let slot = self.lock().remove(&(topic_id, name.partition));
        let partition = slot.and_then(|slot| slot.partition.get().cloned());
        let opened_and_cleaned = partition.as_ref().is_some_and(|partition| partition.was_cleaned());
        let found_cleaned = self.directories.online().any(|directory| directory.found().first_dirty.contains_key(name));
        for directory in self.directories.online() {
            directory.forget(name);
        }
        if let Some(partition) = partition {
            partition.retire();
        }
        // A topic that is created again under the name was not cleaned yet.
        if (opened_and_cleaned || found_cleaned)
            && let Err(e) = self.write_first_dirty()
        {
            tracing::error!("cannot write the cleaner's checkpoint: {e}");
        }
        for directory in self.directories.online() {
            if let Some(renamed) = directory.set_aside(name, topic_id).inspect_err(|e| directory.note(e))? {
                return Ok(Some(renamed));
            }
        }
        Ok(None)
    }

    /// Takes back the promise of a clean shutdown: to be called before the first write.
    pub fn unmark_clean(&self) -> Result<(), LogError> {
        self.each_directory(|directory| CleanShutdown::remove(&*directory.disk, &directory.path))
    }

    /// Does the same in every directory that can be used. One that goes offline over it is no error of the whole.
    fn each_directory(&self, work: impl Fn(&LogDirectory) -> Result<(), LogError>) -> Result<(), LogError> {
        let mut first = Ok(());
        for directory in self.directories.online() {
            let done = work(directory).inspect_err(|e| directory.note(e));
            if done.is_err() && directory.is_online() && first.is_ok() {
                first = done;
            }
        }
        first
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Uuid, i32), Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes all of them whatever becomes of one.
fn close_together(partitions: &[Arc<Partition>]) -> Result<(), LogError> {
    let prepared = side_by_side(CLOSING_THREADS, partitions, |partition| partition.prepare_close());
    let mut closed = Ok(());
    let mut works: Vec<(&Arc<Partition>, FlushWork)> = Vec::new();
    for (partition, prepared) in partitions.iter().zip(prepared) {
        match prepared {
            Ok(work) => works.extend(work.map(|work| (partition, work))),
            Err(error) => closed = closed.and(Err(error)),
        }
    }
    let flushes: Vec<&FlushWork> = works.iter().map(|(_, work)| work).collect();
    let flushed = FlushWork::run_all(&flushes, CLOSING_THREADS);
    for ((partition, work), result) in works.iter().zip(flushed) {
        closed = closed.and(partition.finish_close(work, result));
    }
    closed
}

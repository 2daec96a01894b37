//! What becomes of the logs of deleted topics: the directory is renamed at once, so that the name is free, and removed
//! after `file.delete.delay.ms`, or when the broker stops.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::Partitions;
use crate::broker::blocking::blocking;
use crate::log::directory::{DirectoryKind, partition_directories, remove_partition};
use crate::metadata::{ClusterImage, TopicImage};
use crate::vocabulary::{TopicPartition, Uuid};

/// Removes what the metadata no longer has.
pub struct Removal {
    partitions: Arc<Partitions>,
    /// Set aside, not removed yet.
    waiting: Mutex<Vec<PathBuf>>,
}

impl Removal {
    pub fn new(partitions: Arc<Partitions>) -> Arc<Removal> {
        Arc::new(Removal { partitions, waiting: Mutex::default() })
    }

    /// Follows the image until its sender is gone.
    pub async fn run(self: Arc<Removal>, mut image: watch::Receiver<Arc<ClusterImage>>) {
        let mut known = image.borrow_and_update().clone();
        while image.changed().await.is_ok() {
            let current = image.borrow_and_update().clone();
            let delay = self.follow(&known, &current);
            if let Some(delay) = delay {
                let removal = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    blocking(|| removal.remove_waiting());
                });
            }
            known = current;
        }
    }

    /// Sets aside what is in `before` and not in `after`. Gives the delay of the removal if there is anything to remove.
    pub fn follow(&self, before: &ClusterImage, after: &ClusterImage) -> Option<Duration> {
        let gone: Vec<&Arc<TopicImage>> =
            before.topics.values().filter(|topic| after.topic_by_id(topic.id).is_none()).collect();
        let mut set_aside = false;
        for topic in &gone {
            for index in (0i32..).take(topic.partitions.len()) {
                set_aside |= self.set_aside(&TopicPartition::new(&topic.name, index), topic.id);
            }
        }
        // A topic may have come and gone between two images, and another may have come since the later one.
        let opened = self.partitions.opened();
        let newest = self.partitions.directories().view().image();
        for partition in opened {
            if newest.topic_by_id(partition.topic_id).is_none() {
                set_aside |= self.set_aside(&partition.name, partition.topic_id);
            }
        }
        let settings = |topic: &Arc<TopicImage>| self.partitions.settings(before, &topic.name);
        let delays = gone.iter().map(|topic| settings(topic).file_delete_delay_ms);
        set_aside.then(|| Duration::from_millis(delays.max().and_then(|ms| u64::try_from(ms).ok()).unwrap_or_default()))
    }

    fn set_aside(&self, name: &TopicPartition, topic_id: Uuid) -> bool {
        let set_aside = blocking(|| self.partitions.retire(name, topic_id));
        match set_aside {
            Ok(Some(path)) => {
                self.waiting().push(path);
                true
            }
            Ok(None) => false,
            Err(e) => {
                tracing::error!(partition = %name, "cannot set a deleted partition aside: {e}");
                false
            }
        }
    }

    /// Takes up what a broker before this one set aside and did not remove.
    pub fn find_leftovers(&self) {
        for directory in self.partitions.directories().online() {
            match partition_directories(&*directory.disk, &directory.path) {
                Ok(found) => {
                    let deleted = found.into_iter().filter(|found| found.kind == DirectoryKind::Deleted);
                    self.waiting().extend(deleted.map(|found| directory.path.join(found.name)));
                }
                Err(e) => {
                    directory.note(&e);
                    tracing::warn!("cannot look for deleted partitions: {e}");
                }
            }
        }
    }

    /// Removes everything that was set aside.
    pub fn remove_waiting(&self) {
        let waiting = std::mem::take(&mut *self.waiting());
        for path in waiting {
            let online = self.partitions.directories().online();
            for directory in online.filter(|directory| path.parent() == Some(&directory.path)) {
                if let Err(e) = remove_partition(&*directory.disk, &path) {
                    directory.note(&e);
                    tracing::error!("{e}");
                }
            }
        }
    }

    pub(super) fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<PathBuf>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Opening every partition before clients come: in parallel, some threads for each log directory, since each may be a
//! disk of its own. After a clean stop nothing is read but names, indexes' ends and a snapshot; otherwise logs are
//! looked through from their recovery points, which is what takes time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Partitions;
use super::directories::HomeError;
use crate::metadata::TopicImage;
use crate::protocol::Rejection;
use crate::vocabulary::Uuid;

/// How many partitions are open, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningProgress {
    pub opened: usize,
    pub total: usize,
}

/// Is told of every partition that was opened, on any thread.
#[derive(Clone, Default)]
pub struct OpeningListener(pub Option<Arc<dyn Fn(OpeningProgress) + Send + Sync>>);

impl fmt::Debug for OpeningListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpeningListener").field(&self.0.is_some()).finish()
    }
}

/// The partitions of one log directory that are to be opened.
type Queue = Vec<(Arc<TopicImage>, i32)>;

impl Partitions {
    /// Opens every partition that this broker leads, with so many threads for each log directory. Partitions of a
    /// directory that fails meanwhile are left.
    pub fn open_all(&self, threads: usize, listener: &OpeningListener) -> Result<(), Rejection> {
        let queues = self.queues();
        let total = queues.values().map(Vec::len).sum();
        let opened = AtomicUsize::new(0);
        let tell = |opened| {
            if let Some(tell) = &listener.0 {
                tell(OpeningProgress { opened, total });
            }
        };
        tell(0);
        let failed: Mutex<Option<Rejection>> = Mutex::default();
        let open_one = |(topic, index): &(Arc<TopicImage>, i32)| match self.leader(topic, *index) {
            Ok(_) => tell(opened.fetch_add(1, Ordering::Relaxed) + 1),
            Err(_) if self.is_offline(topic, *index) => {}
            Err(rejection) => {
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(rejection);
            }
        };
        let next: Vec<AtomicUsize> = queues.iter().map(|_| AtomicUsize::new(0)).collect();
        thread::scope(|scope| {
            for (queue, next) in queues.values().zip(&next) {
                let take_all = || {
                    while let Some(one) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                        open_one(one);
                    }
                };
                for _ in 0..threads.clamp(1, queue.len().max(1)) {
                    scope.spawn(take_all);
                }
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    /// By directory, what this broker leads.
    fn queues(&self) -> BTreeMap<Uuid, Queue> {
        let view = self.directories().view();
        let mut queues: BTreeMap<Uuid, Queue> = BTreeMap::new();
        for topic in view.image().topics.values() {
            for (partition, index) in topic.partitions.iter().zip(0..) {
                if partition.leader == view.node_id {
                    let home = partition.directories.first().copied().unwrap_or_default();
                    queues.entry(home).or_default().push((topic.clone(), index));
                }
            }
        }
        queues
    }

    fn is_offline(&self, topic: &TopicImage, index: i32) -> bool {
        self.directories().home_of(topic, index).is_err_and(|error| matches!(error, HomeError::Offline))
    }
}

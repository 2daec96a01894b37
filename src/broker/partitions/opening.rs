//! Opening every partition before clients come: in parallel, some threads for each log directory, since each may be a
//! disk of its own. After a clean stop nothing is read but names, indexes' ends and a snapshot; otherwise logs are
//! looked through from their recovery points, which is what takes time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Partitions;
use super::directories::HomeError;
use crate::log::side_by_side;
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
        let queues: Vec<Queue> = self.queues().into_values().collect();
        let total = queues.iter().map(Vec::len).sum();
        let opened = AtomicUsize::new(0);
        let tell = |opened| {
            if let Some(tell) = &listener.0 {
                tell(OpeningProgress { opened, total });
            }
        };
        tell(0);
        let open_one = |(topic, index): &(Arc<TopicImage>, i32)| match self.leader(topic, *index) {
            Ok(_) => {
                tell(opened.fetch_add(1, Ordering::Relaxed) + 1);
                Ok(())
            }
            Err(_) if self.is_offline(topic, *index) => Ok(()),
            Err(rejection) => Err(rejection),
        };
        let results = side_by_side(queues.len(), &queues, |queue| side_by_side(threads, queue, open_one));
        results.into_iter().flatten().collect()
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

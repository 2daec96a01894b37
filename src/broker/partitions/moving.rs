//! Partitions on their way from one log directory to another (KIP-113): a copy is made beside the log while it is written
//! to; when little is left appends wait, the rest follows, the metadata names the new directory, and the copy takes the
//! place of the log.
//!
//! ```text
//! A/t-0                B/t-0.<id>-future           the copy grows
//! A/t-0                B/t-0.<id>-future           complete and synced; the metadata says B
//! A/t-0.<id>-delete    B/t-0.<id>-future           a start that finds this finishes it
//! A/t-0.<id>-delete    B/t-0                       done
//! ```
//!
//! As long as `A/t-0` is there it is the partition, and a start begins the copy anew. Source: `ReplicaAlterLogDirsThread`,
//! `Partition.maybeReplaceCurrentWithFutureReplica`, KIP-858.

mod relocation;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{LogDirectory, Partition, Partitions, Removal};
use crate::broker::blocking::blocking;
use crate::log::directory::{DirectoryKind, partition_directories, remove_partition, renamed_directory};
use crate::log::{LogCopy, LogError, PartitionLog};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::{TopicPartition, Uuid};

/// Appends wait once no more than this is left to be copied.
const LITTLE: u64 = 1 << 20;
/// After so many rounds they wait in any case: the log grows as fast as it is copied.
const ROUNDS: usize = 20;
/// The longest name that a directory may have.
const LONGEST_NAME: usize = 255;

/// Tells the metadata where a partition is: its name, its topic's id, the directory's id.
pub type Assign = Arc<dyn Fn(TopicPartition, Uuid, Uuid) -> Assigned + Send + Sync>;
pub type Assigned = Pin<Box<dyn Future<Output = Result<(), Rejection>> + Send>>;

/// All that are under way.
pub struct Moves {
    partitions: Arc<Partitions>,
    removal: Arc<Removal>,
    assign: Assign,
    running: Mutex<HashMap<(Uuid, i32), Arc<Move>>>,
    tasks: Mutex<JoinSet<()>>,
    turns: Semaphore,
    stopping: AtomicBool,
}

/// One partition on its way.
pub struct Move {
    pub partition: Arc<Partition>,
    pub to: Arc<LogDirectory>,
    future: PathBuf,
    cancelled: AtomicBool,
    next_offset: AtomicI64,
    bytes: AtomicU64,
    /// Closed when it is over.
    over: Semaphore,
    /// The move that it takes the place of.
    before: Option<Arc<Move>>,
}

impl Move {
    /// The offset behind the last record that is in the copy.
    pub fn next_offset(&self) -> i64 {
        self.next_offset.load(Ordering::Relaxed)
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn key(&self) -> (Uuid, i32) {
        (self.partition.topic_id, self.partition.name.partition)
    }
}

/// Why a move ended before its end.
enum Unmoved {
    Cancelled,
    Failed(String),
}

impl From<LogError> for Unmoved {
    fn from(error: LogError) -> Unmoved {
        Unmoved::Failed(error.to_string())
    }
}

impl Moves {
    /// So many are under way at the same time as there are directories.
    pub fn new(partitions: Arc<Partitions>, removal: Arc<Removal>, assign: Assign) -> Arc<Moves> {
        let turns = Semaphore::new(partitions.directories().paths().count().max(1));
        Arc::new(Moves {
            partitions,
            removal,
            assign,
            running: Mutex::default(),
            tasks: Mutex::default(),
            turns,
            stopping: AtomicBool::new(false),
        })
    }

    /// Those that are under way.
    pub fn running(&self) -> Vec<Arc<Move>> {
        lock(&self.running).values().cloned().collect()
    }

    /// Wants a partition in the directory at `path`. The caller has passed the gate before the first write.
    pub fn begin(self: &Arc<Moves>, name: &TopicPartition, path: &str) -> Result<(), ErrorCode> {
        let future = renamed_directory(name, Uuid::random(), DirectoryKind::Future);
        if name.to_string().len() + ".".len() + 32 + "-future".len() > LONGEST_NAME {
            return Err(ErrorCode::InvalidTopicException);
        }
        let directories = self.partitions.directories();
        let named = |known: &std::path::Path| known.as_os_str() == path;
        if !directories.paths().any(named) {
            return Err(ErrorCode::LogDirNotFound);
        }
        let to = directories.online().find(|directory| named(&directory.path)).cloned();
        let to = to.ok_or(ErrorCode::KafkaStorageError)?;
        let partition = self.partitions.leader_of(name).map_err(|rejection| match rejection.code {
            ErrorCode::KafkaStorageError => ErrorCode::KafkaStorageError,
            _ => ErrorCode::ReplicaNotAvailable,
        })?;
        let key = (partition.topic_id, name.partition);
        let mut running = lock(&self.running);
        if running.get(&key).is_some_and(|other| other.to.id == to.id) {
            return Ok(());
        }
        let before = running.remove(&key);
        if let Some(other) = &before {
            other.cancelled.store(true, Ordering::Relaxed);
        }
        if partition.home().id == to.id {
            return Ok(());
        }
        if directories.offline().next().is_some() {
            return Err(ErrorCode::KafkaStorageError);
        }
        let one = Arc::new(Move {
            partition,
            future: to.path.join(future),
            to,
            cancelled: AtomicBool::new(false),
            next_offset: AtomicI64::new(0),
            bytes: AtomicU64::new(0),
            over: Semaphore::new(0),
            before,
        });
        running.insert(key, one.clone());
        let moves = self.clone();
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move { moves.carry_out(one).await });
        Ok(())
    }

    async fn carry_out(self: Arc<Moves>, one: Arc<Move>) {
        if let Some(before) = &one.before {
            // It fails when there is nothing to wait for any more.
            let _ = before.over.acquire().await;
        }
        let Ok(_turn) = self.turns.acquire().await else { return };
        let name = &one.partition.name;
        let moved = self.relocate(&one).await;
        blocking(|| {
            one.partition.end_move();
            match &moved {
                Ok(()) => tracing::info!(partition = %name, "moved to {}", one.to.path.display()),
                Err(Unmoved::Cancelled) => tracing::info!(partition = %name, "not moved to {}", one.to.path.display()),
                Err(Unmoved::Failed(why)) => {
                    tracing::error!(partition = %name, "cannot be moved to {}: {why}", one.to.path.display());
                }
            }
            if moved.is_err()
                && let Err(e) = self.clear_away(&one)
            {
                one.to.note(&e);
                tracing::error!("{e}");
            }
        });
        one.over.close();
        let mut running = lock(&self.running);
        if running.get(&one.key()).is_some_and(|current| Arc::ptr_eq(current, &one)) {
            running.remove(&one.key());
        }
    }

    /// A move that the end of the broker interrupts is taken up by the next.
    fn clear_away(&self, one: &Move) -> Result<(), LogError> {
        let exists = one.to.disk.exists(&one.future).unwrap_or(false);
        if self.stopping.load(Ordering::Relaxed) && exists {
            return PartitionLog::announce_copy(&one.to.disk, &one.future, one.partition.topic_id);
        }
        if exists { remove_partition(&*one.to.disk, &one.future) } else { Ok(()) }
    }

    async fn relocate(&self, one: &Arc<Move>) -> Result<(), Unmoved> {
        let partition = &one.partition;
        let copied = blocking(|| self.copy(one))?;
        let sealed = blocking(|| partition.seal())?;
        let prepared = blocking(|| -> Result<(), Unmoved> {
            if let Some(mut copy) = copied {
                let end = partition.complete(&mut copy)?;
                one.next_offset.store(end, Ordering::Relaxed);
                one.to.remember(&partition.name, partition.marks());
                self.partitions.write_checkpoints()?;
                self.partitions.sync_names()?;
            }
            Ok(())
        });
        if let Err(unmoved) = prepared {
            return blocking(|| sealed.reopen().map_err(Unmoved::from).and(Err(unmoved)));
        }
        let assigned = (self.assign)(partition.name.clone(), partition.topic_id, one.to.id).await;
        blocking(|| match assigned {
            Err(rejection) => {
                sealed.reopen()?;
                Err(Unmoved::Failed(rejection.to_string()))
            }
            Ok(()) => {
                if let Some((old, delay)) = sealed.replace(&one.to, &one.future)? {
                    self.removal.remove_later(old, delay);
                }
                Ok(())
            }
        })
    }

    /// The bulk of the records, while the log is in use; `None` if it has none.
    fn copy(&self, one: &Move) -> Result<Option<LogCopy>, Unmoved> {
        let Some(mut copy) = one.partition.begin_move(one.future.clone())? else { return Ok(None) };
        let is_over = || one.cancelled.load(Ordering::Relaxed) || self.stopping.load(Ordering::Relaxed);
        for _ in 0..ROUNDS {
            let Some(plan) = one.partition.copy_plan() else { return Err(Unmoved::Cancelled) };
            let left = plan.bytes_left(&copy);
            let advanced = copy.advance(&plan, &mut |next_offset, bytes| {
                one.next_offset.store(next_offset, Ordering::Relaxed);
                one.bytes.store(bytes, Ordering::Relaxed);
                !is_over()
            });
            let whole = advanced.inspect_err(|e| one.to.note(e))?;
            if !whole || is_over() {
                return Err(Unmoved::Cancelled);
            }
            if left <= LITTLE {
                break;
            }
        }
        Ok(Some(copy))
    }

    /// Finishes moves whose log had already been taken away when a broker before this one ended.
    pub fn finish_interrupted(&self) -> Result<(), LogError> {
        let image = self.partitions.directories().view().image();
        for (directory, found, path) in self.futures()? {
            let Some(topic) = image.topic(&found.topic) else { continue };
            let partition = usize::try_from(found.partition).ok().and_then(|index| topic.partitions.get(index));
            let is_here = partition.is_some_and(|partition| partition.directories == [directory.id]);
            if is_here && !self.is_somewhere(&found, topic.id)? {
                directory.promote(&found, &path)?;
                tracing::info!(partition = %found, "its move to {} is finished", directory.path.display());
            }
        }
        Ok(())
    }

    /// Takes up moves that a broker before this one began, from their beginning.
    pub fn resume(self: &Arc<Moves>) {
        let futures = self.futures().unwrap_or_else(|e| {
            tracing::error!("cannot look for partitions that were being moved: {e}");
            Vec::new()
        });
        for (directory, name, path) in futures {
            let home = self.partitions.leader_of(&name).map(|partition| partition.home());
            let begun = match home {
                Ok(home) if home.id != directory.id => match remove_partition(&*directory.disk, &path) {
                    Ok(()) => self.begin(&name, &directory.path.to_string_lossy()),
                    Err(_) => Err(ErrorCode::KafkaStorageError),
                },
                Ok(_) => remove_partition(&*directory.disk, &path).map_err(|_| ErrorCode::KafkaStorageError),
                Err(rejection) => Err(rejection.code),
            };
            match begun {
                Ok(()) => tracing::info!(partition = %name, "its move to {} is begun anew", directory.path.display()),
                Err(code) => tracing::warn!(partition = %name, "{} is left as it is: {code}", path.display()),
            }
        }
    }

    fn futures(&self) -> Result<Vec<(Arc<LogDirectory>, TopicPartition, PathBuf)>, LogError> {
        let mut futures = Vec::new();
        for directory in self.partitions.directories().online() {
            let found = partition_directories(&*directory.disk, &directory.path).inspect_err(|e| directory.note(e))?;
            for one in found.into_iter().filter(|one| one.kind == DirectoryKind::Future) {
                let path = directory.path.join(&one.name);
                futures.push((directory.clone(), one.partition, path));
            }
        }
        Ok(futures)
    }

    fn is_somewhere(&self, name: &TopicPartition, topic_id: Uuid) -> Result<bool, LogError> {
        for directory in self.partitions.directories().online() {
            if directory.holds(name, topic_id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends all of them; the next broker takes them up.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        while tasks.join_next().await.is_some() {}
    }
}

impl Removal {
    /// Removes a directory that was set aside, after a while.
    fn remove_later(self: &Arc<Removal>, path: PathBuf, delay: Duration) {
        self.waiting().push(path);
        let removal = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            blocking(|| removal.remove_waiting());
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! A broker in this process: its runtime, its place in the host file, and the lock that makes it the only one.
//!
//! Everything here blocks and must not be called on a thread that drives a runtime; [`on_own_thread`] sees to that.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Runtime;

use super::entrance::unusable;
use super::errors::{StandaloneError, io_errors};
use super::host_file::{HostFile, PublishedHost};
use super::lock::DirectoryLock;
use crate::broker::{Broker, BrokerConfig};

/// After the broker has stopped nothing is left to be waited for but threads that end at their next breath.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// A running broker on a directory that this process holds.
pub(super) struct Hosting {
    directory: PathBuf,
    runtime: Runtime,
    broker: Broker,
    published: PublishedHost,
    /// The same file in the broker's other directories, so that it is found from each.
    others: Vec<PublishedHost>,
    lock: DirectoryLock,
}

/// A broker that did not start; the lock is still held, so that the caller can try again.
pub(super) struct NotStarted {
    pub lock: DirectoryLock,
    pub cause: StandaloneError,
}

impl NotStarted {
    /// Whether another port might do.
    pub fn is_address_in_use(&self) -> bool {
        io_errors(&self.cause).any(|error| error.kind() == io::ErrorKind::AddrInUse)
    }
}

impl Hosting {
    /// Names this process as the host, then starts the broker: others find the file while it starts.
    pub fn begin(
        directory: &Path,
        lock: DirectoryLock,
        host: &HostFile,
        config: BrokerConfig,
        threads: usize,
    ) -> Result<Hosting, NotStarted> {
        let others: Vec<PathBuf> = config.log_directories.iter().filter(|path| *path != directory).cloned().collect();
        match start(directory, host, config, threads) {
            Ok((runtime, broker, published)) => {
                // A directory that cannot be written to is none of the broker's by now.
                let others = others.iter().filter_map(|path| PublishedHost::publish(path, host).ok()).collect();
                Ok(Hosting { directory: directory.to_owned(), runtime, broker, published, others, lock })
            }
            Err(cause) => Err(NotStarted { lock, cause }),
        }
    }

    /// Calls `tell`, once, when the broker cannot go on and is to be stopped.
    pub fn when_lost(&self, tell: impl FnOnce(String) + Send + 'static) {
        let mut lost = self.broker.lost();
        self.runtime.spawn(async move {
            let why = lost.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
            if let Some(why) = why {
                tell(why);
            }
        });
    }

    pub fn node_id(&self) -> i32 {
        self.broker.node_id()
    }

    pub fn has_written(&self) -> bool {
        self.broker.has_written()
    }

    /// Stops the broker and leaves the directory to the next; `tidy` removes what must not stay, while nobody else can
    /// be here. The host file's own lock goes last: who watches it finds the directory free.
    pub fn end(self, tidy: impl FnOnce() -> io::Result<()>) -> Result<(), StandaloneError> {
        let stopped = self.runtime.block_on(self.broker.stop());
        self.runtime.shutdown_timeout(LAST_BREATH);
        let tidied = tidy();
        for other in self.others {
            // Whoever reads it finds that nobody holds it.
            let _ = other.withdraw();
        }
        let watched = self.published.withdraw();
        drop(self.lock);
        stopped.map_err(|e| StandaloneError::Stop { path: self.directory.clone(), source: e.into() })?;
        tidied.and(watched.map(drop)).map_err(|e| unusable("clean up", &self.directory, e))
    }
}

fn start(
    directory: &Path,
    host: &HostFile,
    config: BrokerConfig,
    threads: usize,
) -> Result<(Runtime, Broker, PublishedHost), StandaloneError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("broker")
        .enable_all()
        .build()
        .map_err(|e| unusable("start threads for the broker of", directory, e))?;
    let published =
        PublishedHost::publish(directory, host).map_err(|e| unusable("write the host file of", directory, e))?;
    match runtime.block_on(Broker::start(config)) {
        Ok(broker) => Ok((runtime, broker, published)),
        Err(e) => {
            runtime.shutdown_timeout(LAST_BREATH);
            // The file of a host that is gone is recognised as such by everybody.
            let _ = published.withdraw();
            Err(StandaloneError::Start { path: directory.to_owned(), source: e.into() })
        }
    }
}

/// Runs what blocks on a thread of its own and waits for it, so that it may be called from anywhere.
pub(super) fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

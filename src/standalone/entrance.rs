//! The way into a data directory: become its host, or find the one that it has.
//!
//! Whoever holds the lock hosts. A lock that is held while no live host is named means that the host is about to write
//! its file, or that the holder is no kavka at all; an Apache Kafka is known by its kind of lock.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::errors::StandaloneError;
use super::host_file::{HostFile, LiveHost, Protocol};
use super::keepsake::Keepsake;
use super::lock::{self, DirectoryLock};

/// Between two looks at a directory whose host is not ready.
const PAUSE: Duration = Duration::from_millis(5);

/// How often it is looked for the file of a host that holds the lock: three seconds.
const LOOKS_FOR_FILE: u32 = 600;

/// How often it is looked whether another program keeps the lock, and did not only try it: a quarter of a second.
const LOOKS_AT_STRANGER: u32 = 50;

/// How often a host that is starting is asked whether it accepts connections: thirty seconds.
const LOOKS_FOR_LISTENER: u32 = 6_000;

/// How a process got in.
#[derive(Debug)]
pub enum Entrance {
    /// Nobody hosts the directory: the holder of this lock does now.
    AsHost(DirectoryLock),
    /// Somebody does, and accepts connections: without a login where the listener does not ask.
    AsGuest(HostFile, Option<Keepsake>),
}

/// Makes the directory if need be and finds out who hosts it.
pub fn enter(directory: &Path) -> Result<Entrance, StandaloneError> {
    prepare(directory)?;
    let (mut looks_for_file, mut looks_for_listener) = (Looks::new(), LOOKS_FOR_LISTENER);
    loop {
        if let Some(lock) = lock::try_acquire(directory)? {
            return Ok(Entrance::AsHost(lock));
        }
        match find_host(directory)? {
            Some(live) => {
                if let Some(entrance) = as_guest(directory, &live)? {
                    return Ok(entrance);
                }
                let HostFile { pid, address, .. } = live.host;
                let silent = || StandaloneError::Silent { path: directory.to_owned(), pid, address };
                looks_for_listener = looks_for_listener.checked_sub(1).ok_or_else(silent)?;
            }
            None => looks_for_file.again(directory)?,
        }
        thread::sleep(PAUSE);
    }
}

/// `None` while the host is starting or leaving.
fn as_guest(directory: &Path, live: &LiveHost) -> Result<Option<Entrance>, StandaloneError> {
    if !live.accepts_connections() {
        return Ok(None);
    }
    if live.host.protocol == Protocol::Plaintext {
        return Ok(Some(Entrance::AsGuest(live.host.clone(), None)));
    }
    let kept = Keepsake::read(directory).map_err(|e| unusable("read the secret of", directory, e))?;
    Ok(kept.map(|kept| Entrance::AsGuest(live.host.clone(), Some(kept))))
}

/// The lock of a directory that nobody else may be using.
pub fn enter_alone(directory: &Path) -> Result<DirectoryLock, StandaloneError> {
    prepare(directory)?;
    let mut looks_for_file = Looks::new();
    loop {
        if let Some(lock) = lock::try_acquire(directory)? {
            return Ok(lock);
        }
        match find_host(directory)?.map(|live| live.host) {
            Some(HostFile { pid, kind, .. }) => {
                return Err(StandaloneError::Hosted { path: directory.to_owned(), pid, kind });
            }
            None => looks_for_file.again(directory)?,
        }
        thread::sleep(PAUSE);
    }
}

/// The patience with a lock whose holder has left no host file yet.
struct Looks {
    for_file: u32,
    at_stranger: u32,
}

impl Looks {
    fn new() -> Looks {
        Looks { for_file: LOOKS_FOR_FILE, at_stranger: LOOKS_AT_STRANGER }
    }

    fn again(&mut self, directory: &Path) -> Result<(), StandaloneError> {
        let pid = lock::record_lock_holder(directory)?;
        let left = if pid.is_some() { &mut self.at_stranger } else { &mut self.for_file };
        let exhausted = || StandaloneError::HeldByStranger { path: directory.to_owned(), pid };
        *left = left.checked_sub(1).ok_or_else(exhausted)?;
        Ok(())
    }
}

/// The live host of a directory, whatever its kind.
pub fn find_host(directory: &Path) -> Result<Option<LiveHost>, StandaloneError> {
    LiveHost::find(directory).map_err(|e| unusable("read the host file of", directory, e))
}

/// A directory that is there, ours to look at, and holds nothing foreign. A refusal leaves no file behind.
fn prepare(directory: &Path) -> Result<(), StandaloneError> {
    match fs::metadata(directory) {
        Ok(metadata) if !metadata.is_dir() => Err(StandaloneError::NotADirectory { path: directory.to_owned() }),
        Ok(_) => lock::refuse_foreign(directory),
        Err(e) if e.kind() == io::ErrorKind::NotFound => create(directory),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => Err(unusable("create the data directory", directory, e)),
        Err(e) => Err(unusable("open the data directory", directory, e)),
    }
}

/// Parents as usual, the directory itself for its owner only.
fn create(directory: &Path) -> Result<(), StandaloneError> {
    let make = || {
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(directory) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    };
    make().map_err(|e| unusable("create the data directory", directory, e))
}

pub(super) fn unusable(action: &'static str, path: &Path, source: io::Error) -> StandaloneError {
    StandaloneError::Unusable { action, path: path.to_owned(), source }
}

//! Who hosts next: the seat of the host, taken at once or waited for in the background.
//!
//! The thread that waits blocks in the system call for the lock, so a hand-over begins the moment the former host is
//! gone, and the end of the process ends the thread. At no moment are there two hosts, since only the holder of the
//! lock starts a broker and it lets go only after the broker has stopped.

use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::config::for_command;
use super::entrance::{find_host, unusable};
use super::errors::StandaloneError;
use super::host_file::{HOST_FILE, HostFile, HostKind, Protocol};
use super::hosting::{Hosting, NotStarted};
use super::keepsake::{KEEPSAKE_FILE, Keepsake, new_secret};
use super::lock::{self, DirectoryLock};
use super::ports;

/// Threads of a broker that serves one person's commands.
const THREADS: usize = 2;

/// Between two looks whether the directory's host is still the one that clients of this process can reach.
const LOOKOUT_PAUSE: Duration = Duration::from_millis(500);

/// How many free ports may be snatched away between choosing and listening.
const SNATCHED: u32 = 10;

/// Where this process stands in the line of hosts.
enum Seat {
    Waiting,
    Hosting {
        hosting: Box<Hosting>,
        kept: Kept,
    },
    /// The seat was ours and no broker could be started in it.
    Failed(StandaloneError),
    Left,
}

/// What is handed down, and whether this process laid it down in the directory first.
struct Kept {
    keepsake: Keepsake,
    is_new: bool,
}

/// This process's place in the line.
#[derive(Clone)]
pub(super) struct Succession {
    directory: PathBuf,
    seat: Arc<Mutex<Seat>>,
    stranded: Stranded,
}

/// Whether the clients of a guest have been left behind: a stranger took the port of a host that was killed, so the
/// next host has another one.
#[derive(Debug, Clone, Default)]
pub struct Stranded(Arc<AtomicBool>);

impl Stranded {
    pub fn is_true(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Succession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Succession").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Succession {
    /// Hosts at once.
    pub fn begin(directory: &Path, lock: DirectoryLock) -> Result<(Succession, Keepsake), StandaloneError> {
        let (hosting, kept) = host(directory, lock, None)?;
        let keepsake = kept.keepsake.clone();
        Ok((Succession::at(directory, Seat::Hosting { hosting: Box::new(hosting), kept }), keepsake))
    }

    /// Waits for the host to go. `heir` is what the clients of this process rely on.
    pub fn wait(directory: &Path, heir: Keepsake) -> Result<Succession, StandaloneError> {
        let succession = Succession::at(directory, Seat::Waiting);
        let (waiting, looking, port) = (succession.clone(), succession.clone(), heir.port);
        let heir = thread::Builder::new().name("heir".to_owned()).spawn(move || waiting.take_over_when_free(heir));
        let lookout = thread::Builder::new().name("lookout".to_owned()).spawn(move || looking.look_out(port));
        heir.and(lookout).map_err(|e| unusable("wait for the lock of", directory, e))?;
        Ok(succession)
    }

    fn at(directory: &Path, seat: Seat) -> Succession {
        let seat = Arc::new(Mutex::new(seat));
        Succession { directory: directory.to_owned(), seat, stranded: Stranded::default() }
    }

    pub fn stranded(&self) -> Stranded {
        self.stranded.clone()
    }

    /// Notices a host on another port than the one that this process's clients know. A directory that cannot be read
    /// just now says nothing.
    fn look_out(&self, port: u16) {
        while matches!(*self.seat(), Seat::Waiting) {
            let host = find_host(&self.directory).ok().flatten();
            if host.is_some_and(|live| live.host.address.port() != port) {
                return self.stranded.set();
            }
            thread::sleep(LOOKOUT_PAUSE);
        }
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The seat is locked while the broker starts: who leaves meanwhile finds it started or failed, never halfway.
    fn take_over_when_free(&self, heir: Keepsake) {
        let lock = lock::wait(&self.directory);
        let mut seat = self.seat();
        if matches!(*seat, Seat::Left) {
            return;
        }
        let port = heir.port;
        *seat = match lock.and_then(|lock| host(&self.directory, lock, Some(heir))) {
            Ok((hosting, kept)) => {
                if kept.keepsake.port != port {
                    self.stranded.set();
                }
                tracing::debug!(directory = %self.directory.display(), "took over as host");
                Seat::Hosting { hosting: Box::new(hosting), kept }
            }
            Err(e) => {
                tracing::warn!("the host has gone and this process could not take over: {e}");
                Seat::Failed(e)
            }
        };
    }

    pub fn leave(&self) -> Result<(), StandaloneError> {
        let mut seat = self.seat();
        match std::mem::replace(&mut *seat, Seat::Left) {
            Seat::Hosting { hosting, kept } => {
                let leaves_no_trace = kept.is_new && !hosting.has_written();
                hosting.end(|| match leaves_no_trace {
                    true => Keepsake::remove(&self.directory),
                    false => Ok(()),
                })
            }
            Seat::Failed(e) => Err(StandaloneError::TakeOver { source: Box::new(e) }),
            Seat::Waiting | Seat::Left => Ok(()),
        }
    }
}

/// Starts the broker on the port that clients of this directory know, or on another one if a stranger has it.
fn host(directory: &Path, mut lock: DirectoryLock, heir: Option<Keepsake>) -> Result<(Hosting, Kept), StandaloneError> {
    let mut kept = keepsake(directory, heir)?;
    for _ in 0..SNATCHED {
        match Hosting::begin(
            directory,
            lock,
            &host_file(&kept.keepsake),
            for_command(directory, &kept.keepsake),
            THREADS,
        ) {
            Ok(hosting) => return Ok((hosting, kept)),
            Err(not_started) if not_started.is_address_in_use() => {
                lock = not_started.lock;
                kept.keepsake.port = free_port(directory)?;
                lay_down(directory, &kept.keepsake)?;
            }
            Err(NotStarted { cause, .. }) => return Err(cause),
        }
    }
    Err(unusable("find a free port for the broker of", directory, io::ErrorKind::AddrInUse.into()))
}

/// What the directory's hosts hand down: laid down in it, else known to this process as client, else new.
fn keepsake(directory: &Path, heir: Option<Keepsake>) -> Result<Kept, StandaloneError> {
    let laid_down = Keepsake::read(directory).map_err(|e| unusable("read the secret of", directory, e))?;
    let is_new = laid_down.is_none();
    let known = laid_down.clone().or(heir);
    let port_is_free = if directory.join(HOST_FILE).exists() { ports::becomes_free } else { ports::is_free };
    let keepsake = match known {
        Some(known) if port_is_free(known.port) => known,
        Some(known) => Keepsake { port: free_port(directory)?, ..known },
        None => Keepsake { secret: new_secret(), port: free_port(directory)? },
    };
    if laid_down.as_ref() != Some(&keepsake) {
        lay_down(directory, &keepsake)?;
    }
    Ok(Kept { keepsake, is_new })
}

fn lay_down(directory: &Path, keepsake: &Keepsake) -> Result<(), StandaloneError> {
    let path = directory.join(KEEPSAKE_FILE);
    keepsake.write(directory).map_err(|e| unusable("write", &path, e))
}

fn free_port(directory: &Path) -> Result<u16, StandaloneError> {
    ports::choose().map_err(|e| unusable("find a free port for the broker of", directory, e))
}

fn host_file(keepsake: &Keepsake) -> HostFile {
    HostFile {
        address: ports::loopback(keepsake.port),
        protocol: Protocol::SaslPlaintext,
        pid: process::id(),
        kind: HostKind::Command,
    }
}

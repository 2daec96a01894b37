//! Why a data directory cannot be used: what was tried, what came back, what to do.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::host_file::HostKind;

type Cause = Box<dyn Error + Send + Sync>;

/// A standalone cluster that could not be opened, served or closed.
#[derive(Debug)]
pub enum StandaloneError {
    NotADirectory {
        path: PathBuf,
    },
    /// The file system refused something that every data directory needs.
    Unusable {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// Something lies in the directory that no Kafka would have put there.
    Foreign {
        path: PathBuf,
        entry: String,
    },
    /// A process of ours hosts the directory, where only one may.
    Hosted {
        path: PathBuf,
        pid: u32,
        kind: HostKind,
    },
    /// Somebody who left no host file holds the lock, such as Apache Kafka.
    HeldByStranger {
        path: PathBuf,
        pid: Option<u32>,
    },
    /// The host lives and does not accept connections.
    Silent {
        path: PathBuf,
        pid: u32,
        address: SocketAddr,
    },
    PortInUse {
        host: String,
        port: u16,
    },
    /// The host name of the listener means nothing to this machine.
    NoSuchAddress {
        host: String,
        source: io::Error,
    },
    Start {
        path: PathBuf,
        source: Cause,
    },
    Stop {
        path: PathBuf,
        source: Cause,
    },
    /// The host left while this process was its guest, and no broker could be started in its place.
    TakeOver {
        source: Box<StandaloneError>,
    },
}

impl StandaloneError {
    /// What to do about it, where we know.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            StandaloneError::NotADirectory { .. } => "name a directory with --data-dir".to_owned(),
            StandaloneError::Unusable { source, .. } => return hint_for(source),
            StandaloneError::Foreign { .. } => {
                "a data directory holds nothing but Kafka's own files: name an empty or a new one with --data-dir"
                    .to_owned()
            }
            StandaloneError::Hosted { path, kind: HostKind::Broker, .. } => {
                format!("stop it with `kavka broker stop --data-dir {}`, or name another directory", path.display())
            }
            StandaloneError::Hosted { .. } => {
                "wait until it is done, or name another directory with --data-dir".to_owned()
            }
            StandaloneError::HeldByStranger { .. } => {
                "stop that program, or talk to it with --bootstrap-server if it is an Apache Kafka".to_owned()
            }
            StandaloneError::Silent { pid, .. } => format!("look what process {pid} is doing, or end it"),
            StandaloneError::PortInUse { .. } => "choose another with --port; 0 picks one that is free".to_owned(),
            StandaloneError::NoSuchAddress { .. } => "name an address of this machine with --host".to_owned(),
            StandaloneError::TakeOver { source } => return source.hint(),
            StandaloneError::Start { source, .. } => return hint_for_start(source.as_ref()),
            StandaloneError::Stop { .. } => return None,
        })
    }

    /// Whether there is a server that does not answer, instead of something local that failed.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, StandaloneError::Silent { .. })
    }
}

fn hint_for(error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("name a directory that you may write to with --data-dir or KAVKA_DATA_DIR".to_owned())
        }
        io::ErrorKind::AddrNotAvailable => Some("name an address of this machine with --host".to_owned()),
        io::ErrorKind::StorageFull => Some("make room, or name a directory on another disk with --data-dir".to_owned()),
        _ => None,
    }
}

/// A refused permission may be the port's or a file's: the message says which, a hint could be wrong.
fn hint_for_start(cause: &(dyn Error + 'static)) -> Option<String> {
    io_errors(cause).find(|error| error.kind() != io::ErrorKind::PermissionDenied).and_then(hint_for)
}

/// The errors of the operating system among an error and its causes.
pub fn io_errors<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a io::Error> {
    std::iter::successors(Some(error), |&cause| cause.source()).filter_map(|cause| cause.downcast_ref())
}

impl fmt::Display for StandaloneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StandaloneError::NotADirectory { path } => {
                write!(f, "cannot use {} as data directory: it is not a directory", path.display())
            }
            StandaloneError::Unusable { action, path, source } => {
                write!(f, "cannot {action} {}: {source}", path.display())
            }
            StandaloneError::Foreign { path, entry } => write!(
                f,
                "cannot use {} as data directory: its sub-directory '{entry}' is not a partition's",
                path.display()
            ),
            StandaloneError::Hosted { path, pid, kind } => {
                let holder = match kind {
                    HostKind::Broker => "a kavka broker",
                    HostKind::Command => "a kavka command",
                };
                write!(f, "cannot open {}: {holder} (process {pid}) holds it", path.display())
            }
            StandaloneError::HeldByStranger { path, pid: Some(pid) } => {
                write!(f, "cannot open {}: process {pid}, which is no kavka, holds its lock", path.display())
            }
            StandaloneError::HeldByStranger { path, pid: None } => {
                write!(f, "cannot open {}: another program holds its lock and no host is named there", path.display())
            }
            StandaloneError::Silent { path, pid, address } => write!(
                f,
                "cannot reach the broker of {}: process {pid} holds it and does not answer at {address}",
                path.display()
            ),
            StandaloneError::PortInUse { host, port } => {
                let host = if host.is_empty() { "every address" } else { host };
                write!(f, "cannot listen on {host}:{port}: port {port} is in use by another program")
            }
            StandaloneError::NoSuchAddress { host, source } => write!(f, "cannot listen on {host}: {source}"),
            StandaloneError::Start { path, source } => {
                write!(f, "cannot start a broker on {}: {source}", path.display())
            }
            StandaloneError::Stop { path, source } => {
                write!(f, "the broker on {} did not stop cleanly: {source}", path.display())
            }
            StandaloneError::TakeOver { source } => {
                write!(f, "the process that hosted the broker has gone, and this one cannot take over: {source}")
            }
        }
    }
}

impl Error for StandaloneError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StandaloneError::Unusable { source, .. } | StandaloneError::NoSuchAddress { source, .. } => Some(source),
            StandaloneError::Start { source, .. } | StandaloneError::Stop { source, .. } => Some(source.as_ref()),
            StandaloneError::TakeOver { source } => Some(source.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_started(kind: io::ErrorKind) -> StandaloneError {
        let source = StandaloneError::Unusable { action: "write", path: "x".into(), source: kind.into() };
        StandaloneError::Start { path: "data".into(), source: Box::new(source) }
    }

    #[test]
    fn what_to_do_about_a_failed_start_follows_from_the_operating_systems_answer() {
        let hint = |kind| not_started(kind).hint().unwrap_or_default();
        assert!(hint(io::ErrorKind::AddrNotAvailable).contains("--host"));
        assert!(hint(io::ErrorKind::StorageFull).contains("make room"));
        assert_eq!(hint(io::ErrorKind::PermissionDenied), "", "a port's or a file's: nobody knows");
    }
}

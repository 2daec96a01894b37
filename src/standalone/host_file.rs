//! `.kavka-host`: where the broker of a data directory can be reached, written by whoever hosts it.
//!
//! One JSON object, mode 0600, put in place by a rename. Its writer keeps the file open and locked (`flock`), so that a
//! reader can tell a live host from the file of one that was killed, without asking whether some process id is in use.
//! An orderly host removes it when it leaves, so that a directory at rest holds no trace of who was there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub const HOST_FILE: &str = ".kavka-host";

/// No host writes more than this; whatever is longer is not ours.
const LONGEST: u64 = 4096;

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFile {
    pub address: SocketAddr,
    pub protocol: Protocol,
    pub pid: u32,
    pub kind: HostKind,
}

/// How clients speak to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    #[serde(rename = "PLAINTEXT")]
    Plaintext,
    #[serde(rename = "SASL_PLAINTEXT")]
    SaslPlaintext,
}

/// Who hosts: a command for as long as it runs, or a broker that was started as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostKind {
    Command,
    Broker,
}

/// The file of a host that was alive when it was read.
#[derive(Debug)]
pub struct LiveHost {
    pub host: HostFile,
    file: File,
}

impl LiveHost {
    /// `None` if there is no such file, or its writer is gone, or it is no file of ours.
    pub fn find(directory: &Path) -> io::Result<Option<LiveHost>> {
        let mut file = match File::open(directory.join(HOST_FILE)) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        if !is_locked(&file)? {
            return Ok(None);
        }
        let mut text = String::new();
        let read = (&mut file).take(LONGEST).read_to_string(&mut text);
        let host = read.ok().and_then(|_| serde_json::from_str(&text).ok());
        Ok(host.map(|host| LiveHost { host, file }))
    }

    /// Whether a connection can be opened to it; not yet while it starts.
    pub fn accepts_connections(&self) -> bool {
        TcpStream::connect(self.host.address).is_ok()
    }

    /// Whether the host has left since. It lets go of the file after everything else.
    pub fn is_gone(&self) -> io::Result<bool> {
        is_locked(&self.file).map(|locked| !locked)
    }
}

fn is_locked(file: &File) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// The file in place; as long as this lives, others see a live host.
#[derive(Debug)]
pub struct PublishedHost {
    path: PathBuf,
    _locked: File,
}

impl PublishedHost {
    /// Puts the file in place, instead of any that is there. Only the holder of the directory's lock may call this.
    pub fn publish(directory: &Path, host: &HostFile) -> io::Result<PublishedHost> {
        let path = directory.join(HOST_FILE);
        let locked = write_private(&path, serde_json::to_string(host)?.as_bytes(), |file| {
            file.try_lock().map_err(io::Error::from)
        })?;
        Ok(PublishedHost { path, _locked: locked })
    }

    /// Takes the file away while it is still ours. What is returned keeps the host alive in the eyes of those who
    /// watch it: drop it last.
    pub fn withdraw(self) -> io::Result<File> {
        fs::remove_file(&self.path).map(|()| self._locked)
    }
}

/// Writes a file that only its owner may read, by way of a temporary one; `prepare` sees it before it gets its name.
pub(super) fn write_private(
    path: &Path,
    bytes: &[u8],
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<File> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    match fs::remove_file(&temporary) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    prepare(&file)?;
    fs::rename(&temporary, path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn sample() -> HostFile {
        HostFile {
            address: "127.0.0.1:12345".parse().unwrap(),
            protocol: Protocol::SaslPlaintext,
            pid: 77,
            kind: HostKind::Command,
        }
    }

    #[test]
    fn the_file_is_json_that_only_its_owner_can_read() {
        let home = tempfile::tempdir().unwrap();
        let _published = PublishedHost::publish(home.path(), &sample()).unwrap();
        let path = home.path().join(HOST_FILE);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            r#"{"address":"127.0.0.1:12345","protocol":"SASL_PLAINTEXT","pid":77,"kind":"command"}"#
        );
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_host_is_found_while_it_lives_and_not_after_it_was_killed() {
        let home = tempfile::tempdir().unwrap();
        assert!(LiveHost::find(home.path()).unwrap().is_none());
        let published = PublishedHost::publish(home.path(), &sample()).unwrap();
        let found = LiveHost::find(home.path()).unwrap().unwrap();
        assert_eq!(found.host, sample());
        assert!(!found.is_gone().unwrap());
        // A killed process closes its files and removes nothing.
        drop(published);
        assert!(found.is_gone().unwrap());
        assert!(home.path().join(HOST_FILE).exists());
        assert!(LiveHost::find(home.path()).unwrap().is_none());
    }

    #[test]
    fn a_host_that_leaves_removes_its_file_and_is_gone_only_when_it_has_let_go() {
        let home = tempfile::tempdir().unwrap();
        let published = PublishedHost::publish(home.path(), &sample()).unwrap();
        let found = LiveHost::find(home.path()).unwrap().unwrap();
        let last = published.withdraw().unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        assert!(!found.is_gone().unwrap());
        drop(last);
        assert!(found.is_gone().unwrap());
    }

    #[test]
    fn the_next_host_replaces_the_file_of_one_that_was_killed() {
        let home = tempfile::tempdir().unwrap();
        drop(PublishedHost::publish(home.path(), &sample()).unwrap());
        let next = HostFile { pid: 78, kind: HostKind::Broker, ..sample() };
        let _published = PublishedHost::publish(home.path(), &next).unwrap();
        assert_eq!(LiveHost::find(home.path()).unwrap().unwrap().host, next);
    }

    #[test]
    fn a_file_that_is_not_ours_is_no_host() {
        let home = tempfile::tempdir().unwrap();
        for bytes in [&b""[..], b"{", b"[1]", &[0xff; 9000]] {
            let file = write_private(&home.path().join(HOST_FILE), bytes, |file| Ok(file.try_lock()?)).unwrap();
            assert!(LiveHost::find(home.path()).unwrap().is_none());
            drop(file);
        }
    }
}

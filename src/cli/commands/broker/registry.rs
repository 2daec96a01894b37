//! The servers of this user that run: a file each in `kavka/servers` of the platform's state home, named by process id.
//!
//! A server keeps its file open and locked (`flock`), so that one that was killed is told from one that lives without asking
//! whether some process id is in use. `kafka-server-stop.sh` and `kavka broker stop --all` find servers by it, and no other
//! process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process;

use serde::{Deserialize, Serialize};

use super::settings::Planned;
use crate::cli::platform_homes;
use crate::standalone::storage;

/// Who a node is whose directory is new.
const NEW_NODE: i32 = 1;

/// No server writes more than this.
const LONGEST: u64 = 64 << 10;

/// A server that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    pub pid: u32,
    pub node_id: i32,
    /// As its properties say them.
    pub roles: String,
    pub directory: PathBuf,
    pub file: Option<PathBuf>,
}

/// The file in place; it goes when this is dropped.
pub struct Registration {
    path: PathBuf,
    _locked: File,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Whoever finds it sees that nobody holds it.
        let _ = fs::remove_file(&self.path);
    }
}

fn folder() -> Option<PathBuf> {
    Some(platform_homes::state()?.join("kavka").join("servers"))
}

/// Puts this process on the list. A server that cannot be put there runs all the same.
pub fn register(planned: &Planned, file: Option<&Path>) -> Option<Registration> {
    let found = storage::read(&planned.settings.directory).ok().flatten().map(|found| found.node_id);
    let server = Registered {
        pid: process::id(),
        node_id: planned.settings.node_id.or(found).unwrap_or(NEW_NODE),
        roles: planned.roles.clone(),
        directory: planned.settings.directory.clone(),
        file: file.and_then(|file| std::path::absolute(file).ok()),
    };
    let folder = folder()?;
    match write(&folder, &server) {
        Ok(registration) => Some(registration),
        Err(e) => {
            tracing::warn!(
                "cannot write to {}, so kafka-server-stop.sh will not find this server: {e}",
                folder.display()
            );
            None
        }
    }
}

fn write(folder: &Path, server: &Registered) -> io::Result<Registration> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.json", server.pid));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    file.try_lock().map_err(io::Error::from)?;
    file.write_all(serde_json::to_string(server)?.as_bytes())?;
    Ok(Registration { path, _locked: file })
}

/// All that run, by process id. Files of servers that are gone are removed.
pub fn running() -> io::Result<Vec<Registered>> {
    folder().map_or_else(|| Ok(Vec::new()), |folder| running_in(&folder))
}

fn running_in(folder: &Path) -> io::Result<Vec<Registered>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(read(&entry?.path())?);
    }
    found.sort_by_key(|server: &Registered| server.pid);
    Ok(found)
}

fn read(path: &Path) -> io::Result<Option<Registered>> {
    let pid = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")?.parse::<u32>().ok());
    let Some(pid) = pid else { return Ok(None) };
    let mut file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = fs::remove_file(path);
            return Ok(None);
        }
        Err(TryLockError::Error(e)) => return Err(e),
        Err(TryLockError::WouldBlock) => {}
    }
    let mut text = String::new();
    (&mut file).take(LONGEST).read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text).ok().filter(|server: &Registered| server.pid == pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_found_while_it_lives_and_its_file_goes_with_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("servers");
        assert_eq!(running_in(&folder).unwrap(), []);
        let server = Registered {
            pid: 77,
            node_id: 1,
            roles: "broker,controller".to_owned(),
            directory: "/d".into(),
            file: None,
        };
        let registration = write(&folder, &server).unwrap();
        assert_eq!(running_in(&folder).unwrap(), std::slice::from_ref(&server));
        drop(registration);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        // A killed process removes nothing.
        fs::write(folder.join("78.json"), serde_json::to_string(&Registered { pid: 78, ..server }).unwrap()).unwrap();
        fs::write(folder.join("notes.txt"), "x").unwrap();
        assert_eq!(running_in(&folder).unwrap(), []);
        assert!(!folder.join("78.json").exists() && folder.join("notes.txt").exists());
    }
}

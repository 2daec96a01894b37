//! `.kavka-secret`: what a data directory's hosts hand down to each other: the secret of its listener and the port.
//!
//! One JSON object, mode 0600. Clients that are connected keep both, so the next host must have them too, whoever it
//! is. They are made once per directory. A host that only read removes what it made: reading leaves no trace.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::host_file::write_private;

pub const KEEPSAKE_FILE: &str = ".kavka-secret";

/// The user that every client of a standalone listener is.
pub const USER: &str = "kavka";

/// What one host leaves to the next. The secret stays out of logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keepsake {
    pub secret: String,
    pub port: u16,
}

impl std::fmt::Debug for Keepsake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keepsake").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Keepsake {
    /// `None` if there is none, or none that can be used; the next host then makes one.
    pub fn read(directory: &Path) -> io::Result<Option<Keepsake>> {
        match fs::read(directory.join(KEEPSAKE_FILE)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok().filter(|kept: &Keepsake| !kept.secret.is_empty())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Only the holder of the directory's lock may call this.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self)?;
        write_private(&directory.join(KEEPSAKE_FILE), text.as_bytes(), |_| Ok(())).map(drop)
    }

    pub fn remove(directory: &Path) -> io::Result<()> {
        fs::remove_file(directory.join(KEEPSAKE_FILE))
    }
}

/// A secret that nobody can guess: 256 bits, as 64 hexadecimal digits.
pub fn new_secret() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_written_comes_back_and_only_its_owner_can_read_it() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Keepsake::read(home.path()).unwrap(), None);
        let kept = Keepsake { secret: new_secret(), port: 12_345 };
        kept.write(home.path()).unwrap();
        assert_eq!(Keepsake::read(home.path()).unwrap(), Some(kept));
        let mode = fs::metadata(home.path().join(KEEPSAKE_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        Keepsake::remove(home.path()).unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_or_empty_secret_counts_as_none() {
        let home = tempfile::tempdir().unwrap();
        for text in ["", "{", r#"{"secret":"","port":1}"#, r#"{"port":1}"#, r#"{"secret":"x","port":70000}"#] {
            fs::write(home.path().join(KEEPSAKE_FILE), text).unwrap();
            assert_eq!(Keepsake::read(home.path()).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn secrets_differ_and_are_not_shown() {
        let (a, b) = (new_secret(), new_secret());
        assert!(a.len() == 64 && a != b);
        assert!(!format!("{:?}", Keepsake { secret: a.clone(), port: 1 }).contains(&a));
    }
}

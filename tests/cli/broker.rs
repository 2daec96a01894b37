//! A broker of our own for tests that talk to a server.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `kavka broker start` on a directory of its own; it ends with this value.
pub struct Broker {
    process: Child,
    pub address: String,
    _directory: tempfile::TempDir,
}

impl Broker {
    pub fn start() -> Broker {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kavka"));
        command.args(["broker", "start", "--port", "0", "--data-dir"]).arg(directory.path().join("data"));
        command.env_clear().env("HOME", directory.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("kavka broker ready on ").expect(&line).to_owned();
        Broker { process, address, _directory: directory }
    }

    pub fn home(&self) -> &Path {
        self._directory.path()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

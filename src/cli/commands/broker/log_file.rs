//! Where a detached broker writes its log: `kavka/broker.log` in the platform's state home.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use anyhow::Context;

/// The log of detached brokers, opened for appending, and its path.
pub fn open() -> anyhow::Result<(File, PathBuf)> {
    let path = state_home().context("cannot tell where to log to: HOME is not set")?.join("kavka").join("broker.log");
    let open = || {
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        OpenOptions::new().append(true).create(true).open(&path)
    };
    let file = open().with_context(|| format!("cannot open the log file {}", path.display()))?;
    Ok((file, path))
}

fn state_home() -> Option<PathBuf> {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let in_home = if cfg!(target_os = "macos") { "Library/Logs" } else { ".local/state" };
    directory("XDG_STATE_HOME").or_else(|| Some(directory("HOME")?.join(in_home)))
}

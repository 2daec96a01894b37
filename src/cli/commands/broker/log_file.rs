//! Where a broker writes its log: stderr, and detached `kavka/broker.log` in the platform's state home.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Which events are logged, in the syntax of tracing's directives, such as `debug` or `kavka::log=trace`.
const FILTER_VARIABLE: &str = "KAVKA_LOG";

/// Sends what the broker says about itself to stderr.
pub fn log_to_stderr() {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    // Only a second call in one process could fail, and the first one's subscriber then does the work.
    let _ = subscriber.try_init();
}

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

//! Where a detached broker writes its log: `kavka/broker.log` in the platform's state home; under Apache's name
//! `$LOG_DIR/kafkaServer.out`, anew each time, and without that variable in `logs` beside the directory of the script.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use anyhow::Context;

use crate::cli::platform_homes;

/// The log of detached brokers, opened for appending, and its path.
pub fn open() -> anyhow::Result<(File, PathBuf)> {
    let path = platform_homes::state()
        .context("cannot tell where to log to: HOME is not set")?
        .join("kavka")
        .join("broker.log");
    let open = || {
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        OpenOptions::new().append(true).create(true).open(&path)
    };
    let file = open().with_context(|| format!("cannot open the log file {}", path.display()))?;
    Ok((file, path))
}

/// The log of a server that Apache's script starts, emptied, and its path.
pub fn open_as_apache() -> anyhow::Result<(File, PathBuf)> {
    let named = env::var_os("LOG_DIR").filter(|directory| !directory.is_empty()).map(PathBuf::from);
    let directory =
        named.or_else(|| Some(beside_bin()?.join("logs"))).or_else(|| Some(platform_homes::state()?.join("kavka")));
    let path =
        directory.context("cannot tell where to log to: neither LOG_DIR nor HOME is set")?.join("kafkaServer.out");
    let open = || {
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        File::create(&path)
    };
    let file = open().with_context(|| format!("cannot open the log file {}", path.display()))?;
    Ok((file, path))
}

/// The directory above that of the script by whose name this program was called.
fn beside_bin() -> Option<PathBuf> {
    let called = PathBuf::from(env::args_os().next()?);
    if !called.file_name()?.to_str()?.starts_with("kafka-") {
        return None;
    }
    let found = match called.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => called,
        _ => env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&called)).find(|path| path.exists())?,
    };
    Some(found.parent()?.join(".."))
}

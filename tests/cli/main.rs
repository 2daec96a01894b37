//! What a person types and what comes back: kavka's own face, and that of Apache's tools.
//!
//! Every process runs without the `KAFKA_*` and `KAVKA_*` of whoever tests, with a home directory of its own, so that no
//! test meets somebody's cluster or data.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what a test cannot read or start ends it")]

mod apache;
mod broker;
mod commands;
mod completion;
mod dump_log;
mod endings;
mod fields;
mod generated;
mod groups;
mod live;
mod offsets_and_cluster;
mod profiles;
mod records;
mod rules;
mod security;
mod server;
mod table;
mod terminal;
mod topics;
mod transactions;
mod wrong_use;

use std::path::Path;

use assert_cmd::Command;

/// `kavka` in surroundings that say nothing, at home in `home`.
pub fn kavka(home: &Path) -> Command {
    Command::from_std(surroundings(home))
}

pub fn surroundings(home: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kavka"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KAFKA_") || name.to_string_lossy().starts_with("KAVKA_") {
            command.env_remove(name);
        }
    }
    for place in ["XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        command.env_remove(place);
    }
    command.env("HOME", home).env("TZ", "UTC");
    command
}

/// What a process printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Printed {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

pub fn run(home: &Path, words: &[&str], stdin: &str) -> Printed {
    let output = kavka(home).args(words).write_stdin(stdin).output().unwrap();
    Printed {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

//! `--detach`: the same program once more in a session of its own, and a word from it when it is ready or has failed.
//!
//! The background half logs to a file and has one line for its starter, on the pipe that is its stdout: the ready line,
//! or a JSON object with what would have gone to the terminal.

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::directories::is_directory_key;
use super::log_file;
use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Output;
use crate::standalone::ServerSettings;

/// What a broker says on stdout.
#[derive(Debug, PartialEq, Eq)]
pub enum Announcement {
    Ready(SocketAddr),
    Failed(Failure),
}

const READY: &str = "kavka broker ready on ";

/// A failure on its way from one process to the other.
#[derive(Serialize, Deserialize)]
struct Message {
    code: i32,
    messages: Vec<String>,
    hints: Vec<String>,
}

impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Announcement::Ready(address) => write!(f, "{READY}{address}"),
            Announcement::Failed(Failure { kind, messages, hints, .. }) => {
                let message = Message { code: kind.code(), messages: messages.clone(), hints: hints.clone() };
                f.write_str(&serde_json::to_string(&message).map_err(|_| fmt::Error)?)
            }
        }
    }
}

impl Announcement {
    fn parse(line: &str) -> Option<Announcement> {
        if let Some(address) = line.strip_prefix(READY) {
            return address.trim().parse().ok().map(Announcement::Ready);
        }
        let Message { code, messages, hints } = serde_json::from_str(line).ok()?;
        let kinds = [Kind::Failed, Kind::Usage, Kind::Unreachable, Kind::Interrupted, Kind::Terminated];
        let kind = kinds.into_iter().find(|kind| kind.code() == code).unwrap_or(Kind::Failed);
        Some(Announcement::Failed(Failure { messages, hints, ..Failure::silent(kind) }))
    }
}

/// The half that returns: starts the other one and waits for its word.
pub fn start(settings: &ServerSettings, invocation: &Invocation) -> anyhow::Result<()> {
    let (log, log_path) = log_file::open()?;
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let mut broker = Command::new(program)
        .args(background_arguments(settings))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .context("cannot start the broker in the background")?;
    match first_word(&mut broker)? {
        Some(ready @ Announcement::Ready(_)) => Ok(invocation.output.line(&ready.to_string())?),
        Some(Announcement::Failed(failure)) => Err(failure.into()),
        None => Err(ended_without_a_word(&mut broker, &log_path)),
    }
}

fn background_arguments(settings: &ServerSettings) -> Vec<OsString> {
    let ServerSettings { directory, log_directories, host, port, keys, .. } = settings;
    let mut arguments: Vec<OsString> = ["broker", "start", "--detached", "--host", host].map(OsString::from).into();
    arguments.extend(["--port".into(), port.to_string().into()]);
    for directory in log_directories {
        arguments.extend(["--data-dir".into(), directory.into()]);
    }
    if log_directories.first() != Some(directory) {
        arguments.extend(["--override".into(), format!("metadata.log.dir={}", directory.display()).into()]);
    }
    for (key, value) in keys.all_explicit().filter(|(key, _)| !is_directory_key(key)) {
        arguments.extend(["--override".into(), format!("{key}={value}").into()]);
    }
    arguments
}

fn first_word(broker: &mut Child) -> anyhow::Result<Option<Announcement>> {
    let Some(stdout) = broker.stdout.take() else { return Ok(None) };
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).context("cannot hear from the broker in the background")?;
    Ok(Announcement::parse(line.trim_end()))
}

fn ended_without_a_word(broker: &mut Child, log: &Path) -> anyhow::Error {
    let status = match broker.wait() {
        Ok(status) => status.to_string(),
        Err(e) => e.to_string(),
    };
    let message = format!("the broker ended before it was ready ({status})");
    Failure::new(Kind::Failed, message).hint(format!("its log is {}", log.display())).into()
}

/// The half that stays: out of reach of the terminal's signals.
pub fn leave_terminal() {
    if let Err(e) = rustix::process::setsid() {
        tracing::warn!("cannot leave the terminal's session: {e}");
    }
}

/// Tells the starter why there will be no broker; the error goes on into the log.
pub fn announce_failure(error: anyhow::Error, output: &Output) -> anyhow::Error {
    let failure = Failure::from(error);
    if !failure.messages.is_empty() {
        // A starter that no longer listens has gone; the log has the failure too.
        let _ = output.line(&Announcement::Failed(failure.clone()).to_string()).and_then(|()| output.flush());
    }
    failure.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_half_says_the_other_understands() {
        let failure = Failure::new(Kind::Usage, "port 1\n\"x\"").hint("choose another");
        for announcement in [Announcement::Ready("[::1]:9092".parse().unwrap()), Announcement::Failed(failure)] {
            let line = announcement.to_string();
            assert!(!line.contains('\n'));
            assert_eq!(Announcement::parse(&line), Some(announcement));
        }
        assert_eq!(Announcement::parse(""), None);
        assert_eq!(Announcement::parse("thread main panicked"), None);
    }
}

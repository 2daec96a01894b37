//! `--detach`: the same program once more in a session of its own, and a word from it when it is ready or has failed.
//!
//! The background half logs to a file and has one line for its starter, on the pipe that is its stdout: the ready line,
//! or a JSON object with what would have gone to the terminal. Under Apache's name the starter waits only until the server
//! can be found by `kafka-server-stop.sh`; whatever comes then is in `$LOG_DIR/kafkaServer.out`.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::directories::absolute;
use super::log_file;
use super::start::Args;
use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Output;

/// What a broker says on stdout.
#[derive(Debug, PartialEq, Eq)]
pub enum Announcement {
    /// It is under way, and its starter need not wait.
    Begun,
    Ready(SocketAddr),
    Failed(Failure),
}

const BEGUN: &str = "kavka broker begun";
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
            Announcement::Begun => f.write_str(BEGUN),
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
        if line == BEGUN {
            return Some(Announcement::Begun);
        }
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
pub fn start(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let (log, log_path) = log_file::open()?;
    let mut words: Vec<OsString> = vec!["broker".into(), "start".into()];
    words.extend(own_words(args)?);
    let mut broker = background(words, log)?;
    match first_word(&mut broker)? {
        Some(Announcement::Failed(failure)) => Err(failure.into()),
        Some(ready) => Ok(invocation.output.line(&ready.to_string())?),
        None => Err(ended_without_a_word(&mut broker, &log_path)),
    }
}

/// The same under Apache's name: what becomes of the server is in its log.
pub fn as_daemon(words: Vec<OsString>) -> anyhow::Result<()> {
    let (mut log, path) = log_file::open_as_apache()?;
    let called = ["kafka-server-start.sh", "--detached"].map(OsString::from).into_iter();
    let mut server = background(called.chain(words).collect(), log.try_clone().context("cannot share the log file")?)?;
    let Some(stdout) = server.stdout.take() else { return Ok(()) };
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cannot hear from the server in the background")?;
        if Announcement::parse(&line) == Some(Announcement::Begun) {
            break;
        }
        writeln!(log, "{line}").with_context(|| format!("cannot write to {}", path.display()))?;
    }
    Ok(())
}

fn background(words: Vec<OsString>, log: File) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .context("cannot start the broker in the background")
}

/// The command line again. The working directory stays, so that relative paths in a file mean what they meant.
fn own_words(args: &Args) -> Result<Vec<OsString>, Failure> {
    let mut words: Vec<OsString> = vec!["--detached".into()];
    words.extend(args.strict.then(|| "--strict".into()));
    if let Some((host, port)) = args.port_or_host() {
        words.extend([format!("--host={host}").into(), format!("--port={port}").into()]);
    }
    for directory in args.directories.named() {
        words.extend(["--data-dir".into(), absolute(directory)?.into()]);
    }
    words.extend(args.r#override.iter().map(|pair| format!("--override={pair}").into()));
    words.extend(args.file.as_ref().map(OsString::from));
    Ok(words)
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

/// Lets the starter go; what is printed from now on goes to the log too.
pub fn leave_starter(output: &Output) -> anyhow::Result<()> {
    // A starter that no longer listens has gone already.
    let _ = output.line(&Announcement::Begun.to_string()).and_then(|()| output.flush());
    rustix::stdio::dup2_stdout(std::io::stderr()).context("cannot turn standard output to the log")
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
        for announcement in
            [Announcement::Begun, Announcement::Ready("[::1]:9092".parse().unwrap()), Announcement::Failed(failure)]
        {
            let line = announcement.to_string();
            assert!(!line.contains('\n'));
            assert_eq!(Announcement::parse(&line), Some(announcement));
        }
        assert_eq!(Announcement::parse(""), None);
        assert_eq!(Announcement::parse("thread main panicked"), None);
    }
}

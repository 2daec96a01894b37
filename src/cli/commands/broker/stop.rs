//! `kavka broker stop`: asks the broker of the data directory to stop cleanly and waits until it has. With `--all`, which is
//! Apache's `kafka-server-stop.sh`: every server of this user, or those of a node id or role; only that one does not wait.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use super::registry::{Registered, running};
use super::{DirectoryArgs, broker_of};
use crate::cli::Invocation;
use crate::cli::failure::{ApacheForm, Failure, Kind};
use crate::standalone::{LiveHost, find_host};

/// Stop the broker of the data directory and wait until it has; exit code 7 if none runs there.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    directory: DirectoryArgs,

    /// Stop every broker of this user, wherever its data is.
    #[arg(long, conflicts_with = "data_dir")]
    all: bool,

    /// With --all: only brokers whose process.roles are these, as written there.
    #[arg(long, value_name = "ROLES", requires = "all")]
    process_role: Option<String>,

    /// With --all: only the broker with this id.
    #[arg(long, value_name = "ID", requires = "all")]
    node_id: Option<String>,
}

/// Between two looks at a broker that is stopping.
const PAUSE: Duration = Duration::from_millis(5);

/// Two minutes: more than flushing every log takes.
const LOOKS: u32 = 24_000;

pub fn run(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    if args.all && invocation.dialect.is_apache() {
        return as_apache(args, invocation);
    }
    if args.all {
        return all(args, invocation);
    }
    let directory = args.directory.resolve()?;
    stop_one(&broker_of(&directory)?, &directory, invocation)
}

fn stop_one(live: &LiveHost, directory: &Path, invocation: &Invocation) -> anyhow::Result<()> {
    let pid = live.host.pid;
    let what = || format!("cannot stop the broker on {} (process {pid})", directory.display());
    send(pid, Signal::TERM).with_context(what)?;
    if !has_gone(live).with_context(what)? {
        let failure = Failure::new(Kind::Failed, format!("{}: it was asked to and is still there", what()));
        return Err(failure.hint(format!("look what it is doing; `kill -9 {pid}` ends it and loses no record")).into());
    }
    Ok(invocation.output.line(&format!("kavka broker stopped (process {pid})"))?)
}

fn all(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let chosen: Vec<Registered> = running()?.into_iter().filter(|server| is_meant(args, server)).collect();
    if chosen.is_empty() {
        let which = if args.node_id.is_some() || args.process_role.is_some() { "such " } else { "" };
        return Err(Failure::new(Kind::ConditionNotMet, format!("no {which}broker of this user runs")).into());
    }
    let mut failures = Vec::new();
    for server in chosen {
        // A server whose directory has no host file yet, or no more, is starting or stopping.
        let stopped = match find_host(&server.directory) {
            Ok(Some(live)) if live.host.pid == server.pid => stop_one(&live, &server.directory, invocation),
            _ => send(server.pid, Signal::TERM).map_err(anyhow::Error::from),
        };
        failures.extend(stopped.err().map(Failure::from));
    }
    Failure::of_items(failures).map_or(Ok(()), |failure| Err(failure.into()))
}

/// The signal of the variable SIGNAL to all that are meant, without a word and without waiting.
fn as_apache(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    if args.node_id.is_some() && args.process_role.is_some() {
        let line = "When both node-id and process-role are provided, the value for node-id will take precedence";
        invocation.output.line(line)?;
    }
    let servers = running()?;
    if servers.is_empty() {
        invocation.output.line("No kafka server to stop")?;
        return Err(Failure::silent(Kind::Failed).into());
    }
    let signal = signal_of_environment()?;
    for server in servers.iter().filter(|server| is_meant(args, server)) {
        send(server.pid, signal).with_context(|| format!("cannot stop process {}", server.pid))?;
    }
    Ok(())
}

/// A node id goes before a role.
fn is_meant(args: &Args, server: &Registered) -> bool {
    match (&args.node_id, &args.process_role) {
        (Some(id), _) => server.node_id.to_string() == *id,
        (None, Some(role)) => server.roles == *role,
        (None, None) => true,
    }
}

fn signal_of_environment() -> Result<Signal, Failure> {
    let Ok(name) = std::env::var("SIGNAL") else { return Ok(Signal::TERM) };
    let known = [
        ("TERM", "15", Signal::TERM),
        ("KILL", "9", Signal::KILL),
        ("INT", "2", Signal::INT),
        ("HUP", "1", Signal::HUP),
        ("QUIT", "3", Signal::QUIT),
    ];
    let short = name.strip_prefix("SIG").unwrap_or(&name);
    let found = known.iter().find(|(known, number, _)| *known == short || *number == short);
    found.map(|(_, _, signal)| *signal).ok_or_else(|| {
        let names = known.map(|(name, ..)| name).join(", ");
        let message = format!("SIGNAL={name}: a server is stopped by one of {names}");
        Failure::usage(message.clone()).in_apache(ApacheForm::Line(message))
    })
}

fn send(pid: u32, signal: Signal) -> std::io::Result<()> {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(std::io::ErrorKind::InvalidInput)?;
    Ok(kill_process(process, signal)?)
}

fn has_gone(live: &LiveHost) -> std::io::Result<bool> {
    for _ in 0..LOOKS {
        if live.is_gone()? {
            return Ok(true);
        }
        thread::sleep(PAUSE);
    }
    Ok(false)
}

//! `kavka broker start`: a broker in the foreground until a signal ends it, or detached from the terminal.
//!
//! The first line on stdout says that it is ready and where. A signal stops it cleanly; as with every command the exit
//! code then names the signal, 130 or 143. A second signal ends it at once.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use super::detach::{self, Announcement};
use super::directories::{Directories, DirectoriesArgs};
use super::opening::Opening;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Output;
use crate::cli::{Invocation, log};
use crate::standalone::{BrokerKeys, Key, Server, ServerSettings, is_heeded};

/// Start a broker on the data directory.
///
/// It listens on loopback for everyone on this machine. When it is ready it prints `kavka broker ready on HOST:PORT`;
/// Ctrl-C or SIGTERM stops it cleanly.
#[derive(Debug, clap::Args)]
#[command(after_help = "KAVKA_LOG=debug in the environment makes it say more about what it does.")]
pub struct Args {
    #[command(flatten)]
    directories: DirectoriesArgs,

    /// Port to listen on; 0 picks one that is free.
    #[arg(long, value_name = "PORT", default_value_t = 9092)]
    port: u16,

    /// Address to listen on. Whoever can reach it can read and write everything.
    #[arg(long, value_name = "HOST", default_value = "localhost")]
    host: String,

    /// A value of one of Kafka's broker configurations, for this run: `log.retention.hours=1`. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    r#override: Vec<String>,

    /// Return when the broker is ready and leave it running in the background, logging to kavka/broker.log in the
    /// platform's state home.
    #[arg(long)]
    detach: bool,

    /// The background half of --detach.
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let keys = overridden(&args.r#override)?;
    let Directories { metadata, logs } = args.directories.resolve(&keys)?;
    let settings = ServerSettings {
        directory: metadata,
        log_directories: logs,
        host: args.host.clone(),
        port: args.port,
        keys,
        opening: Default::default(),
    };
    match (args.detach, args.detached) {
        (true, _) => detach::start(&settings, invocation),
        (_, true) => {
            log::everything();
            detach::leave_terminal();
            serve(&settings, invocation).map_err(|error| detach::announce_failure(error, &invocation.output))
        }
        _ => {
            log::everything();
            serve(&settings, invocation)
        }
    }
}

/// A key that would change nothing is refused, so that nobody relies on it.
fn overridden(pairs: &[String]) -> Result<BrokerKeys, Failure> {
    let mut keys = BrokerKeys::default();
    for pair in pairs {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--override '{pair}': it needs the form KEY=VALUE")))?;
        let name = name.trim();
        let refused = |fault: String| Failure::usage(format!("--override '{pair}': {fault}"));
        match Key::named(name) {
            None => return Err(refused(format!("{name} is no broker configuration of Kafka"))),
            Some(_) if !is_heeded(name) => return Err(refused(format!("{name} has no effect on this broker"))),
            Some(_) => keys.set(name, value).map_err(|e| refused(e.to_string()))?,
        }
    }
    Ok(keys)
}

fn serve(settings: &ServerSettings, invocation: &Invocation) -> anyhow::Result<()> {
    let stop = invocation.watch_signals()?;
    let opening = Opening::watch();
    let server = Server::start(&ServerSettings { opening: opening.listener(), ..settings.clone() })?;
    drop(opening);
    let lost = Arc::new(OnceLock::new());
    let (told, waiting) = (lost.clone(), stop.clone());
    server.when_lost(move |why| {
        // There is only one call.
        let _ = told.set(why);
        waiting.wake();
    });
    if !server.address().ip().is_loopback() {
        tracing::warn!(
            "listening on {} without authentication: everyone who can reach it can use it",
            server.address()
        );
    }
    let ended = announce(server.address(), &invocation.output).map(|()| stop.wait());
    tracing::info!("stopping");
    let stopped = server.stop();
    if let Some(why) = lost.get() {
        return Err(Failure::new(Kind::Failed, why.clone()).into());
    }
    stopped?;
    tracing::info!("stopped");
    ended?;
    stop.failure().map_or(Ok(()), |signal| Err(signal.into()))
}

fn announce(address: SocketAddr, output: &Output) -> io::Result<()> {
    tracing::info!("ready on {address}");
    output.line(&Announcement::Ready(address).to_string())?;
    output.flush()
}

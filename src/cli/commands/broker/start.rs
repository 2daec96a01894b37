//! `kavka broker start`, which is Apache's `kafka-server-start.sh`: a broker in the foreground until a signal ends it, or
//! detached from the terminal.
//!
//! The first line on stdout says that it is ready and where; under Apache's name stdout has the log, as there. A signal
//! stops it cleanly; as with every command the exit code then names the signal, 130 or 143. A second signal ends it at once.

use std::cell::Cell;
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::detach::{self, Announcement};
use super::directories::DirectoriesArgs;
use super::opening::Opening;
use super::registry;
use super::settings::{DEFAULT_HOST, DEFAULT_PORT, Planned, planned};
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Output;
use crate::cli::{Invocation, log};
use crate::standalone::{Server, ServerSettings};

/// Start a broker on the data directory, or on a server.properties of Apache Kafka as it is.
///
/// Without FILE it listens on loopback for everyone on this machine, and reads KAFKA_* from the environment as Kafka's
/// official image does. When it is ready it prints `kavka broker ready on HOST:PORT`; Ctrl-C or SIGTERM stops it cleanly.
#[derive(Debug, clap::Args)]
#[command(after_help = "KAVKA_LOG=debug in the environment makes it say more about what it does.")]
pub struct Args {
    /// A server.properties. Its listeners are bound, all of them; keys that mean nothing here are named in a warning.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    #[command(flatten)]
    pub directories: DirectoriesArgs,

    /// Port to listen on; 0 picks one that is free [default: 9092].
    #[arg(long, value_name = "PORT", conflicts_with = "file")]
    port: Option<u16>,

    /// Address to listen on [default: localhost]. Whoever can reach it can read and write everything.
    #[arg(long, value_name = "HOST", conflicts_with = "file")]
    host: Option<String>,

    /// A value of one of Kafka's broker configurations, over that of the file: `log.retention.hours=1`. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub r#override: Vec<String>,

    /// Fail instead of warning when something that is set would not be as it says.
    #[arg(long)]
    pub strict: bool,

    /// Return when the broker is ready and leave it running in the background, logging to kavka/broker.log in the
    /// platform's state home.
    #[arg(long)]
    pub detach: bool,

    /// The background half of --detach.
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,

    /// The words of a server that runs in the background under Apache's name.
    #[arg(long, hide = true)]
    daemon_word: Vec<OsString>,
}

impl Args {
    /// What is asked for on the command line, over everything else.
    pub fn port_or_host(&self) -> Option<(&str, u16)> {
        (self.port.is_some() || self.host.is_some())
            .then(|| (self.host.as_deref().unwrap_or(DEFAULT_HOST), self.port.unwrap_or(DEFAULT_PORT)))
    }

    /// Where values come from, for messages.
    pub fn place(&self) -> String {
        self.file.as_ref().map_or_else(|| "KAFKA_* in the environment".to_owned(), |file| file.display().to_string())
    }
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let is_apache = invocation.dialect.is_apache();
    if args.detach && is_apache {
        return detach::as_daemon(args.daemon_word);
    }
    if args.detach {
        let Planned { remarks, .. } = planned(&args, invocation.dialect)?;
        for line in remarks.lines() {
            invocation.output.note(&format!("warning: {}: {line}", args.place()));
        }
        return detach::start(&args, invocation);
    }
    if is_apache {
        log::as_kafka_does()
    } else {
        log::everything()
    }
    if args.detached {
        detach::leave_terminal();
    }
    let has_left = Cell::new(false);
    let leave_starter = || match has_left.replace(true) {
        true => Ok(()),
        false => detach::leave_starter(&invocation.output),
    };
    let ended = planned(&args, invocation.dialect).map_err(anyhow::Error::from).and_then(|planned| {
        let _registered = registry::register(&planned, args.file.as_deref());
        if args.detached && is_apache {
            leave_starter()?;
        }
        for line in planned.remarks.lines() {
            tracing::warn!("{}: {line}", args.place());
        }
        serve(&planned.settings, invocation, is_apache)
    });
    match (args.detached, is_apache) {
        (true, true) => {
            leave_starter()?;
            ended
        }
        (true, false) => ended.map_err(|error| detach::announce_failure(error, &invocation.output)),
        (false, _) => ended,
    }
}

fn serve(settings: &ServerSettings, invocation: &Invocation, is_apache: bool) -> anyhow::Result<()> {
    let stop = invocation.watch_signals()?;
    if is_apache {
        stop.take_time();
    }
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
    let open = std::iter::once(server.address()).chain(server.other_addresses().iter().copied());
    for address in open.filter(|address| !address.ip().is_loopback()) {
        tracing::warn!("listening on {address} without authentication: everyone who can reach it can use it");
    }
    let announced = if is_apache {
        say_started(&server);
        Ok(())
    } else {
        announce(server.address(), &invocation.output)
    };
    let ended = announced.map(|()| stop.wait());
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

/// The line that scripts wait for in Kafka's log.
fn say_started(server: &Server) {
    let node_id = server.node_id();
    tracing::info!("ready on {}", server.address());
    tracing::info!(target: "kafka.server.KafkaRaftServer", "[KafkaRaftServer nodeId={node_id}] Kafka Server started");
}

//! `kavka broker start`: a broker in the foreground until a signal ends it, or detached from the terminal.
//!
//! The first line on stdout says that it is ready and where. A signal stops it cleanly; as with every command the exit
//! code then names the signal, 130 or 143.

use std::future::pending;
use std::net::SocketAddr;

use super::DirectoryArgs;
use super::detach::{self, Announcement};
use super::log_file::log_to_stderr;
use crate::cli::Invocation;
use crate::standalone::{Server, ServerSettings};

/// Start a broker on the data directory.
///
/// It listens on loopback for everyone on this machine. When it is ready it prints `kavka broker ready on HOST:PORT`;
/// Ctrl-C or SIGTERM stops it cleanly.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    directory: DirectoryArgs,

    /// Port to listen on; 0 picks one that is free.
    #[arg(long, value_name = "PORT", default_value_t = 9092)]
    port: u16,

    /// Address to listen on. Whoever can reach it can read and write everything.
    #[arg(long, value_name = "HOST", default_value = "localhost")]
    host: String,

    /// Return when the broker is ready and leave it running in the background, logging to kavka/broker.log in the
    /// platform's state home.
    #[arg(long)]
    detach: bool,

    /// The background half of --detach.
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let settings = ServerSettings { directory: args.directory.resolve()?, host: args.host.clone(), port: args.port };
    match (args.detach, args.detached) {
        (true, _) => detach::start(&settings, invocation),
        (_, true) => {
            detach::leave_terminal();
            serve(&settings, invocation).map_err(|error| detach::announce_failure(error, &invocation.output))
        }
        _ => serve(&settings, invocation),
    }
}

fn serve(settings: &ServerSettings, invocation: &Invocation) -> anyhow::Result<()> {
    log_to_stderr();
    let server = Server::start(settings)?;
    if !server.address().ip().is_loopback() {
        tracing::warn!(
            "listening on {} without authentication: everyone who can reach it can use it",
            server.address()
        );
    }
    let ended = invocation.block_on(announce_and_wait(server.address(), invocation));
    tracing::info!("stopping");
    let stopped = server.stop();
    tracing::info!("stopped");
    stopped?;
    ended
}

/// Ends only when the reader of the ready line is gone; otherwise a signal ends it from outside.
async fn announce_and_wait(address: SocketAddr, invocation: &Invocation) -> anyhow::Result<()> {
    // Signals are watched from the first turn of the select around this: whoever reads the line may send one.
    tokio::task::yield_now().await;
    tracing::info!("ready on {address}");
    invocation.output.line(&Announcement::Ready(address).to_string())?;
    invocation.output.flush()?;
    pending::<anyhow::Result<()>>().await
}

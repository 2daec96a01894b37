//! `kavka broker status`: exit code 0 while a broker runs on the data directory, 7 otherwise.

use super::{DirectoryArgs, broker_of};
use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};

/// Say whether a broker runs on the data directory: exit code 0 if so, 7 if not.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    directory: DirectoryArgs,
}

pub fn run(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let directory = args.directory.resolve()?;
    let live = broker_of(&directory)?;
    let (pid, address) = (live.host.pid, live.host.address);
    if !live.accepts_connections() {
        let starting = format!("the broker on {} (process {pid}) is not ready", directory.display());
        return Err(Failure::new(Kind::ConditionNotMet, starting).into());
    }
    let line = format!("kavka broker running on {address} (process {pid}), data in {}", directory.display());
    Ok(invocation.output.line(&line)?)
}

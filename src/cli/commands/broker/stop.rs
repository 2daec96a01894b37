//! `kavka broker stop`: asks the broker of the data directory to stop cleanly and waits until it has.

use std::thread;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use super::{DirectoryArgs, broker_of};
use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::standalone::LiveHost;

/// Stop the broker of the data directory and wait until it has; exit code 7 if none runs there.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    directory: DirectoryArgs,
}

/// Between two looks at a broker that is stopping.
const PAUSE: Duration = Duration::from_millis(5);

/// Two minutes: more than flushing every log takes.
const LOOKS: u32 = 24_000;

pub fn run(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let directory = args.directory.resolve()?;
    let live = broker_of(&directory)?;
    let pid = live.host.pid;
    let what = || format!("cannot stop the broker on {} (process {pid})", directory.display());
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw).with_context(what)?;
    kill_process(process, Signal::TERM).with_context(what)?;
    if !has_gone(&live).with_context(what)? {
        let failure = Failure::new(Kind::Failed, format!("{}: it was asked to and is still there", what()));
        return Err(failure.hint(format!("look what it is doing; `kill -9 {pid}` ends it and loses no record")).into());
    }
    Ok(invocation.output.line(&format!("kavka broker stopped (process {pid})"))?)
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

//! `kavka demo`: the main job, shown with the commands that a person would type.
//!
//! Every line is run by a shell exactly as it is printed, with this program as `kavka`, on a data directory that lives
//! as long as the demo. What the commands print comes from them; nothing is retold.

mod script;
mod stage;

use anyhow::Context;

use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::Output;
use script::Step;
use stage::Stage;

/// Show the main job at work: a topic, records with keys, two groups that read them, offsets and lag.
///
/// It takes a moment, needs no server and leaves nothing behind.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let stop = invocation.watch_signals()?;
    let output = &invocation.output;
    let stage = Stage::set().context("cannot set up the demo")?;
    output.print(&opening(&stage))?;
    for step in script::STEPS {
        announce(step, output)?;
        let status = stage.play(step.command).with_context(|| format!("cannot run `{}`", step.command))?;
        if let Some(failure) = stop.failure() {
            return Err(failure.into());
        }
        if !status.success() {
            let message = format!("the demo ends early: `{}` failed ({status})", step.command);
            return Err(Failure::new(Kind::Failed, message).into());
        }
    }
    stage.strike().context("cannot clean up after the demo")?;
    Ok(output.print(script::CLOSING)?)
}

fn opening(stage: &Stage) -> String {
    format!("{}\n$ export KAVKA_DATA_DIR={}\n", script::OPENING, stage.data_directory().display())
}

/// What it is for, then the command; on screen before the command says anything.
fn announce(step: &Step, output: &Output) -> anyhow::Result<()> {
    output.print(&format!("\n# {}\n$ {}\n", step.purpose, step.command))?;
    Ok(output.flush()?)
}

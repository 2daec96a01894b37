//! What a person types and reads.
//!
//! One call of the program is an [`Invocation`]: the dialect it speaks, the doors it prints through, the cluster it
//! opened and the signals it watches. A command gets it together with its own `Args` and returns a `Result`; only
//! [`run`] turns that into text and an exit code.

pub mod commands;
pub mod dialect;
pub mod failure;
pub mod generate;
pub mod output;
pub mod signals;
pub mod target_cluster;
pub mod tools;
pub mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use commands::Kavka;
use failure::{Failure, Kind};
pub use invocation::Invocation;
use output::Output;

mod invocation;

/// The heading, in every help text, of options that Apache's tool does not have. They exist under the name kavka only.
pub const OWN_OPTIONS: &str = "Options of kavka's own";

/// The whole program: what was typed (with the program's name first) to the exit code.
pub fn run(argv: impl IntoIterator<Item = OsString>) -> ExitCode {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let (dialect, words) = tools::recognise(argv);
    let output = Output::for_process();
    match parse(words) {
        Ok(kavka) => execute(kavka, Invocation::new(dialect, output)),
        Err(error) => explain_parse_error(&error, &output),
    }
}

fn parse(words: Vec<OsString>) -> Result<Kavka, clap::Error> {
    let matches = Kavka::command().try_get_matches_from(words)?;
    Kavka::from_arg_matches(&matches)
}

fn execute(kavka: Kavka, invocation: Invocation) -> ExitCode {
    let result = match kavka.command {
        Some(command) => command.run(&invocation),
        None => invocation.output.print(commands::FIRST_STEPS).map_err(anyhow::Error::from),
    };
    let closed = invocation.close();
    finish(result.and(closed), &invocation.output)
}

fn finish(result: anyhow::Result<()>, output: &Output) -> ExitCode {
    match result.and_then(|()| Ok(output.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let failure = Failure::from(error);
            output.failure(&failure);
            failure.kind.exit_code()
        }
    }
}

/// Help and version go to stdout; a line that cannot be understood goes to stderr with exit code 2.
fn explain_parse_error(error: &clap::Error, output: &Output) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            finish(output.styled(&error.render()).map_err(anyhow::Error::from), output)
        }
        _ => {
            output.note_styled(&error.render());
            Kind::Usage.exit_code()
        }
    }
}

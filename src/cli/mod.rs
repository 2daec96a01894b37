//! What a person types and reads.
//!
//! One call of the program is an [`Invocation`]: the dialect it speaks, the doors it prints through, the cluster it
//! opened and the signals it watches. A command gets it together with its own `Args` and returns a `Result`; only
//! [`run`] turns that into text and an exit code.

pub mod commands;
mod completion;
pub mod confirm;
pub mod dialect;
pub mod failure;
pub mod generate;
pub mod log;
pub mod offset_grammar;
pub mod output;
mod platform_homes;
pub mod profiles;
pub mod signals;
pub mod target_cluster;
pub mod tools;
pub mod usage;
pub mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use clap::error::ErrorKind;

use commands::Kavka;
use dialect::{Ending, Speech};
use failure::{Failure, Kind};
pub use invocation::Invocation;
use output::Output;
use tools::{Dialect, Tool};

mod invocation;

/// The heading, in every help text, of options that Apache's tool does not have. They exist under the name kavka only.
pub const OWN_OPTIONS: &str = "Options of kavka's own";

/// Whether an option is one of those. Where there are many, they stand in groups, each with a heading that begins alike.
pub fn is_own(argument: &clap::Arg) -> bool {
    argument.get_help_heading().is_some_and(|heading| heading.starts_with(OWN_OPTIONS))
}

/// The whole program: what was typed (with the program's name first) to the exit code.
pub fn run(argv: impl IntoIterator<Item = OsString>) -> ExitCode {
    let argv: Vec<OsString> = argv.into_iter().collect();
    if completion::answer(&argv) {
        return ExitCode::SUCCESS;
    }
    let call = tools::recognise(argv);
    let output = Output::for_process();
    match call.dialect {
        Dialect::Kavka => run_kavka(call.words, output),
        Dialect::Apache(tool) => run_apache(tool, call.words, output),
    }
}

fn run_kavka(words: Vec<OsString>, output: Output) -> ExitCode {
    let said = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    match Kavka::parse(words) {
        Err(error) => explain_parse_error(&error, &output),
        Ok(kavka) => {
            let invocation = Invocation::new(Dialect::Kavka, output).saying(said);
            match execute(kavka, &invocation) {
                Ok(()) => ExitCode::SUCCESS,
                Err(failure) => {
                    invocation.output.failure(&failure);
                    failure.kind.exit_code()
                }
            }
        }
    }
}

fn run_apache(tool: &'static Tool, words: Vec<OsString>, output: Output) -> ExitCode {
    let speech = Speech::new(tool, &words);
    let invocation = Invocation::new(Dialect::Apache(tool), output);
    let ending = match speech.parse(words) {
        Ok(kavka) => execute(kavka, &invocation).map_or_else(|failure| speech.ending(&failure), |()| Ending::default()),
        Err(ending) => ending,
    };
    match invocation.output.ending(&ending) {
        Ok(()) => ExitCode::from(ending.code as u8),
        Err(error) => Failure::from(anyhow::Error::from(error)).kind.exit_code(),
    }
}

/// Runs the command, ends what it opened and empties the buffers.
fn execute(kavka: Kavka, invocation: &Invocation) -> Result<(), Failure> {
    let result = match kavka.command {
        Some(command) => command.run(invocation),
        None => invocation.output.print(commands::FIRST_STEPS).map_err(anyhow::Error::from),
    };
    let closed = invocation.close();
    let flushed = invocation.output.flush().context("cannot write to standard output");
    result.and(closed).and(flushed).map_err(Failure::from)
}

/// Help and version go to stdout; a line that cannot be understood goes to stderr with exit code 2.
fn explain_parse_error(error: &clap::Error, output: &Output) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let printed = output.styled(&error.render()).and_then(|()| output.flush());
            printed
                .map_or_else(|error| Failure::from(anyhow::Error::from(error)).kind.exit_code(), |()| ExitCode::SUCCESS)
        }
        _ => {
            output.note_styled(&error.render());
            Kind::Usage.exit_code()
        }
    }
}

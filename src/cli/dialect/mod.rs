//! Apache's dialect: what its tools accept, and how they say what happened.
//!
//! One layer for all tools: the words are rewritten before clap sees them, clap's complaints and a command's failure are
//! worded after. Commands know nothing of it.

pub mod argparse;
pub mod exceptions;
pub mod hash_order;
pub mod java_client;
pub mod java_double;
pub mod java_pattern;
mod jopt;
mod late_integer;
mod script;
mod topic_filter;
mod usage_table;
mod wording;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use jiff::tz::TimeZone;

use super::commands::Kavka;
use super::failure::{ApacheForm, CONFIG_EXCEPTION, Failure};
use super::tools::{Grammar, Manner, Tool};
use crate::clock::Timestamp;
pub use late_integer::LateInteger;
use script::Refusal;
pub use script::Script;
pub use topic_filter::topic_filter;
pub use wording::{CANNOT_OPEN, CONSOLE_CONSUMER, Ending, NO_SUCH_FILE, exception_of};

/// What Apache's tools print for `--version`.
const KAFKA_VERSION: &str = "4.2.1\n";

/// One call of a tool under Apache's name.
pub struct Speech {
    tool: &'static Tool,
    arguments: String,
}

impl Speech {
    pub fn new(tool: &'static Tool, words: &[OsString]) -> Speech {
        let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        Speech { tool, arguments: words.join(" ") }
    }

    /// The command that is meant; or, without running any, how the call ends.
    pub fn parse(&self, words: Vec<OsString>) -> Result<Kavka, Ending> {
        let words = match self.tool.grammar {
            Grammar::Jopt { help, without_arguments } => {
                // A parser that insists on an option says so even then.
                let insists = jopt::options_of(&self.command()).iter().any(|option| option.is_required);
                if words.is_empty() && !insists {
                    return Err(self.help(without_arguments));
                }
                self.read_jopt(words, help)?
            }
            Grammar::Argparse(main) => {
                let tool = argparse::tool_of(main, &self.command());
                argparse::read(words, &tool).map_err(|fault| fault.ending(&tool))?
            }
            Grammar::Script(script) => script.read(words).map_err(|refusal| self.refused(refusal))?,
        };
        let words = std::iter::once(OsString::from(self.tool.command)).chain(words);
        Kavka::parse(words).map_err(|error| self.ending(&of_clap(&error)))
    }

    fn refused(&self, refusal: Refusal) -> Ending {
        match refusal {
            Refusal::Usage => {
                let called = std::env::args().next().filter(|called| called.ends_with(".sh"));
                let script = called.unwrap_or_else(|| format!("{}.sh", self.tool.name));
                let stdout = format!("USAGE: {script} [-daemon] server.properties [--override property=value]*\n");
                Ending { stdout, stderr: String::new(), code: 1 }
            }
            Refusal::ProgramUsage(message) => {
                let stderr = format!("{message}\n{}", usage_table::bare_table(&Script::program()));
                Ending { stdout: String::new(), stderr, code: 1 }
            }
            Refusal::Version => Ending { stdout: KAFKA_VERSION.to_owned(), ..Ending::default() },
            Refusal::Parsing(fault) => self.unreadable(&fault),
        }
    }

    fn unreadable(&self, fault: &jopt::Fault) -> Ending {
        let (class, message) = (fault.class().to_owned(), fault.message());
        self.ending(&Failure::usage(message.clone()).in_apache(ApacheForm::Parsing { class, message }))
    }

    fn read_jopt(&self, words: Vec<OsString>, help: &str) -> Result<Vec<OsString>, Ending> {
        let line = jopt::read(words, &jopt::options_of(&self.command())).map_err(|fault| self.unreadable(&fault))?;
        if line.help {
            return Err(self.help(help));
        }
        if line.version {
            return Err(Ending { stdout: KAFKA_VERSION.to_owned(), ..Ending::default() });
        }
        let Some(option) = line.repeated else { return Ok(line.words) };
        let message = format!("Found multiple arguments for option {option}, but you asked for only one");
        let class = MULTIPLE_ARGUMENTS;
        // Where the cluster is, is asked before anything is tried.
        let form = match (self.tool.manner, option.as_str()) {
            (Manner::Topics, "bootstrap-server" | "command-config") => {
                ApacheForm::Parsing { class: class.to_owned(), message }
            }
            _ => ApacheForm::Value { option, class, message },
        };
        Err(self.ending(&Failure::usage("").in_apache(form)))
    }

    pub fn ending(&self, failure: &Failure) -> Ending {
        let now = Timestamp::now();
        let call = wording::Call {
            manner: self.tool.manner,
            arguments: &self.arguments,
            usage_table: &usage_table::usage_table(&self.command()),
            now: &log_time(now),
        };
        wording::ending(failure, &call)
    }

    /// Both on stderr and with exit code 1, as in all 4.x releases.
    fn help(&self, first_line: &str) -> Ending {
        let stderr = format!("{first_line}\n{}", usage_table::usage_table(&self.command()));
        Ending { stdout: String::new(), stderr, code: 1 }
    }

    fn command(&self) -> clap::Command {
        Kavka::command_of(self.tool.command).unwrap_or_else(Kavka::whole)
    }
}

pub const MULTIPLE_ARGUMENTS: &str = "joptsimple.MultipleArgumentsForOptionException";
const ARGUMENT_CONVERSION: &str = "joptsimple.OptionArgumentConversionException";

/// What is left for clap to complain about: values that are no numbers, and options that exclude each other.
fn of_clap(error: &clap::Error) -> Failure {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let option = |kind| context(kind).trim_start_matches('-').split(' ').next().unwrap_or_default().to_owned();
    let given = option(ContextKind::InvalidArg);
    let failure = Failure::usage(error.to_string());
    match error.kind() {
        ErrorKind::InvalidValue if property_of(&given).is_some() => {
            let (value, key) = (context(ContextKind::InvalidValue), property_of(&given).unwrap_or_default());
            let valid = context(ContextKind::ValidValue);
            let message = format!("Invalid value {value} for configuration {key}: String must be one of: {valid}");
            failure.thrown(CONFIG_EXCEPTION, message)
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let message = format!("Cannot parse argument '{}' of option {given}", context(ContextKind::InvalidValue));
            failure.in_apache(ApacheForm::Value { option: given, class: ARGUMENT_CONVERSION, message })
        }
        ErrorKind::ArgumentConflict => {
            let other = option(ContextKind::PriorArg);
            failure.apache_usage(format!("Option \"[{given}]\" can't be used with option \"[{other}]\""))
        }
        ErrorKind::MissingRequiredArgument => failure.apache_usage(format!("Missing required argument \"[{given}]\"")),
        _ => failure.apache_usage(error.kind().to_string()),
    }
}

/// An option whose value Java checks as that of a property.
fn property_of(option: &str) -> Option<&'static str> {
    match option {
        "request-required-acks" => Some("acks"),
        "compression-codec" => Some("compression.type"),
        "isolation-level" => Some("isolation.level"),
        _ => None,
    }
}

/// A line as Kafka's tools log it to stderr.
pub fn logged(level: &str, text: &str, logger: &str) -> String {
    format!("[{}] {level} {text} ({logger})", log_time(Timestamp::now()))
}

/// A time as in Kafka's log lines, in the local zone.
pub fn log_time(now: Timestamp) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or_default();
    let local = timestamp.to_zoned(TimeZone::system());
    format!("{},{:03}", local.strftime("%Y-%m-%d %H:%M:%S"), local.millisecond())
}

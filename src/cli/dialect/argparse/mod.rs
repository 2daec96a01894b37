//! The grammar of argparse4j 0.7.0, of the tools with commands (reference: cli/README.md, section 2.2).
//!
//! Here is what the grammar knows of a tool. Most of it comes from the clap definition: options, their types, what is
//! required, commands and groups; an alias there is Apache's spelling of a name. What stands before the command, and how
//! the tool itself ends, is [`Main`], a constant for each tool. `parse` reads words by the library's rules, `help` prints
//! its two texts, `justified` and `similar` are its layout and its "Did you mean".
//!
//! Texts are 75 columns wide, as they are without a terminal.

mod help;
mod justified;
mod parse;
mod similar;

use std::any::TypeId;

use clap::{Arg, ArgAction};

use super::wording::Ending;
use crate::cli::is_own;
pub use parse::{Fault, read};

/// What one tool has before its commands.
#[derive(Debug, PartialEq, Eq)]
pub struct Main {
    pub prog: &'static str,
    pub options: &'static [MainOption],
    /// What `--version` prints, of a tool that has it.
    pub version: Option<&'static str>,
    /// The heading of the commands and what stands for one.
    pub commands: &'static str,
    pub metavar: &'static str,
    /// Options of commands of which one has to be given; under our own name none has to.
    pub one_of: &'static [&'static str],
    /// The exit code after help.
    pub help_code: i32,
    /// `@FILE` stands for the words of a file, one a line.
    pub words_from_files: bool,
}

/// An option that stands before the command.
#[derive(Debug, PartialEq, Eq)]
pub struct MainOption {
    pub name: &'static str,
    pub metavar: &'static str,
    pub is_required: bool,
}

/// A tool as the grammar sees it.
#[derive(Debug)]
pub struct Tool {
    pub main: &'static Main,
    pub options: Options,
    pub commands: Vec<Command>,
}

#[derive(Debug)]
pub struct Command {
    pub name: String,
    /// Its name in the clap definition.
    pub clap_name: String,
    pub summary: String,
    pub options: Options,
}

/// What may be given at one place, and the words above it.
#[derive(Debug, Default)]
pub struct Options {
    pub description: String,
    pub all: Vec<Opt>,
    pub groups: Vec<Group>,
}

/// Options with a heading of their own in the help, or of which only one may be given.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    pub title: String,
    pub is_exclusive: bool,
    pub is_required: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opt {
    /// `-v` and `--version`, in the order in which they are shown.
    pub flags: Vec<String>,
    pub action: Action,
    pub metavar: String,
    pub is_required: bool,
    pub help: String,
    /// The number of its group.
    pub group: Option<usize>,
    /// Its long name in the clap definition.
    pub clap_name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Help,
    Version,
    /// No value.
    Flag,
    /// One value; of several the last counts.
    Value(Type),
    /// One value each time.
    Append(Type),
    /// As many words as follow, and at least one.
    Values(Type),
}

/// The Java class that a value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    String,
    Short,
    Integer,
    Long,
}

impl Opt {
    fn takes_values(&self) -> bool {
        matches!(self.action, Action::Value(_) | Action::Append(_) | Action::Values(_))
    }

    /// As messages name it: `-v/--version`.
    fn textual_name(&self) -> String {
        self.flags.join("/")
    }
}

/// The tool of a command of ours.
pub fn tool_of(main: &'static Main, command: &clap::Command) -> Tool {
    let stands_before = |arg: &&Arg| main.options.iter().any(|option| arg.get_long() == Some(option.name));
    let mut options = Options { description: text(command.get_about()), ..Options::default() };
    options.all.push(help_option());
    options.all.extend(main.version.map(|_| version_option()));
    for option in main.options {
        let help = command.get_arguments().find(|arg| arg.get_long() == Some(option.name)).map(Arg::get_help);
        options.all.push(Opt {
            flags: vec![format!("--{}", option.name)],
            action: Action::Value(Type::String),
            metavar: option.metavar.to_owned(),
            is_required: option.is_required,
            help: text(help.flatten()),
            group: None,
            clap_name: option.name.to_owned(),
        });
    }
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let commands = shown.map(|command| Command {
        name: apaches(command.get_name(), command.get_all_aliases().next()),
        clap_name: command.get_name().to_owned(),
        summary: text(command.get_about()),
        options: options_of(command, main.one_of, |arg| !stands_before(arg)),
    });
    Tool { main, commands: commands.collect(), options }
}

fn options_of(command: &clap::Command, one_of: &[&str], is_here: impl Fn(&&Arg) -> bool) -> Options {
    let mut options = Options { description: text(command.get_about()), ..Options::default() };
    options.all.push(help_option());
    for arg in command.get_arguments().filter(is_here).filter(|arg| !is_own(arg)) {
        let Some(clap_name) = arg.get_long() else { continue };
        let name = apaches(clap_name, arg.get_all_aliases().and_then(|aliases| aliases.into_iter().next()));
        let flags = std::iter::once(format!("--{name}")).chain(arg.get_short().map(|letter| format!("-{letter}")));
        let group = group_of(arg, command, one_of.contains(&clap_name), &mut options.groups);
        options.all.push(Opt {
            flags: flags.collect(),
            action: action_of(arg),
            metavar: name.replace('-', "_").to_uppercase(),
            is_required: arg.is_required_set(),
            help: text(arg.get_help()),
            group,
            clap_name: clap_name.to_owned(),
        });
    }
    options
}

fn apaches(name: &str, alias: Option<&str>) -> String {
    alias.unwrap_or(name).to_owned()
}

fn text(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

fn help_option() -> Opt {
    flag(["-h", "--help"], Action::Help, "Print this text.")
}

fn version_option() -> Opt {
    flag(["-v", "--version"], Action::Version, "Print the version of Kafka.")
}

fn flag(flags: [&str; 2], action: Action, help: &str) -> Opt {
    Opt {
        flags: flags.map(str::to_owned).to_vec(),
        action,
        metavar: String::new(),
        is_required: false,
        help: help.to_owned(),
        group: None,
        clap_name: flags[1].trim_start_matches('-').to_owned(),
    }
}

fn action_of(arg: &Arg) -> Action {
    let id = arg.get_value_parser().type_id();
    let value = if id == TypeId::of::<i16>() {
        Type::Short
    } else if id == TypeId::of::<i32>() {
        Type::Integer
    } else if id == TypeId::of::<i64>() {
        Type::Long
    } else {
        Type::String
    };
    let takes_many = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
    match (arg.get_action(), takes_many) {
        (ArgAction::SetTrue, _) => Action::Flag,
        (_, true) => Action::Values(value),
        (ArgAction::Append, false) => Action::Append(value),
        (_, false) => Action::Value(value),
    }
}

/// A heading, or a group of clap's of which only one may be given.
fn group_of(arg: &Arg, command: &clap::Command, is_required: bool, groups: &mut Vec<Group>) -> Option<usize> {
    let exclusive = command.get_groups().find(|group| {
        let mut group = (*group).clone();
        !group.is_multiple() && group.get_args().any(|id| id == arg.get_id())
    });
    let group = match (exclusive, arg.get_help_heading()) {
        (Some(group), _) => {
            let is_required = is_required || group.is_required_set();
            Group { title: String::new(), is_exclusive: true, is_required }
        }
        (None, Some(title)) => Group { title: title.to_owned(), is_exclusive: false, is_required: false },
        (None, None) => return None,
    };
    let known = groups.iter().position(|known| *known == group);
    known.or_else(|| {
        groups.push(group);
        Some(groups.len() - 1)
    })
}

#[cfg(test)]
mod tests;

impl Fault {
    /// How the tool ends.
    pub fn ending(&self, tool: &Tool) -> Ending {
        match self {
            Fault::Help { of } => {
                Ending { stdout: help::help(tool, *of), stderr: String::new(), code: tool.main.help_code }
            }
            Fault::Version => {
                let stdout = format!("{}\n", tool.main.version.unwrap_or_default());
                Ending { stdout, ..Ending::default() }
            }
            Fault::Wrong { of, message, similar } => {
                Ending { stdout: String::new(), stderr: help::error(tool, *of, message, similar), code: 1 }
            }
        }
    }
}

//! The grammar of JOpt Simple 5.0.4 with abbreviations off (reference: cli/README.md, section 2.1).
//!
//! Words are read by JOpt's rules and written again in one form that clap reads without doubt: `--option=value`, and
//! `--option` for a flag. Which options there are comes from the clap definition; kavka's own are not among them.

use std::ffi::OsString;

use clap::ArgAction;

use crate::cli::is_own;

/// An option of a tool, as far as the grammar needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoptOption {
    pub name: String,
    pub argument: Argument,
    pub may_repeat: bool,
    /// The parser itself insists on it.
    pub is_required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    None,
    Required,
    Optional,
}

/// Why words cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Unrecognized(String),
    MissingArgument(String),
    MissingOption(String),
}

impl Fault {
    pub fn class(&self) -> &'static str {
        match self {
            Fault::Unrecognized(_) => "joptsimple.UnrecognizedOptionException",
            Fault::MissingArgument(_) => "joptsimple.OptionMissingRequiredArgumentException",
            Fault::MissingOption(_) => "joptsimple.MissingRequiredOptionsException",
        }
    }

    pub fn message(&self) -> String {
        match self {
            Fault::Unrecognized(name) => format!("{name} is not a recognized option"),
            Fault::MissingArgument(name) => format!("Option {name} requires an argument"),
            Fault::MissingOption(name) => format!("Missing required option(s) [{name}]"),
        }
    }
}

/// Words that could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pub words: Vec<OsString>,
    /// The options that were given, each once.
    pub names: Vec<String>,
    pub help: bool,
    pub version: bool,
    /// An option that may be given once and was given several times; JOpt notices when the value is asked for.
    pub repeated: Option<String>,
}

/// The options of a tool: those of the command, without kavka's own.
pub fn options_of(command: &clap::Command) -> Vec<JoptOption> {
    let arguments = command.get_arguments().filter(|arg| !is_own(arg));
    arguments
        .filter_map(|arg| {
            // A flag that may be given several times is one with no values.
            let takes_values = arg.get_action().takes_values() && arg.get_num_args().is_none_or(|n| n.max_values() > 0);
            let is_optional = arg.get_num_args().is_some_and(|count| count.min_values() == 0);
            Some(JoptOption {
                name: arg.get_long()?.to_owned(),
                argument: match (takes_values, is_optional) {
                    (false, _) => Argument::None,
                    (true, false) => Argument::Required,
                    (true, true) => Argument::Optional,
                },
                may_repeat: matches!(arg.get_action(), ArgAction::Append),
                is_required: insists(command, arg),
            })
        })
        .collect()
}

/// Whether Apache's parser itself insists on an option. Where a tool checks that later, our own command insists on it in
/// clap; a tool without a command of ours is hidden, and clap's is what its parser does.
pub fn insists(command: &clap::Command, arg: &clap::Arg) -> bool {
    command.is_hide_set() && arg.is_required_set()
}

pub fn read(words: Vec<OsString>, options: &[JoptOption]) -> Result<Line, Fault> {
    let mut reading = Reading { options, line: Line::default() };
    let mut words = words.into_iter().map(|word| word.to_string_lossy().into_owned()).peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        let (name, value) = match split(&word) {
            Some(parts) => parts,
            None => continue,
        };
        if is_help_or_version(name, &mut reading.line) {
            continue;
        }
        let option = reading.option(name, word.starts_with("--"))?;
        let value = match (option.argument, value) {
            (Argument::None, _) => None,
            (_, Some(value)) => Some(value.to_owned()),
            (Argument::Required, None) => {
                Some(words.next().ok_or_else(|| Fault::MissingArgument(option.name.clone()))?)
            }
            (Argument::Optional, None) => words.next_if(|next| split(next).is_none()),
        };
        reading.write(option, value);
    }
    let line = reading.line;
    let is_missing = |option: &&JoptOption| option.is_required && !line.names.contains(&option.name);
    match options.iter().find(is_missing).filter(|_| !line.help && !line.version) {
        Some(missing) => Err(Fault::MissingOption(missing.name.clone())),
        None => Ok(line),
    }
}

/// The name and the value behind `=` of a word that looks like an option; `None` for a stray word.
fn split(word: &str) -> Option<(&str, Option<&str>)> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|name| !name.is_empty())?;
    Some(match name.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (name, None),
    })
}

fn is_help_or_version(name: &str, line: &mut Line) -> bool {
    line.help |= name == "help";
    line.version |= name == "version";
    matches!(name, "help" | "version")
}

struct Reading<'a> {
    options: &'a [JoptOption],
    line: Line,
}

impl<'a> Reading<'a> {
    /// Behind one dash, a name that is no option is tried letter by letter, and no option here has one letter.
    fn option(&self, name: &str, has_two_dashes: bool) -> Result<&'a JoptOption, Fault> {
        let found = self.options.iter().find(|option| option.name == name);
        found.ok_or_else(|| {
            let shown = if has_two_dashes { name.to_owned() } else { name.chars().take(1).collect() };
            Fault::Unrecognized(shown)
        })
    }

    fn write(&mut self, option: &'a JoptOption, value: Option<String>) {
        let is_again = self.line.names.contains(&option.name);
        if is_again && option.argument == Argument::None && !option.may_repeat {
            return;
        }
        if is_again && !option.may_repeat {
            self.line.repeated.get_or_insert_with(|| option.name.clone());
            return;
        }
        if !is_again {
            self.line.names.push(option.name.clone());
        }
        self.line.words.push(match value {
            Some(value) => format!("--{}={value}", option.name).into(),
            None => format!("--{}", option.name).into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Vec<JoptOption> {
        let option = |name: &str, argument, may_repeat| JoptOption {
            name: name.to_owned(),
            argument,
            may_repeat,
            is_required: false,
        };
        vec![
            option("topic", Argument::Required, false),
            option("config", Argument::Required, true),
            option("list", Argument::None, false),
            option("sync", Argument::None, false),
            option("state", Argument::Optional, false),
            option("again", Argument::None, true),
        ]
    }

    fn line(words: &[&str]) -> Result<Line, Fault> {
        read(words.iter().map(OsString::from).collect(), &options())
    }

    fn read_words(words: &[&str]) -> Vec<OsString> {
        line(words).unwrap().words
    }

    #[test]
    fn values_stand_behind_a_blank_or_an_equals_sign_and_one_dash_is_enough() {
        for words in [["--topic", "a"].as_slice(), &["--topic=a"], &["-topic", "a"], &["-topic=a"]] {
            assert_eq!(read_words(words), ["--topic=a"], "{words:?}");
        }
        assert_eq!(read_words(&["--topic="]), ["--topic="]);
    }

    #[test]
    fn a_required_argument_is_the_next_word_whatever_it_is() {
        assert_eq!(read_words(&["--topic", "--list"]), ["--topic=--list"]);
        assert_eq!(read_words(&["--topic", "-1"]), ["--topic=-1"]);
        assert_eq!(line(&["--list", "--topic"]), Err(Fault::MissingArgument("topic".to_owned())));
    }

    #[test]
    fn unknown_names_and_abbreviations_are_refused() {
        let unknown = |word: &str| line(&[word]).unwrap_err().message();
        assert_eq!(unknown("--frob=1"), "frob is not a recognized option");
        assert_eq!(unknown("--top"), "top is not a recognized option");
        assert_eq!(unknown("-foo"), "f is not a recognized option");
    }

    #[test]
    fn a_flag_with_a_value_or_given_twice_is_set() {
        assert_eq!(read_words(&["--sync=false", "--sync"]), ["--sync"]);
        assert_eq!(read_words(&["--again", "--sync", "--again"]), ["--again", "--sync", "--again"]);
    }

    #[test]
    fn an_optional_argument_is_not_an_option() {
        assert_eq!(read_words(&["--state", "x"]), ["--state=x"]);
        assert_eq!(read_words(&["--state", "--list"]), ["--state", "--list"]);
        assert_eq!(read_words(&["--state=x"]), ["--state=x"]);
    }

    #[test]
    fn stray_words_and_everything_behind_two_dashes_are_ignored() {
        assert_eq!(read_words(&["stray", "-", "--list", "--", "--topic", "a"]), ["--list"]);
    }

    #[test]
    fn a_repeated_option_is_noticed_later_and_repeatable_ones_are_kept() {
        let line = line(&["--topic", "a", "--topic", "b", "--config", "x", "--config", "y"]).unwrap();
        assert_eq!(line.repeated.as_deref(), Some("topic"));
        assert_eq!(line.words, ["--topic=a", "--config=x", "--config=y"]);
    }

    #[test]
    fn help_and_version_are_found_anywhere() {
        let line = line(&["--list", "--help", "-version"]).unwrap();
        assert!(line.help && line.version);
    }

    #[test]
    fn what_the_parser_itself_insists_on_is_missed_unless_help_is_asked_for() {
        let mut options = options();
        options[0].is_required = true;
        let read_with = |word: &str| read(vec![OsString::from(word)], &options);
        let missing = read_with("--list").unwrap_err();
        assert_eq!(missing.message(), "Missing required option(s) [topic]");
        assert!(read_with("--help").is_ok() && read_with("--version").is_ok() && read_with("--topic=a").is_ok());
    }

    #[test]
    fn kavkas_own_options_are_unknown_to_apaches_tools() {
        let topics = crate::cli::commands::Kavka::command_of("topics").unwrap();
        let names: Vec<String> = options_of(&topics).into_iter().map(|option| option.name).collect();
        assert!(names.contains(&"replica-assignment".to_owned()) && names.contains(&"command-config".to_owned()));
        for own in ["output", "yes", "data-dir"] {
            assert!(!names.contains(&own.to_owned()), "{own}");
        }
    }
}

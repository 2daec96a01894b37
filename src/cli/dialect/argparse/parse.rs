//! Words, by argparse4j's rules: options before the command and behind it, abbreviations, one value each, the last of
//! several counting.
//!
//! What is missing before the command is only told when everything behind it could be read; of several that are missing,
//! the last is told. The words are written again in the one form that clap reads without doubt: the command, then
//! `--option=value`.

use std::ffi::OsString;

use super::similar::closest;
use super::{Action, Opt, Options, Tool, Type};

/// Why a tool ends before it has begun; `of` is the number of the command that was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Help { of: Option<usize> },
    Version,
    Wrong { of: Option<usize>, message: String, similar: Vec<String> },
}

pub fn read(words: Vec<OsString>, tool: &Tool) -> Result<Vec<OsString>, Fault> {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let words = if tool.main.words_from_files { with_files(words)? } else { words };
    let mut reading = Reading { words: &words, next: 0, is_separated: false, missing: None };
    let before = reading.options(&tool.options, None)?;
    let Some(word) = reading.word() else {
        return Err(wrong(None, "too few arguments"));
    };
    let number = command(word, tool)?;
    let Some(command) = tool.commands.get(number) else { return Err(wrong(None, "too few arguments")) };
    reading.next += 1;
    let behind = reading.options(&command.options, Some(number))?;
    if !reading.rest().is_empty() {
        return Err(unrecognized(Some(number), &reading.rest().join(" ")));
    }
    if let Some(fault) = reading.missing {
        return Err(fault);
    }
    let given = |options: &Options, given: Vec<Given>| -> Vec<OsString> {
        options.all.iter().zip(given).flat_map(|(option, values)| values.words(option)).collect()
    };
    let mut written = vec![OsString::from(&command.clap_name)];
    written.extend(given(&tool.options, before));
    written.extend(given(&command.options, behind));
    Ok(written)
}

/// With the lines of a file in the place of `@FILE`.
fn with_files(words: Vec<String>) -> Result<Vec<String>, Fault> {
    let mut all = Vec::new();
    for word in words {
        let Some(file) = word.strip_prefix('@') else {
            all.push(word);
            continue;
        };
        let text = std::fs::read_to_string(file)
            .map_err(|_| wrong(None, format!("Could not read arguments from file '{file}'")))?;
        all.extend(text.lines().map(str::to_owned));
    }
    Ok(all)
}

/// What was given of one option.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Nothing,
    Flag,
    Values(Vec<String>),
}

impl Given {
    fn words(self, option: &Opt) -> Vec<OsString> {
        match self {
            Given::Nothing => Vec::new(),
            Given::Flag => vec![format!("--{}", option.clap_name).into()],
            Given::Values(values) => {
                values.into_iter().map(|value| format!("--{}={value}", option.clap_name).into()).collect()
            }
        }
    }
}

fn wrong(of: Option<usize>, message: impl Into<String>) -> Fault {
    Fault::Wrong { of, message: message.into(), similar: Vec::new() }
}

fn unrecognized(of: Option<usize>, words: &str) -> Fault {
    wrong(of, format!("unrecognized arguments: '{words}'"))
}

/// The number of the command that a word names or begins.
fn command(word: &str, tool: &Tool) -> Result<usize, Fault> {
    let names = || tool.commands.iter().map(|command| command.name.as_str());
    if let Some(number) = names().position(|name| name == word) {
        return Ok(number);
    }
    let mut begun: Vec<&str> = names().filter(|name| !word.is_empty() && name.starts_with(word)).collect();
    match begun.as_slice() {
        [one] => return names().position(|name| name == *one).ok_or_else(|| wrong(None, "too few arguments")),
        [] => {}
        _ => {
            begun.sort_unstable();
            return Err(wrong(None, format!("ambiguous command: {word} could match {}", begun.join(", "))));
        }
    }
    let quoted: Vec<String> = names().map(|name| format!("'{name}'")).collect();
    let message = format!("invalid choice: '{word}' (choose from {})", quoted.join(", "));
    let similar = closest(word, names().map(|name| (name, name))).into_iter().map(str::to_owned).collect();
    Err(Fault::Wrong { of: None, message, similar })
}

struct Reading<'a> {
    words: &'a [String],
    next: usize,
    /// Behind `--` nothing is an option or a command.
    is_separated: bool,
    /// The first complaint about something that was not given, kept until all is read.
    missing: Option<Fault>,
}

impl<'a> Reading<'a> {
    fn word(&self) -> Option<&'a str> {
        self.words.get(self.next).map(String::as_str)
    }

    fn rest(&self) -> &'a [String] {
        self.words.get(self.next..).unwrap_or_default()
    }

    /// Negative numbers are values.
    fn is_option(&self, word: &str) -> bool {
        let is_number = |word: &str| {
            word.strip_prefix('-')
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        };
        !self.is_separated && (word == "--" || word.starts_with('-') && word.contains(|c| c != '-') && !is_number(word))
    }

    /// Reads options up to the first other word, or to the end.
    fn options(&mut self, options: &Options, of: Option<usize>) -> Result<Vec<Given>, Fault> {
        let mut given = vec![Given::Nothing; options.all.len()];
        while let Some(word) = self.word() {
            if !self.is_option(word) {
                if self.is_separated && of.is_none() {
                    return Err(unrecognized(of, &self.rest().join(" ")));
                }
                break;
            }
            self.next += 1;
            if word == "--" {
                self.is_separated = true;
                continue;
            }
            let (flag, value) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
            match resolved(flag, options).map_err(|message| wrong(of, message))? {
                Some(number) => self.one(number, value, options, &mut given, of)?,
                None => self.letters(word, options, &mut given, of)?,
            }
        }
        if self.word().is_some() || of.is_some() {
            self.note_missing(options, &given, of);
        }
        Ok(given)
    }

    /// One option with what belongs to it.
    fn one(
        &mut self,
        number: usize,
        value: Option<&str>,
        options: &Options,
        given: &mut [Given],
        of: Option<usize>,
    ) -> Result<(), Fault> {
        let option = &options.all[number];
        let fault = |message: String| wrong(of, format!("argument {}: {message}", option.textual_name()));
        if let Some(other) = excluded(number, options, given) {
            return Err(fault(format!("not allowed with argument {}", other.textual_name())));
        }
        match (option.action, value) {
            (Action::Help | Action::Version | Action::Flag, Some(value)) => {
                return Err(fault(format!("ignore implicit argument '{value}'")));
            }
            (Action::Help, None) => return Err(Fault::Help { of }),
            (Action::Version, None) => return Err(Fault::Version),
            (Action::Flag, None) => given[number] = Given::Flag,
            (Action::Value(class), value) => {
                let value = value.or_else(|| self.value()).ok_or_else(|| fault("expected one argument".to_owned()))?;
                class.check(value).map_err(fault)?;
                given[number] = Given::Values(vec![value.to_owned()]);
            }
            (Action::Append(class), value) => {
                let value = value.or_else(|| self.value()).ok_or_else(|| fault("expected one argument".to_owned()))?;
                class.check(value).map_err(fault)?;
                match &mut given[number] {
                    Given::Values(values) => values.push(value.to_owned()),
                    given => *given = Given::Values(vec![value.to_owned()]),
                }
            }
            (Action::Values(class), value) => {
                let values: Vec<&str> = match value {
                    Some(value) => vec![value],
                    None => std::iter::from_fn(|| self.value()).collect(),
                };
                if values.is_empty() {
                    return Err(fault("expected 1 argument(s)".to_owned()));
                }
                values.iter().try_for_each(|value| class.check(value)).map_err(fault)?;
                given[number] = Given::Values(values.into_iter().map(str::to_owned).collect());
            }
        }
        Ok(())
    }

    /// The next word, unless it is an option.
    fn value(&mut self) -> Option<&'a str> {
        let word = self.word().filter(|word| !self.is_option(word))?;
        self.next += 1;
        Some(word)
    }

    /// Short options behind one dash; the first that takes a value has the rest of the word for one.
    fn letters(&mut self, word: &str, options: &Options, given: &mut [Given], of: Option<usize>) -> Result<(), Fault> {
        let unknown = || {
            let body = word.trim_start_matches('-');
            let flags = options.all.iter().flat_map(|option| &option.flags);
            let names =
                flags.map(|flag| (flag.as_str(), flag.trim_start_matches('-'))).filter(|(_, name)| name.len() > 1);
            let similar = if body.len() > 1 { closest(body, names) } else { Vec::new() };
            let message = format!("unrecognized arguments: '{word}'");
            Fault::Wrong { of, message, similar: similar.into_iter().map(str::to_owned).collect() }
        };
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')).ok_or_else(unknown)?;
        for (at, letter) in letters.char_indices() {
            let flag = format!("-{letter}");
            let number = options.all.iter().position(|option| option.flags.contains(&flag)).ok_or_else(unknown)?;
            let rest = &letters[at + letter.len_utf8()..];
            let takes_values = options.all[number].takes_values();
            self.one(number, Some(rest).filter(|rest| takes_values && !rest.is_empty()), options, given, of)?;
            if takes_values {
                break;
            }
        }
        Ok(())
    }

    fn note_missing(&mut self, options: &Options, given: &[Given], of: Option<usize>) {
        let is_missing = |(option, given): &(&Opt, &Given)| option.is_required && **given == Given::Nothing;
        let last = options.all.iter().zip(given).rfind(is_missing);
        let missing = last.map(|(option, _)| format!("argument {} is required", option.textual_name()));
        let message = missing.or_else(|| missing_group(options, given));
        if let (None, Some(message)) = (&self.missing, message) {
            self.missing = Some(wrong(of, message));
        }
    }
}

/// The option that a flag names or begins; a message if it begins several.
fn resolved(flag: &str, options: &Options) -> Result<Option<usize>, String> {
    let flags =
        || options.all.iter().enumerate().flat_map(|(n, option)| option.flags.iter().map(move |flag| (n, flag)));
    if let Some((number, _)) = flags().find(|(_, known)| *known == flag) {
        return Ok(Some(number));
    }
    let mut begun: Vec<(usize, &String)> = flags().filter(|(_, known)| known.starts_with(flag)).collect();
    match begun.as_slice() {
        [] => Ok(None),
        [(number, _)] => Ok(Some(*number)),
        _ => {
            begun.sort_by_key(|(_, known)| *known);
            let known: Vec<&str> = begun.iter().map(|(_, known)| known.as_str()).collect();
            Err(format!("ambiguous option: {flag} could match {}", known.join(", ")))
        }
    }
}

/// Another option of the same group that was given already.
fn excluded<'a>(number: usize, options: &'a Options, given: &[Given]) -> Option<&'a Opt> {
    let group = options.all[number].group.filter(|group| options.groups[*group].is_exclusive)?;
    let others = options.all.iter().zip(given).enumerate();
    let mut others = others.filter(|(other, (_, given))| *other != number && **given != Given::Nothing);
    others.find(|(_, (option, _))| option.group == Some(group)).map(|(_, (option, _))| option)
}

/// The complaint about a group of which one has to be given.
fn missing_group(options: &Options, given: &[Given]) -> Option<String> {
    let of = |group: usize| options.all.iter().zip(given).filter(move |(option, _)| option.group == Some(group));
    let is_missing = |group: &usize| of(*group).all(|(_, given)| *given == Given::Nothing);
    let mut required = (0..options.groups.len()).filter(|group| options.groups[*group].is_required);
    let group = required.rfind(is_missing)?;
    let names: String = of(group).map(|(option, _)| format!("{} ", option.textual_name())).collect();
    Some(format!("one of the arguments {names}is required"))
}

impl Type {
    /// Java's complaint about a value that it cannot read.
    fn check(self, value: &str) -> Result<(), String> {
        let (name, fault) = match self {
            Type::String => return Ok(()),
            Type::Short => ("Short", value.parse::<i16>().err().map(|_| short_fault(value))),
            Type::Integer => ("Integer", value.parse::<i32>().err().map(|_| input_fault(value))),
            Type::Long => ("Long", value.parse::<i64>().err().map(|_| input_fault(value))),
        };
        fault.map_or(Ok(()), |fault| Err(format!("could not convert '{value}' to {name} ({fault})")))
    }
}

fn input_fault(value: &str) -> String {
    format!("For input string: \"{value}\"")
}

/// Java reads an Integer first.
fn short_fault(value: &str) -> String {
    match value.parse::<i32>() {
        Ok(_) => format!("Value out of range. Value:\"{value}\" Radix:10"),
        Err(_) => input_fault(value),
    }
}

//! The two texts of argparse4j: usage with an error below it, and help.

use super::justified::justified;
use super::{Action, Opt, Options, Tool};

const WIDTH: usize = 75;
/// The heading of commands that have none of their own; they stand before the options then.
const POSITIONAL: &str = "positional arguments";
/// Where the words about an option begin, and the longest title that leaves room for them on its line.
const HELP_COLUMN: usize = 25;
const LONGEST_TITLE: usize = 21;
/// A program's name that is longer gets a line of its own.
const LONGEST_PROGRAM: usize = 30;

/// What stands on stderr when the words are wrong: the usage of the command that was reached, and why.
pub fn error(tool: &Tool, of: Option<usize>, message: &str, similar: &[String]) -> String {
    let line = format!("{}: error: {message}\n", tool.main.prog);
    let mut text = usage(tool, of) + &justified(&line, WIDTH, 0, "");
    if !similar.is_empty() {
        text.push_str("\nDid you mean:\n");
        similar.iter().for_each(|name| text.push_str(&format!("\t{name}\n")));
    }
    text
}

/// The usage line, broken between options.
fn usage(tool: &Tool, of: Option<usize>) -> String {
    let program = format!("usage: {}", tool.main.prog);
    let (mut text, indent) = match program.len() {
        width if width > LONGEST_PROGRAM => (format!("{program}\n      "), 6),
        width => (program, width),
    };
    let mut column = indent;
    for (number, piece) in usage_pieces(tool, of).iter().enumerate() {
        if number > 0 && column + piece.len() + 1 > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        }
        text.push(' ');
        text.push_str(piece);
        column += 1 + piece.len();
    }
    text + "\n"
}

/// Of the options before a command only those are shown that it cannot do without.
fn usage_pieces(tool: &Tool, of: Option<usize>) -> Vec<String> {
    match of.and_then(|number| tool.commands.get(number)) {
        None => {
            let mut pieces = option_pieces(&tool.options);
            pieces.extend([tool.main.metavar.to_owned(), "...".to_owned()]);
            pieces
        }
        Some(command) => {
            let required = tool.options.all.iter().filter(|option| option.is_required);
            let mut pieces: Vec<String> = required.map(short_syntax).collect();
            pieces.push(command.name.clone());
            pieces.extend(option_pieces(&command.options));
            pieces
        }
    }
}

fn option_pieces(options: &Options) -> Vec<String> {
    let is_exclusive = |option: &&Opt| option.group.is_some_and(|group| options.groups[group].is_exclusive);
    let mut pieces: Vec<String> = options.all.iter().filter(|option| !is_exclusive(option)).map(short_syntax).collect();
    for (number, group) in options.groups.iter().enumerate().filter(|(_, group)| group.is_exclusive) {
        let (open, close) = if group.is_required { ("(", ")") } else { ("[", "]") };
        let of_group = options.all.iter().filter(|option| option.group == Some(number)).map(bare_syntax);
        let joined = of_group.collect::<Vec<_>>().join("\n|\n");
        pieces.extend(format!("{open}{joined}{close}").split('\n').map(str::to_owned));
    }
    pieces
}

fn short_syntax(option: &Opt) -> String {
    let bare = bare_syntax(option);
    if option.is_required { bare } else { format!("[{bare}]") }
}

fn bare_syntax(option: &Opt) -> String {
    with_metavar(&option.flags[0], option)
}

fn with_metavar(flag: &str, option: &Opt) -> String {
    let metavar = &option.metavar;
    match option.action {
        Action::Value(_) | Action::Append(_) => format!("{flag} {metavar}"),
        Action::Values(_) => format!("{flag} {metavar} [{metavar} ...]"),
        _ => flag.to_owned(),
    }
}

pub fn help(tool: &Tool, of: Option<usize>) -> String {
    let command = of.and_then(|number| tool.commands.get(number));
    let options = command.map_or(&tool.options, |command| &command.options);
    let mut text = usage(tool, of);
    if !options.description.is_empty() {
        text.push_str(&format!("\n{}\n", justified(&options.description, WIDTH, 0, "")));
    }
    let is_positional = tool.main.commands == POSITIONAL;
    if command.is_none() && is_positional {
        text.push_str(&commands(tool));
    }
    text.push_str("\noptional arguments:\n");
    let is_titled = |option: &&Opt| option.group.is_some_and(|group| !options.groups[group].title.is_empty());
    text.extend(options.all.iter().filter(|option| !is_titled(option)).map(option_help));
    if command.is_none() && !is_positional {
        text.push_str(&commands(tool));
    }
    for (number, group) in options.groups.iter().enumerate().filter(|(_, group)| !group.title.is_empty()) {
        text.push_str(&format!("\n{}:\n", group.title));
        text.extend(options.all.iter().filter(|option| option.group == Some(number)).map(option_help));
    }
    text
}

fn commands(tool: &Tool) -> String {
    let entries = tool.commands.iter().map(|command| entry(&format!("  {}", command.name), &command.summary));
    format!("\n{}:\n{}{}", tool.main.commands, entry(tool.main.metavar, ""), entries.collect::<String>())
}

fn option_help(option: &Opt) -> String {
    let title: Vec<String> = option.flags.iter().map(|flag| with_metavar(flag, option)).collect();
    entry(&title.join(", "), &option.help)
}

/// A title and the words about it, beside it or below.
fn entry(title: &str, words: &str) -> String {
    if words.is_empty() {
        return format!("  {title}\n");
    }
    let indent = " ".repeat(HELP_COLUMN);
    let words = justified(words, WIDTH, HELP_COLUMN, &indent);
    match title.chars().count() {
        width if width <= LONGEST_TITLE => format!("{:<HELP_COLUMN$}{words}\n", format!("  {title}")),
        _ => format!("  {title}\n{indent}{words}\n"),
    }
}

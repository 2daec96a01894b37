//! The table of options below a usage error, in the layout of JOpt Simple's help formatter and in our own words.
//!
//! 80 columns, two of them between the halves, each half as wide as its widest text and at most 39; lines that go on are
//! indented by two.

use std::any::TypeId;

use clap::{Arg, ArgAction};

use super::LateInteger;
use super::jopt::insists;
use crate::cli::is_own;

const HALF: usize = 39;
const INDENT: &str = "  ";

/// The table of a command's options, without kavka's own, by name.
pub fn usage_table(command: &clap::Command) -> String {
    let arguments = command.get_arguments().filter(|arg| !is_own(arg));
    let arguments: Vec<&Arg> = arguments.collect();
    let arguments_required = arguments.iter().any(|arg| insists(command, arg));
    let mut rows: Vec<(String, String)> =
        arguments.into_iter().filter_map(|arg| row(arg, insists(command, arg))).collect();
    rows.push(("--help".to_owned(), "Print this table.".to_owned()));
    rows.push(("--version".to_owned(), "Print the version of Kafka.".to_owned()));
    table_of(rows, arguments_required)
}

/// The table of a program that shows nothing but its own options.
pub fn bare_table(command: &clap::Command) -> String {
    table_of(command.get_arguments().filter_map(|arg| row(arg, false)).collect(), false)
}

fn table_of(mut rows: Vec<(String, String)>, arguments_required: bool) -> String {
    rows.sort_by(|(a, _), (b, _)| a.trim_start_matches("* ").cmp(b.trim_start_matches("* ")));
    let (heading, dashes) = match arguments_required {
        true => ("Option (* = required)", "---------------------"),
        false => ("Option", "------"),
    };
    let widest = |text: fn(&(String, String)) -> &str, heading: &str| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0).max(heading.len()).min(HALF)
    };
    let widths = (widest(|row| &row.0, heading), widest(|row| &row.1, "Description"));
    let mut table = line(heading, "Description", widths) + &line(dashes, "-----------", widths);
    for (option, description) in &rows {
        table.push_str(&lines(option, description, widths));
    }
    table
}

fn row(arg: &Arg, is_required: bool) -> Option<(String, String)> {
    let name = arg.get_long()?;
    let value = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string).unwrap_or_default();
    let is_optional = arg.get_num_args().is_some_and(|count| count.min_values() == 0);
    let takes_values = arg.get_action().takes_values() && arg.get_num_args().is_none_or(|n| n.max_values() > 0);
    let option = match (takes_values, is_optional) {
        (false, _) => format!("--{name}"),
        (true, false) if value.is_empty() => format!("--{name} <{}>", java_type(arg)),
        (true, false) => format!("--{name} <{}: {value}>", java_type(arg)),
        (true, true) => format!("--{name} [{}: {value}]", java_type(arg)),
    };
    let option = if is_required { format!("* {option}") } else { option };
    let mut description = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if !description.is_empty() && !description.ends_with('.') {
        description.push('.');
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() && !matches!(arg.get_action(), ArgAction::SetTrue) {
        description.push_str(&format!(" (default: {})", defaults.join(",")));
    }
    Some((option, description))
}

/// The Java class that JOpt shows for an option's value.
fn java_type(arg: &Arg) -> &'static str {
    let id = arg.get_value_parser().type_id();
    if [TypeId::of::<i32>(), TypeId::of::<u32>(), TypeId::of::<LateInteger>()].iter().any(|integer| id == *integer) {
        "Integer"
    } else if id == TypeId::of::<i64>() || id == TypeId::of::<u64>() {
        "Long"
    } else {
        "String"
    }
}

fn lines(option: &str, description: &str, widths: (usize, usize)) -> String {
    let (left, right) = (pieces(option, widths.0), pieces(description, widths.1));
    let piece = |pieces: &[String], index: usize| pieces.get(index).cloned().unwrap_or_default();
    (0..left.len().max(right.len())).map(|index| line(&piece(&left, index), &piece(&right, index), widths)).collect()
}

fn line(left: &str, right: &str, (left_width, right_width): (usize, usize)) -> String {
    format!("{left:<left_width$}  {right:<right_width$}\n")
}

/// Breaks a text behind blanks.
fn pieces(text: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for word in text.split_inclusive(' ') {
        if piece.chars().count() + word.trim_end().chars().count() > width && !piece.trim().is_empty() {
            pieces.push(piece.trim_end().to_owned());
            piece = INDENT.to_owned();
        }
        piece.push_str(word);
    }
    pieces.push(piece.trim_end().to_owned());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_wrapped_and_padded() {
        let command = clap::Command::new("tool")
            .arg(Arg::new("list").long("list").action(ArgAction::SetTrue).help("List all topics"))
            .arg(
                Arg::new("partitions")
                    .long("partitions")
                    .value_name("a rather long name of the value")
                    .value_parser(clap::value_parser!(i32))
                    .default_value("3")
                    .help("Number of partitions of the topic that is created"),
            );
        let table = usage_table(&command);
        let expected = [
            "Option                                   Description                            ",
            "------                                   -----------                            ",
            "--help                                   Print this table.                      ",
            "--list                                   List all topics.                       ",
            "--partitions <Integer: a rather long     Number of partitions of the topic that ",
            "  name of the value>                       is created. (default: 3)             ",
            "--version                                Print the version of Kafka.            ",
        ];
        assert_eq!(table.lines().collect::<Vec<_>>(), expected);
    }
}

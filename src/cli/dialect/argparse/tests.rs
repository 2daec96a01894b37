//! The rules of argparse4j one by one, each as the library decides it (recorded from version 0.7.0).

use crate::cli::OWN_OPTIONS;
use std::ffi::OsString;

use super::*;

const MAIN: Main = Main {
    prog: "tool.sh",
    options: &[MainOption { name: "server", metavar: "host:port", is_required: true }],
    version: Some("1.2"),
    commands: "commands",
    metavar: "COMMAND",
    one_of: &[],
    help_code: 0,
    words_from_files: false,
};

fn tool() -> Tool {
    let option = |name: &'static str| Arg::new(name).long(name);
    let number = |name: &'static str| option(name).value_parser(clap::value_parser!(i32));
    let command = clap::Command::new("tool")
        .about("What the tool is for.")
        .arg(option("server").help("Where it is"))
        .subcommand(
            clap::Command::new("set")
                .about("set things")
                .arg(option("topic").required(true))
                .arg(number("partition").required(true).short('p'))
                .arg(number("part-two"))
                .arg(option("short").value_parser(clap::value_parser!(i16)))
                .arg(option("dry").action(ArgAction::SetTrue))
                .arg(option("names").num_args(1..))
                .arg(option("yes").action(ArgAction::SetTrue).help_heading(OWN_OPTIONS)),
        )
        .subcommand(
            clap::Command::new("choose")
                .arg(option("left"))
                .arg(option("right").short('r'))
                .group(clap::ArgGroup::new("side").args(["left", "right"]).required(true))
                .arg(option("apart").help_heading("Apart")),
        )
        .subcommand(clap::Command::new("set-all").visible_alias("setEverything"));
    tool_of(&MAIN, &command)
}

fn parsed(line: &str) -> Result<String, Fault> {
    let words = line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
    let read = read(words, &tool())?;
    Ok(read.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" "))
}

fn message(line: &str) -> String {
    match parsed(line).unwrap_err() {
        Fault::Wrong { message, .. } => message,
        other => format!("{other:?}"),
    }
}

const SET: &str = "--server a:1 set --topic t --partition 0";

#[test]
fn values_stand_behind_a_blank_an_equals_sign_or_a_letter() {
    let expected = "set --server=a:1 --topic=t --partition=5";
    for line in [
        "--server a:1 set --topic t --partition 5",
        "--server=a:1 set --topic=t --partition=5",
        "--server a:1 set --topic t -p5",
        "--server a:1 set --topic t -p 5",
        "--server a:1 set --partition 5 --topic t",
    ] {
        assert_eq!(parsed(line).unwrap(), expected, "{line}");
    }
    assert_eq!(parsed("--server a:1 set --topic= -p -5").unwrap(), "set --server=a:1 --topic= --partition=-5");
}

#[test]
fn of_several_values_the_last_counts() {
    assert_eq!(parsed(&format!("{SET} -p 1 -p 2")).unwrap(), "set --server=a:1 --topic=t --partition=2");
}

#[test]
fn names_may_be_abbreviated_as_long_as_it_is_clear() {
    assert_eq!(parsed("--s a:1 set --to t --parti 0").unwrap(), "set --server=a:1 --topic=t --partition=0");
    assert_eq!(message(&format!("{SET} --par 1")), "ambiguous option: --par could match --part-two, --partition");
    assert_eq!(parsed("--server a:1 setE").unwrap(), "set-all --server=a:1");
    assert_eq!(message("--server a:1 se"), "ambiguous command: se could match set, setEverything");
}

#[test]
fn an_option_that_wants_a_value_takes_no_option_for_one() {
    assert_eq!(message("--server --topic set"), "argument --server: expected one argument");
    assert_eq!(message("--server"), "argument --server: expected one argument");
    assert_eq!(message(&format!("{SET} --topic --")), "argument --topic: expected one argument");
}

#[test]
fn values_of_the_wrong_type_are_told_in_javas_words() {
    let fault = |words: &str| message(&format!("{SET} {words}"));
    assert_eq!(fault("-p x"), "argument --partition/-p: could not convert 'x' to Integer (For input string: \"x\")");
    assert_eq!(
        fault("--short 70000"),
        "argument --short: could not convert '70000' to Short (Value out of range. Value:\"70000\" Radix:10)"
    );
    assert_eq!(fault("--short="), "argument --short: could not convert '' to Short (For input string: \"\")");
}

#[test]
fn a_flag_takes_no_value_and_a_list_all_that_follow() {
    assert!(parsed(&format!("{SET} --dry")).unwrap().ends_with("--dry"));
    assert_eq!(message(&format!("{SET} --dry=1")), "argument --dry: ignore implicit argument '1'");
    assert!(parsed(&format!("{SET} --names a b --dry")).unwrap().ends_with("--dry --names=a --names=b"));
    assert_eq!(message(&format!("{SET} --names --dry")), "argument --names: expected 1 argument(s)");
}

#[test]
fn of_a_group_one_has_to_be_given_and_no_more() {
    assert_eq!(message("--server a:1 choose"), "one of the arguments --left --right/-r is required");
    let both = "argument --left: not allowed with argument --right/-r";
    assert_eq!(message("--server a:1 choose -r 1 --left 2"), both);
    assert_eq!(parsed("--server a:1 choose -r 1 -r 2").unwrap(), "choose --server=a:1 --right=2");
}

#[test]
fn what_is_missing_before_the_command_is_told_when_all_behind_it_could_be_read() {
    assert_eq!(message("set --topic t -p 0"), "argument --server is required");
    assert_eq!(message("set"), "argument --server is required");
    assert_eq!(message("set --frob"), "unrecognized arguments: '--frob'");
    assert_eq!(message("--server a:1 set"), "argument --partition/-p is required");
    assert_eq!(message("--server a:1"), "too few arguments");
    assert_eq!(message(""), "too few arguments");
}

#[test]
fn options_belong_to_their_side_of_the_command() {
    assert_eq!(message("--topic t set"), "unrecognized arguments: '--topic'");
    assert_eq!(message(&format!("{SET} --server b:1")), "unrecognized arguments: '--server'");
    assert_eq!(message(&format!("{SET} --yes")), "unrecognized arguments: '--yes'");
}

#[test]
fn stray_words_and_words_behind_two_dashes_are_refused() {
    assert_eq!(message(&format!("{SET} stray words")), "unrecognized arguments: 'stray words'");
    assert_eq!(message(&format!("{SET} -- --dry")), "unrecognized arguments: '--dry'");
    assert_eq!(message("-- set"), "unrecognized arguments: 'set'");
    let choice = "invalid choice: 'frob' (choose from 'set', 'choose', 'setEverything')";
    assert_eq!(message("--server a:1 frob"), choice);
}

#[test]
fn help_and_version_come_as_soon_as_they_are_read() {
    assert_eq!(parsed("-v --frob"), Err(Fault::Version));
    assert_eq!(parsed("-vh"), Err(Fault::Version));
    assert_eq!(parsed("-hv"), Err(Fault::Help { of: None }));
    assert_eq!(parsed("set --topic t -h"), Err(Fault::Help { of: Some(0) }));
    assert_eq!(message("--frob -h"), "unrecognized arguments: '--frob'");
}

#[test]
fn a_name_that_is_nearly_right_is_proposed() {
    let Err(Fault::Wrong { similar, .. }) = parsed(&format!("{SET} --topci t")) else { panic!("it is wrong") };
    assert_eq!(similar, ["--topic"]);
}

#[test]
fn an_error_stands_below_the_usage_of_what_was_reached() {
    let told = |line: &str| parsed(line).unwrap_err().ending(&tool()).stderr;
    assert_eq!(
        told("frob"),
        "usage: tool.sh [-h] [-v] --server host:port COMMAND ...\n\
         tool.sh: error:  invalid  choice:  'frob'  (choose  from  'set',  'choose',\n\
         'setEverything')\n"
    );
    assert_eq!(
        told("--server a:1 choose"),
        "usage: tool.sh --server host:port choose [-h] [--apart APART] (--left LEFT\n\
        \x20              | --right RIGHT)\n\
         tool.sh: error: one of the arguments --left --right/-r is required\n"
    );
}

#[test]
fn help_has_a_section_for_every_kind() {
    let ending = parsed("-h").unwrap_err().ending(&tool());
    assert_eq!(
        ending.stdout,
        "usage: tool.sh [-h] [-v] --server host:port COMMAND ...\n\
         \n\
         What the tool is for.\n\
         \n\
         optional arguments:\n\
        \x20 -h, --help             Print this text.\n\
        \x20 -v, --version          Print the version of Kafka.\n\
        \x20 --server host:port     Where it is\n\
         \n\
         commands:\n\
        \x20 COMMAND\n\
        \x20   set                  set things\n\
        \x20   choose\n\
        \x20   setEverything\n"
    );
    assert_eq!((ending.stderr.as_str(), ending.code), ("", 0));
    let choose = parsed("choose --help").unwrap_err().ending(&tool()).stdout;
    assert!(choose.ends_with("\nApart:\n  --apart APART\n"), "{choose}");
}

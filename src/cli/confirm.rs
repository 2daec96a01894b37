//! Asking before something is lost.
//!
//! A command that destroys something says what in a [`Deed`], and asks through [`Invocation::confirm`], the only place that
//! decides who is asked: a person at a terminal types the answer; where nobody can be asked, only `--yes` lets it through.
//! Apache's tools ask nothing, so their dialect does not either.

use std::io::{self, IsTerminal};

use anyhow::Context;
use tokio::sync::oneshot;

use super::failure::{Failure, Kind};
use super::{Invocation, OWN_OPTIONS};

/// The options of every command that changes something and may destroy by it; flattened into its arguments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::Args)]
pub struct ChangeArgs {
    /// Show what would be done, and change nothing.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub dry_run: bool,

    #[command(flatten)]
    pub confirmed: YesArgs,
}

/// `--yes` alone, for commands whose `--dry-run` is Apache's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::Args)]
pub struct YesArgs {
    /// Do it without being asked, where something would be lost or a profile wants to be asked.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub yes: bool,
}

/// What is about to be done, and what is lost by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deed {
    what: String,
    lost: Vec<String>,
}

/// So many losses are listed; the rest is counted.
const LISTED: usize = 20;

impl Deed {
    /// `what` is an order, such as "delete 2 topics".
    pub fn new(what: impl Into<String>) -> Deed {
        Deed { what: what.into(), lost: Vec::new() }
    }

    /// Adds what is lost, a line for each thing: its name, and how much it holds.
    #[must_use]
    pub fn losing(mut self, lost: impl IntoIterator<Item = String>) -> Deed {
        self.lost.extend(lost);
        self
    }

    fn question(&self) -> String {
        let mut text = match self.lost.len() {
            0 => format!("About to {}.\n", self.what),
            _ => format!("About to {}. This is lost for good:\n", self.what),
        };
        text.extend(self.lost.iter().take(LISTED).map(|line| format!("  {line}\n")));
        if let Some(more) = self.lost.len().checked_sub(LISTED).filter(|more| *more > 0) {
            text.push_str(&format!("  and {more} more\n"));
        }
        text + "Type yes to go on: "
    }

    fn refusal(&self, words: &[String]) -> Failure {
        let what = match self.lost.as_slice() {
            [] => self.what.clone(),
            [one] => format!("{} ({one} would be lost)", self.what),
            several => format!("{} ({} would be lost)", self.what, few(several)),
        };
        let why = "nobody has confirmed it, and there is no terminal to ask at";
        Failure::new(Kind::Refused, format!("refused to {what}: {why}")).hint(how_to_confirm(words))
    }
}

/// The first of a list, for a line of text.
fn few(lines: &[String]) -> String {
    match lines {
        [first, second] => format!("{first}; {second}"),
        [first, second, rest @ ..] => format!("{first}; {second}; and {} more", rest.len()),
        _ => lines.concat(),
    }
}

/// The command line that goes through; one that holds a secret is not repeated.
fn how_to_confirm(words: &[String]) -> String {
    let is_secret = |word: &String| ["password", "secret", "jaas"].iter().any(|mark| word.contains(mark));
    if words.is_empty() || words.iter().any(is_secret) {
        return "add --yes to do it without being asked".to_owned();
    }
    let line: Vec<String> = words.iter().map(|word| for_a_shell(word)).collect();
    format!("to do it without being asked: kavka {} --yes", line.join(" "))
}

fn for_a_shell(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl Invocation {
    /// Goes on only if it is confirmed: by `--yes`, or by a person. The deed is worked out when somebody has to be told.
    pub fn confirm(&self, yes: bool, deed: impl FnOnce() -> anyhow::Result<Deed>) -> anyhow::Result<()> {
        if yes || self.dialect.is_apache() {
            return Ok(());
        }
        let deed = deed()?;
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(deed.refusal(&self.words).into());
        }
        self.output.ask(&deed.question());
        if is_yes(&self.block_on(answer())?) {
            return Ok(());
        }
        Err(Failure::new(Kind::Refused, "not confirmed, so nothing was changed").into())
    }
}

/// The line that is typed. It is read on a thread of its own, so that Ctrl-C ends the question.
async fn answer() -> anyhow::Result<String> {
    let (typed, answer) = oneshot::channel();
    let read = move || {
        let mut line = String::new();
        let _ = typed.send(io::stdin().read_line(&mut line).map(|_| line));
    };
    std::thread::Builder::new().name("question".to_owned()).spawn(read).context("cannot ask")?;
    Ok(answer.await??)
}

/// A single letter is typed too easily.
fn is_yes(answer: &str) -> bool {
    answer.trim().eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn only_the_whole_word_confirms() {
        assert!(is_yes("yes\n") && is_yes(" YES \r\n"));
        assert!(!is_yes("\n") && !is_yes("y\n") && !is_yes("no") && !is_yes("yes please") && !is_yes(""));
    }

    #[test]
    fn the_question_names_what_is_lost_and_counts_what_is_too_much_to_list() {
        let deed = Deed::new("delete 2 topics").losing(["a: 5 records".to_owned(), "b: 0 records".to_owned()]);
        assert_eq!(
            deed.question(),
            "About to delete 2 topics. This is lost for good:\n  a: 5 records\n  b: 0 records\nType yes to go on: "
        );
        let many = Deed::new("delete 25 topics").losing((0..25).map(|n| n.to_string())).question();
        assert!(many.contains("\n  19\n  and 5 more\n"), "{many}");
        assert_eq!(Deed::new("go").question(), "About to go.\nType yes to go on: ");
    }

    #[test]
    fn a_refusal_gives_the_command_line_that_goes_through() {
        let deed = Deed::new("delete topic a").losing(["a: 5 records".to_owned()]);
        let refusal = deed.refusal(&words("topics --delete --topic a|b"));
        assert_eq!(refusal.kind, Kind::Refused);
        assert_eq!(
            refusal.messages,
            [
                "refused to delete topic a (a: 5 records would be lost): nobody has confirmed it, and there is no terminal to \
              ask at"
            ]
        );
        assert_eq!(refusal.hints, ["to do it without being asked: kavka topics --delete --topic 'a|b' --yes"]);
    }

    #[test]
    fn words_reach_the_shell_as_they_were_and_secrets_are_not_repeated() {
        assert_eq!(for_a_shell("it's"), r"'it'\''s'");
        assert_eq!(for_a_shell(""), "''");
        let secret = how_to_confirm(&words("configs --alter --add-config SCRAM-SHA-256=[password=x]"));
        assert_eq!(secret, "add --yes to do it without being asked");
    }
}

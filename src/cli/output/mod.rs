//! The only code that prints.
//!
//! [`Output`] is the door: results go to stdout, everything said about them to stderr. A reader that leaves early is
//! an `io::Error` of kind `BrokenPipe`, which ends the command with exit code 0. Colour is used on terminals only and
//! never when `NO_COLOR` is set.

pub mod fixed_columns;
mod format;
mod look;
pub mod quantities;
mod table;

use std::cell::RefCell;
use std::io::{self, BufWriter, IsTerminal, Write};

use clap::builder::StyledStr;

use super::dialect::Ending;
use super::failure::Failure;
pub use format::{OutputArgs, OutputFormat, Render, csv_line};
pub use look::{Look, size_of_terminal};
pub use table::Table;

/// Standard output and standard error of this process.
pub struct Output {
    stdout: RefCell<BufWriter<io::Stdout>>,
    colour: Colour,
}

/// On which stream colour may be used.
#[derive(Debug, Clone, Copy)]
struct Colour {
    stdout: bool,
    stderr: bool,
}

const BUFFER: usize = 64 * 1024;
const BOLD_RED: &str = "\x1b[1;31m";
const BOLD_YELLOW: &str = "\x1b[1;33m";
const BOLD_CYAN: &str = "\x1b[1;36m";
const PLAIN: &str = "\x1b[0m";

impl Output {
    pub fn for_process() -> Output {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colour =
            Colour { stdout: wanted && io::stdout().is_terminal(), stderr: wanted && io::stderr().is_terminal() };
        Output { stdout: RefCell::new(BufWriter::with_capacity(BUFFER, io::stdout())), colour }
    }

    /// How results may look where they go.
    pub fn look(&self) -> Look {
        Look { width: size_of_terminal().map(|(columns, _)| columns), colour: self.colour.stdout }
    }

    /// Adds text to stdout as it is.
    pub fn print(&self, text: &str) -> io::Result<()> {
        self.stdout.borrow_mut().write_all(text.as_bytes())
    }

    /// Adds one line to stdout.
    pub fn line(&self, text: &str) -> io::Result<()> {
        self.print(text)?;
        self.print("\n")
    }

    /// Lets a command write bytes to stdout; they stay in the buffer until [`Output::flush`] or until it is full.
    pub fn write<T>(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
        write(&mut *self.stdout.borrow_mut())
    }

    pub fn flush(&self) -> io::Result<()> {
        self.stdout.borrow_mut().flush()
    }

    /// Text of clap's, with its colours where they are wanted.
    pub(super) fn styled(&self, text: &StyledStr) -> io::Result<()> {
        self.print(&styled_text(text, self.colour.stdout))
    }

    pub(super) fn note_styled(&self, text: &StyledStr) {
        self.to_stderr(&styled_text(text, self.colour.stderr));
    }

    /// One line on stderr, for what is worth knowing but is no result.
    pub fn note(&self, text: &str) {
        self.to_stderr(&format!("{text}\n"));
    }

    /// A question on stderr, behind which the answer is typed.
    pub fn ask(&self, text: &str) {
        self.to_stderr(text);
    }

    /// `warning: …` on stderr.
    pub fn warning(&self, text: &str) {
        self.to_stderr(&format!("{} {text}\n", self.heading("warning:", BOLD_YELLOW)));
    }

    /// `error: …` for every message and `hint: …` for every hint, on stderr, after what was already printed.
    pub fn failure(&self, failure: &Failure) {
        let mut text = String::new();
        for message in &failure.messages {
            text.push_str(&format!("{} {message}\n", self.heading("error:", BOLD_RED)));
        }
        for hint in &failure.hints {
            text.push_str(&format!("{} {hint}\n", self.heading("hint:", BOLD_CYAN)));
        }
        self.to_stderr(&text);
    }

    /// What one of Apache's tools prints at its end.
    pub(super) fn ending(&self, ending: &Ending) -> io::Result<()> {
        self.print(&ending.stdout)?;
        self.flush()?;
        self.to_stderr(&ending.stderr);
        Ok(())
    }

    fn heading(&self, word: &str, colour: &str) -> String {
        if self.colour.stderr { format!("{colour}{word}{PLAIN}") } else { word.to_owned() }
    }

    /// Nobody can be told when stderr is gone, so its errors are dropped.
    fn to_stderr(&self, text: &str) {
        let _ = self.flush();
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn styled_text(text: &StyledStr, colour: bool) -> String {
    if colour { text.ansi().to_string() } else { text.to_string() }
}

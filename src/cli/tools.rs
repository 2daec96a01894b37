//! The names that people call us by: our own, and those of Apache Kafka's `bin/kafka-*.sh`.
//!
//! `kafka-topics`, `kafka-topics.sh`, a path or a link with such a name, and `kavka kafka-topics.sh …` are the same: the
//! tool of that name. The name decides the dialect, nothing else does.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// A tool of Apache Kafka that this program also is.
#[derive(Debug, PartialEq, Eq)]
pub struct Tool {
    /// The file's name in Kafka's `bin`, without `.sh`.
    pub name: &'static str,
    /// The command of ours that does its work.
    pub command: &'static str,
    pub grammar: Grammar,
}

/// Which of Apache's two argument parsers a tool uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// JOpt Simple 5.0.4.
    Jopt,
}

/// Whose flags, words, streams and exit codes are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Kavka,
    Apache(&'static Tool),
}

impl Dialect {
    pub fn is_apache(self) -> bool {
        matches!(self, Dialect::Apache(_))
    }
}

/// Every tool that is offered under Apache's name.
pub const TOOLS: &[Tool] = &[Tool { name: "kafka-topics", command: "topics", grammar: Grammar::Jopt }];

/// Finds the dialect and gives the words for clap, which start with our own name and command.
pub fn recognise(argv: Vec<OsString>) -> (Dialect, Vec<OsString>) {
    let mut words = argv.into_iter();
    let program = words.next().unwrap_or_default();
    let mut rest: Vec<OsString> = words.collect();
    let tool = tool_called(&program).or_else(|| {
        let tool = tool_called(rest.first()?)?;
        rest.remove(0);
        Some(tool)
    });
    let mut line = vec![OsString::from("kavka")];
    line.extend(tool.map(|tool| OsString::from(tool.command)));
    line.append(&mut rest);
    (tool.map_or(Dialect::Kavka, Dialect::Apache), line)
}

fn tool_called(name: &OsStr) -> Option<&'static Tool> {
    let name = Path::new(name).file_name()?.to_str()?;
    let name = name.strip_suffix(".sh").unwrap_or(name);
    TOOLS.iter().find(|tool| tool.name == name)
}

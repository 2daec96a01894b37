//! Calls of Apache's tools, as recorded from them in `apache/*.txt`, made of kavka under their names.
//!
//! The files say what stands for what (`record-apache` wrote them). `(trace)` is the one token that kavka does not
//! print: a Java stack trace is cut after its first line.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::broker::Broker;
use crate::{Printed, run};

/// One recorded call.
struct Call {
    line: String,
    stdin: String,
    expected: Printed,
}

/// Calls in which kavka differs on purpose, and why. One that does not differ any more fails the test.
const DIFFERENCES: &[(&str, &str)] = &[];

#[test]
fn usage_errors_help_and_version_are_apaches() {
    replay("usage.txt", None);
}

#[test]
fn topics_are_created_listed_described_altered_and_deleted_as_by_apaches_tool() {
    replay("topics.txt", Some(Broker::start()));
}

#[test]
fn groups_are_listed_described_reset_and_deleted_as_by_apaches_tool() {
    replay("groups.txt", Some(Broker::start()));
}

#[test]
fn configurations_are_described_and_altered_as_by_apaches_tool() {
    replay("configs.txt", Some(Broker::start()));
}

#[test]
fn records_are_written_and_read_as_by_apaches_console_tools() {
    replay("console.txt", Some(Broker::start()));
}

fn replay(file: &str, broker: Option<Broker>) {
    let home = tempfile::tempdir().unwrap();
    let home = broker.as_ref().map_or(home.path(), Broker::home);
    let server = broker.as_ref().map(|broker| broker.address.as_str());
    let mut faults = Vec::new();
    let calls = read(file);
    assert!(!calls.is_empty(), "{file} holds no call");
    for call in &calls {
        let printed = made(home, call, server);
        let differs = DIFFERENCES.iter().any(|(line, _)| *line == call.line);
        if (printed == call.expected) == differs {
            faults.push(format!("$ {}\n  recorded {:?}\n  printed  {printed:?}", call.line, call.expected));
        }
    }
    assert!(faults.is_empty(), "{} of {} calls in {file}:\n{}", faults.len(), calls.len(), faults.join("\n"));
}

fn made(home: &Path, call: &Call, server: Option<&str>) -> Printed {
    let line = server.map_or(call.line.clone(), |server| call.line.replace("SERVER", server));
    let words: Vec<&str> = line.split(' ').collect();
    let printed = run(home, &words, &call.stdin);
    Printed { stdout: readable(&printed.stdout, server), stderr: readable(&printed.stderr, server), ..printed }
}

static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]").unwrap());
static USAGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?ms)^Option +Description *\n.*").unwrap());
static TOPIC_ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"TopicId: [A-Za-z0-9_-]{22}\b").unwrap());

/// Puts the same tokens in place as the recording.
fn readable(text: &str, server: Option<&str>) -> String {
    let text = TIME.replace_all(text, "[(time)]");
    let text = USAGE.replace_all(&text, "(usage)\n");
    let text = TOPIC_ID.replace_all(&text, "TopicId: (id)").into_owned();
    server.map_or(text.clone(), |server| text.replace(server, "SERVER"))
}

fn read(file: &str) -> Vec<Call> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/apache").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut calls: Vec<Call> = Vec::new();
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("$ ") {
            let expected = Printed { stdout: String::new(), stderr: String::new(), code: None };
            calls.push(Call { line: line.to_owned(), stdin: String::new(), expected });
        } else if let Some(call) = calls.last_mut() {
            add(call, line);
        }
    }
    calls
}

/// The recording drops blanks only where nothing else is on the line.
fn add(call: &mut Call, line: &str) {
    match (line.get(..2), line.get(3..).unwrap_or_default()) {
        (Some("0>"), text) => call.stdin.push_str(&format!("{text}\n")),
        (Some("1>"), text) => call.expected.stdout.push_str(&format!("{text}\n")),
        (Some("2>"), "(trace)") => {}
        (Some("2>"), text) => call.expected.stderr.push_str(&format!("{text}\n")),
        _ => {
            if let Some(code) = line.strip_prefix("exit ") {
                call.expected.code = Some(code.parse().unwrap());
            }
        }
    }
}

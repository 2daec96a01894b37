//! The files of `apache/`: calls of Apache's tools and what they printed, recorded by `tests/parity/run`.
//!
//! `tests/parity/table.py` is the other reader, and tells the format.

use std::path::{Path, PathBuf};

/// What a call printed, and how it ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub code: Option<i32>,
}

/// A call, or a step of the set-up.
#[derive(Debug)]
pub struct Step {
    pub is_call: bool,
    /// The lines come in a hash table's order.
    pub unordered: bool,
    pub line: String,
    pub stdin: Vec<u8>,
    pub recorded: Outcome,
}

impl Step {
    /// The words of the line, SERVER replaced.
    pub fn words(&self, server: &str) -> Vec<String> {
        words(&self.line).into_iter().map(|word| word.replace("SERVER", server)).collect()
    }
}

/// One file.
pub struct Table {
    pub name: String,
    pub steps: Vec<Step>,
}

impl Table {
    pub fn needs_broker(&self) -> bool {
        self.steps.iter().any(|step| step.line.contains("SERVER"))
    }

    /// What `% needs` names.
    pub fn needs(&self) -> Option<&str> {
        self.steps.iter().find_map(|step| step.line.strip_prefix("needs ").filter(|_| !step.is_call))
    }
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/apache")
}

pub fn tables() -> Vec<Table> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    paths.iter().map(|path| table(path)).collect()
}

fn table(path: &Path) -> Table {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut steps: Vec<Step> = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
        match (mark, steps.last_mut()) {
            ("$" | "$~" | "%", _) => steps.push(Step {
                is_call: mark != "%",
                unordered: mark == "$~",
                line: text.to_owned(),
                stdin: Vec::new(),
                recorded: Outcome::default(),
            }),
            ("" | "#", _) => {}
            ("0>" | "0$", Some(step)) => step.stdin.extend(content(mark, text)),
            ("1>" | "1$", Some(step)) => step.recorded.stdout.extend(content(mark, text)),
            ("2>" | "2$", Some(step)) => step.recorded.stderr.extend(content(mark, text)),
            ("exit", Some(step)) => step.recorded.code = Some(text.parse().unwrap()),
            _ => panic!("{name}: not a line of this format: {line}"),
        }
    }
    assert!(steps.iter().any(|step| step.is_call), "{name} holds no call");
    Table { name, steps }
}

fn content(mark: &str, text: &str) -> Vec<u8> {
    if mark.ends_with('$') { unescaped(text) } else { format!("{text}\n").into_bytes() }
}

/// Splits as a shell does, of which it knows blanks, '…', "…" and $'…'.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches(' ');
    while !rest.is_empty() {
        let mut word = String::new();
        while !rest.is_empty() && !rest.starts_with(' ') {
            rest = part(rest, &mut word);
        }
        words.push(word);
        rest = rest.trim_start_matches(' ');
    }
    words
}

/// Takes a quoted part or one character; returns what is left.
fn part<'a>(rest: &'a str, word: &mut String) -> &'a str {
    if let Some(quoted) = rest.strip_prefix("$'") {
        let end = quoted.match_indices('\'').map(|(at, _)| at).find(|at| !escaped(&quoted[..*at])).expect(rest);
        word.push_str(std::str::from_utf8(&unescaped(&quoted[..end])).expect("an argument that is text"));
        return &quoted[end + 1..];
    }
    for quote in ['\'', '"'] {
        if let Some(quoted) = rest.strip_prefix(quote) {
            let (inside, left) = quoted.split_once(quote).expect(rest);
            word.push_str(inside);
            return left;
        }
    }
    let first = rest.chars().next().unwrap();
    word.push(first);
    &rest[first.len_utf8()..]
}

/// Whether an odd number of backslashes stands at the end.
fn escaped(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next().expect(text) {
                b't' => b'\t',
                b'n' => b'\n',
                b'r' => b'\r',
                b'x' => {
                    let digits = [rest.next().expect(text), rest.next().expect(text)];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).expect(text)
                }
                other => other,
            },
            plain => plain,
        });
    }
    bytes
}

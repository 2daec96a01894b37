//! The rules and the reasons that `tests/parity/run` compares by, for the recordings: `tests/parity/{rules,differences}.txt`.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::table::Outcome;

struct Rule {
    find: Regex,
    put: String,
    /// Kavka has nothing in its place.
    is_absent: bool,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rules: Vec<Rule> = read("rules.txt").split("\n\n").filter_map(rule).collect();
    assert!(!rules.is_empty(), "rules.txt holds no rule");
    rules
});

fn read(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn rule(block: &str) -> Option<Rule> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.split_once(' ').filter(|(first, _)| *first == name))
            .map(|(_, text)| text.trim_start())
    };
    let find = RegexBuilder::new(field("find")?).multi_line(true).unicode(false).build().unwrap();
    Some(Rule { find, put: field("put").unwrap().replace("\\n", "\n"), is_absent: field("absent").is_some() })
}

/// Puts the same tokens in place as the recording has.
pub fn normal(mut outcome: Outcome, server: &str, unordered: bool) -> Outcome {
    for text in [&mut outcome.stdout, &mut outcome.stderr] {
        for rule in RULES.iter() {
            *text = rule.find.replace_all(text, rule.put.as_bytes()).into_owned();
        }
        if !server.is_empty() {
            *text = without(text, server, "SERVER");
        }
        if unordered {
            let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
            lines.sort_unstable();
            *text = lines.concat();
        }
    }
    outcome
}

/// What is expected of kavka, which has nothing of some tokens, such as the frames of a Java stack trace.
pub fn without_absent(outcome: &Outcome) -> Outcome {
    let absent = || RULES.iter().filter(|rule| rule.is_absent);
    let [stdout, stderr] = [&outcome.stdout, &outcome.stderr]
        .map(|text| absent().fold(text.clone(), |text, rule| without(&text, &rule.put, "")));
    Outcome { stdout, stderr, code: outcome.code }
}

fn without(text: &[u8], token: &str, put: &str) -> Vec<u8> {
    let find = Regex::new(&regex::escape(token)).unwrap();
    find.replace_all(text, put.as_bytes()).into_owned()
}

/// Calls that differ for good on a side, as `FILE: CALL`.
pub fn differing(side: &str) -> Vec<String> {
    let mut calls = Vec::new();
    for line in read("differences.txt").lines() {
        if !line.is_empty() && !line.starts_with('#') && !line.starts_with("reason") {
            let (call, sides) = line.split_once("  [").unwrap_or((line, ""));
            if sides.is_empty() || sides.trim_end_matches(']').split(", ").any(|each| each == side) {
                calls.push(call.trim().to_owned());
            }
        }
    }
    calls
}

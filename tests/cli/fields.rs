//! The field names of `--output json`: what comes is what the help of a command lists.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::broker::Broker;
use crate::run;

/// Objects whose keys are names of the user's, not fields.
const MAPS: [&str; 3] = ["configs", "assignment", "target_assignment"];

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Object(fields) => {
            for (name, field) in fields {
                found.insert(name.clone());
                if !MAPS.contains(&name.as_str()) {
                    keys(field, found);
                }
            }
        }
        _ => {}
    }
}

/// What the help says below "Fields of --output": the words of the line that begins with an action, up to the next one.
fn documented(help: &str, action: &str) -> BTreeSet<String> {
    let (_, fields) = help.split_once("Fields of --output").expect(help);
    let (_, rest) = fields.split_once(&format!("\n  {action} ")).unwrap_or_else(|| panic!("{action}: {fields}"));
    let lines = rest.lines().enumerate().take_while(|(number, line)| *number == 0 || line.starts_with("   "));
    let text: String = lines.map(|(_, line)| format!("{line} ")).collect();
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map(str::to_owned).collect()
}

#[test]
fn every_field_that_comes_is_documented() {
    let broker = Broker::start();
    let on = |line: &str, input: &str| {
        let words: Vec<&str> = line.split(' ').chain(["--bootstrap-server", &broker.address]).collect();
        run(broker.home(), &words, input)
    };
    on("topics --create --topic t --config retention.ms=5", "");
    on("produce --topic t --transactional-id x", "a\nb\n");
    on("groups --reset-offsets --group g --topic t --to-earliest --execute", "");
    for (command, action, line) in CALLS {
        let printed = on(&format!("{line} --output json"), "");
        assert_eq!(printed.code, Some(0), "kavka {line}: {}", printed.stderr);
        let items: Value = serde_json::from_str(&printed.stdout).unwrap();
        assert_ne!(items, Value::Array(Vec::new()), "kavka {line}");
        let mut found = BTreeSet::new();
        keys(&items, &mut found);
        let help = run(broker.home(), &[command, "--help"], "").stdout;
        let told = documented(&help, action);
        let missing: Vec<&String> = found.difference(&told).collect();
        assert!(missing.is_empty(), "kavka {line}: the help does not say what {missing:?} is");
    }
}

/// A command, the line of its help, and a call.
const CALLS: &[(&str, &str, &str)] = &[
    ("topics", "--list", "topics --list --verbose"),
    ("topics", "--describe", "topics --describe --verbose"),
    ("topics", "--create", "topics --create --topic u"),
    ("topics", "--create", "topics --clone t --topic v"),
    ("topics", "--alter", "topics --alter --topic u --partitions 2"),
    ("topics", "--empty", "topics --empty --topic t --yes"),
    ("topics", "--delete", "topics --delete --topic u --yes"),
    ("log-dirs", "--describe", "log-dirs"),
    ("transactions", "list", "transactions list"),
    ("transactions", "describe", "transactions describe --transactional-id x"),
    ("transactions", "describe-producers", "transactions describe-producers --topic t --partition 0"),
    ("transactions", "force-terminate", "transactions force-terminate --transactional-id x --yes"),
    ("groups", "--list", "groups --list --lag"),
    ("groups", "--describe", "groups --describe --group g"),
    ("groups", "--state", "groups --describe --group g --state"),
    ("groups", "--lag-by", "groups --describe --group g --lag-by group"),
    ("groups", "--reset-offsets", "groups --reset-offsets --group g --topic t --to 1 --dry-run"),
    ("groups", "--export-offsets", "groups --export-offsets --group g"),
    ("groups", "--reset-offsets", "groups --copy-offsets --group g --to-group h"),
    ("groups", "--delete-offsets", "groups --delete-offsets --group g --topic t --yes"),
    ("groups", "--delete", "groups --delete --group h --yes"),
    ("groups", "--validate-regex", "groups --validate-regex a.*"),
];

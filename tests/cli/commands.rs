//! kavka's own face: what a person sees, and the forms that programs read.

use crate::broker::Broker;
use crate::{Printed, kavka, run};

fn on(broker: &Broker, words: &str) -> Printed {
    let words = format!("{words} --bootstrap-server {}", broker.address);
    let printed = run(broker.home(), &words.split(' ').collect::<Vec<_>>(), "");
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""), "kavka {words}");
    printed
}

#[test]
fn kavka_alone_shows_the_main_job() {
    let home = tempfile::tempdir().unwrap();
    let printed = run(home.path(), &[], "");
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    for line in
        ["kavka topics --create --topic orders", "| kavka produce --topic orders", "kavka consume --topic orders"]
    {
        assert!(printed.stdout.contains(line), "{line}");
    }
}

#[test]
fn help_names_every_command_and_goes_to_standard_output() {
    let home = tempfile::tempdir().unwrap();
    let printed = run(home.path(), &["--help"], "");
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    for command in ["topics", "produce", "consume", "groups", "configs", "transactions", "broker", "demo"] {
        assert!(printed.stdout.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
    assert!(!printed.stdout.contains("generate"));
}

#[test]
fn topics_are_shown_as_lists_tables_and_data() {
    let broker = Broker::start();
    assert_eq!(
        on(&broker, "topics --create --topic orders --partitions 2").stdout,
        "Created topic orders with 2 partitions.\n"
    );
    assert_eq!(
        on(&broker, "topics --create --topic a.b --config retention.ms=5000").stdout,
        "Created topic a.b with 1 partition.\n"
    );
    assert_eq!(on(&broker, "topics --list").stdout, "a.b\norders\n");
    assert_eq!(
        on(&broker, "topics --describe --topic orders --unavailable-partitions").stdout,
        "",
        "every partition has a leader"
    );
    let tables = on(&broker, "topics --describe --topic orders").stdout;
    let partitions = tables.split("\n\n").nth(1).unwrap();
    assert_eq!(
        partitions,
        "TOPIC   PARTITION  LEADER  REPLICAS  IN SYNC\n\
         orders          0       1  1         1\n\
         orders          1       1  1         1\n"
    );
    let json: serde_json::Value = serde_json::from_str(&on(&broker, "topics --describe --output json").stdout).unwrap();
    assert_eq!(json[0]["topic"], "a.b");
    assert_eq!(json[0]["configs"]["retention.ms"], "5000");
    assert_eq!(json[1]["partitions"][1]["leader"], 1);
    let lines = on(&broker, "topics --list --output jsonl").stdout;
    assert_eq!(lines.lines().count(), 2);
    let csv = on(&broker, "topics --list --output csv").stdout;
    assert!(csv.starts_with("topic,id,internal\na.b,") && csv.ends_with(",false\n"), "{csv}");
    assert_eq!(
        on(&broker, "topics --delete --topic a.b,orders --yes").stdout,
        "Deleted topic a.b.\nDeleted topic orders.\n"
    );
    assert_eq!(on(&broker, "topics --list").stdout, "");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_changes_nothing() {
    let broker = Broker::start();
    let plan = "topics --create --topic a --partitions 2 --dry-run";
    assert_eq!(on(&broker, plan).stdout, "Would create topic a with 2 partitions.\n");
    assert_eq!(on(&broker, "topics --list").stdout, "");
    on(&broker, "topics --create --topic a --partitions 2");
    let item = r#"{"topic":"a","partitions":3,"altered":false,"dry_run":true}"#;
    assert_eq!(
        on(&broker, "topics --alter --topic a --partitions 3 --dry-run").stdout,
        "Topic a would have 3 partitions.\n"
    );
    let data = on(&broker, "topics --alter --topic a --partitions 3 --dry-run --output jsonl").stdout;
    assert_eq!(data, format!("{item}\n"));
    let deleting = "topics --delete --topic a --dry-run";
    assert_eq!(on(&broker, deleting).stdout, "Would delete topic a with 2 partitions and 0 records.\n");
    let item = r#"{"topic":"a","deleted":false,"dry_run":true,"partitions":2,"records":0}"#;
    assert_eq!(on(&broker, &format!("{deleting} --output jsonl")).stdout, format!("{item}\n"));
    let described = on(&broker, "topics --describe --topic a --output csv").stdout;
    assert!(described.contains("a,"), "{described}");

    let at = format!("--bootstrap-server {}", broker.address);
    let refused = |words: &str| run(broker.home(), &format!("{words} {at}").split(' ').collect::<Vec<_>>(), "");
    assert_eq!(refused("topics --create --topic a --dry-run").code, Some(1), "it exists");
    assert_eq!(refused("topics --alter --topic a --partitions 1 --dry-run").code, Some(1), "it has more");
    assert_eq!(refused("topics --list --dry-run").stderr, "error: --dry-run cannot be used with --list\n");
}

#[test]
fn configurations_are_set_shown_and_deleted() {
    let broker = Broker::start();
    on(&broker, "topics --create --topic t");
    let would = on(&broker, "configs --alter --topic t --add-config retention.ms=5000 --dry-run");
    assert_eq!(would.stdout, "Would set retention.ms=5000 on topic t.\n");
    let wrong = format!(
        "configs --alter --topic t --add-config retention.ms=soon --dry-run --bootstrap-server {}",
        broker.address
    );
    let refused = run(broker.home(), &wrong.split(' ').collect::<Vec<_>>(), "");
    assert_eq!(refused.code, Some(1), "the broker has looked at it: {}", refused.stderr);
    let describe = ["configs", "--describe", "--topic", "t", "--bootstrap-server", &broker.address];
    assert_eq!(run(broker.home(), &describe, "").stdout, "", "nothing was changed");
    let set = on(&broker, "configs --alter --topic t --add-config retention.ms=5000,cleanup.policy=[compact,delete]");
    assert_eq!(set.stdout, "Set retention.ms=5000 on topic t.\nSet cleanup.policy=compact,delete on topic t.\n");
    assert_eq!(
        on(&broker, "configs --describe --topic t").stdout,
        "TOPIC  NAME            VALUE           SET BY\n\
         t      cleanup.policy  compact,delete  topic\n\
         t      retention.ms    5000            topic\n"
    );
    let deleted = on(&broker, "configs --alter --topic t --delete-config cleanup.policy");
    assert_eq!(deleted.stdout, "Deleted cleanup.policy from topic t.\n");
}

#[test]
fn without_a_server_the_local_directory_is_used_and_reading_leaves_it_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let standalone = |words: &str| {
        let output = kavka(home.path()).args(words.split(' ')).arg("--data-dir").arg(&data).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        standalone("topics --create --topic orders --partitions 3"),
        "Created topic orders with 3 partitions.\n"
    );
    let before = contents(&data);
    assert_eq!(standalone("topics --list"), "orders\n");
    assert_eq!(contents(&data), before);
}

/// Every file under a directory with its bytes.
fn contents(directory: &std::path::Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

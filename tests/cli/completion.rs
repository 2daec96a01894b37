//! What a shell is told after Tab, asked as bash, zsh and fish ask.

use std::path::Path;

use crate::broker::Broker;
use crate::kavka;

/// The offers for the last word, in bash's or fish's way of asking.
fn offered(home: &Path, shell: &str, words: &[&str]) -> Vec<String> {
    let mut command = kavka(home);
    let index = (words.len() - 1).to_string();
    command.env("KAVKA_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", index).env("_CLAP_IFS", "\n");
    let output = command.arg("--").args(words).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn names_of_the_live_cluster_are_offered_and_kept_for_when_it_is_gone() {
    let broker = Broker::start();
    let home = broker.home();
    for topic in ["orders", "orders-eu", "payments"] {
        let made =
            crate::run(home, &["topics", "--create", "--topic", topic, "--bootstrap-server", &broker.address], "");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
    }
    let (host, port) = broker.address.rsplit_once(':').unwrap();
    // Bash takes an address apart.
    let line = ["kavka", "topics", "--bootstrap-server", host, ":", port, "--describe", "--topic", "ord"];
    assert_eq!(offered(home, "bash", &line), ["orders", "orders-eu"]);
    let line = ["kafka-console-consumer.sh", "--bootstrap-server", &broker.address, "--topic", "pay"];
    assert_eq!(offered(home, "fish", &line), ["payments"]);
    let line = ["kavka", "topics", "--bootstrap-server", &broker.address, "--create", "--topic", "pay"];
    assert!(offered(home, "fish", &line).is_empty(), "a new topic has a new name");
    let line =
        ["kavka", "configs", "--bootstrap-server", &broker.address, "--alter", "--topic", "orders", "--add-config"];
    let settings = offered(home, "fish", &[&line[..], &["a=1,retention."]].concat());
    assert_eq!(settings, ["a=1,retention.bytes=", "a=1,retention.ms="]);
}

#[test]
fn a_cluster_that_is_not_there_costs_nothing_and_says_nothing() {
    let home = tempfile::tempdir().unwrap();
    let line = ["kavka", "topics", "--bootstrap-server", "127.0.0.1:1", "--topic", ""];
    assert!(offered(home.path(), "fish", &line).is_empty());
    assert!(offered(home.path(), "fish", &["kavka", "topics", "--topic", ""]).is_empty());
    assert!(!home.path().join(".local").exists(), "Tab makes no data directory");
}

#[test]
fn commands_and_options_are_offered() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(
        offered(home.path(), "zsh", &["kavka", "prod"]),
        ["produce:Read lines from standard input and send each as a record"]
    );
    assert_eq!(offered(home.path(), "bash", &["kavka", "topics", "--under-r"]), ["--under-replicated-partitions"]);
}

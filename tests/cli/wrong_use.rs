//! What a wrong use shows, and with which exit code it ends.

use std::time::{Duration, Instant};

use crate::broker::Broker;
use crate::run;

/// Words, exit code, standard error; nothing goes to standard output.
fn expect(home: &std::path::Path, words: &str, code: i32, stderr: &str) {
    let printed = run(home, &words.split(' ').collect::<Vec<_>>(), "");
    assert_eq!((printed.stderr.as_str(), printed.code), (stderr, Some(code)), "kavka {words}");
    assert_eq!(printed.stdout, "", "kavka {words}");
}

#[test]
fn what_cannot_be_understood_is_explained_before_anything_is_opened() {
    let home = tempfile::tempdir().unwrap();
    let home_path = home.path();
    expect(
        home_path,
        "topics",
        2,
        "error: nothing to do: give one of --list, --describe, --create, --alter, --delete, --clone or --empty\n",
    );
    expect(home_path, "topics --create", 2, "error: --create needs --topic\n");
    expect(
        home_path,
        "topics --list --describe",
        2,
        "error: only one thing at a time: --list and --describe were given\n",
    );
    expect(
        home_path,
        "topics --delete --topic a --partitions 3",
        2,
        "error: --partitions cannot be used with --delete\n",
    );
    expect(
        home_path,
        "topics --create --topic a/b",
        2,
        "error: no topic can have this name: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' \
         and '-'\nhint: letters, digits, '.', '_' and '-' are allowed, 249 at most\n",
    );
    expect(
        home_path,
        "consume --topic a --max-messages -3",
        2,
        "error: --max-messages -3: no number of records is below 0\nhint: --last shows so many records of the end; without \
         --max-messages reading goes on\n",
    );
    expect(home_path, "topics --create --topic a --partitions 0", 2, "error: --partitions must be at least 1, not 0\n");
    expect(
        home_path,
        "topics --create --topic a --partitions three",
        2,
        "error: invalid value 'three' for '--partitions <COUNT>': invalid digit found in string\n\nFor more information, \
         try '--help'.\n",
    );
    expect(
        home_path,
        "topics --list --bootstrap-server localhost",
        2,
        "error: 'localhost' is no list of servers: 'localhost' has no port\nhint: write host:port, several apart by \
         commas, such as localhost:9092\n",
    );
    expect(
        home_path,
        "topics --list --command-config /nonexistent/file",
        2,
        "error: cannot read /nonexistent/file: No such file or directory (os error 2)\n",
    );
    expect(home_path, "groups --describe", 2, "error: --describe needs --group or --all-groups\n");
    expect(
        home_path,
        "configs --describe --entity-type tables",
        2,
        "error: 'tables' is no type of entity; there are topics, clients, users, brokers, ips, client-metrics, groups, \
         broker-loggers\n",
    );
    assert!(std::fs::read_dir(home_path).unwrap().next().is_none(), "nothing was made in the home directory");
}

#[test]
fn an_unreachable_server_is_exit_code_3_within_seconds() {
    let home = tempfile::tempdir().unwrap();
    let started = Instant::now();
    for words in ["topics --list", "groups --list", "configs --describe --topic t"] {
        let words = format!("{words} --bootstrap-server 127.0.0.1:9");
        let printed = run(home.path(), &words.split(' ').collect::<Vec<_>>(), "");
        assert_eq!((printed.code, printed.stdout.as_str()), (Some(3), ""), "kavka {words}");
        assert!(printed.stderr.starts_with("error: cannot reach 127.0.0.1:9 ("), "{}", printed.stderr);
        assert!(printed.stderr.contains("\nhint: check the address and that a broker listens there"));
    }
    assert!(started.elapsed() < Duration::from_secs(60), "the client's own limit, not a person's patience");
}

#[test]
fn what_is_not_there_is_exit_code_5_and_what_is_not_confirmed_6() {
    let broker = Broker::start();
    let home = broker.home();
    let at = |words: &str| format!("{words} --bootstrap-server {}", broker.address);
    expect(
        home,
        &at("topics --describe --topic nope"),
        5,
        "error: there is no topic 'nope'\nhint: `kavka topics --list` shows the topics of this cluster\n",
    );
    expect(
        home,
        &at("groups --describe --group nope"),
        5,
        "error: there is no group 'nope'\nhint: `kavka groups --list` shows the groups of this cluster\n",
    );
    expect(home, &at("configs --describe --topic nope"), 5, "error: there is no topic 'nope'\n");
    assert_eq!(run(home, &at("topics --create --topic orders").split(' ').collect::<Vec<_>>(), "").code, Some(0));
    expect(
        home,
        &at("topics --delete --topic orders"),
        6,
        &format!(
            "error: refused to delete topic orders (orders: 1 partition, 0 records would be lost): nobody has confirmed it, \
             and there is no terminal to ask at\nhint: to do it without being asked: kavka topics --delete --topic orders \
             --bootstrap-server {} --yes\n",
            broker.address
        ),
    );
    expect(
        home,
        &at("topics --create --topic orders"),
        1,
        "error: cannot create topic orders: Topic 'orders' already exists (TOPIC_ALREADY_EXISTS)\nhint: --if-not-exists \
         leaves a topic that exists as it is\n",
    );
    expect(
        home,
        &at("topics --alter --topic orders --partitions 1"),
        1,
        "error: cannot raise the partitions of orders to 1: Topic already has 1 partition(s) (INVALID_PARTITIONS)\n",
    );
    expect(
        home,
        &at("topics --create --topic x --config foo=bar"),
        1,
        "error: cannot create topic x: Unknown topic config name: foo (INVALID_CONFIG)\n",
    );
}

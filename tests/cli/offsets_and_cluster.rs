//! kavka's own face of get-offsets, delete-records, broker-api-versions and cluster.

use serde_json::Value;

use crate::broker::Broker;
use crate::{Printed, run};

fn on(broker: &Broker, words: &str, stdin: &str) -> Printed {
    let words = format!("{words} --bootstrap-server {}", broker.address);
    run(broker.home(), &words.split(' ').collect::<Vec<_>>(), stdin)
}

fn data(printed: &Printed) -> Value {
    serde_json::from_str(&printed.stdout).unwrap()
}

#[test]
fn offsets_are_a_table_and_data_and_partitions_without_one_are_shown() {
    let broker = Broker::start();
    on(&broker, "topics --create --topic orders --partitions 2", "");
    on(
        &broker,
        "produce --topic orders --input jsonl --keep-partitions",
        "{\"partition\":1,\"value\":\"a\",\"timestamp\":5}\n{\"partition\":1,\"value\":\"b\",\"timestamp\":9}\n",
    );
    let table = on(&broker, "get-offsets", "");
    assert_eq!(table.stdout, "TOPIC   PARTITION  OFFSET\norders          0       0\norders          1       2\n");
    let at = on(&broker, "get-offsets --topic orders --time 6", "");
    assert_eq!(at.stdout, "TOPIC   PARTITION  OFFSET\norders          0       -\norders          1       1\n");
    assert_eq!(at.stderr, "Partitions with - have no record of that kind.\n");
    let items = data(&on(&broker, "get-offsets --topic-partitions orders:0 --time 6 --output json", ""));
    assert_eq!(items[0]["offset"], Value::Null);
    let none = on(&broker, "get-offsets --topic nothing", "");
    assert_eq!((none.code, none.stdout.as_str()), (Some(5), ""));
    let wrong = on(&broker, "get-offsets --time soon", "");
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.starts_with("error: --time soon: neither a kind of offset nor milliseconds since 1970\n"));
}

#[test]
fn records_are_deleted_only_when_that_is_confirmed() {
    let broker = Broker::start();
    on(&broker, "topics --create --topic orders", "");
    on(&broker, "produce --topic orders", "a\nb\nc\n");
    let file = broker.home().join("offsets.json");
    std::fs::write(&file, "{\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":2}]}").unwrap();
    let words = format!("delete-records --offset-json-file {}", file.display());
    let refused = on(&broker, &words, "");
    assert_eq!(refused.code, Some(6));
    let refusal = "error: refused to delete records (orders-0 below 2 would be lost)";
    assert!(refused.stderr.starts_with(refusal), "{}", refused.stderr);
    let dry = on(&broker, &format!("{words} --dry-run"), "");
    let would = "TOPIC   PARTITION  FIRST OFFSET\norders          0             2\n";
    assert_eq!(dry.stdout, format!("Nothing was deleted. After it the first offsets would be:\n\n{would}"));
    let done = on(&broker, &format!("{words} --yes"), "");
    assert_eq!(done.stdout, "TOPIC   PARTITION  FIRST OFFSET\norders          0             2\n", "{}", done.stderr);
    std::fs::write(&file, "{\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":9}]}").unwrap();
    let beyond = on(&broker, &format!("{words} --yes"), "");
    assert_eq!(beyond.code, Some(1));
    assert!(beyond.stderr.starts_with("error: cannot delete records of orders-0: "), "{}", beyond.stderr);
    std::fs::write(&file, "{}").unwrap();
    let empty = on(&broker, &words, "");
    assert_eq!(empty.code, Some(2));
    assert!(empty.stderr.ends_with("cannot be used: it has no field \"partitions\"\n"), "{}", empty.stderr);
}

#[test]
fn a_cluster_says_who_it_is_and_what_it_offers() {
    let broker = Broker::start();
    let id = on(&broker, "cluster cluster-id", "").stdout;
    assert_eq!(id.trim_end().len(), 22, "{id}");
    let nodes = data(&on(&broker, "cluster list-endpoints --output json", ""));
    assert_eq!((&nodes[0]["id"], &nodes[0]["state"]), (&Value::from(1), &Value::from("unfenced")));
    let refused = on(&broker, "cluster unregister --id 7 --yes", "");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("does not support UnregisterBroker"), "{}", refused.stderr);
    let table = on(&broker, "broker-api-versions", "").stdout;
    let fetch = table.lines().find(|line| line.contains(" Fetch ")).unwrap();
    assert_eq!(fetch.split_whitespace().collect::<Vec<_>>(), ["1", "Fetch", "1", "4-18", "18"]);
}

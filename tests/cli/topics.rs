//! kavka's own `topics`: what topics hold, emptying, cloning; each form of `--output`.

use serde_json::Value;

use crate::broker::Broker;
use crate::{Printed, run};

fn try_on(broker: &Broker, line: &str) -> Printed {
    let words: Vec<&str> = line.split(' ').chain(["--bootstrap-server", &broker.address]).collect();
    run(broker.home(), &words, "")
}

fn on(broker: &Broker, line: &str) -> String {
    let printed = try_on(broker, line);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""), "kavka {line}");
    printed.stdout
}

fn items(broker: &Broker, line: &str) -> Value {
    serde_json::from_str(&on(broker, &format!("{line} --output json"))).unwrap()
}

fn produce(broker: &Broker, topic: &str, records: &str) {
    let words = ["produce", "--topic", topic, "--bootstrap-server", &broker.address];
    assert_eq!(run(broker.home(), &words, records).code, Some(0));
}

/// Two topics: `full` with three records, `bare` without any.
fn filled() -> Broker {
    let broker = Broker::start();
    on(&broker, "topics --create --topic full --config retention.ms=5000000000");
    on(&broker, "topics --create --topic bare --partitions 2");
    produce(&broker, "full", "a\nb\nc\n");
    broker
}

#[test]
fn a_verbose_list_says_what_topics_hold() {
    let broker = filled();
    let listed = on(&broker, "topics --list --sort records");
    let rows: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["TOPIC", "PARTITIONS", "REPLICAS", "RECORDS", "SIZE", "NEWEST", "RECORD"]);
    assert_eq!((rows[1][0], rows[1][3], rows[1][5]), ("full", "3", "B"));
    assert_eq!(rows[2], ["bare", "2", "1", "0", "0", "B", "-"]);
    let items = items(&broker, "topics --list --verbose");
    assert_eq!((&items[0]["topic"], &items[0]["records"]), (&Value::from("bare"), &Value::from(0)));
    assert_eq!(items[0]["newest_timestamp_ms"], Value::Null);
    assert!(items[1]["size"].as_i64().unwrap() > 0 && items[1]["newest_timestamp_ms"].as_i64().unwrap() > 0);
}

#[test]
fn a_verbose_description_says_what_partitions_hold() {
    let broker = filled();
    let described = on(&broker, "topics --describe --topic full --verbose");
    assert!(described.contains("RECORDS") && described.contains("START  END"), "{described}");
    let partition = &items(&broker, "topics --describe --topic full --verbose")[0]["partitions"][0];
    assert_eq!((&partition["start_offset"], &partition["end_offset"]), (&Value::from(0), &Value::from(3)));
    assert!(items(&broker, "topics --describe --topic full")[0]["partitions"][0].get("end_offset").is_none());
}

#[test]
fn a_topic_is_emptied_and_stays() {
    let broker = filled();
    let dry = on(&broker, "topics --empty --topic full,bare --dry-run");
    assert_eq!(dry, "Would empty topic bare of 0 records.\nWould empty topic full of 3 records.\n");
    let asked = try_on(&broker, "topics --empty --topic full");
    assert_eq!(asked.code, Some(6));
    assert!(
        asked.stderr.starts_with("error: refused to empty topic full (full: 1 partition, 3 records would be lost)")
    );
    assert_eq!(on(&broker, "topics --empty --topic full --yes"), "Emptied topic full of 3 records.\n");
    let partition = &items(&broker, "topics --describe --topic full --verbose")[0]["partitions"][0];
    assert_eq!((&partition["start_offset"], &partition["records"]), (&Value::from(3), &Value::from(0)));
    assert_eq!(on(&broker, "topics --empty --topic full --yes"), "Emptied topic full of 0 records.\n");

    on(&broker, "topics --create --topic table --config cleanup.policy=compact");
    let words = ["produce", "--topic", "table", "--key-separator", ":", "--bootstrap-server", &broker.address];
    assert_eq!(run(broker.home(), &words, "k:v\n").code, Some(0));
    let refused = try_on(&broker, "topics --empty --topic table --yes");
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("POLICY_VIOLATION") && refused.stderr.contains("cleanup.policy"));
}

#[test]
fn a_clone_is_like_its_source_without_its_records() {
    let broker = filled();
    assert_eq!(
        on(&broker, "topics --clone full --topic copy --dry-run"),
        "Would create topic copy with 1 partition.\n"
    );
    assert_eq!(on(&broker, "topics --clone full --topic copy"), "Created topic copy with 1 partition.\n");
    let copy = &items(&broker, "topics --describe --topic copy --verbose")[0];
    assert_eq!(copy["configs"]["retention.ms"], "5000000000");
    assert_eq!(copy["partitions"][0]["records"], 0);
    let wide = on(&broker, "topics --clone full --topic wide --partitions 3 --config retention.ms=7");
    assert_eq!(wide, "Created topic wide with 3 partitions.\n");
    assert_eq!(items(&broker, "topics --describe --topic wide")[0]["configs"]["retention.ms"], "7");
    for (line, code, message) in [
        ("topics --clone none --topic x", 5, "error: there is no topic 'none'\n"),
        ("topics --clone full --topic full", 2, "error: a topic cannot be cloned to itself"),
        ("topics --clone full", 2, "error: --clone needs --topic\n"),
        ("topics --clone full --topic copy", 1, "error: cannot create topic copy: Topic 'copy' already exists"),
        ("topics --list --sort weight", 2, "error: invalid value 'weight' for '--sort <COLUMN>'"),
        ("topics --create --topic x --verbose", 2, "error: --verbose cannot be used with --create\n"),
    ] {
        let printed = try_on(&broker, line);
        assert_eq!(printed.code, Some(code), "kavka {line}: {}", printed.stderr);
        assert!(printed.stderr.starts_with(message), "kavka {line}: {}", printed.stderr);
    }
}

#[test]
fn every_form_holds_the_same_and_nothing_is_an_empty_list() {
    let broker = Broker::start();
    let form = |line: &str, form: &str| on(&broker, &format!("{line} --output {form}"));
    for (name, nothing) in [("json", "[]\n"), ("yaml", "[]\n"), ("jsonl", ""), ("csv", ""), ("table", "")] {
        for line in
            ["topics --list", "topics --describe", "groups --list", "transactions list", "topics --list --verbose"]
        {
            assert_eq!(form(line, name), nothing, "kavka {line} --output {name}");
        }
    }
    on(&broker, "topics --create --topic no");
    let id = items(&broker, "topics --list")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(form("topics --list", "jsonl"), format!("{{\"topic\":\"no\",\"id\":\"{id}\",\"internal\":false}}\n"));
    assert_eq!(form("topics --list", "csv"), format!("topic,id,internal\nno,{id},false\n"));
    let yaml = form("topics --list", "yaml");
    assert!(yaml.starts_with("- topic: \"no\"\n  id: ") && yaml.ends_with("\n  internal: false\n"), "{yaml}");
    assert_eq!(form("topics --list", "apache"), "no\n");
    assert_eq!(form("topics --list", "table"), "no\n");
    let nested = form("topics --describe", "yaml");
    assert!(nested.contains("\n  configs: {}\n  partitions:\n"), "{nested}");
}

//! `produce` and `consume` as kavka has them: places, filters, forms of records, and records that come back as they were.

use crate::broker::Broker;
use crate::{Printed, run};

fn call(broker: &Broker, words: &[&str], stdin: &str) -> Printed {
    let words: Vec<&str> = words.iter().copied().chain(["--bootstrap-server", &broker.address]).collect();
    run(broker.home(), &words, stdin)
}

/// What a call that succeeds in silence prints.
fn shown(broker: &Broker, words: &[&str], stdin: &str) -> String {
    let printed = call(broker, words, stdin);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""), "{words:?}");
    printed.stdout
}

fn create(broker: &Broker, topic: &str, partitions: &str) {
    // The records are older than what topics keep.
    let words = ["topics", "--create", "--topic", topic, "--partitions", partitions, "--config", "retention.ms=-1"];
    shown(broker, &words, "");
}

/// Twenty records over two partitions, a second apart, the even ones in partition 0.
fn twenty(broker: &Broker, topic: &str) {
    create(broker, topic, "2");
    let line = |n: i64| {
        let (time, partition) = (1_767_225_600_000 + n * 1000, n % 2);
        let header = if n % 5 == 0 { r#"[{"key":"fifth","value":"yes"}]"# } else { "[]" };
        format!(
            r#"{{"partition":{partition},"timestamp":{time},"headers":{header},"key":"k{n}","value":"{{\"n\":{n}}}"}}"#
        )
    };
    let lines: String = (0..20).map(|n| line(n) + "\n").collect();
    shown(broker, &["produce", "--topic", topic, "--input", "jsonl", "--keep-partitions"], &lines);
}

fn keys(broker: &Broker, topic: &str, words: &[&str]) -> Vec<String> {
    let base = ["consume", "--topic", topic, "--format", "%k\\n"];
    let words: Vec<&str> = base.iter().chain(words).copied().collect();
    shown(broker, &words, "").lines().map(str::to_owned).collect()
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort_by_key(|key| key.trim_start_matches('k').parse::<i64>().unwrap());
    keys
}

fn k(numbers: impl IntoIterator<Item = i64>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("k{n}")).collect()
}

#[test]
fn places_and_spans_by_offset_and_by_time() {
    let broker = Broker::start();
    twenty(&broker, "t");
    let read = |words: &[&str]| sorted(keys(&broker, "t", words));
    assert_eq!(read(&["--offset", "-2", "--until-end"]), k(16..20));
    assert_eq!(read(&["--offset", "+9", "--until-end"]), k([18, 19]));
    assert_eq!(read(&["--offset", "2..3"]), k([4, 5]));
    assert_eq!(read(&["--offset", "..+1"]), k([0, 1]));
    assert_eq!(read(&["--offset", "-3..-2"]), k([14, 15]));
    assert_eq!(read(&["--offset", "@2026-01-01T00:00:17..latest"]), k(17..20));
    assert_eq!(read(&["--offset", "@1767225602000..@2026-01-01T00:00:05Z"]), k([2, 3, 4]));
    assert_eq!(read(&["--from-beginning", "--until", "@2026-01-01T00:00:03"]), k(0..3));
    assert_eq!(read(&["--partitions", "1", "--offset", "8", "--until-end"]), k([17, 19]));
    assert_eq!(read(&["--offset", "@2026-02-01..latest"]), Vec::<String>::new());
    assert_eq!(read(&["--from-beginning", "--until", "@+1d", "--until-end"]).len(), 20);
}

#[test]
fn an_offset_that_is_not_there_is_told() {
    let broker = Broker::start();
    create(&broker, "t", "1");
    shown(&broker, &["produce", "--topic", "t"], "a\nb\n");
    let words = ["consume", "--topic", "t", "--offset", "50", "--until-end"];
    let printed = call(&broker, &words, "");
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(0), ""));
    assert_eq!(printed.stderr, "warning: t-0 ends at offset 2: reading begins with what arrives there\n");
    let printed = call(&broker, &["consume", "--topic", "t", "--offset", "1767225600000x"], "");
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(2), ""));
    assert!(printed.stderr.contains("is no offset and no time"), "{}", printed.stderr);
}

#[test]
fn the_last_of_the_whole_topic_in_the_order_of_their_times() {
    let broker = Broker::start();
    twenty(&broker, "t");
    assert_eq!(keys(&broker, "t", &["--last", "3"]), k([17, 18, 19]));
    assert_eq!(keys(&broker, "t", &["--last", "50"]), k(0..20));
    assert_eq!(keys(&broker, "t", &["--last", "2", "--header", "fifth"]), k([10, 15]));
    assert_eq!(keys(&broker, "t", &["--last", "2", "--offset", "..@2026-01-01T00:00:07"]), k([5, 6]));
    assert_eq!(keys(&broker, "t", &["--last", "2", "--grep", "nowhere"]), Vec::<String>::new());
}

#[test]
fn filters_leave_through_what_passes_all_of_them() {
    let broker = Broker::start();
    twenty(&broker, "t");
    let read = |words: &[&str]| {
        let words: Vec<&str> = ["--from-beginning", "--until-end"].iter().chain(words).copied().collect();
        sorted(keys(&broker, "t", &words))
    };
    assert_eq!(read(&["--grep", "n.:1[0-2]"]), k(10..13));
    assert_eq!(read(&["--key", "^k1$"]), k([1]));
    assert_eq!(read(&["--header", "fifth=yes", "--where", ".value.n > 5"]), k([10, 15]));
    assert_eq!(read(&["--where", ".partition == 1 and .offset < 2"]), k([1, 3]));
    let words = ["consume", "--topic", "t", "--from-beginning", "--max-messages", "2", "--key", "k19|k18"];
    assert_eq!(shown(&broker, &words, "").lines().count(), 2);
    let words = ["consume", "--topic", "t", "--from-beginning", "--until-end", "--where", ".value.n.m"];
    let printed = call(&broker, &words, "");
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(0), ""));
    assert!(printed.stderr.starts_with("warning: --where '.value.n.m' could not be computed for 20 records"));
}

#[test]
fn several_topics_and_forms_of_records() {
    let broker = Broker::start();
    for topic in ["a", "b"] {
        create(&broker, topic, "1");
        let words = ["produce", "--topic", topic, "--key", "k", "--value", topic, "--timestamp", "@2026-01-01"];
        shown(&broker, &words, "");
    }
    let read = |words: &[&str]| {
        let base = ["consume", "--topic", "a,b", "--from-beginning", "--until-end"];
        let words: Vec<&str> = base.iter().chain(words).copied().collect();
        let mut lines: Vec<String> = shown(&broker, &words, "").lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(
        read(&["--format", "%t-%p@%o %T{iso} %k{hex} %s\\n"]),
        ["a-0@0 2026-01-01T00:00:00.000Z 6b a", "b-0@0 2026-01-01T00:00:00.000Z 6b b"]
    );
    assert_eq!(read(&["--value-encoding", "hex"]), ["61", "62"]);
    assert_eq!(
        read(&["--output", "csv"])[..2],
        ["a,0,0,1767225600000,create,[],k,,a,", "b,0,0,1767225600000,create,[],k,,b,"]
    );
    let words = ["consume", "--topic", "a", "--last", "1", "--output", "json"];
    let document: serde_json::Value = serde_json::from_str(&shown(&broker, &words, "")).unwrap();
    assert_eq!(document[0]["value"], "a");
    let words = ["consume", "--topic", "a", "--last", "1", "--output", "table"];
    assert_eq!(
        shown(&broker, &words, ""),
        "TIMESTAMP                 PARTITION     OFFSET  KEY                   VALUE\n\
         2026-01-01T00:00:00.000Z          0          0  k                     a\n"
    );
}

#[test]
fn records_of_the_command_line_of_files_and_without_a_value() {
    let broker = Broker::start();
    create(&broker, "t", "1");
    let file = broker.home().join("picture");
    std::fs::write(&file, b"two\nlines\n").unwrap();
    let produce = |words: &[&str], stdin: &str| {
        let words: Vec<&str> = ["produce", "--topic", "t"].iter().chain(words).copied().collect();
        shown(&broker, &words, stdin);
    };
    produce(&["--key", "00ff", "--key-encoding", "hex", "--value", "v", "--header", "h=1", "--header", "n"], "");
    produce(&["--key", "k", "--tombstone"], "");
    produce(&["--tombstone"], "k1\nk2\n");
    produce(&["--file", file.to_str().unwrap(), "--file", "-"], "whole\ninput\n");
    produce(&["-K", ":", "--null-marker", "NULL"], "a:NULL\nNULL:b\n");
    produce(&["--input", "hex"], "00 01\n");
    produce(&["--delimiter", "\\0"], "one\ntwo\0three");
    let words = ["consume", "--topic", "t", "--offset", "..latest", "--format", "%k{hex}|%K|%s{json}|%h\\n"];
    let expected = [
        "00ff|2|\"v\"|h=1,n=NULL",
        "6b|1|null|",
        "6b31|2|null|",
        "6b32|2|null|",
        "|-1|\"two\\nlines\\n\"|",
        "|-1|\"whole\\ninput\\n\"|",
        "61|1|null|",
        "|-1|\"b\"|",
        "|-1|\"\\u0000\\u0001\"|",
        "|-1|\"one\\ntwo\"|",
        "|-1|\"three\"|",
    ];
    assert_eq!(shown(&broker, &words, "").lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_dry_run_tells_where_records_would_go_and_sends_none() {
    let broker = Broker::start();
    create(&broker, "t", "7");
    let lines: String = (0..50).map(|n| format!("key-{n}:v\n")).collect();
    let words = ["produce", "--topic", "t", "--key-separator", ":"];
    let printed = call(&broker, &[&words[..], &["--dry-run"]].concat(), &lines);
    assert_eq!(printed.code, Some(0));
    assert_eq!(printed.stderr, "50 records would be sent to topic t; nothing was\n");
    let partition =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["partition"].as_i64().unwrap();
    let planned: Vec<i64> = printed.stdout.lines().map(partition).collect();
    assert_eq!(shown(&broker, &["consume", "--topic", "t", "--offset", "..latest"], ""), "");
    let acks = shown(&broker, &[&words[..], &["--print-acks"]].concat(), &lines);
    let mut sent: Vec<(i64, i64)> = acks
        .lines()
        .map(|line| {
            (serde_json::from_str::<serde_json::Value>(line).unwrap()["line"].as_i64().unwrap(), partition(line))
        })
        .collect();
    sent.sort_unstable();
    assert_eq!(sent.into_iter().map(|(_, partition)| partition).collect::<Vec<_>>(), planned);
    let again = call(&broker, &["produce", "--topic", "missing", "--value", "v", "--dry-run"], "");
    assert_eq!((again.code, again.stderr.lines().next()), (Some(0), Some("topic 'missing' does not exist yet")));
}

#[test]
fn a_line_that_is_no_record_is_shown_with_what_to_do() {
    let broker = Broker::start();
    create(&broker, "t", "1");
    let words = ["produce", "--topic", "t", "--input", "jsonl"];
    let printed = call(&broker, &words, "{\"value\":\"a\"}\n{\"value\":{\"a\":1}}\n");
    assert_eq!(printed.code, Some(1));
    assert!(printed.stderr.starts_with("error: line 2 is not a record in JSON: "), "{}", printed.stderr);
    assert!(printed.stderr.contains("'{\"value\":{\"a\":1}}'\nhint: nothing behind this line"), "{}", printed.stderr);
    assert_eq!(shown(&broker, &["consume", "--topic", "t", "--offset", "..latest"], ""), "a\n");
}

#[test]
fn a_rate_spreads_records_over_time() {
    let broker = Broker::start();
    create(&broker, "t", "1");
    let words = ["produce", "--topic", "t", "--rate", "20"];
    let lines: String = (0..11).map(|n| format!("{n}\n")).collect();
    shown(&broker, &words, &lines);
    let times = shown(&broker, &["consume", "--topic", "t", "--offset", "..latest", "--format", "%T\\n"], "");
    let times: Vec<i64> = times.lines().map(|time| time.parse().unwrap()).collect();
    let span = times[10] - times[0];
    assert!(span >= 480, "{times:?}");
}

#[test]
fn kafkas_tools_know_none_of_this() {
    let broker = Broker::start();
    let refused = |words: &[&str], option: &str| {
        let printed = call(&broker, words, "");
        let first = printed.stderr.lines().next().unwrap_or_default();
        assert_eq!((printed.code, first), (Some(1), format!("{option} is not a recognized option").as_str()));
    };
    for option in ["last", "grep", "where", "format", "until", "partitions", "key-encoding", "null-marker"] {
        refused(&["kafka-console-consumer.sh", "--topic", "t", &format!("--{option}"), "x"], option);
    }
    for option in ["file", "value", "tombstone", "timestamp", "rate", "dry-run", "value-encoding", "K"] {
        let dashes = if option.len() == 1 { "-" } else { "--" };
        refused(&["kafka-console-producer.sh", "--topic", "t", &format!("{dashes}{option}"), "x"], option);
    }
}

/// Texts of several scripts, and bytes that are none.
const TEXTS: [&[u8]; 8] = [
    b"The quick brown fox",
    "Η γρήγορη αλεπού\nσε δύο γραμμές".as_bytes(),
    "素早い茶色の狐 🦊".as_bytes(),
    b"tab\tquote\"backslash\\ control\x01\x7f",
    b"\xff\xfe not text \x00\x80",
    b"",
    b"\r\n",
    b"{\"json\": [1, 2, {\"a\": null}]}",
];

/// A short form of `tests/interop/million.py`.
#[test]
fn twenty_thousand_records_come_back_as_they_were() {
    let broker = Broker::start();
    let field = |name: &str, bytes: Option<&[u8]>| match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => format!("\"{name}\":null"),
        Some((_, Ok(text))) => format!("\"{name}\":{}", serde_json::to_string(text).unwrap()),
        Some((bytes, Err(_))) => {
            use base64::Engine;
            format!("\"{name}_base64\":\"{}\"", base64::engine::general_purpose::STANDARD.encode(bytes))
        }
    };
    let pick = |n: usize| (n % 9 != 8).then(|| TEXTS[n % TEXTS.len()]);
    let line = |n: usize| {
        let headers: Vec<String> =
            (0..n % 4).map(|h| format!("{{\"key\":\"h{}\",{}}}", h / 2, field("value", pick(n / 3 + h * 4)))).collect();
        let (partition, time, headers) = (n % 3, 1_700_000_000_000 + n, headers.join(","));
        let (key, value) = (field("key", pick(n / 2)), field("value", pick(n)));
        format!("{{\"partition\":{partition},\"timestamp\":{time},\"headers\":[{headers}],{key},{value}}}\n")
    };
    let mut input: String = (0..20_000).map(line).collect();
    for round in ["one", "two"] {
        create(&broker, round, "3");
        shown(&broker, &["produce", "--topic", round, "--input", "jsonl", "--keep-partitions"], &input);
        let words = ["consume", "--topic", round, "--from-beginning", "--until-end", "--output", "jsonl"];
        let output = shown(&broker, &words, "");
        let mut found = without_place(&output);
        let mut expected: Vec<&str> = input.lines().collect();
        if round == "one" {
            found.sort_unstable();
            expected.sort_unstable();
            assert!(found.iter().map(String::as_str).eq(expected), "what is read is not what was sent");
            input = output;
        } else {
            let mut expected = without_place(&input);
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
    }
}

/// Lines of `--output jsonl` as they are written by hand: without topic, offset and type of timestamp.
fn without_place(lines: &str) -> Vec<String> {
    let short = |line: &str| {
        let (_, rest) = line.split_once(",\"partition\"").unwrap();
        let (partition, rest) = rest.split_once(",\"offset\"").unwrap();
        let (_, rest) = rest.split_once(",\"timestamp\"").unwrap();
        format!("{{\"partition\"{partition},\"timestamp\"{}", rest.replacen(",\"timestamp_type\":\"create\"", "", 1))
    };
    lines.lines().map(short).collect()
}

//! kavka's own `groups`: lag, watching, offsets that are exported, imported, copied and reset to a place.

use serde_json::Value;

use crate::broker::Broker;
use crate::terminal::Terminal;
use crate::{Printed, run};

fn words<'a>(line: &'a str, broker: &'a Broker) -> Vec<&'a str> {
    line.split(' ').chain(["--bootstrap-server", &broker.address]).collect()
}

fn try_on(broker: &Broker, line: &str, stdin: &str) -> Printed {
    run(broker.home(), &words(line, broker), stdin)
}

fn on(broker: &Broker, line: &str) -> String {
    let printed = try_on(broker, line, "");
    assert_eq!(printed.code, Some(0), "kavka {line}: {}", printed.stderr);
    printed.stdout
}

fn items(broker: &Broker, line: &str) -> Vec<Value> {
    serde_json::from_str(&on(broker, &format!("{line} --output json"))).unwrap()
}

fn reset(broker: &Broker, group: &str, topic: &str, place: &str) {
    on(broker, &format!("groups --reset-offsets --group {group} --topic {topic} --to {place} --execute"));
}

/// Topics `t` (5 records) and `u` (3); group `a` lags 4 and 0, group `b` is 1 behind.
fn filled() -> Broker {
    let broker = Broker::start();
    for (topic, records) in [("t", "1\n2\n3\n4\n5\n"), ("u", "1\n2\n3\n")] {
        on(&broker, &format!("topics --create --topic {topic} --partitions 1"));
        assert_eq!(try_on(&broker, &format!("produce --topic {topic}"), records).code, Some(0));
    }
    reset(&broker, "a", "t", "+1");
    reset(&broker, "a", "u", "latest");
    reset(&broker, "b", "t", "-1");
    broker
}

#[test]
fn lag_is_added_up_filtered_and_sorted() {
    let broker = filled();
    assert_eq!(on(&broker, "groups --list --lag"), "GROUP  LAG\na        4\nb        1\n");
    assert_eq!(on(&broker, "groups --list --min-lag 2"), "GROUP  LAG\na        4\n");
    let lag_by = |what: &str| on(&broker, &format!("groups --describe --all-groups --lag-by {what}"));
    assert_eq!(
        lag_by("topic --lagging --sort lag"),
        "GROUP  TOPIC  PARTITIONS  LAGGING  LAG\n\
         a      t               1        1    4\n\
         b      t               1        1    1\n"
    );
    assert_eq!(lag_by("group --min-lag 3"), "GROUP  PARTITIONS  LAGGING  LAG\na               2        1    4\n");
    let rows = items(&broker, "groups --describe --all-groups --lagging --sort lag");
    let lags: Vec<(&str, i64)> =
        rows.iter().map(|row| (row["group"].as_str().unwrap(), row["lag"].as_i64().unwrap())).collect();
    assert_eq!(lags, [("a", 4), ("b", 1)]);
    assert_eq!(items(&broker, "groups --describe --group a --min-lag 100"), Vec::<Value>::new());
}

#[test]
fn offsets_are_reset_to_places_of_one_grammar() {
    let broker = filled();
    let to = |place: &str| {
        let rows = items(&broker, &format!("groups --reset-offsets --group b --topic t --to {place}"));
        assert_eq!(rows[0]["dry_run"], true);
        rows[0]["new_offset"].as_i64().unwrap()
    };
    for (place, offset) in
        [("earliest", 0), ("latest", 5), ("3", 3), ("-2", 3), ("+4", 4), ("99", 5), ("@-1h", 0), ("@2100-01-01", 5)]
    {
        assert_eq!(to(place), offset, "{place}");
    }
    let bad = try_on(&broker, "groups --reset-offsets --group b --topic t --to soon", "");
    assert_eq!(bad.code, Some(2));
    assert!(bad.stderr.starts_with("error: 'soon' is no offset and no time\n"), "{}", bad.stderr);
    let two = try_on(&broker, "groups --reset-offsets --group b --topic t --to 1 --to-latest", "");
    assert_eq!((two.code, two.stderr.as_str()), (Some(2), "error: --to cannot be used with --to-latest\n"));
}

#[test]
fn exported_offsets_can_be_imported_in_every_form() {
    let broker = filled();
    let csv = on(&broker, "groups --export-offsets --group a");
    assert_eq!(csv, "t,0,1\nu,0,3\n");
    assert_eq!(on(&broker, "groups --export-offsets --group a --output csv --topic u"), "u,0,3\n");
    assert_eq!(on(&broker, "groups --export-offsets --all-groups"), "a,t,0,1\na,u,0,3\nb,t,0,4\n");
    let file = broker.home().join("offsets.csv");
    std::fs::write(&file, &csv).unwrap();
    let file = file.to_str().unwrap();
    on(&broker, &format!("groups --reset-offsets --group apache --from-file {file} --execute"));
    assert_eq!(on(&broker, "groups --export-offsets --group apache"), csv, "Apache's tool reads it");
    for form in ["csv", "json", "jsonl"] {
        let text = on(&broker, &format!("groups --export-offsets --group a --output {form}"));
        let text = text.replace("\"group\":\"a\"", "\"group\":\"c\"").replace("\"group\": \"a\"", "\"group\": \"c\"");
        let imported = try_on(&broker, "groups --import-offsets - --group c", &text);
        assert_eq!((imported.code, imported.stderr.as_str()), (Some(0), ""), "{form}");
        assert_eq!(on(&broker, "groups --export-offsets --group c"), csv, "{form}");
        on(&broker, "groups --delete --group c --yes");
    }
}

#[test]
fn offsets_that_would_be_overwritten_are_asked_for() {
    let broker = filled();
    let import = |options: &str| try_on(&broker, &format!("groups --import-offsets - --group b{options}"), "t,0,2\n");
    let dry = import(" --dry-run");
    assert_eq!(
        dry.stdout,
        "GROUP  TOPIC  PARTITION  CURRENT-OFFSET  NEW-OFFSET\nb      t              0               4           2\n"
    );
    let refused = import("");
    assert_eq!(refused.code, Some(6));
    let lost = "error: refused to set 1 offset of group b (t-0: committed offset 4 of group b becomes 2 would be lost)";
    assert!(refused.stderr.starts_with(lost), "{}", refused.stderr);
    assert_eq!(on(&broker, "groups --export-offsets --group b"), "t,0,4\n");
    assert_eq!(import(" --yes").code, Some(0));
    assert_eq!(on(&broker, "groups --export-offsets --group b"), "t,0,2\n");

    let copied = on(&broker, "groups --copy-offsets --group a --to-group d");
    assert!(copied.ends_with("d      u              0               -           3\n"), "{copied}");
    assert_eq!(on(&broker, "groups --export-offsets --group d"), "t,0,1\nu,0,3\n");
    assert_eq!(try_on(&broker, "groups --copy-offsets --group b --to-group d", "").code, Some(6));
    let part = on(&broker, "groups --copy-offsets --group b --to-group d --topic t --yes --output jsonl");
    let item = r#"{"group":"d","topic":"t","partition":0,"current_offset":1,"new_offset":2,"dry_run":false}"#;
    assert_eq!(part, format!("{item}\n"));
    assert_eq!(on(&broker, "groups --export-offsets --group d"), "t,0,2\nu,0,3\n");
}

#[test]
fn deleting_says_what_would_be_lost() {
    let broker = filled();
    assert_eq!(on(&broker, "groups --delete --group a --dry-run"), "Would delete group a.\n");
    let refused = try_on(&broker, "groups --delete --group a", "");
    assert_eq!(refused.code, Some(6));
    let lost = "error: refused to delete group a (a: committed offsets of 2 partitions in 2 topics would be lost)";
    assert!(refused.stderr.starts_with(lost), "{}", refused.stderr);
    let missing = try_on(&broker, "groups --delete --group none --dry-run", "");
    assert_eq!(missing.code, Some(5), "{}", missing.stderr);
    let offsets = "groups --delete-offsets --group a --topic t";
    assert_eq!(on(&broker, &format!("{offsets} --dry-run")), "Would delete the offset of group a for t-0.\n");
    let refused = try_on(&broker, offsets, "");
    let lost = "error: refused to delete offsets of group a (t-0: committed offset 1 would be lost)";
    assert!(refused.stderr.starts_with(lost), "{}", refused.stderr);
    assert_eq!(on(&broker, &format!("{offsets} --yes")), "Deleted the offset of group a for t-0.\n");
    assert_eq!(on(&broker, "groups --export-offsets --group a"), "u,0,3\n");
}

#[test]
fn groups_are_listed_by_type_and_protocol() {
    let broker = filled();
    assert_eq!(on(&broker, "groups --list"), "a\nb\n");
    let listed = on(&broker, "groups --list --group-type classic --state");
    assert_eq!(listed.lines().next(), Some("GROUP  TYPE     PROTOCOL  STATE"));
    assert_eq!(listed.lines().nth(1), Some("a      Classic            Empty"));
    assert_eq!(on(&broker, "groups --list --consumer").lines().count(), 3);
    assert_eq!(on(&broker, "groups --list --share"), "");
    assert_eq!(on(&broker, "groups --list --streams --output json"), "[]\n");
}

#[test]
fn watching_is_a_line_per_change_where_there_is_no_terminal() {
    let broker = filled();
    let watched = on(&broker, "groups --describe --group b --watch 0.1 --rounds 3");
    let line = watched.split_once(' ').unwrap().1;
    assert_eq!(line, "b t 0 current_offset=4 log_end_offset=5 lag=1\n", "three looks, no change");
    let data = on(&broker, "groups --list --lag --watch 0.1 --rounds 1 --output jsonl");
    let first: Value = serde_json::from_str(data.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["gone"], &first["group"], &first["lag"]),
        (&Value::from(false), &Value::from("a"), &Value::from(4))
    );
    let yaml = try_on(&broker, "groups --list --watch --output yaml", "");
    assert_eq!(yaml.code, Some(2), "{}", yaml.stderr);
}

#[test]
fn watching_redraws_a_terminal_and_leaves_it_as_it_was() {
    let broker = filled();
    let watch = words("groups --describe --group b --watch 0.1 --rounds 2", &broker);
    let (shown, code) = Terminal::start(broker.home(), &watch).end();
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(shown.matches("\x1b[H").count(), 2, "{shown}");
    assert!(shown.starts_with("\x1b[?1049h\x1b[?25l\x1b[H20"), "{shown}");
    assert!(shown.contains("  every 0.1 s: kavka groups --describe --group b"), "{shown}");
    let (_, after) = shown.split_once("\x1b[?25h\x1b[?1049l").expect(&shown);
    assert!(after.contains("GROUP") && after.contains("\nb "), "{after}");

    let mut terminal = Terminal::start(broker.home(), &words("groups --list --lag --watch 60", &broker));
    terminal.await_text("\x1b[J");
    terminal.interrupt();
    let (shown, code) = terminal.end();
    assert_eq!(code, Some(130));
    assert!(shown.contains("\x1b[?25h\x1b[?1049l"), "{shown}");
}

#[test]
fn what_cannot_be_done_is_explained() {
    let broker = filled();
    for (line, code, message) in [
        ("groups --list --watch 0", 2, "error: invalid value '0' for '--watch [<SECONDS>]': give seconds from 0.1"),
        ("groups --list --watch soon", 2, "error: invalid value 'soon' for '--watch"),
        ("groups --list --min-lag -1", 2, "error: "),
        ("groups --list --group-type table", 2, "error: --group-type table: the types of groups are Classic, Consumer"),
        ("groups --list --consumer --share", 2, "error: --consumer cannot be used with --share\n"),
        ("groups --list --dry-run", 2, "error: --dry-run cannot be used with --list\n"),
        ("groups --describe --group a --members --lagging", 2, "error: --lagging cannot be used with --members\n"),
        ("groups --describe --group a --group-type share", 2, "error: --group-type cannot be used with --describe\n"),
        ("groups --delete --group a --watch", 2, "error: --watch cannot be used with --delete\n"),
        ("groups --export-offsets", 2, "error: --export-offsets needs --group or --all-groups\n"),
        ("groups --export-offsets --group none", 5, "error: there is no group 'none'\n"),
        ("groups --copy-offsets --group a", 2, "error: --copy-offsets needs --to-group\n"),
        ("groups --copy-offsets --group a --to-group a", 2, "error: --group and --to-group are the same group\n"),
        ("groups --copy-offsets --group none --to-group x", 5, "error: group none has committed no offsets"),
        ("groups --import-offsets /nowhere --group a", 1, "error: cannot read /nowhere: No such file"),
        ("groups --import-offsets - --group a", 1, "error: cannot use standard input: it holds no offsets\n"),
    ] {
        let printed = try_on(&broker, line, "");
        assert_eq!(printed.code, Some(code), "kavka {line}: {}", printed.stderr);
        assert!(printed.stderr.starts_with(message), "kavka {line}: {}", printed.stderr);
        assert_eq!(printed.stdout, "", "kavka {line}");
    }
    let elsewhere = try_on(&broker, "groups --import-offsets - --group a", "nope,0,5\n");
    assert_eq!((elsewhere.code, elsewhere.stderr.as_str()), (Some(5), "error: there is no partition nope-0\n"));
    let garbage = try_on(&broker, "groups --import-offsets - --group a", "{\"topic\":3}");
    assert_eq!(garbage.code, Some(1));
    assert!(garbage.stderr.contains("cannot use standard input: invalid type"), "{}", garbage.stderr);
}

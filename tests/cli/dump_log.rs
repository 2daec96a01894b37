//! `kavka dump-log` under its own name: folders, the two forms of its own, and what damage does to the exit code.

use std::path::Path;

use serde_json::Value;

use crate::kavka;

/// A batch that Apache Kafka 4.2.1 stored: three records at offsets 0 to 2, the first with headers.
const BATCH: &str = "\
    0000000000000000000000e400000000028f7ffd3b0000000000020000018bcfe568000000018bcfe5680200000000000000000000000000000000000382010000\
    00046b305e762d6e6f6e652d7878787878787878787878787878787878787878787878787878787878787878787878787878787804046831040102046832016e0002\
    02046b315e762d6e6f6e652d78787878787878787878787878787878787878787878787878787878787878787878787878787878006e000404046b325e762d6e6f6e65\
    2d7878787878787878787878787878787878787878787878787878787878787878787878787878787800";
/// A commit of group `g`, as a record of `__consumer_offsets` in a batch of its own.
const KEY: &str = "000100016700017400000000";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn written(home: &Path, name: &str, content: &[u8]) {
    let path = home.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn objects(home: &Path, words: &[&str], code: i32) -> Vec<Value> {
    let output = kavka(home).current_dir(home).args(words).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const LOG: &str = "t-0/00000000000000000000.log";

#[test]
fn a_folder_is_every_file_of_it_and_jsonl_tells_all() {
    let home = tempfile::tempdir().unwrap();
    written(home.path(), LOG, &bytes(BATCH));
    written(home.path(), "t-0/00000000000000000000.index", &[]);
    written(home.path(), "t-0/leader-epoch-checkpoint", b"0\n1\n0 0\n");
    written(home.path(), "t-0/notes.txt", b"none of Kafka's");
    let found = objects(home.path(), &["dump-log", "t-0", "--print-data-log", "--output", "jsonl"], 0);
    let kinds: Vec<&str> = found.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["log", "batch", "record", "record", "record", "text"]);
    assert_eq!(found[0]["file"], LOG);
    assert_eq!(
        found[1].to_string(),
        r#"{"file":"t-0/00000000000000000000.log","kind":"batch","base_offset":0,"last_offset":2,"count":3,"position":0,"size":240,"magic":2,"codec":"none","timestamp":1700000000002,"timestamp_type":"create","crc":2407529787,"valid":true,"base_sequence":0,"last_sequence":2,"producer_id":0,"producer_epoch":0,"leader_epoch":0,"transactional":false,"control":false,"delete_horizon":null}"#
    );
    let value = format!("v-none-{}", "x".repeat(40));
    assert_eq!((&found[2]["key"], &found[2]["value"]), (&"k0".into(), &value.into()));
    assert_eq!(found[2]["headers"].to_string(), r#"[{"key":"h1","value":"\u0001\u0002"},{"key":"h2","value":null}]"#);
    assert_eq!(found[5]["lines"].to_string(), r#"["0","1","0 0"]"#);
}

#[test]
fn records_of_an_internal_topic_are_decoded_by_the_name_of_its_folder() {
    let home = tempfile::tempdir().unwrap();
    let key = bytes(KEY);
    // One record without value, its batch uncompressed; the checksum is not looked at before it is told.
    let mut record = vec![0, 0, 0, 2 * key.len() as u8];
    record.extend(&key);
    record.extend([1, 0]);
    let mut batch = bytes(BATCH)[..61].to_vec();
    batch[23..27].fill(0);
    batch[57..61].copy_from_slice(&1i32.to_be_bytes());
    batch.push(2 * record.len() as u8);
    batch.extend(record);
    let length = batch.len() as i32 - 12;
    batch[8..12].copy_from_slice(&length.to_be_bytes());
    written(home.path(), "__consumer_offsets-3/00000000000000000000.log", &batch);
    let words = ["dump-log", "__consumer_offsets-3", "--print-data-log", "--output", "jsonl"];
    let found = objects(home.path(), &words, 1);
    assert_eq!(found[1]["valid"], false);
    assert_eq!(found[2]["decoded_key"].to_string(), r#"{"type":"1","data":{"group":"g","topic":"t","partition":0}}"#);
    assert_eq!(found[2]["decoded_value"], "<DELETE>");
}

#[test]
fn what_a_record_holds_does_nothing_to_a_terminal() {
    let home = tempfile::tempdir().unwrap();
    let mut batch = bytes(BATCH);
    let at = batch.windows(2).position(|pair| pair == b"v-").unwrap();
    batch[at] = 0x1b;
    written(home.path(), LOG, &batch);
    let output =
        kavka(home.path()).current_dir(home.path()).args(["dump-log", LOG, "--print-data-log"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\\u{1b}-none-x") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn damage_is_shown_where_it_is_and_the_files_behind_it_too() {
    let home = tempfile::tempdir().unwrap();
    written(home.path(), LOG, &[0; 100]);
    written(home.path(), "t-1/00000000000000000000.log", &[bytes(BATCH), vec![7; 20]].concat());
    written(home.path(), "t-1/00000000000000000000.snapshot", b"\0\x01torn");
    let found = objects(home.path(), &["dump-log", ".", "--output", "jsonl"], 1);
    let kinds: Vec<&str> = found.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["log", "fault", "log", "batch", "fault", "fault"]);
    assert!(found[1]["message"].as_str().unwrap().contains("0 bytes follow"), "{}", found[1]);
}

#[test]
fn a_table_is_for_people_and_a_path_that_is_not_there_an_error_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    written(home.path(), LOG, &bytes(BATCH));
    let output = kavka(home.path()).current_dir(home.path()).args(["dump-log", LOG]).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "t-0/00000000000000000000.log\n  log from offset 0\n  \
         POSITION       OFFSETS                COUNT      SIZE  CODEC    TIME                      NOTES\n  \
         0              0-2                        3       240  none     2023-11-14T22:13:20.002Z  producer 0 epoch 0, \
         sequence 0\n"
    );
    let output = kavka(home.path()).current_dir(home.path()).args(["dump-log", "nothing"]).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let output = kavka(home.path()).arg("dump-log").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

//! Calls of Apache's tools, as recorded from them in `apache/*.txt`, made of kavka under their names on our broker.
//!
//! `tests/parity/run` records them, and compares with Apache's tools themselves, on Apache's broker too.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;

use crate::broker::Broker;
use crate::kavka;
use crate::live::Live;
use crate::rules::{differing, normal, without_absent};
use crate::table::{Outcome, Step, Table, tables};

/// What our broker has not yet, and the request that would show it; a table that says `% needs` of it is not replayed.
const NOT_YET: &[(&str, i16)] = &[
    ("client-quotas", 49),
    ("scram", 51),
    ("client-metrics", 74),
    ("group-configs", 74),
    ("broker-loggers", 74),
    ("controllers", 55),
];

#[test]
fn every_recorded_call_prints_what_apaches_tool_printed() {
    let waiting = Mutex::new(tables());
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let Some(table) = waiting.lock().unwrap().pop() else { break };
                    let found = replay(&table);
                    faults.lock().unwrap().extend(found);
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn tables_that_are_not_replayed_need_what_our_broker_has_not() {
    let served = served(&Broker::start().address);
    for table in tables() {
        let Some((need, key)) = missing(&table) else { continue };
        assert!(!served.contains(key), "{}: our broker serves request {key} now: take {need} off NOT_YET", table.name);
    }
}

/// What a table needs that our broker has not.
fn missing(table: &Table) -> Option<&'static (&'static str, i16)> {
    table.needs().and_then(|need| NOT_YET.iter().find(|(name, _)| *name == need))
}

/// What differs in one table, in words.
fn replay(table: &Table) -> Vec<String> {
    if missing(table).is_some() {
        return Vec::new();
    }
    let broker = table.needs_broker().then(Broker::start);
    let alone = tempfile::tempdir().unwrap();
    let home = broker.as_ref().map_or(alone.path(), Broker::home);
    let server = broker.as_ref().map_or("", |broker| broker.address.as_str());
    let side = if broker.is_some() { "kavka's tools on kavka's broker" } else { "kavka's tools" };
    let differing = differing(side);
    let mut live = Live::new(server);
    let mut faults = Vec::new();
    for step in &table.steps {
        if !step.is_call {
            set_up(step, home, server, &mut live);
            continue;
        }
        let printed = normal(made(home, &step.words(server), &stdin(step, server)), server, step.unordered);
        let expected = without_absent(&step.recorded);
        let name = format!("{}: {}", table.name, step.line);
        match (printed == expected, differing.contains(&name)) {
            (true, true) => faults.push(format!("{name}\n  does not differ any more: take it off differences.txt")),
            (false, false) => faults.push(format!("{name}\n{}", shown(&expected, &printed))),
            _ => {}
        }
    }
    faults
}

fn set_up(step: &Step, home: &Path, server: &str, live: &mut Live) {
    let words = step.words(server);
    match words[0].as_str() {
        "kavka" => {
            let place = ["--bootstrap-server".to_owned(), server.to_owned()];
            let words = [&words[1..], if server.is_empty() { &[] } else { &place }].concat();
            let done = made(home, &words, &stdin(step, server));
            assert_eq!(done.code, Some(0), "% {}: {}", step.line, String::from_utf8_lossy(&done.stderr));
        }
        "file" => std::fs::write(home.join(&words[1]), stdin(step, server)).unwrap(),
        "jvm" | "needs" => {}
        _ => assert!(live.step(&words, &stdin(step, server)), "no such step: % {}", step.line),
    }
}

fn stdin(step: &Step, server: &str) -> Vec<u8> {
    match std::str::from_utf8(&step.stdin) {
        Ok(text) if !server.is_empty() => text.replace("SERVER", server).into_bytes(),
        _ => step.stdin.clone(),
    }
}

fn made(home: &Path, words: &[String], stdin: &[u8]) -> Outcome {
    let output = kavka(home).current_dir(home).args(words).write_stdin(stdin).output().unwrap();
    Outcome { stdout: output.stdout, stderr: output.stderr, code: output.status.code() }
}

fn shown(expected: &Outcome, printed: &Outcome) -> String {
    let side = |outcome: &Outcome| {
        let [out, err] = [&outcome.stdout, &outcome.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        format!("{out:?} {err:?} exit {:?}", outcome.code)
    };
    format!("  recorded {}\n  printed  {}", side(expected), side(printed))
}

/// The requests that a broker serves, by its answer to ApiVersions 0.
fn served(address: &str) -> Vec<i16> {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]).unwrap();
    let mut length = [0; 4];
    connection.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    connection.read_exact(&mut answer).unwrap();
    // Correlation id, error code and the number of requests stand before them.
    answer[10..].chunks_exact(6).map(|request| i16::from_be_bytes([request[0], request[1]])).collect()
}

//! Is every sync needed? Each that the program asks for is left out in turn, and the runs are crashed until something that
//! was promised is gone.
//!
//! In brief only some are shown to be needed. `KAVKA_CRASH_SYNCS=all cargo test --test crash missing -- --nocapture` shows it
//! of every line, and tells what is lost without it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use kavka::log::disk::simulated::{Asked, Crash, SimulatedDisk, Step, Wreckage};

use crate::history::History;
use crate::judge::Case;
use crate::life::Choices;
use crate::run::Run;
use crate::whole::fate;

const DEEDS: usize = 80;

/// How many runs, and how many images of one run for one sync.
fn patience() -> (u64, usize) {
    match std::env::var_os("KAVKA_CRASH_SYNCS") {
        Some(_) => (32, 400),
        None => (8, 4),
    }
}

#[test]
fn no_sync_can_be_left_out() {
    let (runs, images) = patience();
    let runs: Vec<History> = (0..runs).map(|seed| Run::live(seed, DEEDS)).collect();
    let mut asked: BTreeMap<Asked, Vec<&History>> = BTreeMap::new();
    for run in &runs {
        let syncs: BTreeSet<&Asked> = run.steps.iter().filter_map(asked_for).collect();
        syncs.into_iter().for_each(|by| asked.entry(by.clone()).or_default().push(run));
    }
    let (mut reached, mut needed) = (BTreeSet::new(), BTreeSet::new());
    for (by, runs) in &asked {
        let lost = runs.iter().find_map(|run| loss(run, by, images));
        eprintln!("{:<48} {:<48} {}", by.at, by.of, lost.as_deref().unwrap_or("nothing is lost"));
        reached.insert(by.at.clone());
        if lost.is_some() {
            needed.insert(by.at.clone());
        }
    }
    let needless: Vec<&String> = reached.difference(&needed).collect();
    match std::env::var_os("KAVKA_CRASH_SYNCS") {
        Some(_) => assert!(needless.is_empty(), "nothing is lost without {needless:#?}"),
        None => assert!(needless.len() * 2 < reached.len(), "so little is lost without {needless:#?}"),
    }
    // Runs have one log directory, between whose partitions nothing moves.
    let elsewhere = |line: &String| line.starts_with("src/log/partition_log/copy.rs") || is_of_a_move(line);
    let unreached: Vec<String> = written_down().difference(&reached).filter(|line| !elsewhere(line)).cloned().collect();
    assert!(unreached.is_empty(), "no run comes to {unreached:?}");
}

fn asked_for(step: &Step) -> Option<&Asked> {
    match step {
        Step::Sync { by, .. } | Step::SyncDirectory { by, .. } => Some(by).filter(|by| by.at.starts_with("src/")),
        _ => None,
    }
}

/// What goes wrong in this run without a sync, found with so many images at most.
fn loss(run: &History, by: &Asked, images: usize) -> Option<String> {
    let mut choices = Choices::new(by.at.len() as u64);
    let mut wreckage = Wreckage::without(by.clone());
    let first = run.steps.iter().position(|step| asked_for(step) == Some(by))?;
    let stride = 1 + (run.steps.len() - first) / images;
    let mut tried = 0;
    for (count, step) in run.steps.iter().enumerate() {
        let just_asked = count > 0 && asked_for(&run.steps[count - 1]) == Some(by);
        if (just_asked || count % stride == 0)
            && let Some(mut image) = wreckage.left_for_want(&mut *fate(&mut choices))
        {
            if choices.below(2) == 0 {
                image = wreckage.left(None, Crash::Machine, &mut *fate(&mut choices));
            }
            tried += 1;
            if let Err(fault) = judge(run, count, &image) {
                return Some(format!("after {tried}: {}", fault.chars().take(120).collect::<String>()));
            }
        }
        wreckage.take(step);
    }
    None
}

fn judge(run: &History, count: usize, image: &SimulatedDisk) -> Result<(), String> {
    let judged = catch_unwind(AssertUnwindSafe(|| Case::new(run, count, Crash::Machine).judge(image)));
    judged.unwrap_or_else(|_| Err("a panic".to_owned())).map(drop)
}

/// Every line of the program that asks for a sync.
fn written_down() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec!["src/log".to_owned(), "src/broker".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let is_folder = entry.file_type().unwrap().is_dir();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{folder}/{name}");
            match name.strip_suffix(".rs") {
                None if is_folder && name != "tests" && path != "src/log/disk" => folders.push(path),
                Some(stem) if stem != "tests" => found.extend(lines_that_sync(&path)),
                _ => {}
            }
        }
    }
    found
}

fn is_of_a_move(place: &str) -> bool {
    let (path, line) = place.split_once(':').unwrap();
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().contains("rename(future")
}

fn lines_that_sync(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let asks = |line: &str| {
        let is_direct = [".sync()", ".sync_directory(", " replace(disk"].iter().any(|call| line.contains(call));
        is_direct || (line.contains("replace_unsynced(") && line.contains("true)"))
    };
    let lines = code.lines().enumerate().filter(|(_, line)| asks(line) && !line.trim_start().starts_with("//"));
    lines.map(|(at, _)| format!("{path}:{}", at + 1)).collect()
}

//! What the files themselves must be, whoever opens them next: Apache Kafka trusts more of them than we do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kavka::log::Disk;
use kavka::log::batch::BatchHeader;
use kavka::log::checkpoints::read_topic_id;
use kavka::log::directory::{
    CleanShutdown, DirectoryKind, MetaProperties, metadata_log_directory, partition_directories,
};
use kavka::log::disk::simulated::SimulatedDisk;
use kavka::vocabulary::Uuid;

use crate::judge::Verdict;
use crate::node::root;

macro_rules! hold {
    ($holds:expr, $($said:tt)+) => {
        if !$holds { return Err(format!($($said)+)); }
    };
}

/// What every formatted directory must be. `formatted`: it must be one; `stopped`: its broker has just stopped in order.
pub fn check_directory(disk: &SimulatedDisk, formatted: bool, stopped: bool) -> Verdict {
    let meta = MetaProperties::read(disk, root());
    let is_formatted = meta.as_ref().is_ok_and(Option::is_some);
    hold!(is_formatted || !formatted, "it is formatted no longer: {meta:?}");
    if !is_formatted {
        return Ok(());
    }
    let marker = CleanShutdown::read(disk, root()).map_err(|error| error.to_string())?;
    let epoch = marker.and_then(|marker| marker.broker_epoch);
    hold!(epoch.is_some() || !stopped, "its clean shutdown is forgotten: {marker:?}");
    check_quorum(disk)?;
    check_topic_ids(disk)
}

/// The voters are known, and no batch is newer than the epoch that `quorum-state` knows.
fn check_quorum(disk: &SimulatedDisk) -> Verdict {
    let directory = metadata_log_directory(root());
    let names: Vec<String> = names(disk, &directory);
    let has_voters = names.iter().any(|name| name.ends_with(".checkpoint"));
    hold!(has_voters || content(disk, &root().join("bootstrap.checkpoint")).is_empty(), "the voters are forgotten");
    let state = content(disk, &directory.join("quorum-state"));
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap_or_default();
    let reached = state.get("leaderEpoch").and_then(serde_json::Value::as_i64).unwrap_or(0);
    for name in names.iter().filter(|name| name.ends_with(".log")) {
        for (_, header) in headers(&content(disk, &directory.join(name))) {
            let epoch = i64::from(header.leader_epoch);
            hold!(epoch <= reached, "quorum-state is at epoch {reached}, the log at {epoch}");
        }
    }
    Ok(())
}

/// To Kafka, a directory with records and without an id is a stray.
fn check_topic_ids(disk: &SimulatedDisk) -> Verdict {
    let found = partition_directories(disk, root()).map_err(|error| error.to_string())?;
    for directory in found.iter().filter(|found| found.kind == DirectoryKind::Current) {
        let path = root().join(&directory.name);
        let has_records = |name: &String| name.ends_with(".log") && !content(disk, &path.join(name)).is_empty();
        let has_id = read_topic_id(disk, &path).map_err(|error| error.to_string())?.is_some();
        hold!(has_id || !names(disk, &path).iter().any(has_records), "{} has records and no id", directory.name);
    }
    Ok(())
}

/// How much lies in the logs of partitions that are there.
pub fn log_bytes(disk: &SimulatedDisk) -> usize {
    let found = partition_directories(disk, root()).unwrap_or_default();
    let kept = found.iter().filter(|found| !matches!(found.kind, DirectoryKind::Deleted | DirectoryKind::Stray));
    let logs = kept.flat_map(|found| {
        let path = root().join(&found.name);
        let is_log = |name: &String| name.ends_with(".log") && !found.name.starts_with("__");
        names(disk, &path).into_iter().filter(is_log).map(move |name| path.join(name))
    });
    logs.map(|path| content(disk, &path).len()).sum()
}

/// Directories under their own name or set aside, and whose they are.
pub fn topic_ids(disk: &SimulatedDisk) -> Vec<(PathBuf, Uuid)> {
    let found = partition_directories(disk, root()).unwrap_or_default();
    let kept = found.iter().filter(|found| found.kind != DirectoryKind::Deleted);
    let id = |name: &str| Some((root().join(name), read_topic_id(disk, &root().join(name)).ok()??));
    kept.filter_map(|found| id(&found.name)).collect()
}

/// The indexes of every segment but the last of its log, beside a scan.
pub fn check_closed_segments(disk: &SimulatedDisk) -> Verdict {
    let found = partition_directories(disk, root()).map_err(|error| error.to_string())?;
    for directory in found.iter().filter(|found| found.kind == DirectoryKind::Current) {
        let path = root().join(&directory.name);
        let names = names(disk, &path);
        let leftover = names.iter().find(|name| name.ends_with(".swap") || name.ends_with(".cleaned"));
        hold!(leftover.is_none(), "{}: {leftover:?} is left", directory.name);
        let mut logs: Vec<&String> = names.iter().filter(|name| name.ends_with(".log")).collect();
        logs.pop();
        for log in logs {
            check_segment(disk, &path.join(log)).map_err(|fault| format!("{}/{log}: {fault}", directory.name))?;
        }
    }
    Ok(())
}

fn check_segment(disk: &SimulatedDisk, path: &Path) -> Verdict {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let base: i64 = name.trim_end_matches(".log").parse().map_err(|_| "no number".to_owned())?;
    let log = content(disk, path);
    let batches = headers(&log);
    let whole = batches.last().map_or(0, |(at, header)| at + header.size());
    hold!(whole == log.len(), "{} bytes behind its last batch", log.len() - whole);
    let at: BTreeMap<usize, i64> = batches.iter().map(|(at, header)| (*at, header.last_offset())).collect();
    let mut last = None;
    for entry in entries::<8>(&content(disk, &path.with_extension("index")))? {
        let (relative, position) = (number(&entry[..4]), number(&entry[4..]));
        let is_right = at.get(&(position as usize)) == Some(&(base + relative));
        hold!(is_right && last < Some(relative), "index: {relative} at {position} is wrong");
        last = Some(relative);
    }
    let mut last = None;
    for entry in entries::<12>(&content(disk, &path.with_extension("timeindex")))? {
        let (time, relative) = (number(&entry[..8]), number(&entry[8..]));
        let is_right = batches.iter().any(|(_, header)| {
            header.max_timestamp == time && (header.base_offset..=header.last_offset()).contains(&(base + relative))
        });
        hold!(is_right && last < Some(time), "time index: {time} at {relative} is wrong");
        last = Some(time);
    }
    for entry in entries::<34>(&content(disk, &path.with_extension("txnindex")))? {
        let (producer, marker) = (number(&entry[2..10]), number(&entry[18..26]));
        let is_right = batches.iter().any(|(_, header)| {
            header.base_offset == marker && header.producer_id == producer && header.attributes.is_control()
        });
        hold!(is_right, "transaction index: {producer} aborted nothing at {marker}");
    }
    let latest = batches.iter().map(|(_, header)| header.max_timestamp).max();
    hold!(last == latest, "time index: ends with {last:?}, the largest timestamp is {latest:?}");
    Ok(())
}

fn entries<const N: usize>(bytes: &[u8]) -> Result<impl Iterator<Item = &[u8]>, String> {
    match bytes.len() % N {
        0 => Ok(bytes.chunks_exact(N)),
        rest => Err(format!("{rest} bytes behind the last entry of {N}")),
    }
}

fn number(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}

/// Batch headers and where they are, up to the first that is none.
fn headers(bytes: &[u8]) -> Vec<(usize, BatchHeader)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Ok(header) = BatchHeader::parse(&bytes[at..]) {
        if at + header.size() > bytes.len() {
            break;
        }
        found.push((at, header));
        at += header.size();
    }
    found
}

fn names(disk: &SimulatedDisk, path: &Path) -> Vec<String> {
    disk.list(path).unwrap_or_default().into_iter().map(|entry| entry.name).collect()
}

fn content(disk: &SimulatedDisk, path: &Path) -> Vec<u8> {
    disk.read(path).ok().flatten().unwrap_or_default()
}

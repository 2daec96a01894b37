//! What lies in a data directory: the files of a partition's log (segments, indexes, producer snapshots, leader epochs), the
//! checkpoints beside it, `meta.properties`. Some are edited, then the log is opened as after a clean stop or a crash, read
//! from every side, compacted and written to.

use std::path::Path;
use std::sync::Arc;

use kavka::clock::Timestamp;
use kavka::log::batch::control::TransactionMarker;
use kavka::log::batch::{BatchBuilder, NewRecord, ProducerStamp};
use kavka::log::checkpoints::{OffsetCheckpoint, read_topic_id};
use kavka::log::directory::{CleanShutdown, MetaProperties, PartitionDirectory, partition_directories};
use kavka::log::disk::Open;
use kavka::log::disk::simulated::SimulatedDisk;
use kavka::log::{Append, AtFullSpeed, Codec, Disk, LogError, LogSettings, Opening, Origin, PartitionLog, ReadLimit};
use kavka::vocabulary::Uuid;

use crate::edits::{Choices, edited, mend_batch};
use crate::{batches, fuzz};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const LOG: &str = "t-0";

type Tree = Vec<(String, Vec<u8>)>;

fn settings() -> LogSettings {
    LogSettings {
        segment_bytes: 700,
        index_interval_bytes: 100,
        compact: true,
        min_cleanable_dirty_ratio: 0.0,
        verify_transactions: false,
        ..LogSettings::default()
    }
}

/// A closed log of several segments, with transactions and epochs.
fn sound_log() -> Tree {
    let disk = SimulatedDisk::default();
    let mut log = PartitionLog::create(Arc::new(disk.clone()), LOG.into(), Uuid(9), settings(), NOW).unwrap();
    for round in 0..12i32 {
        let now = Timestamp(NOW.millis() + i64::from(round));
        let by = |origin| Append { leader_epoch: round / 4, origin, now };
        let codec = Codec::ALL[round as usize % 5];
        let producer = ProducerStamp { id: 1, epoch: 0, base_sequence: round * 3 };
        let mut builder = BatchBuilder::new().codec(codec).producer(producer).transactional(round % 3 > 0);
        for number in 0..3 {
            let (key, value) = (format!("key-{}", (round + number) % 5), format!("{round} and {number} ").repeat(5));
            let record =
                NewRecord { timestamp: now, key: Some(key.as_bytes()), value: Some(value.as_bytes()), headers: &[] };
            builder.add(&record);
        }
        log.append(builder.build(), by(Origin::Client)).unwrap();
        if round % 3 == 2 {
            let marker = TransactionMarker { committed: round % 2 == 0, coordinator_epoch: 0 };
            log.append(marker.batch(1, 0, now), by(Origin::Coordinator)).unwrap();
        }
    }
    log.close().unwrap();
    let files = disk.tree().into_iter().filter_map(|(path, content)| Some((path.to_str()?.to_owned(), content?)));
    files.collect()
}

fn disk_with(tree: &Tree) -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    Disk::create_directory(&disk, Path::new(LOG)).unwrap();
    for (path, content) in tree {
        disk.open(Path::new(path), Open::Replace).unwrap().append(content).unwrap();
    }
    disk
}

/// One to three files edited, one in a while taken away, doubled under another name, or exchanged for another.
fn damaged(choices: &mut Choices, sound: &Tree) -> Tree {
    let mut tree = sound.clone();
    for _ in 0..=choices.below(3) {
        let at = choices.below(tree.len());
        match choices.below(12) {
            0 => {
                tree.remove(at);
            }
            1 => {
                let suffix = choices.pick(&[".swap", ".cleaned", ".deleted", ".tmp"]);
                let (name, content) = (format!("{}{suffix}", tree[at].0), tree[at].1.clone());
                tree.push((name, content));
            }
            2 => tree[at].1 = choices.pick(sound).1.clone(),
            _ => {
                let mut content = edited(choices, &tree[at].1);
                if tree[at].0.ends_with(".log") && choices.one_in(2) {
                    mend_batch(choices, &mut content);
                }
                tree[at].1 = content;
            }
        }
    }
    tree
}

/// Everything that a log can be asked, as long as it answers.
fn use_log(choices: &mut Choices, disk: SimulatedDisk) -> Result<(), LogError> {
    let clean = choices.one_in(2);
    let opening = Opening {
        settings: settings(),
        clean,
        recovery_point: [None, Some(0), Some(20), Some(i64::MAX)][choices.below(4)],
        log_start: [None, Some(5), Some(i64::MAX)][choices.below(3)],
        now: NOW,
    };
    let (mut log, _) = PartitionLog::open(Arc::new(disk), LOG.into(), opening)?;
    let mut at = log.start_offset();
    while at < log.end_offset() {
        let limit = ReadLimit { max_bytes: 300, at_least_one: true, below: i64::MAX };
        let Ok(located) = log.read(at, limit) else { break };
        if located.is_empty() || located.next_offset() <= at {
            break;
        }
        at = located.next_offset();
        if let Ok(bytes) = located.into_bytes() {
            batches::read(&bytes);
        }
    }
    let _ = log.offset_for_time(Timestamp(NOW.millis() + choices.below(20) as i64));
    let _ = log.offset_of_max_timestamp();
    let _ = log.aborted_transactions(0, log.end_offset());
    let _ = (log.end_of_epoch(1), log.last_stable_offset(), log.producers().count());
    if let Some(work) = log.plan_cleaning(Some(choices.below(30) as i64), 5, NOW)?
        && let Ok(mut pass) = work.begin(&AtFullSpeed)
    {
        while let Ok(Some(group)) = pass.write_next() {
            if !log.swap_in(&work, &group, NOW)? {
                break;
            }
        }
    }
    let by = Append { leader_epoch: 3, origin: Origin::Client, now: NOW };
    let _ = log.append(batches::batch(Codec::Lz4, 1), by);
    log.flush()?;
    log.apply_retention(NOW)?;
    log.close()
}

#[test]
fn a_log_of_damaged_files_is_opened_and_used_or_refused() {
    let sound = sound_log();
    assert!(sound.iter().filter(|(path, _)| path.ends_with(".log")).count() > 2, "several segments");
    for kind in [".index", ".timeindex", ".txnindex", ".snapshot", "leader-epoch-checkpoint"] {
        assert!(sound.iter().any(|(path, content)| path.ends_with(kind) && !content.is_empty()), "no {kind}");
    }
    let mut used = 0;
    fuzz(300, |choices| {
        let disk = disk_with(&damaged(choices, &sound));
        used += u32::from(use_log(choices, disk).is_ok());
    });
    assert!(used > 0, "not one was used to its end");
}

#[test]
fn checkpoints_and_properties_are_read_or_refused() {
    let cluster = "cluster.id=abc\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAAew\nversion=1\n";
    let texts = [
        "0\n2\nt 0 17\nother-topic 12 9223372036854775807\n",
        "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAew",
        cluster,
        "#comment\nk\\u00e9y=v\\\n  alue\n\\",
        "{\"version\":0,\"brokerEpoch\":12}",
        "-1\n",
    ];
    fuzz(4000, |choices| {
        let origin = choices.pick(&texts);
        let bytes = edited(choices, origin.as_bytes());
        let names =
            ["recovery-point-offset-checkpoint", "meta.properties", ".kafka_cleanshutdown", "partition.metadata"];
        let tree = names.iter().map(|name| ((*name).to_owned(), bytes.clone())).collect();
        let (disk, here) = (disk_with(&tree), Path::new(""));
        if let Ok(offsets) = OffsetCheckpoint::RecoveryPoint.read(&disk, here) {
            OffsetCheckpoint::LogStart.write(&disk, here, &offsets).unwrap();
            assert_eq!(OffsetCheckpoint::LogStart.read(&disk, here).unwrap(), offsets);
        }
        if let Ok(Some(properties)) = MetaProperties::read(&disk, here) {
            let _ = properties.write(&disk, here, NOW);
        }
        let _ = (CleanShutdown::read(&disk, here), read_topic_id(&disk, here), partition_directories(&disk, here));
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = PartitionDirectory::parse(text);
        }
    });
}

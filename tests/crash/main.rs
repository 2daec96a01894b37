//! Does a crash lose or invent anything?
//!
//! A random life of a log is lived on the simulated disk, and the disk is then crashed after its steps: the process
//! dies, or the machine does. What is opened afterwards must hold every record that was acknowledged (that was flushed,
//! if the machine died) and no record that was never written; and it must take appends.
//!
//! `whole` does the same to data directories of several topics with their metadata, `missing_syncs` leaves out every sync in
//! turn. All comes from seeds. `KAVKA_CRASH_IMAGES=100000 cargo test --test crash -- --nocapture` tries so many images of
//! whole directories, and a tenth as many of one log in each other way; what it tried is printed.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod compaction;
mod files;
mod history;
mod judge;
mod life;
mod missing_syncs;
mod node;
mod run;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kavka::clock::Timestamp;
use kavka::log::disk::simulated::{Crash, SimulatedDisk};
use kavka::log::{LogSettings, Opening, PartitionLog, ReadLimit};

use life::{Choices, Known, Life};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// Small enough that a short life has many segments and index entries.
fn settings() -> LogSettings {
    LogSettings {
        segment_bytes: 1000,
        index_interval_bytes: 150,
        file_delete_delay_ms: 1,
        verify_transactions: false,
        ..LogSettings::default()
    }
}

fn directory() -> PathBuf {
    PathBuf::from("orders-0")
}

#[test]
fn a_process_that_dies_loses_nothing_that_was_acknowledged() {
    crash_many(Crash::Process);
}

#[test]
fn a_machine_that_dies_loses_nothing_that_was_flushed() {
    crash_many(Crash::Machine);
}

fn wanted_images() -> usize {
    std::env::var("KAVKA_CRASH_IMAGES").map_or(1500, |count| count.parse().unwrap())
}

/// Whole directories are the larger part.
fn wanted_images_of_one_log() -> usize {
    wanted_images().min(1500).max(wanted_images() / 10)
}

fn crash_many(crash: Crash) {
    let wanted = wanted_images_of_one_log();
    let mut images = 0;
    let mut repaired = 0;
    for seed in 0.. {
        let life = Life::live(seed, 40);
        let mut choices = Choices::new(seed ^ 0x5eed);
        for count in life.born..=life.steps.len() {
            let disk = SimulatedDisk::after(&life.steps, count, crash, &mut |limit| choices.below(limit));
            repaired += usize::from(check(
                &life,
                count,
                crash,
                disk,
                &format!("seed {seed}, {crash:?} dies after step {count}"),
            ));
            images += 1;
        }
        if images >= wanted {
            break;
        }
    }
    assert!(repaired > images / 50, "only {repaired} of {images} images needed repair: the crashes are too tame");
}

/// Opens what the crash left and compares. Tells whether something was cut off.
fn check(life: &Life, count: usize, crash: Crash, disk: SimulatedDisk, place: &str) -> bool {
    let (known, coming) = life.around(count);
    let opening = Opening {
        settings: settings(),
        clean: false,
        recovery_point: Some(known.recovery_point),
        log_start: Some(known.start),
        now: NOW,
    };
    let (mut log, report) = PartitionLog::open(Arc::new(disk.clone()), directory(), opening)
        .unwrap_or_else(|error| panic!("{place}: cannot be opened: {error}"));
    let promised = match crash {
        Crash::Process => known.end,
        Crash::Machine => known.recovery_point,
    };
    assert!(log.end_offset() >= promised, "{place}: ends at {}, {promised} was promised", log.end_offset());
    assert!(
        log.end_offset() <= coming.end.max(promised),
        "{place}: ends at {}, beyond all that was written",
        log.end_offset()
    );
    assert!(log.start_offset() <= coming.start, "{place}: starts at {}", log.start_offset());
    let (found, mut written) = (read(&log, place), life.batches(log.start_offset(), log.end_offset()));
    if crash == Crash::Machine {
        // As with Kafka, whole segments that nobody flushed may be missing before one that lasted, and so may a batch
        // in whose middle the log begins: deleting records raises the recovery point without a flush.
        let flushed = known.start..promised;
        written.retain(|batch| flushed.contains(&batch.0) || found.contains(batch));
    }
    assert_eq!(found, written, "{place}: other batches");
    let end = log.end_offset();
    // With deleted or lost records a dead machine may forget who sent them.
    let remembers = crash == Crash::Process || (known.start == 0 && found == life.batches(0, end));
    if end == known.end && known.start == coming.start && remembers {
        assert_eq!(Known::producers_of(&log), known.producers, "{place}: other producers");
        assert_eq!(log.last_stable_offset(), known.last_stable, "{place}: another last stable offset");
    }
    let next = life::append(&mut log, life::plain(1, 10))
        .unwrap_or_else(|error| panic!("{place}: takes no append: {error:?}"));
    assert_eq!(next.base_offset, end, "{place}");
    log.close().unwrap_or_else(|error| panic!("{place}: cannot be closed: {error}"));
    assert!(disk_is_tidy(&disk), "{place}: leftovers");
    report.bytes_truncated > 0 || report.segments_dropped > 0
}

/// Base offset and bytes of each batch, by reading as a client does.
fn read(log: &PartitionLog, place: &str) -> Vec<(i64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = log.start_offset();
    while at < log.end_offset() {
        let limit = ReadLimit { max_bytes: 1, at_least_one: true, below: i64::MAX };
        let located = log.read(at, limit).unwrap_or_else(|error| panic!("{place}: cannot be read at {at}: {error:?}"));
        if located.is_empty() {
            break;
        }
        found.push((located.first_offset(), located.clone().into_bytes().unwrap().to_vec()));
        at = located.next_offset();
    }
    found
}

fn disk_is_tidy(disk: &SimulatedDisk) -> bool {
    use kavka::log::Disk;
    let names = disk.list(Path::new("orders-0")).unwrap();
    names.iter().all(|entry| !entry.name.ends_with(".swap") && !entry.name.ends_with(".cleaned"))
}

//! Crashes of whole data directories: every step of random runs, and of the starts that follow a crash.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use kavka::log::disk::simulated::{Crash, SimulatedDisk, Wreckage};

use crate::judge::Case;
use crate::life::Choices;
use crate::run::Run;

const DEEDS: usize = 60;

/// How what is left open is decided, for one image.
pub fn fate(choices: &mut Choices) -> Box<dyn FnMut(usize) -> usize> {
    let mut own = Choices::new(choices.below(usize::MAX) as u64);
    match choices.below(4) {
        0 => Box::new(|_| 0),
        1 => Box::new(move |limit| own.below(2) * limit.saturating_sub(1)),
        _ => Box::new(move |limit| own.below(limit)),
    }
}

pub fn hash(disk: &SimulatedDisk) -> u64 {
    let mut hasher = DefaultHasher::new();
    disk.tree().hash(&mut hasher);
    hasher.finish()
}

#[derive(Default)]
struct Tally {
    tried: usize,
    repaired: usize,
    runs: u64,
    distinct: HashSet<u64>,
}

#[test]
fn a_data_directory_keeps_what_was_promised_after_any_crash() {
    let wanted = crate::wanted_images();
    let (tally, seeds) = (Mutex::new(Tally::default()), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while tally.lock().unwrap().distinct.len() < wanted {
                    crash_run(seeds.fetch_add(1, Ordering::Relaxed), &tally);
                }
            });
        }
    });
    let Tally { tried, repaired, runs, distinct } = tally.into_inner().unwrap();
    let distinct = distinct.len();
    eprintln!("{tried} images tried, {distinct} distinct, {repaired} repaired, {runs} runs from the seeds 0..{runs}");
    assert!(repaired > distinct / 50, "the crashes are too tame");
}

/// Checkpoints that a crash set back to what they had said before a log was shortened.
#[test]
fn runs_that_once_came_to_grief_do_not() {
    let tally = Mutex::default();
    [6, 35].into_iter().for_each(|seed| crash_run(seed, &tally));
}

fn crash_run(seed: u64, tally: &Mutex<Tally>) {
    let history = Run::live(seed, DEEDS);
    let mut choices = Choices::new(seed ^ 0x5eed);
    let mut wreckage = Wreckage::default();
    for count in 0..=history.steps.len() {
        let next = history.steps.get(count);
        let crash = [Crash::Machine, Crash::Machine, Crash::Process][choices.below(3)];
        let image = wreckage.left(next, crash, &mut *fate(&mut choices));
        let hash = hash(&image);
        let is_new = {
            let mut tally = tally.lock().unwrap();
            tally.tried += 1;
            tally.distinct.insert(hash)
        };
        if is_new {
            let judged = catch_unwind(AssertUnwindSafe(|| Case::new(&history, count, crash).judge(&image)));
            let judged = judged.unwrap_or_else(|_| Err("a panic".to_owned()));
            let place = || format!("seed {seed}, {crash:?} dies after step {count}; the next is {next:?}");
            tally.lock().unwrap().repaired +=
                usize::from(judged.unwrap_or_else(|fault| panic!("{}: {fault}", place())));
        }
        next.into_iter().for_each(|step| wreckage.take(step));
    }
    tally.lock().unwrap().runs += 1;
}

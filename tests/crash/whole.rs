//! Crashes of whole data directories: every step of random runs, and of the starts that follow a crash.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

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
    seeds: u64,
    distinct: HashSet<u64>,
}

#[test]
fn a_data_directory_keeps_what_was_promised_after_any_crash() {
    let wanted = crate::wanted_images();
    let mut tally = Tally::default();
    tally.seeds = std::env::var("KAVKA_CRASH_SEED").map_or(0, |s| s.parse().unwrap());
    while tally.distinct.len() < wanted {
        crash_run(tally.seeds, &mut tally);
        tally.seeds += 1;
    }
    let Tally { tried, seeds, distinct } = tally;
    eprintln!("{tried} images tried, {} of them distinct, seeds 0..{seeds}", distinct.len());
}

fn crash_run(seed: u64, tally: &mut Tally) {
    let history = Run::live(seed, DEEDS);
    let mut choices = Choices::new(seed ^ 0x5eed);
    let mut wreckage = Wreckage::default();
    for count in 0..=history.steps.len() {
        let next = history.steps.get(count);
        let crash = [Crash::Machine, Crash::Machine, Crash::Process][choices.below(3)];
        let image = wreckage.left(next, crash, &mut *fate(&mut choices));
        tally.tried += 1;
        if tally.distinct.insert(hash(&image)) {
            let judged = catch_unwind(AssertUnwindSafe(|| Case::new(&history, count, crash).judge(&image)));
            if std::env::var_os("KAVKA_CRASH_STEPS").is_some() && !matches!(judged, Ok(Ok(()))) {
                for at in 0..count {
                    eprintln!("{at} {:?}", history.steps[at]);
                }
                eprintln!("known {:?}\ncoming {:?}", history.around(count).0, history.around(count).1);
                for (path, content) in image.tree() {
                    eprintln!(
                        "TREE {} {:?}",
                        path.display(),
                        content.map(|c| (c.len(), String::from_utf8_lossy(&c[..c.len().min(120)]).into_owned()))
                    );
                }
            }
            let fault = judged.unwrap_or_else(|_| Err("a panic".to_owned())).err();
            assert_eq!(fault, None, "seed {seed}, {crash:?} dies after step {count}; the next is {next:?}");
        }
        next.into_iter().for_each(|step| wreckage.take(step));
    }
}

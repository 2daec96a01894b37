//! Can any bytes hurt a decoder?
//!
//! What a disk or a peer may hand over is made badly on purpose: sound bytes of every kind are edited, checksums are mended
//! half of the time so that what lies behind them is reached, and each decoder is given the result. It may refuse it; it may
//! not panic, take memory without bound, or lose on the way back what it read. The inputs come from a seed, so that a run
//! can be repeated: `KAVKA_FUZZ_EXECUTIONS=1000000 KAVKA_FUZZ_SEED=7 cargo test --release --test fuzz`.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::print_stdout, reason = "a long run says how much it tried")]

mod batches;
mod directories;
mod edits;
mod records;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};

use edits::Choices;

/// More than any input here may honestly need, with what the test itself takes.
const MOST_MEMORY: u64 = 2 << 30;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Gives every execution choices of its own. What panics is said with the seed that leads there directly.
fn fuzz(usual: u64, mut execution: impl FnMut(&mut Choices)) {
    let executions = number("KAVKA_FUZZ_EXECUTIONS").unwrap_or(usual);
    let first = number("KAVKA_FUZZ_SEED").unwrap_or(1);
    for seed in first..first + executions {
        let outcome = catch_unwind(AssertUnwindSafe(|| execution(&mut Choices::new(seed))));
        assert!(outcome.is_ok(), "with KAVKA_FUZZ_EXECUTIONS=1 KAVKA_FUZZ_SEED={seed} it fails");
    }
    assert!(highest_memory() < MOST_MEMORY, "{} bytes of memory were taken", highest_memory());
    println!("{executions} executions from seed {first}");
}

/// The high-water mark of this process; 0 where there is no such thing to read.
fn highest_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024
}

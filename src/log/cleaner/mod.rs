//! Compaction: of every key the last record stays, and all offsets stay what they are.
//!
//! ```text
//! 0 ────────── first dirty ─────────── end of the pass ──── first uncleanable ──── end of the log
//!   cleaned before          its keys go into the map                 left for later
//!   └── every record below the end is looked up and kept or dropped ┘
//! ```
//!
//! [`choice`] says whether and how far a log is cleaned, [`work`] reads and writes `.cleaned` files without the log's
//! lock, and `partition_log/clean.rs` puts them in the place of the originals, one group of segments after the other. Source: `reference/storage/04-log.md` 4.11,
//! KIP-534 (delete horizons), KIP-58 and KIP-354 (lags).

pub(super) mod choice;
mod mapping;
mod offset_map;
mod pace;
mod reader;
mod rewrite;
#[cfg(test)]
mod tests;
mod transactions;
pub(super) mod work;

pub use choice::Choice;
pub use pace::{AtFullSpeed, Pace};
pub use work::{Cleaned, CleanedGroup, CleaningWork, Pass, Unfinished};

/// Appended to the names of files that are being written.
pub(super) const CLEANED_SUFFIX: &str = ".cleaned";
/// Appended to the names of complete files that are taking the place of others.
pub(super) const SWAP_SUFFIX: &str = ".swap";

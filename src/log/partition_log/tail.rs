//! The last appended batches, kept in memory: whoever reads at the end of the log does not touch the file.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::append::Run;
use super::read::ReadLimit;
use crate::clock::Timestamp;

/// So much is kept, or the newest batch if that alone is larger.
const LIMIT_BYTES: usize = 256 << 10;
/// Readers at the end come within this time; later ones read the file.
const KEPT_FOR: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Kept {
    base_offset: i64,
    next_offset: i64,
    appended: Timestamp,
    bytes: Bytes,
}

/// A run of batches that ends at the end of the log, all of one segment.
#[derive(Debug, Default)]
pub(super) struct Tail {
    segment_offset: i64,
    batches: VecDeque<Kept>,
    size: usize,
}

/// What a reader gets from it.
pub(super) struct Found {
    pub chunks: Vec<Bytes>,
    pub length: usize,
    pub first_offset: i64,
    pub next_offset: i64,
}

impl Tail {
    /// Takes in an append to the segment at `segment_offset`.
    pub fn push(&mut self, segment_offset: i64, run: Run, now: Timestamp) {
        if self.segment_offset != segment_offset {
            self.clear();
            self.segment_offset = segment_offset;
        }
        let Run { bytes, batches } = run;
        let bytes = bytes.freeze();
        for placed in batches {
            let bytes = bytes.slice(placed.at..placed.at + placed.header.size());
            self.size += bytes.len();
            self.batches.push_back(Kept {
                base_offset: placed.header.base_offset,
                next_offset: placed.header.next_offset(),
                appended: now,
                bytes,
            });
        }
        while self.size > LIMIT_BYTES && self.batches.len() > 1 {
            self.pop();
        }
        self.drop_older(now);
    }

    /// Forgets what was appended a while before `now`.
    pub fn drop_older(&mut self, now: Timestamp) {
        while self.batches.front().is_some_and(|kept| now.since(kept.appended) > KEPT_FOR) {
            self.pop();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    pub fn clear(&mut self) {
        self.batches.clear();
        self.size = 0;
    }

    fn pop(&mut self) {
        if let Some(kept) = self.batches.pop_front() {
            self.size -= kept.bytes.len();
        }
    }

    /// Batches from the one that contains `from`; `None` if that is no longer, or not yet, here.
    pub fn find(&self, from: i64, limit: ReadLimit) -> Option<Found> {
        if self.batches.front()?.base_offset > from {
            return None;
        }
        let first = self.batches.partition_point(|kept| kept.next_offset <= from);
        let first_offset = self.batches.get(first)?.base_offset;
        let mut found = Found { chunks: Vec::new(), length: 0, first_offset, next_offset: first_offset };
        for kept in self.batches.range(first..) {
            let fits = found.length + kept.bytes.len() <= limit.max_bytes;
            let allowed = fits || (found.length == 0 && limit.at_least_one);
            if !allowed || kept.next_offset > limit.below {
                break;
            }
            found.length += kept.bytes.len();
            found.next_offset = kept.next_offset;
            found.chunks.push(kept.bytes.clone());
        }
        Some(found)
    }
}

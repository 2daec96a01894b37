//! The last appended batches, kept in memory as long as somebody reads along at the end of the log: such a reader does
//! not touch the file, and a log that is only written to keeps nothing.

use std::cell::Cell;
use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::read::ReadLimit;
use crate::clock::Timestamp;
use crate::log::validate::Validated;

/// So much is kept, or the newest batch if that alone is larger. Whoever is further behind does not read along.
const LIMIT_BYTES: usize = 256 << 10;
/// Batches up to this size are copied: they are small parts of buffers that would be kept as a whole.
const COPIED_BYTES: usize = 64 << 10;
/// Readers at the end come within this time; later ones read the file.
const KEPT_FOR: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Kept {
    base_offset: i64,
    next_offset: i64,
    appended: Timestamp,
    size: usize,
    /// The header and the records, or both in the first.
    parts: [Bytes; 2],
}

impl Kept {
    fn new(Validated { header, records }: Validated, appended: Timestamp) -> Kept {
        let size = header.size();
        let parts = match size <= COPIED_BYTES {
            true => {
                let mut whole = BytesMut::with_capacity(size);
                whole.extend_from_slice(&header.to_bytes());
                whole.extend_from_slice(&records);
                [whole.freeze(), Bytes::new()]
            }
            false => [Bytes::copy_from_slice(&header.to_bytes()), records],
        };
        Kept { base_offset: header.base_offset, next_offset: header.next_offset(), appended, size, parts }
    }
}

/// A run of batches that ends at the end of the log, all of one segment.
#[derive(Debug)]
pub(super) struct Tail {
    segment_offset: i64,
    batches: VecDeque<Kept>,
    size: usize,
    /// How much was appended since somebody last read at the end.
    unread: Cell<usize>,
    /// The last append.
    appended: Timestamp,
}

impl Default for Tail {
    fn default() -> Tail {
        Tail {
            segment_offset: 0,
            batches: VecDeque::new(),
            size: 0,
            unread: Cell::new(usize::MAX),
            appended: Timestamp::NONE,
        }
    }
}

/// What a reader gets from it.
pub(super) struct Found {
    pub chunks: Vec<Bytes>,
    pub length: usize,
    pub first_offset: i64,
    pub next_offset: i64,
}

impl Tail {
    /// Somebody is at the end of the log, and will want what comes next.
    pub fn note_reader(&self) {
        self.unread.set(0);
    }

    /// Takes in an append to the segment at `segment_offset`.
    pub fn push(&mut self, segment_offset: i64, batches: Vec<Validated>, now: Timestamp) {
        self.appended = now;
        let unread = self.unread.get();
        self.unread.set(unread.saturating_add(batches.iter().map(|batch| batch.header.size()).sum()));
        if self.segment_offset != segment_offset || unread > LIMIT_BYTES {
            self.clear();
            self.segment_offset = segment_offset;
        }
        if unread > LIMIT_BYTES {
            return;
        }
        for batch in batches {
            let kept = Kept::new(batch, now);
            self.size += kept.size;
            self.batches.push_back(kept);
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

    /// Whether nothing was appended for a while.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        now.since(self.appended) > KEPT_FOR
    }

    pub fn clear(&mut self) {
        self.batches.clear();
        self.size = 0;
    }

    fn pop(&mut self) {
        if let Some(kept) = self.batches.pop_front() {
            self.size -= kept.size;
        }
    }

    /// Batches from the one that contains `from`; `None` if that is no longer, or not yet, here.
    pub fn find(&self, from: i64, limit: ReadLimit) -> Option<Found> {
        if self.batches.front()?.base_offset > from {
            return None;
        }
        self.note_reader();
        let first = self.batches.partition_point(|kept| kept.next_offset <= from);
        let first_offset = self.batches.get(first)?.base_offset;
        let mut found = Found { chunks: Vec::new(), length: 0, first_offset, next_offset: first_offset };
        for kept in self.batches.range(first..) {
            let fits = found.length + kept.size <= limit.max_bytes;
            let allowed = fits || (found.length == 0 && limit.at_least_one);
            if !allowed || kept.next_offset > limit.below {
                break;
            }
            found.length += kept.size;
            found.next_offset = kept.next_offset;
            found.chunks.extend(kept.parts.iter().filter(|part| !part.is_empty()).cloned());
        }
        Some(found)
    }
}

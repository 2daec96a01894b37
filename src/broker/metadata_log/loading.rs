//! Reading the metadata: the newest snapshot, then the log behind it. Nothing is written, so that a broker that only
//! reads leaves no trace; a torn tail is left for [`takeover`](super::takeover) to cut off.

use std::path::{Path, PathBuf};

use super::errors::{Attempt, MetadataLogError};
use super::formatting::NewDirectory;
use super::names::{self, Files, SnapshotName, segment_name};
use crate::clock::Timestamp;
use crate::log::Disk;
use crate::log::batch::{Batch, BatchFault, BatchHeader, HEADER_BYTES};
use crate::log::disk::{DiskFile, Open};
use crate::metadata::batches::{Entry, read_batch};
use crate::metadata::snapshot::Snapshot;
use crate::metadata::{ClusterImage, ContentFault, ControlRecord, Quorum, Replay, Source};

/// How much of a segment is read at a time.
const CHUNK_BYTES: usize = 1 << 20;
/// The largest batch that a controller writes, and room to spare.
const LARGEST_BATCH_BYTES: usize = 64 << 20;

/// Everything that the files say.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub image: ClusterImage,
    pub quorum: Quorum,
    /// The log ends inside a metadata transaction, whose records are not in the image.
    pub open_transaction: bool,
    pub end_offset: i64,
    pub last_epoch: i32,
    pub last_timestamp: Timestamp,
    /// The log holds a record of the voters, not only a snapshot.
    pub voters_in_log: bool,
    /// The snapshot is newer than all of the log, which is to begin anew at its end.
    pub log_is_outdated: bool,
    pub has_segments: bool,
    /// What is below was flushed with its indexes: every append is, and it ends one segment at most.
    pub settled_to: i64,
    pub bytes_since_snapshot: u64,
}

pub(super) fn load(disk: &dyn Disk, log_directory: &Path) -> Result<Loaded, MetadataLogError> {
    let files = names::list(disk, log_directory)?;
    let snapshot = newest_snapshot(disk, log_directory, &files)?;
    let mut reading = Reading::start(snapshot);
    let first = files.segments.first().copied().unwrap_or(reading.next_offset);
    if first > reading.next_offset {
        return Err(MetadataLogError::Gap { expected: reading.next_offset, found: first });
    }
    for (index, base) in files.segments.iter().enumerate() {
        let next = files.segments.get(index + 1);
        if next.is_some_and(|next| *next <= reading.from) {
            continue;
        }
        let path = log_directory.join(segment_name(*base));
        reading.segment(disk, path, *base, next.is_none())?;
    }
    reading.finish(&files.segments)
}

/// What the files of a directory will say once it is formatted.
pub(super) fn of_new(new: &NewDirectory) -> Result<Loaded, MetadataLogError> {
    let voters = Snapshot { image: ClusterImage::default(), quorum: new.quorum(), last_timestamp: Timestamp::NONE };
    Reading::start(Some((SnapshotName { end_offset: 0, epoch: 0 }, voters))).finish(&[])
}

/// The newest snapshot that can be read. An older one will do where the log reaches back to it.
fn newest_snapshot(
    disk: &dyn Disk,
    log_directory: &Path,
    files: &Files,
) -> Result<Option<(SnapshotName, Snapshot)>, MetadataLogError> {
    let mut newest_fault = None;
    for name in files.snapshots.iter().rev() {
        let path = log_directory.join(name.to_string());
        let bytes = disk.read(&path).attempt("read", &path)?.unwrap_or_default();
        match Snapshot::decode(&bytes, name.end_offset) {
            Ok(snapshot) => return Ok(Some((*name, snapshot))),
            Err(fault) => {
                tracing::error!(snapshot = %path.display(), "cannot be used: {fault}");
                newest_fault.get_or_insert(MetadataLogError::Content { path, fault });
            }
        }
        let reaches_back = files.segments.first().is_some_and(|first| *first <= name.end_offset);
        if !reaches_back {
            break;
        }
    }
    let whole_log = files.segments.first() == Some(&0);
    match newest_fault {
        Some(fault) if !whole_log => Err(fault),
        _ => Ok(None),
    }
}

struct Reading {
    replay: Replay,
    quorum: Quorum,
    snapshot: Option<SnapshotName>,
    /// Records below are in the snapshot.
    from: i64,
    next_offset: i64,
    last_epoch: i32,
    last_timestamp: Timestamp,
    voters_in_log: bool,
    bytes_since_snapshot: u64,
    started: bool,
}

impl Reading {
    fn start(snapshot: Option<(SnapshotName, Snapshot)>) -> Reading {
        let name = snapshot.as_ref().map(|(name, _)| *name);
        let (image, quorum, last_timestamp) = match snapshot {
            Some((_, snapshot)) => (snapshot.image, snapshot.quorum, snapshot.last_timestamp),
            None => (ClusterImage::default(), Quorum::default(), Timestamp::NONE),
        };
        let from = name.map_or(0, |name| name.end_offset);
        Reading {
            replay: Replay::new(image, Source::Log),
            quorum,
            snapshot: name,
            from,
            next_offset: from,
            last_epoch: 0,
            last_timestamp,
            voters_in_log: false,
            bytes_since_snapshot: 0,
            started: false,
        }
    }

    fn segment(&mut self, disk: &dyn Disk, path: PathBuf, base: i64, is_last: bool) -> Result<(), MetadataLogError> {
        let file = disk.open(&path, Open::Read).attempt("open", &path)?;
        let mut batches = SegmentReader::new(&*file).attempt("read", &path)?;
        if !self.started {
            self.next_offset = base;
            self.started = true;
        }
        loop {
            let found = batches.next().attempt("read", &path)?;
            let fault = match found {
                Found::End => return Ok(()),
                Found::Batch(batch) => match self.batch(&batch) {
                    Ok(()) => continue,
                    Err(ContentFault::Batch { fault, .. }) => fault,
                    Err(fault) => return Err(MetadataLogError::Content { path, fault }),
                },
                Found::Fault(fault) => fault,
            };
            let fault = ContentFault::Batch { offset: self.next_offset, fault };
            if !is_last || batches.valid_batch_follows(self.next_offset).attempt("read", &path)? {
                return Err(MetadataLogError::Damaged { path, offset: self.next_offset, fault });
            }
            tracing::info!(log = %path.display(), offset = self.next_offset, "the log ends with an unfinished batch");
            return Ok(());
        }
    }

    fn batch(&mut self, bytes: &[u8]) -> Result<(), ContentFault> {
        let offset = self.next_offset;
        let batch = Batch::parse(bytes).map_err(|fault| ContentFault::Batch { offset, fault })?;
        batch.check_crc().map_err(|fault| ContentFault::Batch { offset, fault })?;
        let header = batch.header;
        if header.base_offset != offset {
            return Err(ContentFault::Order { expected: offset, found: header.base_offset });
        }
        if header.next_offset() > self.from {
            let Reading { replay, quorum, voters_in_log, .. } = self;
            read_batch(&batch, |offset, entry| match entry {
                Entry::Record(record) => {
                    replay.apply(offset, &record).map_err(|error| ContentFault::Replay { offset, error })
                }
                Entry::Control(record) => {
                    *voters_in_log |= matches!(record, ControlRecord::KRaftVoters(_));
                    quorum.apply(&record);
                    replay.passed(offset);
                    Ok(())
                }
            })?;
            self.bytes_since_snapshot += bytes.len() as u64;
            self.last_timestamp = Timestamp(header.max_timestamp);
        }
        self.last_epoch = self.last_epoch.max(header.leader_epoch);
        self.next_offset = header.next_offset();
        Ok(())
    }

    fn finish(self, segments: &[i64]) -> Result<Loaded, MetadataLogError> {
        let snapshot_end = self.snapshot.map_or(0, |name| name.end_offset);
        let snapshot_epoch = self.snapshot.map_or(0, |name| name.epoch);
        let has_segments = !segments.is_empty();
        let log_is_outdated = has_segments
            && (snapshot_epoch > self.last_epoch
                || (snapshot_epoch == self.last_epoch && snapshot_end > self.next_offset));
        let open_transaction = self.replay.in_transaction();
        let image = self.replay.finish().map_err(MetadataLogError::Contradiction)?;
        let end_offset = if log_is_outdated { snapshot_end } else { self.next_offset.max(snapshot_end) };
        Ok(Loaded {
            image: ClusterImage { end_offset, ..image },
            quorum: self.quorum,
            open_transaction,
            end_offset,
            last_epoch: self.last_epoch.max(snapshot_epoch),
            last_timestamp: self.last_timestamp,
            voters_in_log: self.voters_in_log,
            log_is_outdated,
            has_segments,
            settled_to: segments.iter().rev().nth(1).copied().unwrap_or(0),
            bytes_since_snapshot: self.bytes_since_snapshot,
        })
    }
}

enum Found {
    Batch(Vec<u8>),
    Fault(BatchFault),
    End,
}

/// Walks over the batches of a file.
struct SegmentReader<'a> {
    file: &'a dyn DiskFile,
    length: u64,
    /// Where the next batch begins.
    position: u64,
    buffer: Vec<u8>,
    /// Where the buffer begins in the file.
    buffer_at: u64,
}

impl<'a> SegmentReader<'a> {
    fn new(file: &'a dyn DiskFile) -> std::io::Result<SegmentReader<'a>> {
        Ok(SegmentReader { file, length: file.len()?, position: 0, buffer: Vec::new(), buffer_at: 0 })
    }

    fn next(&mut self) -> std::io::Result<Found> {
        let left = (self.length - self.position) as usize;
        if left == 0 {
            return Ok(Found::End);
        }
        let header = match self.header(left)? {
            Ok(header) => header,
            Err(fault) => return Ok(Found::Fault(fault)),
        };
        let size = header.size();
        if size > left || size > LARGEST_BATCH_BYTES {
            return Ok(Found::Fault(BatchFault::Incomplete { needed: size, found: left }));
        }
        let bytes = self.fill(size)?.to_vec();
        self.position += size as u64;
        Ok(Found::Batch(bytes))
    }

    fn header(&mut self, left: usize) -> std::io::Result<Result<BatchHeader, BatchFault>> {
        if left < HEADER_BYTES {
            return Ok(Err(BatchFault::Incomplete { needed: HEADER_BYTES, found: left }));
        }
        Ok(BatchHeader::parse(self.fill(HEADER_BYTES)?))
    }

    /// The next `size` bytes from the position, which the file has.
    fn fill(&mut self, size: usize) -> std::io::Result<&[u8]> {
        let start = self.position.saturating_sub(self.buffer_at) as usize;
        let held = self.position >= self.buffer_at && start + size <= self.buffer.len();
        if !held {
            let wanted = size.max(CHUNK_BYTES).min((self.length - self.position) as usize);
            self.buffer = crate::log::disk::read_exact(self.file, self.position, wanted)?;
            self.buffer_at = self.position;
            return Ok(&self.buffer[..size]);
        }
        Ok(&self.buffer[start..start + size])
    }

    /// Whether a whole valid batch lies anywhere behind a faulty one: then the fault is no torn tail.
    fn valid_batch_follows(&mut self, faulty_offset: i64) -> std::io::Result<bool> {
        let left = (self.length - self.position) as usize;
        let rest = crate::log::disk::read_exact(self.file, self.position, left.min(LARGEST_BATCH_BYTES))?;
        let is_valid = |at: usize| {
            let bytes = &rest[at..];
            let Ok(batch) = Batch::parse(bytes) else { return false };
            batch.header.base_offset > faulty_offset && batch.check_crc().is_ok()
        };
        Ok((1..rest.len().saturating_sub(HEADER_BYTES)).any(|at| rest[at + 16] == 2 && is_valid(at)))
    }
}

//! A copy of a log in another directory, made while the original is written to: segment by segment, whole batches only,
//! until little is left; then the original is closed and the rest follows, with the small files.
//!
//! Nothing but appends may happen to the original meanwhile. At every moment the copy is a log that can be opened after an
//! unclean stop; when it is finished it is one that was closed cleanly, and all of it is on the platter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::PartitionLog;
use crate::log::checkpoints::{LEADER_EPOCH_FILE, PARTITION_METADATA_FILE, topic_id_text};
use crate::log::disk::{Disk, DiskFile, Open, read_exact, replace};
use crate::log::errors::{Attempt, LogError};
use crate::log::segment::{LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX, file_path};
use crate::vocabulary::Uuid;

/// How much is read at a time.
const CHUNK_BYTES: u64 = 1 << 20;
/// Base offset, length: what every batch begins with.
const PREFIX_BYTES: usize = 12;
/// Up to the last offset delta of a batch of the current format.
const HEAD_BYTES: usize = 27;

/// The segments that a log has now.
#[derive(Debug, Clone)]
pub struct CopyPlan {
    segments: Vec<(i64, u64)>,
    generation: u64,
    end_offset: i64,
}

/// A copy in the making.
#[derive(Debug)]
pub struct LogCopy {
    disk: Arc<dyn Disk>,
    from: PathBuf,
    to: PathBuf,
    /// How much of each segment is there.
    copied: BTreeMap<i64, u64>,
    generation: Option<u64>,
    /// Behind the last record that is there.
    pub next_offset: i64,
    pub bytes: u64,
}

impl PartitionLog {
    pub fn copy_plan(&self) -> CopyPlan {
        CopyPlan {
            segments: self.segments.iter().map(|(base, segment)| (*base, segment.size)).collect(),
            generation: self.generation,
            end_offset: self.end_offset,
        }
    }

    /// Begins a copy of this log in a directory that is not there yet, or holds an earlier attempt.
    pub fn begin_copy(&self, to: PathBuf) -> Result<LogCopy, LogError> {
        let disk = self.disk.clone();
        disk.remove_directory(&to).attempt("remove", &to)?;
        disk.create_directory(&to).attempt("create", &to)?;
        write_topic_id(&*disk, &to, self.topic_id)?;
        if let Some(parent) = to.parent() {
            disk.sync_directory(parent).attempt("sync", parent)?;
        }
        Ok(LogCopy {
            disk,
            from: self.directory.clone(),
            to,
            copied: BTreeMap::new(),
            generation: None,
            next_offset: self.first_segment_offset(),
            bytes: 0,
        })
    }

    /// An empty log where a copy is wanted: whoever opens the directory next makes it.
    pub fn announce_copy(disk: &Arc<dyn Disk>, to: &Path, topic_id: Uuid) -> Result<(), LogError> {
        disk.remove_directory(to).attempt("remove", to)?;
        disk.create_directory(to).attempt("create", to)?;
        write_topic_id(&**disk, to, topic_id)?;
        match to.parent() {
            Some(parent) => disk.sync_directory(parent).attempt("sync", parent),
            None => Ok(()),
        }
    }
}

impl CopyPlan {
    /// How many bytes of the log the copy has not.
    pub fn bytes_left(&self, copy: &LogCopy) -> u64 {
        self.segments.iter().map(|(base, size)| size - copy.copied.get(base).copied().unwrap_or(0).min(*size)).sum()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.segments.iter().all(|(_, size)| *size == 0)
    }

    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }
}

impl LogCopy {
    /// Copies what the plan has and the copy has not. `go_on` is asked between two chunks, with the offset that the copy
    /// has reached and its size; false if it said no.
    pub fn advance(&mut self, plan: &CopyPlan, go_on: &mut dyn FnMut(i64, u64) -> bool) -> Result<bool, LogError> {
        if self.generation.is_some_and(|generation| generation != plan.generation) {
            self.begin_anew()?;
        }
        self.generation = Some(plan.generation);
        let last = plan.segments.last().map(|(base, _)| *base);
        for &(base, size) in &plan.segments {
            let begun = self.copied.get(&base).copied();
            let has_ended = Some(base) != last;
            if begun == Some(size) && !(has_ended && self.is_open(base)) {
                continue;
            }
            if !self.copy_segment(base, begun.unwrap_or(0), size, go_on)? {
                return Ok(false);
            }
            if has_ended {
                self.end_segment(base)?;
            }
        }
        Ok(true)
    }

    /// Everything else, once the log is closed; the plan was made after that.
    pub fn finish(&mut self, plan: &CopyPlan) -> Result<(), LogError> {
        self.advance(plan, &mut |_, _| true)?;
        if let Some((last, _)) = plan.segments.last() {
            self.end_segment(*last)?;
        }
        let entries = self.disk.list(&self.from).attempt("list", &self.from)?;
        let is_small = |name: &str| name == LEADER_EPOCH_FILE || name.ends_with(".snapshot");
        for entry in entries.iter().filter(|entry| !entry.is_directory && is_small(&entry.name)) {
            self.copy_file(&self.from.join(&entry.name), &self.to.join(&entry.name))?;
        }
        self.disk.sync_directory(&self.to).attempt("sync", &self.to)
    }

    /// Whether the indexes of a segment are still missing: it was the last one when its records were copied.
    fn is_open(&self, base: i64) -> bool {
        !matches!(self.disk.exists(&file_path(&self.to, base, OFFSET_INDEX)), Ok(true))
    }

    /// Records were taken back.
    fn begin_anew(&mut self) -> Result<(), LogError> {
        for base in std::mem::take(&mut self.copied).into_keys() {
            for extension in [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX] {
                let path = file_path(&self.to, base, extension);
                self.disk.remove_file(&path).attempt("remove", &path)?;
            }
        }
        self.bytes = 0;
        Ok(())
    }

    fn copy_segment(
        &mut self,
        base: i64,
        begun: u64,
        size: u64,
        go_on: &mut dyn FnMut(i64, u64) -> bool,
    ) -> Result<bool, LogError> {
        let (from, to) = (file_path(&self.from, base, LOG), file_path(&self.to, base, LOG));
        let source = self.disk.open(&from, Open::Read).attempt("open", &from)?;
        let target = self.disk.open(&to, Open::Append).attempt("open", &to)?;
        let mut position = begun;
        self.copied.insert(base, position);
        while position < size {
            let (batches, next_offset) = whole_batches(&*source, position, size).attempt("read", &from)?;
            if batches.is_empty() {
                return Err(LogError::malformed(&from, format!("no whole batch at position {position}")));
            }
            target.append(&batches).attempt("write", &to)?;
            position += batches.len() as u64;
            self.copied.insert(base, position);
            self.bytes += batches.len() as u64;
            self.next_offset = next_offset;
            if !go_on(self.next_offset, self.bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The files beside the records, and everything of the segment on the platter.
    fn end_segment(&self, base: i64) -> Result<(), LogError> {
        for extension in [OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX] {
            self.copy_file(&file_path(&self.from, base, extension), &file_path(&self.to, base, extension))?;
        }
        let (from, to) = (file_path(&self.from, base, LOG), file_path(&self.to, base, LOG));
        let modified = self.disk.open(&from, Open::Read).and_then(|file| file.modified()).attempt("read", &from)?;
        let target = self.disk.open(&to, Open::Append).attempt("open", &to)?;
        target.sync().and_then(|()| target.set_modified(modified)).attempt("sync", &to)
    }

    fn copy_file(&self, from: &Path, to: &Path) -> Result<(), LogError> {
        let Some(bytes) = self.disk.read(from).attempt("read", from)? else { return Ok(()) };
        let file = self.disk.open(to, Open::Replace).attempt("create", to)?;
        file.append(&bytes).and_then(|()| file.sync()).attempt("write", to)
    }
}

fn write_topic_id(disk: &dyn Disk, directory: &Path, topic_id: Uuid) -> Result<(), LogError> {
    let path = directory.join(PARTITION_METADATA_FILE);
    replace(disk, &path, topic_id_text(topic_id).as_bytes()).attempt("write", &path)
}

/// The batches that begin at `position`, as many as fit into a chunk and one at least, and the offset behind them.
fn whole_batches(file: &dyn DiskFile, position: u64, end: u64) -> std::io::Result<(Vec<u8>, i64)> {
    let mut wanted = CHUNK_BYTES.min(end - position);
    loop {
        let mut bytes = read_exact(file, position, wanted as usize)?;
        let (mut whole, mut next_offset, mut needed) = (0, 0, 0);
        while let Some(prefix) = bytes.get(whole..whole + PREFIX_BYTES) {
            let length = i32::from_be_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]);
            let size = PREFIX_BYTES + usize::try_from(length).unwrap_or(0);
            let Some(batch) = bytes.get(whole..whole + size).filter(|batch| batch.len() > PREFIX_BYTES) else {
                needed = size as u64;
                break;
            };
            next_offset = offset_behind(batch);
            whole += size;
        }
        if whole > 0 || needed <= wanted || position + needed > end {
            bytes.truncate(whole);
            return Ok((bytes, next_offset));
        }
        wanted = needed;
    }
}

/// A message set of an old format bears its last offset.
fn offset_behind(batch: &[u8]) -> i64 {
    let base = batch.first_chunk().map_or(0, |base| i64::from_be_bytes(*base));
    let delta = match batch.get(HEAD_BYTES - 4..HEAD_BYTES).map(<[u8; 4]>::try_from) {
        Some(Ok(delta)) if batch[16] >= 2 => i64::from(i32::from_be_bytes(delta)),
        _ => 0,
    };
    base.saturating_add(delta).saturating_add(1)
}

//! Putting the log on the platter, and closing it.

use std::path::PathBuf;
use std::sync::Arc;

use super::PartitionLog;
use crate::clock::Timestamp;
use crate::log::disk::{Disk, DiskFile, Open};
use crate::log::errors::{Attempt, LogError};
use crate::log::side_by_side;

/// A flush that can run without the log's lock: [`PartitionLog::prepare_flush`], [`FlushWork::run`],
/// [`PartitionLog::finish_flush`].
#[derive(Debug)]
pub struct FlushWork {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    files: Vec<Arc<dyn DiskFile>>,
    snapshots: Vec<PathBuf>,
    sync_directory: bool,
    sync_name: bool,
    up_to: i64,
    generation: u64,
}

impl FlushWork {
    /// How many files will be synced.
    pub fn file_count(&self) -> usize {
        self.files.len() + self.snapshots.len()
    }

    /// Waits for the platter.
    pub fn run(&self) -> Result<(), LogError> {
        (0..self.file_count()).try_for_each(|file| self.sync_file(file))?;
        self.sync_names()
    }

    /// The same for many logs, with so many threads that wait.
    pub fn run_all(works: &[&FlushWork], threads: usize) -> Vec<Result<(), LogError>> {
        let files_of = |(at, work): (usize, &&FlushWork)| (0..work.file_count()).map(move |file| (at, file));
        let files: Vec<(usize, usize)> = works.iter().enumerate().flat_map(files_of).collect();
        let synced = side_by_side(threads, &files, |(at, file)| works[*at].sync_file(*file));
        let mut results: Vec<Result<(), LogError>> = side_by_side(threads, works, |work| work.sync_names());
        for ((at, _), result) in files.into_iter().zip(synced) {
            if result.is_err() {
                results[at] = result;
            }
        }
        results
    }

    fn sync_file(&self, at: usize) -> Result<(), LogError> {
        let file = match self.files.get(at) {
            Some(file) => file.clone(),
            None => match self.disk.open(&self.snapshots[at - self.files.len()], Open::Read) {
                Ok(snapshot) => snapshot,
                // It was deleted meanwhile, which is no loss.
                Err(_) => return Ok(()),
            },
        };
        file.sync().attempt("sync", &self.directory)
    }

    fn sync_names(&self) -> Result<(), LogError> {
        if self.sync_directory {
            self.disk.sync_directory(&self.directory).attempt("sync", &self.directory)?;
        }
        match self.directory.parent().filter(|_| self.sync_name) {
            Some(parent) => self.disk.sync_directory(parent).attempt("sync", parent),
            None => Ok(()),
        }
    }
}

impl PartitionLog {
    /// Whether it is time for a flush: a segment ended that is not on the platter, or `flush.ms` passed.
    pub fn flush_is_due(&self, now: Timestamp) -> bool {
        let active_offset = self.segments.keys().next_back().copied().unwrap_or(0);
        let waited = |since: Timestamp| now.millis().saturating_sub(since.millis());
        self.recovery_point < active_offset
            || self.unflushed_since.is_some_and(|since| waited(since) >= self.settings.flush_ms)
    }

    /// Whether as many records wait for the platter as `flush.messages` allows: no append is acknowledged before them.
    pub fn owes_flush(&self) -> bool {
        self.end_offset.saturating_sub(self.recovery_point) >= self.settings.flush_messages
    }

    /// Gathers what must reach the platter for the recovery point to be the end of the log. After a flush that failed
    /// there is no other: a file system may have dropped what it could not write, and say the next time that all is well.
    pub fn prepare_flush(&mut self) -> Result<FlushWork, LogError> {
        self.check_fence()?;
        if self.end_offset == 0 {
            // It never held a record: there is nothing that a power cut could take.
            return Ok(self.work(Vec::new(), Vec::new()));
        }
        self.sync_topic_id()?;
        let mut files = Vec::new();
        for segment in self.segments.values_mut() {
            files.extend(segment.files_to_sync()?);
        }
        let epochs = self.epochs.file_to_sync()?;
        let snapshots = self.snapshots.take_unsynced();
        let sync_directory = epochs.is_some() || self.directory_unsynced || !snapshots.is_empty();
        files.extend(epochs);
        let work = FlushWork { sync_directory, sync_name: self.name_unsynced, ..self.work(files, snapshots) };
        self.directory_unsynced = false;
        self.name_unsynced = false;
        self.unflushed_since = None;
        Ok(work)
    }

    fn work(&self, files: Vec<Arc<dyn DiskFile>>, snapshots: Vec<PathBuf>) -> FlushWork {
        FlushWork {
            disk: self.disk.clone(),
            directory: self.directory.clone(),
            files,
            snapshots,
            sync_directory: false,
            sync_name: false,
            up_to: self.end_offset,
            generation: self.generation,
        }
    }

    /// Takes note of how a flush ended. If it failed nothing may be appended any more: what the platter holds is not
    /// known.
    pub fn finish_flush(&mut self, work: &FlushWork, result: Result<(), LogError>) -> Result<(), LogError> {
        match &result {
            Ok(()) if work.generation == self.generation => {
                self.recovery_point = self.recovery_point.max(work.up_to);
            }
            Ok(()) => {}
            Err(e) => self.fence(e.to_string()),
        }
        result
    }

    /// Puts everything on the platter.
    pub fn flush(&mut self) -> Result<(), LogError> {
        let work = self.prepare_flush()?;
        let result = work.run();
        self.finish_flush(&work, result)
    }

    /// Ends the log's life in this process in the state that a clean shutdown promises: flushed, complete indexes, a
    /// producer snapshot at the end. A log that was only read is left as it was. Reading stays possible.
    pub fn close(&mut self) -> Result<(), LogError> {
        let work = self.prepare_close()?;
        let result = work.run();
        self.finish_close(&work, result)
    }

    /// What precedes the flush that [`PartitionLog::close`] ends with.
    pub fn prepare_close(&mut self) -> Result<FlushWork, LogError> {
        self.check_fence()?;
        self.active()?.deactivate()?;
        if self.snapshots.latest().unwrap_or(0) < self.end_offset {
            self.snapshots.write(self.end_offset, &self.producers)?;
            self.drop_stray_snapshots()?;
        }
        self.prepare_flush()
    }

    /// What follows it.
    pub fn finish_close(&mut self, work: &FlushWork, result: Result<(), LogError>) -> Result<(), LogError> {
        self.finish_flush(work, result)?;
        self.tail.clear();
        self.fence = Some("it was closed".to_owned());
        Ok(())
    }

    /// Only snapshots at the beginning of a segment are of use, and the newest.
    fn drop_stray_snapshots(&mut self) -> Result<(), LogError> {
        let newest = self.snapshots.latest();
        let segments = &self.segments;
        self.snapshots.remove_where(|offset| !segments.contains_key(&offset) && Some(offset) != newest)
    }
}

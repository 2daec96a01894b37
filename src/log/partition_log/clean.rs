//! Cleaning a log: what is planned under the log's lock, and how the output of a pass takes the place of its input.
//!
//! The order of the renames is Kafka's, and a crash between any two of them is finished or taken back by the next start
//! (`open.rs`): output to `.swap`, input to `.deleted`, output to its final name.

use std::collections::HashMap;

use super::PartitionLog;
use crate::clock::Timestamp;
use crate::log::cleaner::choice::{Candidate, Outlook};
use crate::log::cleaner::work::{BUFFER_BYTES, LastOfProducer, Source};
use crate::log::cleaner::{CLEANED_SUFFIX, Choice, CleanedGroup, CleaningWork, SWAP_SUFFIX};
use crate::log::errors::{Attempt, LogError};
use crate::log::partition_log::roll;
use crate::log::segment::{EXTENSIONS, Segment, file_path, suffixed};

impl PartitionLog {
    /// How the log would be cleaned, if it is worth it. `checkpoint` is the first offset that no pass has looked at.
    pub fn cleaning_choice(&mut self, checkpoint: Option<i64>, now: Timestamp) -> Result<Option<Choice>, LogError> {
        self.check_fence()?;
        if !self.settings.compact {
            return Ok(None);
        }
        let outlook = Outlook {
            segments: self.cleaning_candidates()?,
            start_offset: self.start_offset,
            end_offset: self.end_offset,
            last_stable_offset: self.last_stable_offset(),
            checkpoint,
        };
        Ok(outlook.choose(&self.settings, now))
    }

    /// The same with all that a pass needs to know. `map_limit` is the number of keys that it may keep in memory.
    pub fn plan_cleaning(
        &mut self,
        checkpoint: Option<i64>,
        map_limit: usize,
        now: Timestamp,
    ) -> Result<Option<CleaningWork>, LogError> {
        let Some(choice) = self.cleaning_choice(checkpoint, now)? else { return Ok(None) };
        let end_offset = self.end_offset;
        Ok(Some(CleaningWork {
            disk: self.disk.clone(),
            directory: self.directory.clone(),
            settings: self.settings.clone(),
            sources: self.closed_segments(),
            aborted: self.aborted_transactions(0, end_offset)?,
            producers: self.last_of_producers(),
            generation: self.generation,
            choice,
            now,
            map_limit,
            buffer_bytes: BUFFER_BYTES,
        }))
    }

    fn cleaning_candidates(&mut self) -> Result<Vec<Candidate>, LogError> {
        let needs_age = self.settings.compact && self.settings.max_compaction_lag_ms < i64::MAX;
        let candidate = |segment: &mut Segment| {
            Ok(Candidate {
                base_offset: segment.base_offset,
                size: segment.size,
                latest: segment.latest_or_modified()?,
                first_timestamp: if needs_age { segment.first_timestamp()? } else { None },
            })
        };
        self.segments.values_mut().map(candidate).collect()
    }

    fn closed_segments(&self) -> Vec<Source> {
        let all: Vec<&Segment> = self.segments.values().collect();
        let source = |pair: &[&Segment]| Source {
            base_offset: pair[0].base_offset,
            next_offset: pair[1].base_offset,
            path: pair[0].path().to_owned(),
            size: pair[0].size,
            offset_index_bytes: pair[0].offsets.size_in_bytes(),
            time_index_bytes: pair[0].times.size_in_bytes(),
        };
        all.windows(2).map(source).collect()
    }

    fn last_of_producers(&self) -> HashMap<i64, LastOfProducer> {
        let last = |(id, entry): (i64, &crate::log::producers::ProducerEntry)| {
            let data_offset = entry.batches.back().map(|batch| batch.last_offset);
            (id, LastOfProducer { data_offset, epoch: entry.epoch })
        };
        self.producers.iter().map(last).collect()
    }

    /// Puts the output of a pass in the place of its input. False, and nothing changed, if the log meanwhile lost what
    /// the pass had read: then there is nothing to go on with.
    pub fn swap_in(&mut self, work: &CleaningWork, group: &CleanedGroup, now: Timestamp) -> Result<bool, LogError> {
        let is_there = |source: &Source| {
            let segment = self.segments.get(&source.base_offset);
            segment.is_some_and(|segment| segment.size == source.size && segment.path() == source.path)
        };
        if self.fence.is_some() || self.generation != work.generation || !group.sources.iter().all(is_there) {
            group.discard(work)?;
            self.check_fence()?;
            return Ok(false);
        }
        let swapped = self.swap(group, now);
        if let Err(error) = &swapped {
            self.fence(error.to_string());
        }
        swapped.map(|()| true)
    }

    fn swap(&mut self, group: &CleanedGroup, now: Timestamp) -> Result<(), LogError> {
        let Some(base) = group.sources.first().map(|source| source.base_offset) else { return Ok(()) };
        self.rename_files(base, CLEANED_SUFFIX, SWAP_SUFFIX)?;
        self.delete_files_of(base, now)?;
        for source in &group.sources[1..] {
            self.delete_segment(source.base_offset, now)?;
        }
        self.rename_files(base, SWAP_SUFFIX, "")?;
        self.disk.sync_directory(&self.directory).attempt("sync", &self.directory)?;
        let mut segment = Segment::open(&self.disk, &self.directory, base, now)?;
        segment.jitter_ms = roll::jitter(&self.directory, base, &self.settings);
        self.segments.insert(base, segment);
        Ok(())
    }

    fn rename_files(&self, base: i64, from: &str, to: &str) -> Result<(), LogError> {
        for extension in EXTENSIONS {
            let path = file_path(&self.directory, base, extension);
            let old = suffixed(&path, from);
            if self.disk.exists(&old).attempt("find", &old)? {
                self.disk.rename(&old, &suffixed(&path, to)).attempt("rename", &old)?;
            }
        }
        Ok(())
    }
}

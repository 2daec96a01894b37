//! Opening a log that is there: first the leftovers of a crash are dealt with by their names, then segments are opened
//! and, where they are not known to be sound, recovered. A clean log that is opened and closed again is not changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::{PartitionLog, roll};
use crate::clock::Timestamp;
use crate::log::checkpoints;
use crate::log::cleaner::{CLEANED_SUFFIX, SWAP_SUFFIX};
use crate::log::disk::{Disk, Open};
use crate::log::errors::{Attempt, LogError};
use crate::log::leader_epochs::LeaderEpochs;
use crate::log::producers::{Producers, SnapshotFiles};
use crate::log::segment::{
    DELETED_SUFFIX, HeaderScan, LOG, OFFSET_INDEX, Segment, TIME_INDEX, TRANSACTION_INDEX, file_path,
};
use crate::log::settings::LogSettings;

/// What a log must be told when it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    pub settings: LogSettings,
    /// The directory's clean-shutdown marker was there, and nothing was written since.
    pub clean: bool,
    /// From `recovery-point-offset-checkpoint`.
    pub recovery_point: Option<i64>,
    /// From `log-start-offset-checkpoint`.
    pub log_start: Option<i64>,
    pub now: Timestamp,
}

/// What opening found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Segments whose every batch was checked.
    pub segments_recovered: usize,
    /// Bytes cut off because they were no whole, valid batch.
    pub bytes_truncated: u64,
    /// Segments dropped because they came after such a cut.
    pub segments_dropped: usize,
    /// `partition.metadata` was missing or empty: [`PartitionLog::topic_id`] is zero until it is assigned.
    pub topic_id_missing: bool,
}

impl PartitionLog {
    /// Opens the log in `directory`.
    pub fn open(
        disk: Arc<dyn Disk>,
        directory: PathBuf,
        opening: Opening,
    ) -> Result<(PartitionLog, RecoveryReport), LogError> {
        let names = tidy_names(&*disk, &directory)?;
        let topic_id = checkpoints::read_topic_id(&*disk, &directory)?;
        let epochs = LeaderEpochs::open(disk.clone(), directory.clone())?;
        let mut report = RecoveryReport { topic_id_missing: topic_id.is_none(), ..RecoveryReport::default() };
        let mut log = PartitionLog {
            snapshots: SnapshotFiles::found(disk.clone(), directory.clone(), &names),
            epochs,
            disk,
            directory,
            topic_id: topic_id.unwrap_or_default(),
            settings: opening.settings.clone(),
            segments: BTreeMap::new(),
            start_offset: 0,
            end_offset: 0,
            recovery_point: 0,
            producers: Producers::default(),
            tail: Default::default(),
            fence: None,
            directory_unsynced: !opening.clean,
            name_unsynced: !opening.clean,
            topic_id_unsynced: false,
            doomed: Vec::new(),
            unflushed_since: None,
            generation: 0,
        };
        if !opening.clean {
            // The process that wrote them was perhaps killed before it flushed.
            log.epochs.distrust();
            log.snapshots.distrust(opening.recovery_point.unwrap_or(0));
        }
        // An empty file says nothing, and after a crash need not be right.
        log.epochs.damaged |= !opening.clean && log.epochs.latest().is_none();
        let unsound = log.open_segments(&names, opening.now)?;
        if !opening.clean {
            log.drop_below(opening.log_start.unwrap_or(0), opening.now)?;
        }
        let recovered_to = log.recover_where_due(&unsound, &opening, &mut report)?;
        log.settle_edges(&opening)?;
        log.settle_producers(recovered_to, opening.now)?;
        Ok((log, report))
    }

    /// Opens every segment; yields the base offsets of those whose indexes cannot be right.
    fn open_segments(&mut self, names: &[String], now: Timestamp) -> Result<BTreeSet<i64>, LogError> {
        let known: BTreeSet<i64> = names.iter().filter_map(|name| base_offset(name, LOG)).collect();
        for name in names {
            let index = [OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX].iter().find_map(|kind| base_offset(name, kind));
            if index.is_some_and(|base| !known.contains(&base)) {
                let path = self.directory.join(name);
                self.disk.remove_file(&path).attempt("remove", &path)?;
            }
        }
        let mut unsound = BTreeSet::new();
        for base in known {
            let index = file_path(&self.directory, base, OFFSET_INDEX);
            let has_index = self.disk.exists(&index).attempt("find", &index)?;
            let mut segment = Segment::open(&self.disk, &self.directory, base, now)?;
            segment.jitter_ms = roll::jitter(&self.directory, base, &self.settings);
            if self.epochs.damaged || !has_index || !segment.indexes_are_sound()? {
                unsound.insert(base);
            }
            self.segments.insert(base, segment);
        }
        Ok(unsound)
    }

    /// Segments that nobody may read any more were perhaps never put on the platter, and must not stand in the way.
    fn drop_below(&mut self, log_start: i64, now: Timestamp) -> Result<(), LogError> {
        let bases: Vec<i64> = self.segments.keys().copied().collect();
        let below = bases.windows(2).take_while(|pair| pair[1] <= log_start).map(|pair| pair[0]);
        below.into_iter().try_for_each(|base| self.delete_segment(base, now))
    }

    /// Where the log begins and ends, and what follows from it.
    fn settle_edges(&mut self, opening: &Opening) -> Result<(), LogError> {
        let log_start = opening.log_start.unwrap_or(0);
        if !self.segments.is_empty() && self.end_offset < log_start {
            tracing::warn!(
                directory = %self.directory.display(), end = self.end_offset, log_start,
                "the log ends below its checkpointed start and is begun anew there"
            );
            let all: Vec<i64> = self.segments.keys().copied().collect();
            all.into_iter().try_for_each(|base| self.delete_segment(base, opening.now))?;
        }
        if self.segments.is_empty() {
            self.end_offset = log_start;
            self.add_segment(log_start, opening.now)?;
        }
        let active = self.active()?;
        active.activate()?;
        active.find_latest()?;
        self.start_offset = log_start.max(self.first_segment_offset());
        self.recovery_point = match opening.clean {
            true => self.end_offset,
            false => opening.recovery_point.unwrap_or(0).min(self.end_offset),
        };
        self.epochs.fit(self.start_offset, self.end_offset);
        if opening.clean { Ok(()) } else { self.find_first_epochs() }
    }

    /// The epochs were cut at a start that the log did not keep: those before it are in the batches.
    fn find_first_epochs(&mut self) -> Result<(), LogError> {
        let (start, known_from) = (self.start_offset, self.epochs.first_offset().unwrap_or(self.end_offset));
        if known_from <= start {
            return Ok(());
        }
        let mut found = Vec::new();
        for segment in self.segments.range(self.first_segment_offset()..known_from).map(|(_, segment)| segment) {
            let mut scan = segment.scan(0, segment.size)?;
            while let Some((_, header)) = scan.next_batch().map_err(|fault| segment.fault(fault))? {
                if header.base_offset >= known_from {
                    break;
                }
                if header.next_offset() > start {
                    found.push((header.leader_epoch, header.base_offset.max(start)));
                }
            }
        }
        self.epochs.put_before(&found);
        Ok(())
    }

    /// The producers as of the end of the log.
    fn settle_producers(&mut self, recovered_to: Option<i64>, now: Timestamp) -> Result<(), LogError> {
        let end_offset = self.end_offset;
        self.snapshots.remove_where(|offset| offset > end_offset)?;
        if recovered_to == Some(end_offset) {
            if self.snapshots.latest().unwrap_or(0) < end_offset {
                self.snapshots.write(end_offset, &self.producers)?;
            }
            return Ok(());
        }
        self.reload_producers(end_offset, now)
    }
}

impl Segment {
    /// A cheap look at what can be told without reading the log.
    fn indexes_are_sound(&self) -> Result<bool, LogError> {
        let position_fits = self.offsets.count() == 0 || self.offsets.last_position() < self.size;
        let offsets_fit = self.offsets.last_offset().is_none_or(|last| last >= self.base_offset);
        Ok(position_fits && offsets_fit && self.aborted.is_sound(self.base_offset)?)
    }
}

fn base_offset(name: &str, extension: &str) -> Option<i64> {
    leading_offset(name.strip_suffix(extension)?.strip_suffix('.')?)
}

/// The number before the first dot.
fn leading_offset(name: &str) -> Option<i64> {
    let digits = name.split('.').next()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Finishes what a crash interrupted: removals that were announced, and the swap of cleaned segments. Yields the names
/// that are left.
fn tidy_names(disk: &dyn Disk, directory: &std::path::Path) -> Result<Vec<String>, LogError> {
    let mut names: BTreeSet<String> = disk
        .list(directory)
        .attempt("list", directory)?
        .into_iter()
        .filter(|entry| !entry.is_directory)
        .map(|entry| entry.name)
        .collect();
    let remove = |names: &mut BTreeSet<String>, doomed: &dyn Fn(&str) -> bool| -> Result<(), LogError> {
        for name in names.iter().filter(|name| doomed(name)) {
            let path = directory.join(name);
            disk.remove_file(&path).attempt("remove", &path)?;
        }
        names.retain(|name| !doomed(name));
        Ok(())
    };
    remove(&mut names, &|name| name.ends_with(DELETED_SUFFIX) && !name.ends_with(".checkpoint.deleted"))?;
    let cleaned = names.iter().filter(|name| name.ends_with(CLEANED_SUFFIX)).filter_map(|name| leading_offset(name));
    if let Some(first_cleaned) = cleaned.min() {
        // A split was interrupted: the originals are still there.
        remove(&mut names, &|name| {
            name.ends_with(SWAP_SUFFIX) && leading_offset(name).is_some_and(|base| base >= first_cleaned)
        })?;
    }
    remove(&mut names, &|name| name.ends_with(CLEANED_SUFFIX))?;
    if let Some((from, to)) = swapped_range(disk, directory, &names)? {
        remove(&mut names, &|name| {
            !name.ends_with(SWAP_SUFFIX) && leading_offset(name).is_some_and(|base| (from..to).contains(&base))
        })?;
    }
    let swaps: Vec<String> = names.iter().filter(|name| name.ends_with(SWAP_SUFFIX)).cloned().collect();
    for name in swaps {
        let finished = name.trim_end_matches(SWAP_SUFFIX).to_owned();
        let path = directory.join(&name);
        disk.rename(&path, &directory.join(&finished)).attempt("rename", &path)?;
        names.remove(&name);
        names.insert(finished);
    }
    Ok(names.into_iter().collect())
}

/// The offsets that completely written `.log.swap` files replace.
fn swapped_range(
    disk: &dyn Disk,
    directory: &std::path::Path,
    names: &BTreeSet<String>,
) -> Result<Option<(i64, i64)>, LogError> {
    let mut range: Option<(i64, i64)> = None;
    for name in names.iter().filter(|name| name.ends_with(".log.swap")) {
        let Some(base) = leading_offset(name) else { continue };
        let path = directory.join(name);
        let file = disk.open(&path, Open::Read).attempt("open", &path)?;
        let length = file.len().attempt("read", &path)?;
        let mut scan = HeaderScan::new(file, 0, length);
        let mut next = base;
        while let Ok(Some((_, header))) = scan.next_batch() {
            next = header.next_offset();
        }
        let (from, to) = range.unwrap_or((base, next));
        range = Some((from.min(base), to.max(next)));
    }
    Ok(range)
}

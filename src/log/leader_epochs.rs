//! Which leader epoch began at which offset (KIP-101). Kept in `leader-epoch-checkpoint`, which is put on the platter with
//! the records. One that a power cut tore is built anew from the batches, which carry their epochs.

use std::path::PathBuf;
use std::sync::Arc;

use super::checkpoints::{LEADER_EPOCH_FILE, leader_epochs_text, read_leader_epochs};
use super::disk::{Disk, DiskFile, Open, replace_unsynced};
use super::errors::{Attempt, LogError};

/// The epochs of one log.
#[derive(Debug)]
pub(super) struct LeaderEpochs {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    /// Epoch and first offset, ascending in both.
    entries: Vec<(i32, i64)>,
    /// The file perhaps does not have the entries.
    unwritten: bool,
    /// The file has the entries, but perhaps not on the platter.
    unsynced: bool,
    /// The file is not to be trusted.
    pub damaged: bool,
}

impl LeaderEpochs {
    pub fn empty(disk: Arc<dyn Disk>, directory: PathBuf) -> LeaderEpochs {
        LeaderEpochs { disk, directory, entries: Vec::new(), unwritten: false, unsynced: false, damaged: false }
    }

    pub fn open(disk: Arc<dyn Disk>, directory: PathBuf) -> Result<LeaderEpochs, LogError> {
        match read_leader_epochs(&*disk, &directory) {
            Ok(entries) => Ok(LeaderEpochs { entries, ..LeaderEpochs::empty(disk, directory) }),
            Err(fault @ LogError::Malformed { .. }) => {
                tracing::warn!(%fault, "leader epochs are built anew from the batches");
                Ok(LeaderEpochs { unwritten: true, damaged: true, ..LeaderEpochs::empty(disk, directory) })
            }
            Err(error) => Err(error),
        }
    }

    pub fn latest(&self) -> Option<i32> {
        self.entries.last().map(|(epoch, _)| *epoch)
    }

    pub fn first_offset(&self) -> Option<i64> {
        self.entries.first().map(|(_, start)| *start)
    }

    /// Batches before the first entry have these epochs and offsets. Only in memory.
    pub fn put_before(&mut self, found: &[(i32, i64)]) {
        let mut entries: Vec<(i32, i64)> = Vec::new();
        for &(epoch, start) in found.iter().chain(&self.entries) {
            if entries.last().is_none_or(|(last, _)| *last < epoch) && epoch >= 0 {
                entries.push((epoch, start));
            }
        }
        self.unwritten |= entries != self.entries;
        self.entries = entries;
    }

    /// The greatest epoch up to `epoch`, and where it ends in a log that ends at `log_end`.
    pub fn end_of(&self, epoch: i32, log_end: i64) -> Option<(i32, i64)> {
        if self.latest().is_none_or(|latest| epoch > latest) {
            return None;
        }
        let after = self.entries.partition_point(|(found, _)| *found <= epoch);
        let (found, _) = self.entries.get(after.checked_sub(1)?)?;
        Some((*found, self.entries.get(after).map_or(log_end, |(_, start)| *start)))
    }

    /// A recovered batch shows that `epoch` was there at `start`; entries that contradict it go: a power cut may have
    /// brought them back. Only in memory: it is found again until it is flushed.
    pub fn assign_found(&mut self, epoch: i32, start: i64) {
        if self.epoch_of(start) == Some(epoch) || epoch < 0 {
            return;
        }
        let agrees = |(found, begun): &(i32, i64)| match *begun < start {
            true => *found < epoch,
            false => *begun > start && *found > epoch,
        };
        self.entries.retain(agrees);
        let at = self.entries.partition_point(|(found, _)| *found < epoch);
        self.entries.insert(at, (epoch, start));
        self.unwritten = true;
    }

    /// The epoch that `offset` belongs to.
    pub fn epoch_of(&self, offset: i64) -> Option<i32> {
        let after = self.entries.partition_point(|(_, start)| *start <= offset);
        self.entries.get(after.checked_sub(1)?).map(|(epoch, _)| *epoch)
    }

    /// Notes that `epoch` begins at `start`; entries that contradict it go. Nothing changes if it is known.
    pub fn assign(&mut self, epoch: i32, start: i64) -> Result<(), LogError> {
        let known = self.entries.last().is_some_and(|(latest, begun)| *latest == epoch && *begun <= start);
        if known || epoch < 0 {
            return Ok(());
        }
        self.entries.retain(|(found, begun)| *found < epoch && *begun < start);
        self.entries.push((epoch, start));
        self.write()
    }

    /// Fits the entries to what was found of the log. Only in memory: opening a log writes nothing, and whoever opens
    /// it again will do the same.
    pub fn fit(&mut self, log_start: i64, log_end: i64) {
        self.entries.retain(|(_, start)| *start < log_end);
        cut_start(&mut self.entries, log_start);
    }

    /// Everything from `end` on was cut off.
    pub fn truncate_end(&mut self, end: i64) -> Result<(), LogError> {
        self.keep(|entries| entries.retain(|(_, start)| *start < end))
    }

    /// Everything below `log_start` was deleted: the epoch that goes on there begins there now.
    pub fn truncate_start(&mut self, log_start: i64) -> Result<(), LogError> {
        self.keep(|entries| cut_start(entries, log_start))
    }

    pub fn clear(&mut self) -> Result<(), LogError> {
        self.keep(Vec::clear)
    }

    fn keep(&mut self, change: impl FnOnce(&mut Vec<(i32, i64)>)) -> Result<(), LogError> {
        let before = self.entries.clone();
        change(&mut self.entries);
        match self.entries == before {
            true => Ok(()),
            false => self.write(),
        }
    }

    /// What the file says is perhaps not on the platter.
    pub fn distrust(&mut self) {
        self.unwritten = true;
    }

    /// Safe against the death of the process.
    fn write(&mut self) -> Result<(), LogError> {
        let path = self.directory.join(LEADER_EPOCH_FILE);
        let text = leader_epochs_text(&self.entries);
        replace_unsynced(&*self.disk, &path, text.as_bytes(), false).attempt("write", &path)?;
        (self.unwritten, self.unsynced) = (false, true);
        Ok(())
    }

    /// The file, if it is to be synced before the data of a new epoch counts as flushed; then its directory must follow.
    pub fn file_to_sync(&mut self) -> Result<Option<Arc<dyn DiskFile>>, LogError> {
        if self.unwritten {
            self.write()?;
        }
        if !self.unsynced {
            return Ok(None);
        }
        let path = self.directory.join(LEADER_EPOCH_FILE);
        let file = self.disk.open(&path, Open::Read).attempt("open", &path)?;
        self.unsynced = false;
        Ok(Some(file))
    }
}

fn cut_start(entries: &mut Vec<(i32, i64)>, log_start: i64) {
    let below = entries.partition_point(|(_, start)| *start <= log_start);
    if below > 0 {
        entries.drain(..below - 1);
        entries[0].1 = log_start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::OsDisk;

    fn epochs() -> (tempfile::TempDir, LeaderEpochs) {
        let home = tempfile::tempdir().unwrap();
        let epochs = LeaderEpochs::empty(OsDisk::shared(), home.path().to_owned());
        (home, epochs)
    }

    #[test]
    fn epochs_are_kept_in_the_file_and_read_back() {
        let (home, mut epochs) = epochs();
        epochs.assign(0, 0).unwrap();
        epochs.assign(0, 7).unwrap();
        epochs.assign(3, 10).unwrap();
        assert!(epochs.file_to_sync().unwrap().is_some());
        assert!(epochs.file_to_sync().unwrap().is_none());
        let text = std::fs::read_to_string(home.path().join(LEADER_EPOCH_FILE)).unwrap();
        assert_eq!(text, "0\n2\n0 0\n3 10\n");
        let read = LeaderEpochs::open(OsDisk::shared(), home.path().to_owned()).unwrap();
        assert_eq!(read.entries, epochs.entries);
    }

    #[test]
    fn an_epoch_without_records_gives_way_to_the_next() {
        let (_home, mut epochs) = epochs();
        epochs.assign(0, 0).unwrap();
        epochs.assign(1, 5).unwrap();
        epochs.assign(2, 5).unwrap();
        assert_eq!(epochs.entries, [(0, 0), (2, 5)]);
    }

    #[test]
    fn an_epoch_ends_where_the_next_begins() {
        let (_home, mut epochs) = epochs();
        for (epoch, start) in [(1, 0), (3, 10), (6, 20)] {
            epochs.assign(epoch, start).unwrap();
        }
        assert_eq!(epochs.end_of(0, 30), None);
        assert_eq!(epochs.end_of(1, 30), Some((1, 10)));
        assert_eq!(epochs.end_of(2, 30), Some((1, 10)));
        assert_eq!(epochs.end_of(5, 30), Some((3, 20)));
        assert_eq!(epochs.end_of(6, 30), Some((6, 30)));
        assert_eq!(epochs.end_of(7, 30), None);
    }

    #[test]
    fn what_was_cut_too_early_is_put_back() {
        let (_home, mut epochs) = epochs();
        epochs.assign(3, 10).unwrap();
        epochs.assign(4, 20).unwrap();
        epochs.put_before(&[(-1, 0), (1, 2), (1, 4), (3, 8)]);
        assert_eq!(epochs.entries, [(1, 2), (3, 8), (4, 20)]);
        assert!(epochs.file_to_sync().unwrap().is_some());
        let text = std::fs::read_to_string(epochs.directory.join(LEADER_EPOCH_FILE)).unwrap();
        assert_eq!(text, "0\n3\n1 2\n3 8\n4 20\n", "what was only in memory is written first");
    }

    #[test]
    fn what_a_batch_shows_counts_more_than_what_the_file_said() {
        let (_home, mut epochs) = epochs();
        for (epoch, start) in [(1, 0), (3, 10), (6, 20)] {
            epochs.assign(epoch, start).unwrap();
        }
        epochs.assign_found(3, 12);
        assert_eq!(epochs.entries, [(1, 0), (3, 10), (6, 20)]);
        epochs.assign_found(2, 5);
        assert_eq!(epochs.entries, [(1, 0), (2, 5), (3, 10), (6, 20)]);
        epochs.assign_found(6, 5);
        assert_eq!(epochs.entries, [(1, 0), (6, 5)]);
    }

    #[test]
    fn both_ends_can_be_cut() {
        let (_home, mut epochs) = epochs();
        for (epoch, start) in [(1, 0), (3, 10), (6, 20)] {
            epochs.assign(epoch, start).unwrap();
        }
        epochs.truncate_end(20).unwrap();
        assert_eq!(epochs.entries, [(1, 0), (3, 10)]);
        epochs.truncate_start(15).unwrap();
        assert_eq!(epochs.entries, [(3, 15)]);
    }
}

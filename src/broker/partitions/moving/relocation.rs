//! What a partition does while it is moved: its files are copied, its writers wait, its log is another one.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::broker::partitions::{LogDirectory, Partition};
use crate::clock::Timestamp;
use crate::log::{CopyPlan, LogCopy, LogError, PartitionLog};

/// A partition whose writers wait. Dropped without an outcome it lets them go on.
pub struct Sealed<'a> {
    partition: &'a Partition,
    start: i64,
    has_log: bool,
}

impl Partition {
    /// Begins a copy; `None` if there is nothing to be copied. Until [`Partition::end_move`] nothing but appends happens
    /// to the log.
    pub(super) fn begin_move(&self, future: PathBuf) -> Result<Option<LogCopy>, LogError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.moving += 1;
        state.log.as_ref().map(|log| log.begin_copy(future)).transpose()
    }

    pub(super) fn copy_plan(&self) -> Option<CopyPlan> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.log.as_ref().filter(|_| !state.deleted).map(PartitionLog::copy_plan)
    }

    /// Lets writers wait and closes the log, so that all of it is on the platter.
    pub(super) fn seal(&self) -> Result<Sealed<'_>, LogError> {
        // So that little is left to be written while nobody can read.
        self.flush_up_to(i64::MAX)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.deleted {
            return Err(self.gone());
        }
        state.sealed = true;
        let sealed = Sealed { partition: self, start: state.bounds().start, has_log: state.log.is_some() };
        let closed = state.log.as_mut().map_or(Ok(()), PartitionLog::close);
        drop(state);
        match closed {
            Ok(()) => Ok(sealed),
            Err(error) => sealed.reopen().and(Err(error)),
        }
    }

    /// The rest of a copy, and a look whether it is one. Gives its end.
    pub(super) fn complete(&self, copy: &mut LogCopy) -> Result<i64, LogError> {
        let plan = self.copy_plan().ok_or_else(|| self.gone())?;
        copy.finish(&plan)?;
        let end = plan.end_offset();
        match copy.next_offset == end || plan.is_empty() {
            true => Ok(end),
            false => Err(LogError::Malformed {
                path: self.home().partition_path(&self.name),
                fault: format!("it ends at {end}, its copy at {}", copy.next_offset),
            }),
        }
    }

    /// Everything may happen to the log again.
    pub(super) fn end_move(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).moving -= 1;
    }

    fn gone(&self) -> LogError {
        LogError::Malformed { path: self.home().partition_path(&self.name), fault: "its topic was deleted".to_owned() }
    }
}

impl Sealed<'_> {
    /// Goes on where the log was.
    pub(super) fn reopen(self) -> Result<(), LogError> {
        let mut state = self.partition.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.has_log && !state.deleted {
            let home = self.partition.home();
            state.log = Some(home.reopen_log(self.partition, self.start).inspect_err(|e| home.note(e))?);
        }
        Ok(())
    }

    /// Puts the copy in the place of the log. Gives what is left of the log, and for how long it may be.
    pub(super) fn replace(
        self,
        to: &Arc<LogDirectory>,
        future: &Path,
    ) -> Result<Option<(PathBuf, Duration)>, LogError> {
        let partition = self.partition;
        let mut state = partition.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.deleted {
            return Err(partition.gone());
        }
        let mut left = None;
        let home = partition.home();
        if let Some(log) = &state.log {
            let delay = Duration::from_millis(u64::try_from(log.settings().file_delete_delay_ms).unwrap_or(0));
            let renamed = home.set_aside(&partition.name, partition.topic_id).inspect_err(|e| home.note(e))?;
            left = renamed.map(|renamed| (renamed, delay));
            to.promote(&partition.name, future).inspect_err(|e| to.note(e))?;
            state.log = Some(to.reopen_log(partition, self.start).inspect_err(|e| to.note(e))?);
            state.flushed_at = Timestamp::now();
        }
        home.forget(&partition.name);
        *partition.home.lock().unwrap_or_else(PoisonError::into_inner) = to.clone();
        Ok(left)
    }
}

impl Drop for Sealed<'_> {
    fn drop(&mut self) {
        self.partition.state.lock().unwrap_or_else(PoisonError::into_inner).sealed = false;
        self.partition.unsealed.notify_all();
        self.partition.parked.wake();
    }
}

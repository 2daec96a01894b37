//! The log of a group coordinator: one partition of `__consumer_offsets`, what one decision leads to as one batch.

use std::sync::Arc;

use super::group::{GroupEntry, Replay, batch_of};
use super::internal_log::{each_batch, unreadable};
use crate::broker::machine::runner::{Journal, JournalError};
use crate::broker::partitions::Partition;
use crate::clock::Timestamp;
use crate::log::Origin;

pub struct GroupLog {
    partition: Arc<Partition>,
}

impl GroupLog {
    pub fn new(partition: Arc<Partition>) -> GroupLog {
        GroupLog { partition }
    }
}

impl Journal<GroupEntry> for GroupLog {
    fn append(&mut self, entries: &[GroupEntry], now: Timestamp) -> Result<(), JournalError> {
        let batch =
            batch_of(entries, now).ok_or_else(|| JournalError("entries of several kinds at once".to_owned()))?;
        let appended = self.partition.append(batch, Origin::Coordinator, now);
        appended.map(|_| ()).map_err(|refused| JournalError(refused.rejection.to_string()))
    }

    fn replay(&mut self, each: &mut dyn FnMut(GroupEntry)) -> Result<(), JournalError> {
        let mut replay = Replay::default();
        each_batch(&self.partition, &mut |batch| replay.batch(batch, each).map_err(|e| unreadable(batch, &e)))?;
        if !replay.unknown_types.is_empty() {
            let (partition, types) = (&self.partition.name, replay.unknown_types);
            tracing::warn!(%partition, ?types, "passed over records of groups that are not served");
        }
        Ok(())
    }
}

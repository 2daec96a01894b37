//! Compaction of the partitions whose policy asks for it: which one is next, how fast, with how much memory. How it is done
//! is the matter of `log/cleaner`. Source: `LogCleaner` and `LogCleanerManager`, Kafka 4.2.1.

mod cleaner;
mod settings;
#[cfg(test)]
mod tests;
mod throttle;

pub(super) use cleaner::Cleaner;
pub use throttle::Switch;

use settings::CleanerSettings;

use super::Partition;
use crate::clock::Timestamp;
use crate::log::{Cleaned, LogError, Pace, Unfinished};

impl Partition {
    /// One pass, for which the partition is locked only at the beginning and where a group of segments takes the place of
    /// others. `None` if there was nothing to do.
    fn clean(
        &self,
        settings: &CleanerSettings,
        pace: &dyn Pace,
        now: Timestamp,
    ) -> Result<Option<Cleaned>, Unfinished> {
        let Some(work) = self.plan_cleaning(settings.map_limit, now)? else { return Ok(None) };
        self.flush_up_to(work.reads_up_to())?;
        let work = work.with_buffers(settings.buffer_bytes);
        let mut pass = work.begin(pace)?;
        while let Some(group) = pass.write_next()? {
            if !self.swap_in(&work, &group, now)? {
                return Err(Unfinished::GivenUp);
            }
        }
        let cleaned = pass.finish();
        self.note_cleaned(&cleaned);
        Ok(Some(cleaned))
    }
}

/// Whether cleaning can never go well with what lies on the disk, as opposed to a disk that refuses for now.
fn is_lasting(error: &LogError) -> bool {
    !matches!(error, LogError::Io { .. } | LogError::Fenced { .. })
}

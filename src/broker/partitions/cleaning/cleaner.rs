//! Rounds over all partitions: the dirtiest first, on as many threads as `log.cleaner.threads` says, until none is dirty
//! enough. After each, the logs that are compacted lose what they need not keep, as others do in the rounds of retention.
//!
//! A partition whose cleaning fails for what lies on the disk is not cleaned again before the next start.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::is_lasting;
use super::settings::CleanerSettings;
use super::throttle::{Switch, Throttle};
use crate::broker::config::BrokerKeys;
use crate::broker::partitions::{Partition, Partitions};
use crate::clock::Timestamp;
use crate::log::{LogError, Pace, Unfinished};
use crate::vocabulary::Uuid;

/// A wait is cut into pieces of this length, after which new settings count.
const LONGEST_WAIT: Duration = Duration::from_millis(300);

type Key = (Uuid, i32);
type Clock<'a> = &'a (dyn Fn() -> Timestamp + Sync);

pub struct Cleaner {
    partitions: Arc<Partitions>,
    keys: BrokerKeys,
    switch: Arc<Switch>,
    throttle: Mutex<Throttle>,
    states: Mutex<HashMap<Key, State>>,
}

/// Why a partition is not to be cleaned. None at all if it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Busy,
    /// In this round. With what was last said of it.
    Failed(String),
    /// The next round tries again, but says nothing new.
    FailedBefore(String),
    Uncleanable,
}

impl Cleaner {
    /// `None` where `log.cleaner.enable` is false.
    pub fn new(partitions: Arc<Partitions>, keys: &BrokerKeys) -> Option<Cleaner> {
        let throttle = Mutex::new(Throttle::new(Instant::now()));
        let cleaner =
            Cleaner { partitions, keys: keys.clone(), switch: Arc::default(), throttle, states: Mutex::default() };
        keys.boolean("log.cleaner.enable").then_some(cleaner)
    }

    /// Turning it off ends a round soon, and every later one at once.
    pub fn switch(&self) -> Arc<Switch> {
        self.switch.clone()
    }

    pub fn settings(&self) -> CleanerSettings {
        let view = self.partitions.directories().view();
        CleanerSettings::in_effect(&self.keys, &view.image(), view.node_id)
    }

    /// Cleans until there is nothing left to clean, or the settings change.
    pub fn round(&self, settings: &CleanerSettings, clock: Clock<'_>) {
        self.begin_round();
        std::thread::scope(|scope| {
            for _ in 1..settings.threads {
                scope.spawn(|| self.work(settings, clock));
            }
            if settings.threads > 0 {
                self.work(settings, clock);
            }
        });
    }

    /// What failed may be tried again, and what is gone is forgotten.
    fn begin_round(&self) {
        let opened: HashSet<Key> = self.partitions.opened().iter().map(|partition| key(partition)).collect();
        let mut states = self.states();
        states.retain(|key, _| opened.contains(key));
        for state in states.values_mut() {
            if let State::Failed(cause) = state {
                *state = State::FailedBefore(std::mem::take(cause));
            }
        }
    }

    fn work(&self, settings: &CleanerSettings, clock: Clock<'_>) {
        while !self.is_over(settings) {
            let dirtiest = self.take_dirtiest(clock());
            let is_last = dirtiest.is_none();
            if let Some((partition, before)) = dirtiest {
                let after = self.clean(&partition, before, settings, clock());
                self.set(&partition, after);
            }
            self.retain(clock());
            if is_last {
                return;
            }
        }
    }

    fn is_over(&self, settings: &CleanerSettings) -> bool {
        self.switch.is_off() || self.settings() != *settings
    }

    /// The partition of which most is dirty, and its state until now.
    fn take_dirtiest(&self, now: Timestamp) -> Option<(Arc<Partition>, Option<State>)> {
        let mut states = self.states();
        let mut dirtiest: Option<(f64, Arc<Partition>)> = None;
        for partition in self.partitions.opened() {
            if !matches!(states.get(&key(&partition)), None | Some(State::FailedBefore(_))) {
                continue;
            }
            match partition.cleaning_choice(now) {
                Ok(None) => {}
                Ok(Some(choice)) => {
                    if dirtiest.as_ref().is_none_or(|(ratio, _)| choice.dirty_ratio > *ratio) {
                        dirtiest = Some((choice.dirty_ratio, partition));
                    }
                }
                Err(e) => {
                    let before = states.remove(&key(&partition));
                    states.insert(key(&partition), failed(&partition, before, &e));
                }
            }
        }
        let (_, partition) = dirtiest?;
        let before = states.insert(key(&partition), State::Busy);
        Some((partition, before))
    }

    fn clean(
        &self,
        partition: &Partition,
        before: Option<State>,
        settings: &CleanerSettings,
        now: Timestamp,
    ) -> Option<State> {
        let started = Instant::now();
        let pace = Watched { cleaner: self, settings };
        match partition.clean(settings, &pace, now) {
            Ok(Some(cleaned)) => {
                tracing::info!(
                    partition = %partition.name,
                    before = cleaned.bytes_before,
                    after = cleaned.bytes_after,
                    keys = cleaned.keys,
                    first_dirty = cleaned.first_dirty,
                    seconds = started.elapsed().as_secs_f64(),
                    "compacted"
                );
                if let Err(e) = self.partitions.write_first_dirty() {
                    tracing::error!("cannot write the cleaner's checkpoint: {e}");
                }
                None
            }
            Ok(None) => None,
            Err(Unfinished::GivenUp) => Some(State::Failed(String::new())),
            Err(Unfinished::Failed(e)) => Some(failed(partition, before, &e)),
        }
    }

    fn retain(&self, now: Timestamp) {
        for partition in self.partitions.opened() {
            if !matches!(self.states().get(&key(&partition)), Some(State::Busy | State::Uncleanable)) {
                partition.retain(true, now);
            }
        }
    }

    fn set(&self, partition: &Partition, state: Option<State>) {
        match state {
            Some(state) => self.states().insert(key(partition), state),
            None => self.states().remove(&key(partition)),
        };
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Key, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(partition: &Partition) -> Key {
    (partition.topic_id, partition.name.partition)
}

/// Says why, unless that was the last thing said of the partition.
fn failed(partition: &Partition, before: Option<State>, error: &LogError) -> State {
    let cause = error.to_string();
    partition.home().note(error);
    if is_lasting(error) {
        tracing::error!(partition = %partition.name, "cannot be compacted until the next start: {cause}");
        return State::Uncleanable;
    }
    if before != Some(State::FailedBefore(cause.clone())) {
        tracing::error!(partition = %partition.name, "cannot compact: {cause}");
    }
    State::Failed(cause)
}

/// The pace of a pass: as the throttle says, as long as the round is not over.
struct Watched<'a> {
    cleaner: &'a Cleaner,
    settings: &'a CleanerSettings,
}

impl Pace for Watched<'_> {
    fn moved(&self, bytes: u64) -> bool {
        let wait = {
            let mut throttle = self.cleaner.throttle.lock().unwrap_or_else(PoisonError::into_inner);
            throttle.moved(bytes, self.settings.bytes_per_second, Instant::now())
        };
        let mut left = wait;
        while !left.is_zero() && !self.cleaner.is_over(self.settings) {
            let piece = left.min(LONGEST_WAIT);
            self.cleaner.switch.wait(piece);
            left -= piece;
        }
        !self.cleaner.is_over(self.settings)
    }
}

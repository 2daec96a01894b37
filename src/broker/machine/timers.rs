//! The deadlines of one machine, earliest first.

use std::collections::{BTreeMap, BTreeSet};

use super::TimerChange;
use crate::clock::Timestamp;

/// Each timer has at most one deadline.
pub struct Timers<T> {
    deadlines: BTreeMap<T, Timestamp>,
    queue: BTreeSet<(Timestamp, T)>,
}

impl<T> Default for Timers<T> {
    fn default() -> Timers<T> {
        Timers { deadlines: BTreeMap::new(), queue: BTreeSet::new() }
    }
}

impl<T: Ord + Clone> Timers<T> {
    pub fn change(&mut self, changes: Vec<TimerChange<T>>) {
        for change in changes {
            match change {
                TimerChange::Arm(timer, deadline) => self.arm(timer, deadline),
                TimerChange::Disarm(timer) => self.disarm(&timer),
            }
        }
    }

    pub fn arm(&mut self, timer: T, deadline: Timestamp) {
        self.disarm(&timer);
        self.deadlines.insert(timer.clone(), deadline);
        self.queue.insert((deadline, timer));
    }

    pub fn disarm(&mut self, timer: &T) {
        if let Some((timer, deadline)) = self.deadlines.remove_entry(timer) {
            self.queue.remove(&(deadline, timer));
        }
    }

    /// The next deadline.
    pub fn next(&self) -> Option<Timestamp> {
        self.queue.first().map(|(deadline, _)| *deadline)
    }

    /// The earliest timer whose deadline has come; it is disarmed.
    pub fn take_due(&mut self, now: Timestamp) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        let (_, timer) = self.queue.pop_first()?;
        self.deadlines.remove(&timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arming_again_replaces_the_earlier_deadline() {
        let mut timers = Timers::default();
        timers.arm("session", Timestamp(10));
        timers.arm("rebalance", Timestamp(20));
        timers.arm("session", Timestamp(30));
        assert_eq!(timers.next(), Some(Timestamp(20)));
        assert_eq!(timers.take_due(Timestamp(25)), Some("rebalance"));
        assert_eq!(timers.take_due(Timestamp(25)), None);
        timers.disarm(&"session");
        assert_eq!(timers.next(), None);
    }
}

//! How long a cleaner that is too fast has to wait, and the switch that ends such waits. The rate is looked at every
//! 300 ms, as Kafka's `Throttler` does.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

const CHECK_INTERVAL: Duration = Duration::from_millis(300);

/// Measures what all cleaners move.
#[derive(Debug)]
pub(super) struct Throttle {
    since: Instant,
    bytes: f64,
}

impl Throttle {
    pub fn new(now: Instant) -> Throttle {
        Throttle { since: now, bytes: 0.0 }
    }

    /// So many bytes were moved. Gives how long to wait now in order to be as slow as `bytes_per_second`.
    pub fn moved(&mut self, bytes: u64, bytes_per_second: f64, now: Instant) -> Duration {
        self.bytes += bytes as f64;
        let elapsed = now.saturating_duration_since(self.since);
        if elapsed <= CHECK_INTERVAL {
            return Duration::ZERO;
        }
        let due = Duration::try_from_secs_f64((self.bytes / bytes_per_second).max(0.0)).unwrap_or(Duration::MAX);
        let wait = due.saturating_sub(elapsed);
        *self = Throttle::new(now.checked_add(wait).unwrap_or(now));
        wait
    }
}

/// Ends cleaning for good, also where it waits.
#[derive(Debug, Default)]
pub struct Switch {
    off: Mutex<bool>,
    turned: Condvar,
}

impl Switch {
    pub fn turn_off(&self) {
        *self.off.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.turned.notify_all();
    }

    pub fn is_off(&self) -> bool {
        *self.off.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, unless it is off before. True if it is off.
    pub(super) fn wait(&self, duration: Duration) -> bool {
        let off = self.off.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.turned.wait_timeout_while(off, duration, |off| !*off);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_moved_too_much_in_an_interval_waits_for_the_rest_of_its_time() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut throttle = Throttle::new(start);
        assert_eq!(throttle.moved(1000, 1000.0, at(100)), Duration::ZERO, "too early to say");
        assert_eq!(throttle.moved(1000, 1000.0, at(500)), Duration::from_millis(1500));
        assert_eq!(throttle.moved(500, 1000.0, at(2700)), Duration::ZERO, "slow enough since then");
        assert_eq!(throttle.moved(u64::MAX, f64::MAX, at(9000)), Duration::ZERO);
        assert!(throttle.moved(1, 0.0, at(10_000)) > Duration::from_secs(u64::MAX / 2), "nothing may be moved");
    }

    #[test]
    fn a_wait_ends_with_the_switch() {
        let switch = Switch::default();
        assert!(!switch.wait(Duration::ZERO) && !switch.is_off());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| switch.wait(Duration::MAX));
            switch.turn_off();
            assert!(waiting.join().unwrap());
        });
        assert!(switch.is_off());
    }
}

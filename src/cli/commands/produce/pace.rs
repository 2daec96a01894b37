//! `--rate`: when the next record may be sent.

use std::time::Duration;

use tokio::time::Instant;

/// How far behind a slow input may be caught up with at once.
const CATCH_UP: Duration = Duration::from_millis(100);

/// An even pace.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    next: Instant,
}

impl Pace {
    pub fn new(records_per_second: f64, now: Instant) -> Pace {
        Pace { interval: Duration::from_secs_f64(1.0 / records_per_second), next: now }
    }

    /// How long the next record has to wait.
    pub fn wait(&self, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    /// Notes that a record has been sent.
    pub fn step(&mut self, now: Instant) {
        let floor = now.checked_sub(CATCH_UP).unwrap_or(now);
        self.next = (self.next + self.interval).max(floor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_apart_by_the_interval_however_long_each_takes() {
        let start = Instant::now();
        let mut pace = Pace::new(10.0, start);
        assert_eq!(pace.wait(start), Duration::ZERO);
        pace.step(start);
        assert_eq!(pace.wait(start), Duration::from_millis(100));
        let later = start + Duration::from_millis(130);
        pace.step(later);
        assert_eq!(pace.wait(later), Duration::from_millis(70));
    }

    #[test]
    fn a_slow_input_is_not_followed_by_a_flood() {
        let start = Instant::now();
        let mut pace = Pace::new(1000.0, start);
        let later = start + Duration::from_secs(60);
        let mut at_once = 0;
        while pace.wait(later).is_zero() {
            pace.step(later);
            at_once += 1;
        }
        assert!((50..=110).contains(&at_once), "{at_once}");
    }
}

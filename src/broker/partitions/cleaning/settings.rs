//! The cleaner's own settings: those of `kavka`'s properties, overridden by those that were set at run time.

use std::time::Duration;

use crate::broker::config::BrokerKeys;
use crate::metadata::{BROKER_RESOURCE, ClusterImage};

/// What an entry of the map of keys takes, in Kafka's reckoning of `log.cleaner.dedupe.buffer.size`.
const BYTES_PER_KEY: i64 = 24;

/// Of one thread, where Kafka divides by their number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::broker::partitions) struct CleanerSettings {
    pub threads: usize,
    /// How many keys a pass may have in memory.
    pub map_limit: usize,
    /// How much a pass reads and writes at once.
    pub buffer_bytes: usize,
    /// Of all threads together, read and written.
    pub bytes_per_second: f64,
    /// How long to wait when nothing was left to do.
    pub backoff: Duration,
}

impl CleanerSettings {
    pub(super) fn in_effect(keys: &BrokerKeys, image: &ClusterImage, node_id: i32) -> CleanerSettings {
        let node_id = node_id.to_string();
        let dynamic = [node_id.as_str(), ""].map(|name| image.resource_configs(BROKER_RESOURCE, name));
        let set = |name: &str| dynamic.iter().flatten().find_map(|values| values.get(name).map(String::as_str));
        let long =
            |name: &str| set(name).and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| keys.number(name));
        let double = |name: &str, otherwise: f64| {
            let value = set(name).or_else(|| keys.get(name));
            value.and_then(|value| value.trim().parse().ok()).unwrap_or(otherwise)
        };
        let threads = long("log.cleaner.threads").max(0);
        let share = threads.max(1);
        let slots = (long("log.cleaner.dedupe.buffer.size") / share).clamp(0, i64::from(i32::MAX)) / BYTES_PER_KEY;
        let map_limit = slots as f64 * double("log.cleaner.io.buffer.load.factor", 0.9);
        CleanerSettings {
            threads: threads as usize,
            map_limit: (map_limit as usize).max(1),
            buffer_bytes: (long("log.cleaner.io.buffer.size") / share / 2).max(0) as usize,
            bytes_per_second: double("log.cleaner.io.max.bytes.per.second", f64::MAX),
            backoff: Duration::from_millis(long("log.cleaner.backoff.ms").max(1) as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_effect(keys: &BrokerKeys, dynamic: &[(&str, &[(&str, &str)])]) -> CleanerSettings {
        let mut image = ClusterImage::default();
        for (name, values) in dynamic {
            let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            image.configs.insert((BROKER_RESOURCE, (*name).to_owned()), values);
        }
        CleanerSettings::in_effect(keys, &image, 1)
    }

    #[test]
    fn a_pass_has_as_many_keys_as_kafkas_and_never_none() {
        let mut keys = BrokerKeys::default();
        let usual = in_effect(&keys, &[]);
        assert_eq!((usual.threads, usual.map_limit, usual.buffer_bytes), (1, 5_033_164, 256 << 10));
        assert_eq!((usual.bytes_per_second, usual.backoff), (f64::MAX, Duration::from_secs(15)));
        keys.set("log.cleaner.dedupe.buffer.size", "0").unwrap();
        assert_eq!(in_effect(&keys, &[]).map_limit, 1);
    }

    #[test]
    fn what_was_set_at_run_time_comes_first_and_threads_share_the_memory() {
        let keys = BrokerKeys::default();
        let everywhere: &[_] = &[("log.cleaner.threads", "2"), ("log.cleaner.backoff.ms", "7")];
        let here: &[_] = &[
            ("log.cleaner.threads", "4"),
            ("log.cleaner.io.buffer.load.factor", "0.5"),
            ("log.cleaner.io.max.bytes.per.second", "1.5E3"),
        ];
        let found = in_effect(&keys, &[("", everywhere), ("1", here), ("2", &[("log.cleaner.threads", "9")])]);
        assert_eq!((found.threads, found.map_limit, found.buffer_bytes), (4, 699_050, 64 << 10));
        assert_eq!((found.bytes_per_second, found.backoff), (1500.0, Duration::from_millis(7)));
    }
}

//! The order in which Java's `HashMap` gives its entries, which Apache's tools print things in.
//!
//! An entry goes to the bucket `(hash ^ hash >>> 16) & (capacity - 1)`; iteration goes through the buckets, and through
//! each in the order of insertion. The capacity is a power of two and doubles when three quarters of it are taken.

use crate::vocabulary::java_string_hash;

/// How the map was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// `new HashMap<>()`: 16 buckets to begin with.
    Default,
    /// `new HashMap<>(n)` with as many entries put in: the power of two that is not below `n`.
    Sized,
}

/// Sorts items as a `HashMap` with these keys, filled in the order given, would give them.
pub fn by_key<T>(items: Vec<T>, key: impl Fn(&T) -> &str, capacity: Capacity) -> Vec<T> {
    let buckets = buckets(items.len(), capacity);
    let mut items = items;
    items.sort_by_key(|item| bucket(key(item), buckets));
    items
}

fn buckets(entries: usize, capacity: Capacity) -> usize {
    let mut buckets = match capacity {
        Capacity::Default => 16,
        Capacity::Sized => entries.next_power_of_two(),
    };
    while entries > buckets * 3 / 4 {
        buckets *= 2;
    }
    buckets
}

fn bucket(key: &str, buckets: usize) -> usize {
    let hash = java_string_hash(key) as u32;
    (hash ^ (hash >> 16)) as usize & (buckets - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from OpenJDK 17, the names put in as they stand here.
    #[test]
    fn names_come_out_as_from_javas_map() {
        let names = || vec!["retention.ms", "cleanup.policy", "segment.bytes", "min.insync.replicas", "flush.ms"];
        assert_eq!(
            by_key(names(), |name| name, Capacity::Default),
            ["cleanup.policy", "flush.ms", "min.insync.replicas", "retention.ms", "segment.bytes"]
        );
        assert_eq!(
            by_key(names(), |name| name, Capacity::Sized),
            ["cleanup.policy", "min.insync.replicas", "retention.ms", "segment.bytes", "flush.ms"]
        );
    }
}

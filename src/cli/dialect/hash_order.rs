//! The order in which Java's `HashMap` gives its entries, which Apache's tools print things in.
//!
//! An entry goes to the bucket `(hash ^ hash >>> 16) & (capacity - 1)`; iteration goes through the buckets, and through
//! each in the order of insertion. The capacity is a power of two and doubles when three quarters of it are taken.

use crate::vocabulary::java_string_hash;

/// Sorts items as a `new HashMap<>()` with these keys, filled in the order given, would give them.
pub fn by_key<T>(mut items: Vec<T>, key: impl Fn(&T) -> &str) -> Vec<T> {
    let buckets = buckets(items.len());
    items.sort_by_key(|item| bucket(key(item), buckets));
    items
}

fn buckets(entries: usize) -> usize {
    let mut buckets = 16;
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
        let names = vec!["retention.ms", "cleanup.policy", "segment.bytes", "min.insync.replicas", "flush.ms"];
        assert_eq!(
            by_key(names, |name| name),
            ["cleanup.policy", "flush.ms", "min.insync.replicas", "retention.ms", "segment.bytes"]
        );
    }
}

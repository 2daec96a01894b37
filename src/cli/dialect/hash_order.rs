//! The order in which Java's `HashMap` gives its entries, which Apache's tools print things in.
//!
//! An entry goes to the bucket `(hash ^ hash >>> 16) & (capacity - 1)`; iteration goes through the buckets, and through
//! each in the order of insertion. The capacity is a power of two and doubles when three quarters of it are taken.

use crate::vocabulary::{TopicPartition, java_string_hash};

/// How a map was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// `new HashMap<>()`, filled entry by entry: 16 buckets to begin with.
    Empty,
    /// `new HashMap<>(n)`, filled with `n` entries: the power of two that is not below `n`.
    Sized,
}

/// Sorts items as a `HashMap` with these keys, filled in the order given, would give them.
pub fn by_key<T>(items: Vec<T>, key: impl Fn(&T) -> &str, made: Made) -> Vec<T> {
    by_hash(items, |item| java_string_hash(key(item)), made)
}

/// The same for keys that are no texts.
pub fn by_hash<T>(mut items: Vec<T>, hash: impl Fn(&T) -> i32, made: Made) -> Vec<T> {
    let buckets = buckets(items.len(), made);
    items.sort_by_key(|item| bucket(hash(item), buckets));
    items
}

/// The hash of Java's `TopicPartition`.
pub fn of_partition(partition: &TopicPartition) -> i32 {
    let number = 31i32.wrapping_add(partition.partition).wrapping_mul(31);
    number.wrapping_add(java_string_hash(&partition.topic))
}

fn buckets(entries: usize, made: Made) -> usize {
    match made {
        Made::Empty => (entries * 4).div_ceil(3).next_power_of_two().max(16),
        Made::Sized => {
            let buckets = entries.next_power_of_two();
            if entries > buckets * 3 / 4 { buckets * 2 } else { buckets }
        }
    }
}

fn bucket(hash: i32, buckets: usize) -> usize {
    let hash = hash as u32;
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
            by_key(names, |name| name, Made::Empty),
            ["cleanup.policy", "flush.ms", "min.insync.replicas", "retention.ms", "segment.bytes"]
        );
    }

    /// Recorded from `kafka-topics.sh --describe` of Kafka 4.2.1.
    #[test]
    fn topics_come_out_as_from_a_map_and_then_one_of_their_number() {
        let ordered = |names: &[&'static str]| {
            let names = by_key(names.to_vec(), |name| name, Made::Empty);
            by_key(names, |name| name, Made::Sized).join(" ")
        };
        assert_eq!(ordered(&["my-topic", "my.topic"]), "my-topic my.topic");
        assert_eq!(ordered(&["__consumer_offsets", "my.topic", "orders"]), "my.topic orders __consumer_offsets");
        assert_eq!(
            ordered(&["__consumer_offsets", "my.topic", "orders", "p1", "peter", "sig"]),
            "sig p1 my.topic orders peter __consumer_offsets"
        );
    }
}

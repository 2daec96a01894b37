//! A number that differs when the metadata of subscribed topics does: ids, counts of partitions, racks of replicas.
//!
//! It is Kafka's number, since it is in the log: an XXH3 of 64 bits over each topic, and one over those in the order of
//! the names. Integers are little-endian, strings are UTF-16 code units with their count behind them. Racks are in the
//! order of their names, each after its length.
//!
//! Source: `Utils.computeTopicHash`, `Utils.computeGroupHash` of Kafka 4.2.1; hash4j's `HashStream64`.

use std::collections::BTreeSet;
use std::hash::Hasher;

use twox_hash::XxHash3_64;

use crate::metadata::{ClusterImage, PartitionImage, TopicImage};

/// The first byte; another way of hashing would have another.
const MAGIC: u8 = 0;

/// The hash of those of these topics that exist; 0 if none does.
pub fn metadata_hash(topics: &BTreeSet<&str>, image: &ClusterImage) -> i64 {
    let hashes: Vec<u64> =
        topics.iter().filter_map(|name| image.topic(name)).map(|topic| topic_hash(topic, image)).collect();
    group_hash(&hashes)
}

fn group_hash(topics: &[u64]) -> i64 {
    if topics.is_empty() {
        return 0;
    }
    let mut hash = XxHash3_64::new();
    topics.iter().for_each(|topic| hash.write(&topic.to_le_bytes()));
    hash.finish() as i64
}

fn topic_hash(topic: &TopicImage, image: &ClusterImage) -> u64 {
    let mut hash = XxHash3_64::new();
    hash.write(&[MAGIC]);
    hash.write(&((topic.id.0 >> 64) as u64).to_le_bytes());
    hash.write(&(topic.id.0 as u64).to_le_bytes());
    write_string(&mut hash, &topic.name);
    hash.write(&(topic.partitions.len() as i32).to_le_bytes());
    for (index, partition) in (0i32..).zip(&topic.partitions) {
        hash.write(&index.to_le_bytes());
        for rack in racks(partition, image) {
            hash.write(&(rack.encode_utf16().count() as i32).to_le_bytes());
            write_string(&mut hash, rack);
        }
    }
    hash.finish()
}

fn write_string(hash: &mut XxHash3_64, text: &str) {
    let units: Vec<u16> = text.encode_utf16().collect();
    units.iter().for_each(|unit| hash.write(&unit.to_le_bytes()));
    hash.write(&(units.len() as i32).to_le_bytes());
}

/// Where the replicas of a partition are, sorted.
fn racks<'a>(partition: &PartitionImage, image: &'a ClusterImage) -> Vec<&'a str> {
    let rack = |replica| image.brokers.get(replica).and_then(|broker| broker.rack.as_deref());
    let mut racks: Vec<&str> = partition.replicas.iter().filter_map(rack).collect();
    racks.sort_unstable();
    racks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::BrokerImage;
    use crate::vocabulary::Uuid;

    fn image() -> ClusterImage {
        let mut image = ClusterImage::default();
        for (id, rack) in [(1, "rack-b"), (2, "rack-a")] {
            let broker = BrokerImage { id, rack: Some(rack.to_owned()), ..BrokerImage::default() };
            image.brokers.insert(id, broker);
        }
        image
    }

    fn hash(name: &str, partitions: usize, replicas: &[i32]) -> i64 {
        let partition = PartitionImage { replicas: replicas.to_vec(), ..PartitionImage::default() };
        let id = Uuid(0x0123_4567_89ab_cdef_1122_3344_5566_7788);
        topic_hash(&TopicImage { name: name.to_owned(), id, partitions: vec![partition; partitions] }, &image()) as i64
    }

    /// Computed by Kafka 4.2.1.
    #[test]
    fn a_hash_is_kafkas() {
        assert_eq!(hash("orders", 0, &[]), 4952178927488582740);
        assert_eq!(hash("t", 0, &[]), -7112618736949693540);
        assert_eq!(hash("orders", 1, &[]), -6705333887395911447);
        assert_eq!(hash("orders", 1, &[1, 2]), -508910169055891236);
        assert_eq!(hash("t", 3, &[3]), -5586009604159493780);
        assert_eq!(hash("t", 3, &[2, 1]), 2476520278911463643);
        assert_eq!(hash("orders", 40, &[]), 6177907275154335367);
        assert_eq!(hash("orders", 40, &[1, 2]), 6906827434083562931);
        assert_eq!(group_hash(&[1, 2]), 571542372673154031);
        assert_eq!(group_hash(&[-2i64 as u64, 1, 77]), 1052268105473911143);
        assert_eq!(group_hash(&[]), 0);
    }

    #[test]
    fn topics_that_do_not_exist_do_not_count() {
        assert_eq!(metadata_hash(&BTreeSet::from(["nowhere"]), &image()), 0);
    }
}

//! The partition of a record with a key, as Java's producer chooses it: murmur2 of the key, modulo the partitions.
//!
//! librdkafka does this by itself when records are sent; here it tells beforehand where they would go.

const SEED: u32 = 0x9747_b28c;
const FACTOR: u32 = 0x5bd1_e995;
const SHIFT: u32 = 24;

/// The partition of a key in a topic of so many partitions.
pub fn partition(key: &[u8], partitions: i32) -> Option<i32> {
    let positive = i32::try_from(murmur2(key) & 0x7fff_ffff).ok()?;
    positive.checked_rem(partitions)
}

fn murmur2(bytes: &[u8]) -> u32 {
    let mut hash = SEED ^ bytes.len() as u32;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        let mut word = u32::from_le_bytes(*word).wrapping_mul(FACTOR);
        word ^= word >> SHIFT;
        hash = hash.wrapping_mul(FACTOR) ^ word.wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        for (byte, place) in rest.iter().zip([0, 8, 16]) {
            hash ^= u32::from(*byte) << place;
        }
        hash = hash.wrapping_mul(FACTOR);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ hash >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `Utils.murmur2` of Kafka 4.2.1 gives.
    #[test]
    fn hashes_are_javas() {
        let hashes: [(&[u8], i32); 6] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
        ];
        for (key, hash) in hashes {
            assert_eq!(murmur2(key) as i32, hash, "{}", String::from_utf8_lossy(key));
        }
    }

    #[test]
    fn a_topic_without_partitions_has_none() {
        assert_eq!(partition(b"foobar", 0), None);
        assert_eq!(partition(b"abc", 10), Some(7));
    }
}

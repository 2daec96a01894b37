//! The last offset of every key of the dirty part: 16 bytes of hash and 8 of offset each. Equal hashes are equal keys.

use std::collections::HashMap;

use md5::{Digest, Md5};

#[derive(Debug)]
pub(super) struct OffsetMap {
    last: HashMap<[u8; 16], i64>,
    limit: usize,
    /// The last offset that was looked at.
    pub latest: i64,
}

impl OffsetMap {
    /// A map that takes up to `limit` keys.
    pub fn new(limit: usize) -> OffsetMap {
        OffsetMap { last: HashMap::new(), limit, latest: -1 }
    }

    /// Notes a record; false if the map is full and the key a new one.
    pub fn put(&mut self, key: &[u8], offset: i64) -> bool {
        let hash = hash(key);
        if self.last.len() >= self.limit && !self.last.contains_key(&hash) {
            return false;
        }
        self.last.insert(hash, offset);
        true
    }

    /// Whether a later record of the dirty part has the key.
    pub fn supersedes(&self, key: &[u8], offset: i64) -> bool {
        self.last.get(&hash(key)).is_some_and(|last| *last > offset)
    }
}

fn hash(key: &[u8]) -> [u8; 16] {
    Md5::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_offset_of_a_key_counts_and_a_full_map_takes_known_keys_only() {
        let mut map = OffsetMap::new(2);
        assert!(map.put(b"a", 0) && map.put(b"b", 1) && map.put(b"a", 2));
        assert!(!map.put(b"c", 3));
        assert!(map.put(b"b", 4));
        assert!(map.supersedes(b"a", 0) && map.supersedes(b"b", 1));
        assert!(!map.supersedes(b"a", 2) && !map.supersedes(b"c", 0));
    }
}

//! The last offset of every key of the dirty part: 16 bytes of hash and 8 of offset each, without the keys. Equal hashes
//! are equal keys; hashes are keyed anew for every map, so that nobody can make two keys collide.
//!
//! The map is many small tables, told apart by the first bits of the hash, each grown by itself: what is copied while one
//! grows is little, and all of them together take hardly more than their entries.

use std::hash::{BuildHasher, RandomState};

const TABLES: usize = 256;
const FEWEST_SLOTS: usize = 8;
const EMPTY: i64 = -1;

#[derive(Debug)]
pub(super) struct OffsetMap {
    hashers: [RandomState; 2],
    tables: Vec<Table>,
    count: usize,
    limit: usize,
    /// The last offset that was looked at.
    pub latest: i64,
}

#[derive(Debug, Default)]
struct Table {
    slots: Vec<Slot>,
    count: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: [u64; 2],
    offset: i64,
}

impl OffsetMap {
    /// A map that takes up to `limit` keys.
    pub fn new(limit: usize) -> OffsetMap {
        let tables = (0..TABLES).map(|_| Table::default()).collect();
        OffsetMap { hashers: [RandomState::new(), RandomState::new()], tables, count: 0, limit, latest: -1 }
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Notes a record; false if the map is full. Like Kafka's, a full map does not take the keys that it knows, either.
    pub fn put(&mut self, key: &[u8], offset: i64) -> bool {
        if self.count >= self.limit {
            return false;
        }
        let hash = self.hash(key);
        let share = self.limit.div_ceil(TABLES);
        if self.tables[table_of(hash)].put(hash, offset, share) {
            self.count += 1;
        }
        self.latest = offset;
        true
    }

    /// Whether a later record of the dirty part has the key.
    pub fn supersedes(&self, key: &[u8], offset: i64) -> bool {
        let hash = self.hash(key);
        self.tables[table_of(hash)].get(hash).is_some_and(|last| last > offset)
    }

    fn hash(&self, key: &[u8]) -> [u64; 2] {
        [self.hashers[0].hash_one(key), self.hashers[1].hash_one(key)]
    }
}

fn table_of(hash: [u64; 2]) -> usize {
    hash[1] as usize % TABLES
}

impl Table {
    /// True if the hash is a new one. `share` is how many hashes a table has if all have as many.
    fn put(&mut self, hash: [u64; 2], offset: i64, share: usize) -> bool {
        if self.is_full() {
            self.grow(share);
        }
        let at = self.place_of(hash);
        let is_new = self.slots[at].offset == EMPTY;
        self.slots[at] = Slot { hash, offset };
        self.count += usize::from(is_new);
        is_new
    }

    fn get(&self, hash: [u64; 2]) -> Option<i64> {
        if self.slots.is_empty() {
            return None;
        }
        Some(self.slots[self.place_of(hash)].offset).filter(|offset| *offset != EMPTY)
    }

    /// With one more, more than nine of ten slots would be taken.
    fn is_full(&self) -> bool {
        (self.count + 1) * 10 > self.slots.len() * 9
    }

    /// Where the hash is, or would be. There is always an empty slot.
    fn place_of(&self, hash: [u64; 2]) -> usize {
        let wide = u128::from(hash[0]) * self.slots.len() as u128;
        let mut at = (wide >> 64) as usize;
        while self.slots[at].offset != EMPTY && self.slots[at].hash != hash {
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
        at
    }

    /// Doubles, up to what a table's share takes; then goes on in small steps.
    fn grow(&mut self, share: usize) {
        let enough = share + share / 8 + FEWEST_SLOTS;
        let now = self.slots.len();
        let wanted = (now * 2).min(enough).max(now + now / 8).max(now + FEWEST_SLOTS);
        let old = std::mem::replace(&mut self.slots, vec![Slot { hash: [0; 2], offset: EMPTY }; wanted]);
        for slot in old.into_iter().filter(|slot| slot.offset != EMPTY) {
            let at = self.place_of(slot.hash);
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_offset_of_a_key_counts_and_a_full_map_takes_nothing() {
        let mut map = OffsetMap::new(3);
        assert!(map.put(b"a", 0) && map.put(b"b", 1) && map.put(b"a", 2) && map.put(b"c", 3));
        assert!(!map.put(b"d", 4) && !map.put(b"b", 5));
        assert_eq!(map.latest, 3);
        assert!(map.supersedes(b"a", 0) && !map.supersedes(b"b", 1));
        assert!(!map.supersedes(b"a", 2) && !map.supersedes(b"d", 0));
    }

    #[test]
    fn what_a_map_of_any_size_does_not_have_is_not_found() {
        let mut map = OffsetMap::new(5000);
        for key in 0i64..5000 {
            map.put(&key.to_be_bytes(), key);
            assert!(!map.supersedes(&(-1 - key).to_be_bytes(), 0), "{key}");
        }
        assert!(map.tables.iter().all(|table| table.count < table.slots.len()));
        for other in 10_000i64..20_000 {
            assert!(!map.supersedes(&other.to_be_bytes(), 0), "{other}");
        }
    }

    #[test]
    fn a_large_map_finds_every_key_and_takes_little_more_than_its_entries() {
        const KEYS: usize = 100_000;
        let mut map = OffsetMap::new(KEYS);
        for round in 0..2 {
            for key in 0..KEYS as i64 {
                assert_eq!(map.put(&key.to_be_bytes(), key + round), round == 0, "it is full in the second round");
            }
        }
        for key in 0..KEYS as i64 {
            let bytes = key.to_be_bytes();
            assert!(map.supersedes(&bytes, key - 1) && !map.supersedes(&bytes, key), "{key}");
        }
        assert!(!map.supersedes(b"never seen", 0));
        let slots: usize = map.tables.iter().map(|table| table.slots.capacity()).sum();
        assert!(slots < KEYS * 13 / 10, "{slots}");
    }
}

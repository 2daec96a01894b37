//! Random damage: whatever bytes a crash leaves, opening does not panic, and what can be read afterwards was written.

use std::fs;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

type Image = BTreeMap<String, Vec<u8>>;

/// The files of a log of three segments, and the offsets of its batches.
fn written() -> &'static (Image, Vec<i64>) {
    static WRITTEN: OnceLock<(Image, Vec<i64>)> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let bench = write_log();
        (bench.image(), bench.offsets_from(0))
    })
}

fn write_log() -> Bench {
    let batch = by_producer(1, 0, 0, 2, false);
    let mut bench = Bench::with(|s| (s.segment_bytes, s.index_interval_bytes) = (3 * batch.len() as u64, 1));
    for i in 0..8 {
        bench.append(by_producer(1, 0, i * 2, 2, i % 3 == 2));
        if i % 3 == 2 {
            bench.append_own(marker(1, 0, i == 5));
        }
    }
    bench.log.flush().unwrap();
    bench
}

/// Offsets, CRC-checked, up to the end or the first error.
fn readable(log: &PartitionLog) -> Vec<i64> {
    let mut found = Vec::new();
    let mut at = log.start_offset();
    while let Ok(located) = log.read(at, everything())
        && !located.is_empty()
    {
        at = located.next_offset();
        let Ok(bytes) = located.into_bytes() else { break };
        found.extend(batches(&bytes).map_while(|batch| {
            let batch = batch.ok()?;
            batch.check_crc().ok().map(|()| batch.header.base_offset)
        }));
    }
    found
}

/// Base offset and leader epoch of a batch, which no CRC covers.
fn is_uncovered(log: &[u8], at: usize) -> bool {
    let mut start = 0;
    for batch in batches(log) {
        let size = batch.unwrap().bytes.len();
        if at < start + size {
            return matches!(at - start, 0..8 | 12..16);
        }
        start += size;
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn after_damage_to_any_file_only_what_was_written_is_read(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        garbage in prop::collection::vec(any::<u8>(), 1..40),
        cut: bool,
        clean: bool,
    ) {
        let (image, all) = written();
        let mut bench = Bench::new();
        for (name, bytes) in image {
            fs::write(bench.path(name), bytes).unwrap();
        }
        let names: Vec<&String> = image.keys().filter(|name| *name != "partition.metadata").collect();
        let name = *file.get(&names);
        let mut bytes = image[name].clone();
        let at = at.index(bytes.len() + 1);
        prop_assume!(cut || !name.ends_with(".log") || !(at..at + garbage.len()).any(|at| is_uncovered(&bytes, at)));
        match cut {
            true => bytes.truncate(at),
            false => {
                bytes.resize(bytes.len().max(at + garbage.len()), 0);
                bytes[at..at + garbage.len()].copy_from_slice(&garbage);
            }
        }
        fs::write(bench.path(name), bytes).unwrap();
        let Ok((log, _)) = bench.try_reopen(clean, None) else { return Ok(()) };
        bench.log = log;
        let found = readable(&bench.log);
        if !clean {
            // A segment that ends early on a batch boundary looks sound: its end is missing, the next one stays.
            let whole = match cut {
                true => found.iter().all(|offset| all.contains(offset)),
                false => all.starts_with(&found),
            };
            prop_assert!(whole, "{:?} after damage to {}", found, name);
            if !name.ends_with(".log") {
                prop_assert_eq!(&found, all);
            }
        }
        let _ = (
            bench.log.offset_for_time(NOW),
            bench.log.offset_of_max_timestamp(),
            bench.log.aborted_transactions(0, 100),
            bench.log.append(plain(1, 1, NOW.millis()), Append { leader_epoch: 1, origin: Origin::Client, now: NOW }),
            bench.log.truncate_to(3, NOW),
            bench.log.apply_retention(NOW),
            bench.log.close(),
        );
    }
}

//! Feature levels: which ones a directory may be at, and at which a new one is made.
//!
//! Source: `MetadataVersion`, `Feature` and the version enums beside it, Kafka 4.2.1. A new directory is at level 25
//! (4.0-IV3), the highest that 4.0, 4.1 and 4.2 all open.

use std::ops::RangeInclusive;

pub const METADATA_VERSION: &str = "metadata.version";
pub const KRAFT_VERSION: &str = "kraft.version";
pub const TRANSACTION_VERSION: &str = "transaction.version";
pub const GROUP_VERSION: &str = "group.version";
pub const ELIGIBLE_LEADER_REPLICAS: &str = "eligible.leader.replicas.version";
pub const SHARE_VERSION: &str = "share.version";
pub const STREAMS_VERSION: &str = "streams.version";

/// The metadata.version of a new directory.
pub const NEW_METADATA_VERSION: i16 = 25;
/// The transaction.version of a new directory: the second protocol (KIP-890).
pub const NEW_TRANSACTION_VERSION: i16 = 2;
/// The group.version of a new directory: consumer groups (KIP-848).
pub const NEW_GROUP_VERSION: i16 = 1;
/// The kraft.version of a new directory: voters are in the log.
pub const NEW_KRAFT_VERSION: i16 = 1;

/// A feature by name, and the levels that can be opened. kraft.version is kept in control records instead.
const KNOWN: [(&str, RangeInclusive<i16>); 6] = [
    (METADATA_VERSION, 7..=29),
    (ELIGIBLE_LEADER_REPLICAS, 0..=1),
    (GROUP_VERSION, 0..=1),
    (SHARE_VERSION, 0..=1),
    (STREAMS_VERSION, 0..=1),
    (TRANSACTION_VERSION, 0..=2),
];

/// The levels of a feature that are understood, `None` for a feature that is not known at all.
pub fn supported_levels(feature: &str) -> Option<RangeInclusive<i16>> {
    KNOWN.iter().find(|(name, _)| *name == feature).map(|(_, levels)| levels.clone())
}

/// All features with the levels that a registration declares, by name.
pub fn declared() -> Vec<(&'static str, RangeInclusive<i16>)> {
    let mut declared = KNOWN.to_vec();
    declared.push((KRAFT_VERSION, 0..=1));
    declared.sort_by_key(|(name, _)| *name);
    declared
}

/// The names of metadata.version's levels from 7 on, as far as Kafka 4.2 calls them stable.
pub const RELEASES: [&str; 23] = [
    "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1",
    "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0",
    "4.1-IV1", "4.2-IV0", "4.2-IV1",
];
const FIRST_LEVEL: i16 = 7;
/// The level behind them, which 4.2 knows and does not call stable.
pub const UNSTABLE_RELEASE: &str = "4.3-IV0";

/// The release name of a metadata.version level, such as `4.0-IV3`.
pub fn release_name(metadata_version: i16) -> Option<&'static str> {
    let index = usize::try_from(metadata_version.checked_sub(FIRST_LEVEL)?).ok()?;
    RELEASES.get(index).copied()
}

/// The level that a release's name stands for: `4.0-IV3` is one, `4.0` and `4.0.1` the last of 4.0.
pub fn level_of_release(name: &str) -> Option<i16> {
    let stands_for = |release: &str| match name.split_once('-') {
        Some(_) => release == name,
        None => {
            let line: Vec<&str> = name.split('.').take(2).collect();
            line.len() == 2 && release.split('-').next() == Some(line.join(".").as_str())
        }
    };
    let index = RELEASES.iter().rposition(|release| stands_for(release))?;
    Some(FIRST_LEVEL + i16::try_from(index).ok()?)
}

/// The levels of the other features that come with a level of metadata.version, in Kafka's order.
pub fn default_levels(metadata_version: i16) -> [(&'static str, i16); 6] {
    let from = |least: i16, level: i16| if metadata_version >= least { level } else { 0 };
    [
        (KRAFT_VERSION, from(21, 1)),
        (TRANSACTION_VERSION, from(24, 2)),
        (GROUP_VERSION, from(22, 1)),
        (ELIGIBLE_LEADER_REPLICAS, from(26, 1)),
        (SHARE_VERSION, from(28, 1)),
        (STREAMS_VERSION, from(29, 1)),
    ]
}

/// What a level of a feature asks of others.
pub fn dependency(feature: &str, level: i16) -> Option<(&'static str, i16)> {
    (feature == ELIGIBLE_LEADER_REPLICAS && level > 0).then_some((METADATA_VERSION, 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_names_lie_at_the_levels_of_kafkas_table() {
        assert_eq!(release_name(7), Some("3.3-IV3"));
        assert_eq!(release_name(17), Some("3.7-IV2"));
        assert_eq!(release_name(21), Some("3.9-IV0"));
        assert_eq!(release_name(25), Some("4.0-IV3"));
        assert_eq!(release_name(29), Some("4.2-IV1"));
        assert_eq!(release_name(30), None);
        assert_eq!(release_name(6), None);
        assert_eq!(release_name(i16::MIN), None);
    }

    /// Recorded from kafka-storage.sh version-mapping of Kafka 4.2.1.
    #[test]
    fn a_release_stands_for_its_last_level() {
        let levels = ["3.3", "3.5", "3.7", "4.0", "4.2", "4.2.1", "4.0-IV1"].map(level_of_release);
        assert_eq!(levels, [Some(7), Some(11), Some(19), Some(25), Some(29), Some(29), Some(23)]);
        for unknown in ["4", "4.3", "4.0-IV9", "3.2", "v4.0", ""] {
            assert_eq!(level_of_release(unknown), None, "{unknown}");
        }
        let levels = |metadata_version| default_levels(metadata_version).map(|(_, level)| level);
        assert_eq!(levels(25), [1, 2, 1, 0, 0, 0]);
        assert_eq!(levels(29), [1, 2, 1, 1, 1, 1]);
        assert_eq!(levels(20), [0; 6]);
    }
}

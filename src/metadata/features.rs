//! Feature levels: which ones a directory may be at, and at which a new one is made.
//!
//! Source: `MetadataVersion`, `Feature` and the version enums beside it, Kafka 4.2.1. A new directory is at level 25
//! (4.0-IV3), the highest that 4.0, 4.1 and 4.2 all open.

use std::ops::RangeInclusive;

pub const METADATA_VERSION: &str = "metadata.version";
pub const KRAFT_VERSION: &str = "kraft.version";
pub const TRANSACTION_VERSION: &str = "transaction.version";
pub const GROUP_VERSION: &str = "group.version";

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
    ("eligible.leader.replicas.version", 0..=1),
    (GROUP_VERSION, 0..=1),
    ("share.version", 0..=1),
    ("streams.version", 0..=1),
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

/// The release name of a metadata.version level, such as `4.0-IV3`.
pub fn release_name(metadata_version: i16) -> Option<&'static str> {
    const NAMES: [&str; 23] = [
        "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1",
        "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0",
        "4.1-IV1", "4.2-IV0", "4.2-IV1",
    ];
    usize::try_from(metadata_version.checked_sub(7)?).ok().and_then(|index| NAMES.get(index).copied())
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
}

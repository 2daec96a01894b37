//! Keys and values of `__consumer_offsets`: committed offsets and classic groups; those of consumer groups are in
//! `consumer_group.rs`.
//!
//! ```text
//! key    type: i16, then the key message (always version 0)
//! value  version: i16, then the value message; no value at all is a tombstone
//! ```
//!
//! Source: storage reference 5.2 and 5.3; `CoordinatorRecordSerde`, `GroupCoordinatorRecordHelpers` of Kafka 4.2.1.

use bytes::Bytes;

use super::consumer_group::ConsumerGroupChange;
use super::framing::{UnreadableRecord, versioned_value, with_number};
use crate::message;
use crate::protocol::message::Message;
use crate::protocol::primitives::{Reader, Wire};
use crate::vocabulary::Uuid;

message! {
    /// `OffsetCommitKey`.
    OffsetCommitKey (key 1, versions 0..=0, flexible i16::MAX) {
        [0..=0] group: String,
        [0..=0] topic: String,
        [0..=0] partition: i32,
    }

    /// `OffsetCommitValue`.
    OffsetCommitValue (key 1, versions 0..=4, flexible 4) {
        [0..] offset: i64,
        [3..] leader_epoch: i32 = -1,
        [0..] metadata: String,
        [0..] commit_timestamp: i64,
        [1..=1] expire_timestamp: i64 = -1,
    } @tagged {
        0 [4..] topic_id: Uuid,
    }

    /// `LegacyOffsetCommitKey`.
    LegacyOffsetCommitKey (key 0, versions 0..=0, flexible i16::MAX) {
        [0..=0] group: String,
        [0..=0] topic: String,
        [0..=0] partition: i32,
    }

    /// `LegacyOffsetCommitValue`.
    LegacyOffsetCommitValue (key 0, versions 0..=0, flexible i16::MAX) {
        [0..=0] offset: i64,
        [0..=0] metadata: String,
        [0..=0] commit_timestamp: i64,
    }

    /// `GroupMetadataKey`.
    GroupMetadataKey (key 2, versions 0..=0, flexible i16::MAX) {
        [0..=0] group: String,
    }

    /// `GroupMetadataValue`.
    GroupMetadataValue (key 2, versions 0..=4, flexible 4) {
        [0..] protocol_type: String,
        [0..] generation: i32,
        [0..] protocol: Option<String> = Some(Default::default()),
        [0..] leader: Option<String> = Some(Default::default()),
        [2..] current_state_timestamp: i64 = -1,
        [0..] members: Vec<MemberMetadata>,
    }
    MemberMetadata {
        [0..] member_id: String,
        [3..] group_instance_id: Option<String>,
        [0..] client_id: String,
        [0..] client_host: String,
        [1..] rebalance_timeout: i32 = -1,
        [0..] session_timeout: i32,
        [0..] subscription: Bytes,
        [0..] assignment: Bytes,
    }
}

/// One record of `__consumer_offsets` that this program keeps; without a value it removes what the key names.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupRecord {
    Offset { key: OffsetCommitKey, value: Option<OffsetCommitValue> },
    Group { group: String, value: Option<GroupMetadataValue> },
    Consumer { group: String, change: ConsumerGroupChange },
}

impl GroupRecord {
    /// The bytes of key and value, in the versions that Kafka 4.2.1 writes.
    pub fn encode(&self) -> (Bytes, Option<Bytes>) {
        match self {
            GroupRecord::Offset { key, value } => (
                with_number(OffsetCommitKey::KEY, key, 0),
                value.as_ref().map(|value| {
                    // Only version 1 has room for an expiry of its own.
                    let version = if value.expire_timestamp == -1 { 4 } else { 1 };
                    with_number(version, value, version)
                }),
            ),
            GroupRecord::Group { group, value } => (
                with_number(GroupMetadataKey::KEY, &GroupMetadataKey { group: group.clone() }, 0),
                value.as_ref().map(|value| with_number(3, value, 3)),
            ),
            GroupRecord::Consumer { group, change } => change.encode(group),
        }
    }

    pub fn decode(key: Option<Bytes>, value: Option<Bytes>) -> Result<GroupRecord, UnreadableRecord> {
        let mut key = Reader::new(key.ok_or(UnreadableRecord::NoKey)?);
        let kind = i16::read(&mut key, 0, false).map_err(UnreadableRecord::Key)?;
        match kind {
            LegacyOffsetCommitKey::KEY => {
                let key = LegacyOffsetCommitKey::decode_from(&mut key, 0).map_err(UnreadableRecord::Key)?;
                let value = versioned_value::<LegacyOffsetCommitValue>(value)?;
                Ok(GroupRecord::Offset { key: key.into(), value: value.map(OffsetCommitValue::from) })
            }
            OffsetCommitKey::KEY => {
                let key = OffsetCommitKey::decode_from(&mut key, 0).map_err(UnreadableRecord::Key)?;
                Ok(GroupRecord::Offset { key, value: versioned_value(value)? })
            }
            GroupMetadataKey::KEY => {
                let key = GroupMetadataKey::decode_from(&mut key, 0).map_err(UnreadableRecord::Key)?;
                Ok(GroupRecord::Group { group: key.group, value: versioned_value(value)? })
            }
            kind => match ConsumerGroupChange::decode(kind, &mut key, value)? {
                Some((group, change)) => Ok(GroupRecord::Consumer { group, change }),
                None => Err(UnreadableRecord::UnknownType(kind)),
            },
        }
    }
}

impl From<LegacyOffsetCommitKey> for OffsetCommitKey {
    fn from(key: LegacyOffsetCommitKey) -> OffsetCommitKey {
        OffsetCommitKey { group: key.group, topic: key.topic, partition: key.partition }
    }
}

impl From<LegacyOffsetCommitValue> for OffsetCommitValue {
    fn from(value: LegacyOffsetCommitValue) -> OffsetCommitValue {
        OffsetCommitValue {
            offset: value.offset,
            metadata: value.metadata,
            commit_timestamp: value.commit_timestamp,
            ..OffsetCommitValue::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::primitives::Malformed;

    fn offset_record(expire_timestamp: i64) -> GroupRecord {
        GroupRecord::Offset {
            key: OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 3 },
            value: Some(OffsetCommitValue {
                offset: 7,
                metadata: "m".into(),
                commit_timestamp: 100,
                expire_timestamp,
                ..OffsetCommitValue::default()
            }),
        }
    }

    #[test]
    fn an_offset_is_written_in_version_4_and_with_an_expiry_in_version_1() {
        let (key, value) = offset_record(-1).encode();
        assert_eq!(key[..], [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 3]);
        let value = value.unwrap();
        assert_eq!(value[..2], [0, 4]);
        assert_eq!(GroupRecord::decode(Some(key), Some(value)), Ok(offset_record(-1)));

        let (key, value) = offset_record(500).encode();
        assert_eq!(value.as_ref().unwrap()[..2], [0, 1]);
        assert_eq!(GroupRecord::decode(Some(key), value), Ok(offset_record(500)));
    }

    #[test]
    fn a_group_is_written_in_version_3_and_its_tombstone_has_no_value() {
        let group = GroupRecord::Group { group: "g".into(), value: Some(GroupMetadataValue::default()) };
        let (key, value) = group.encode();
        assert_eq!(value.as_ref().unwrap()[..2], [0, 3]);
        assert_eq!(GroupRecord::decode(Some(key.clone()), value), Ok(group));
        let tombstone = GroupRecord::Group { group: "g".into(), value: None };
        assert_eq!(tombstone.encode(), (key.clone(), None));
        assert_eq!(GroupRecord::decode(Some(key), None), Ok(tombstone));
    }

    #[test]
    fn every_older_version_of_a_value_is_read() {
        let (key, _) = offset_record(-1).encode();
        for version in OffsetCommitValue::VERSIONS {
            let value = with_number(version, &OffsetCommitValue { offset: 9, ..OffsetCommitValue::default() }, version);
            let decoded = GroupRecord::decode(Some(key.clone()), Some(value)).unwrap();
            assert!(matches!(decoded, GroupRecord::Offset { value: Some(value), .. } if value.offset == 9));
        }
        let key = with_number(0, &LegacyOffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 1 }, 0);
        let value = with_number(0, &LegacyOffsetCommitValue { offset: 4, ..LegacyOffsetCommitValue::default() }, 0);
        let decoded = GroupRecord::decode(Some(key), Some(value)).unwrap();
        assert!(matches!(decoded, GroupRecord::Offset { value: Some(value), .. } if value.offset == 4));
    }

    #[test]
    fn another_kind_of_group_is_told_apart_from_damage() {
        let share_group = Bytes::from_static(&[0, 11, 0, 1, b'g']);
        assert_eq!(GroupRecord::decode(Some(share_group), None), Err(UnreadableRecord::UnknownType(11)));
        assert_eq!(GroupRecord::decode(None, None), Err(UnreadableRecord::NoKey));
        let cut = GroupRecord::decode(Some(Bytes::from_static(&[0, 2, 0, 9, b'g'])), None);
        assert!(matches!(cut, Err(UnreadableRecord::Key(_))));
        let (key, _) = offset_record(-1).encode();
        let newer = GroupRecord::decode(Some(key), Some(Bytes::from_static(&[0, 9, 0])));
        assert_eq!(newer, Err(UnreadableRecord::Value(Malformed::Version(9))));
    }
}

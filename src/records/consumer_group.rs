//! The records of `__consumer_offsets` about consumer groups (KIP-848): types 3 to 8, and 16.
//!
//! A group, its members, where each of them is to come to (the target) and where it is (the current assignment) are
//! records of their own. The subscription metadata of type 4 is of before Kafka 4.1; what is left of it is removed.
//!
//! Source: storage reference 5.3; `GroupCoordinatorRecordHelpers` of Kafka 4.2.1.

use bytes::Bytes;

use super::framing::{UnreadableRecord, versioned_value, with_number};
use crate::message;
use crate::protocol::message::Message;
use crate::protocol::primitives::{Malformed, Reader, Wire, Writer};
use crate::vocabulary::Uuid;

/// What a member that speaks the classic protocol has told; null for one of the consumer protocol.
///
/// A tagged field that may be null has a varint of 0 or 1 before it. Its default in Kafka's schema is an empty structure:
/// null is always written.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassicMember(pub Option<Box<ClassicMemberMetadata>>);

impl Default for ClassicMember {
    fn default() -> ClassicMember {
        ClassicMember(Some(Box::default()))
    }
}

impl Wire for ClassicMember {
    fn write(&self, to: &mut Writer, version: i16, flexible: bool) {
        to.put_unsigned_varint(u32::from(self.0.is_some()));
        if let Some(member) = &self.0 {
            member.write(to, version, flexible);
        }
    }

    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<ClassicMember, Malformed> {
        if from.unsigned_varint()? == 0 {
            return Ok(ClassicMember(None));
        }
        Ok(ClassicMember(Some(Box::new(ClassicMemberMetadata::read(from, version, flexible)?))))
    }
}

#[cfg(test)]
impl crate::protocol::oracle::Sample for ClassicMember {
    fn sample(random: &mut crate::protocol::oracle::Random, version: i16) -> ClassicMember {
        ClassicMember(crate::protocol::oracle::Sample::sample(random, version))
    }
}

message! {
    /// `ConsumerGroupMetadataKey`.
    ConsumerGroupMetadataKey (key 3, versions 0..=0, flexible i16::MAX) {
        [0..=0] group_id: String,
    }

    /// `ConsumerGroupMetadataValue`.
    ConsumerGroupMetadataValue (key 3, versions 0..=0, flexible 0) {
        [0..] epoch: i32,
    } @tagged {
        0 [0..] metadata_hash: i64,
    }

    /// `ConsumerGroupPartitionMetadataKey`.
    ConsumerGroupPartitionMetadataKey (key 4, versions 0..=0, flexible i16::MAX) {
        [0..=0] group_id: String,
    }

    /// `ConsumerGroupPartitionMetadataValue`.
    ConsumerGroupPartitionMetadataValue (key 4, versions 0..=0, flexible 0) {
        [0..] topics: Vec<TopicMetadata>,
    }
    TopicMetadata {
        [0..] topic_id: Uuid,
        [0..] topic_name: String,
        [0..] num_partitions: i32,
        [0..] partition_metadata: Vec<PartitionMetadata>,
    }
    PartitionMetadata {
        [0..] partition: i32,
        [0..] racks: Vec<String>,
    }

    /// `ConsumerGroupMemberMetadataKey`.
    ConsumerGroupMemberMetadataKey (key 5, versions 0..=0, flexible i16::MAX) {
        [0..=0] group_id: String,
        [0..=0] member_id: String,
    }

    /// `ConsumerGroupMemberMetadataValue`.
    ConsumerGroupMemberMetadataValue (key 5, versions 0..=0, flexible 0) {
        [0..] instance_id: Option<String>,
        [0..] rack_id: Option<String>,
        [0..] client_id: String,
        [0..] client_host: String,
        [0..] subscribed_topic_names: Vec<String>,
        [0..] subscribed_topic_regex: Option<String>,
        [0..] rebalance_timeout_ms: i32 = -1,
        [0..] server_assignor: Option<String>,
    } @tagged {
        0 [0..] classic_member_metadata: ClassicMember,
    }
    ClassicMemberMetadata {
        [0..] session_timeout_ms: i32,
        [0..] supported_protocols: Vec<ClassicProtocol>,
    }
    ClassicProtocol {
        [0..] name: String,
        [0..] metadata: Bytes,
    }

    /// `ConsumerGroupTargetAssignmentMetadataKey`.
    ConsumerGroupTargetAssignmentMetadataKey (key 6, versions 0..=0, flexible i16::MAX) {
        [0..=0] group_id: String,
    }

    /// `ConsumerGroupTargetAssignmentMetadataValue`.
    ConsumerGroupTargetAssignmentMetadataValue (key 6, versions 0..=0, flexible 0) {
        [0..] assignment_epoch: i32,
    }

    /// `ConsumerGroupTargetAssignmentMemberKey`.
    ConsumerGroupTargetAssignmentMemberKey (key 7, versions 0..=0, flexible i16::MAX) {
        [0..=0] group_id: String,
        [0..=0] member_id: String,
    }

    /// `ConsumerGroupTargetAssignmentMemberValue`.
    ConsumerGroupTargetAssignmentMemberValue (key 7, versions 0..=0, flexible 0) {
        [0..] topic_partitions: Vec<TopicPartitions>,
    }
    TopicPartitions {
        [0..] topic_id: Uuid,
        [0..] partitions: Vec<i32>,
    }

    /// `ConsumerGroupCurrentMemberAssignmentKey`.
    ConsumerGroupCurrentMemberAssignmentKey (key 8, versions 0..=0, flexible i16::MAX) {
        [0..=0] group_id: String,
        [0..=0] member_id: String,
    }

    /// `ConsumerGroupCurrentMemberAssignmentValue`.
    ConsumerGroupCurrentMemberAssignmentValue (key 8, versions 0..=0, flexible 0) {
        [0..] member_epoch: i32,
        [0..] previous_member_epoch: i32,
        [0..] state: i8,
        [0..] assigned_partitions: Vec<TopicPartitions>,
        [0..] partitions_pending_revocation: Vec<TopicPartitions>,
    }

    /// `ConsumerGroupRegularExpressionKey`.
    ConsumerGroupRegularExpressionKey (key 16, versions 0..=0, flexible i16::MAX) {
        [0..=0] group_id: String,
        [0..=0] regular_expression: String,
    }

    /// `ConsumerGroupRegularExpressionValue`.
    ConsumerGroupRegularExpressionValue (key 16, versions 0..=0, flexible 0) {
        [0..] topics: Vec<String>,
        [0..] version: i64,
        [0..] timestamp: i64,
    }
}

/// What becomes of one thing that a consumer group consists of; without a value it is removed.
#[derive(Debug, Clone, PartialEq)]
pub enum ConsumerGroupChange {
    /// The group itself: its epoch, and of what metadata of topics that is.
    Epoch(Option<ConsumerGroupMetadataValue>),
    /// What coordinators before 4.1 remembered instead of a hash.
    PartitionMetadata(Option<ConsumerGroupPartitionMetadataValue>),
    Member {
        member: String,
        value: Option<ConsumerGroupMemberMetadataValue>,
    },
    TargetEpoch(Option<ConsumerGroupTargetAssignmentMetadataValue>),
    Target {
        member: String,
        value: Option<ConsumerGroupTargetAssignmentMemberValue>,
    },
    Current {
        member: String,
        value: Option<ConsumerGroupCurrentMemberAssignmentValue>,
    },
    /// The topics that a regular expression matches.
    Regex {
        regex: String,
        value: Option<ConsumerGroupRegularExpressionValue>,
    },
}

/// Key and value, framed.
fn framed<K: Message, V: Message>(key: &K, value: Option<&V>) -> (Bytes, Option<Bytes>) {
    (with_number(K::KEY, key, 0), value.map(|value| with_number(0, value, 0)))
}

impl ConsumerGroupChange {
    /// Whether it takes something away.
    pub fn is_removal(&self) -> bool {
        match self {
            ConsumerGroupChange::Epoch(value) => value.is_none(),
            ConsumerGroupChange::PartitionMetadata(value) => value.is_none(),
            ConsumerGroupChange::Member { value, .. } => value.is_none(),
            ConsumerGroupChange::TargetEpoch(value) => value.is_none(),
            ConsumerGroupChange::Target { value, .. } => value.is_none(),
            ConsumerGroupChange::Current { value, .. } => value.is_none(),
            ConsumerGroupChange::Regex { value, .. } => value.is_none(),
        }
    }

    /// The bytes of key and value.
    pub fn encode(&self, group: &str) -> (Bytes, Option<Bytes>) {
        let group_id = group.to_owned();
        match self {
            ConsumerGroupChange::Epoch(value) => framed(&ConsumerGroupMetadataKey { group_id }, value.as_ref()),
            ConsumerGroupChange::PartitionMetadata(value) => {
                framed(&ConsumerGroupPartitionMetadataKey { group_id }, value.as_ref())
            }
            ConsumerGroupChange::Member { member, value } => {
                framed(&ConsumerGroupMemberMetadataKey { group_id, member_id: member.clone() }, value.as_ref())
            }
            ConsumerGroupChange::TargetEpoch(value) => {
                framed(&ConsumerGroupTargetAssignmentMetadataKey { group_id }, value.as_ref())
            }
            ConsumerGroupChange::Target { member, value } => {
                framed(&ConsumerGroupTargetAssignmentMemberKey { group_id, member_id: member.clone() }, value.as_ref())
            }
            ConsumerGroupChange::Current { member, value } => {
                framed(&ConsumerGroupCurrentMemberAssignmentKey { group_id, member_id: member.clone() }, value.as_ref())
            }
            ConsumerGroupChange::Regex { regex, value } => {
                let key = ConsumerGroupRegularExpressionKey { group_id, regular_expression: regex.clone() };
                framed(&key, value.as_ref())
            }
        }
    }

    /// The group, and what becomes of it; `None` if a record of this type is about something else. The type has been
    /// read from the key.
    pub fn decode(
        kind: i16,
        key: &mut Reader,
        value: Option<Bytes>,
    ) -> Result<Option<(String, ConsumerGroupChange)>, UnreadableRecord> {
        let unreadable = |fault: Malformed| UnreadableRecord::Key(fault);
        Ok(Some(match kind {
            ConsumerGroupMetadataKey::KEY => {
                let key = ConsumerGroupMetadataKey::decode_from(key, 0).map_err(unreadable)?;
                (key.group_id, ConsumerGroupChange::Epoch(versioned_value(value)?))
            }
            ConsumerGroupPartitionMetadataKey::KEY => {
                let key = ConsumerGroupPartitionMetadataKey::decode_from(key, 0).map_err(unreadable)?;
                (key.group_id, ConsumerGroupChange::PartitionMetadata(versioned_value(value)?))
            }
            ConsumerGroupMemberMetadataKey::KEY => {
                let key = ConsumerGroupMemberMetadataKey::decode_from(key, 0).map_err(unreadable)?;
                let value = versioned_value(value)?;
                (key.group_id, ConsumerGroupChange::Member { member: key.member_id, value })
            }
            ConsumerGroupTargetAssignmentMetadataKey::KEY => {
                let key = ConsumerGroupTargetAssignmentMetadataKey::decode_from(key, 0).map_err(unreadable)?;
                (key.group_id, ConsumerGroupChange::TargetEpoch(versioned_value(value)?))
            }
            ConsumerGroupTargetAssignmentMemberKey::KEY => {
                let key = ConsumerGroupTargetAssignmentMemberKey::decode_from(key, 0).map_err(unreadable)?;
                let value = versioned_value(value)?;
                (key.group_id, ConsumerGroupChange::Target { member: key.member_id, value })
            }
            ConsumerGroupCurrentMemberAssignmentKey::KEY => {
                let key = ConsumerGroupCurrentMemberAssignmentKey::decode_from(key, 0).map_err(unreadable)?;
                let value = versioned_value(value)?;
                (key.group_id, ConsumerGroupChange::Current { member: key.member_id, value })
            }
            ConsumerGroupRegularExpressionKey::KEY => {
                let key = ConsumerGroupRegularExpressionKey::decode_from(key, 0).map_err(unreadable)?;
                let value = versioned_value(value)?;
                (key.group_id, ConsumerGroupChange::Regex { regex: key.regular_expression, value })
            }
            _ => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::group::GroupRecord;

    fn every_change() -> Vec<ConsumerGroupChange> {
        let member = || "m".to_owned();
        vec![
            ConsumerGroupChange::Epoch(Some(ConsumerGroupMetadataValue { epoch: 3, metadata_hash: -9 })),
            ConsumerGroupChange::Epoch(None),
            ConsumerGroupChange::PartitionMetadata(None),
            ConsumerGroupChange::PartitionMetadata(Some(ConsumerGroupPartitionMetadataValue::default())),
            ConsumerGroupChange::Member { member: member(), value: Some(Default::default()) },
            ConsumerGroupChange::Member { member: member(), value: None },
            ConsumerGroupChange::TargetEpoch(Some(ConsumerGroupTargetAssignmentMetadataValue { assignment_epoch: 2 })),
            ConsumerGroupChange::TargetEpoch(None),
            ConsumerGroupChange::Target { member: member(), value: Some(Default::default()) },
            ConsumerGroupChange::Target { member: member(), value: None },
            ConsumerGroupChange::Current { member: member(), value: Some(Default::default()) },
            ConsumerGroupChange::Current { member: member(), value: None },
            ConsumerGroupChange::Regex { regex: "t.*".to_owned(), value: Some(Default::default()) },
            ConsumerGroupChange::Regex { regex: "t.*".to_owned(), value: None },
        ]
    }

    #[test]
    fn every_change_comes_back_as_it_was() {
        for change in every_change() {
            let record = GroupRecord::Consumer { group: "g".to_owned(), change };
            let (key, value) = record.encode();
            assert_eq!(GroupRecord::decode(Some(key), value), Ok(record));
        }
    }

    #[test]
    fn the_key_begins_with_the_type_and_the_value_with_its_version() {
        let change = ConsumerGroupChange::Current { member: "m".to_owned(), value: Some(Default::default()) };
        let (key, value) = change.encode("g");
        assert_eq!(key[..], [0, 8, 0, 1, b'g', 0, 1, b'm']);
        assert_eq!(value.unwrap()[..2], [0, 0]);
    }
}

//! What members of a classic consumer group write into their assignment (`ConsumerProtocolAssignment`, KIP-429).
//!
//! To the broker these bytes are opaque; only consumers and whoever describes a group read them.

use bytes::Bytes;

use crate::message;
use crate::protocol::{Malformed, Message, Reader, Wire};
use crate::vocabulary::TopicPartition;

message! {
    ConsumerProtocolAssignment (key -1, versions 0..=3, flexible i16::MAX) {
        [0..] assigned_partitions: Vec<AssignedTopic>,
        [0..] user_data: Option<Bytes>,
    }
    AssignedTopic {
        [0..] topic: String,
        [0..] partitions: Vec<i32>,
    }
}

/// The partitions in an assignment. No bytes, as a member without partitions may have them, mean none.
pub fn assigned_partitions(assignment: Bytes) -> Result<Vec<TopicPartition>, Malformed> {
    if assignment.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = Reader::new(assignment);
    let version = i16::read(&mut reader, 0, false)?;
    if version < 0 {
        return Err(Malformed::Version(version));
    }
    let newest = *ConsumerProtocolAssignment::VERSIONS.end();
    let assignment = ConsumerProtocolAssignment::decode_from(&mut reader, version.min(newest))?;
    let topics = assignment.assigned_partitions.into_iter();
    Ok(topics.flat_map(|t| t.partitions.into_iter().map(move |p| TopicPartition::new(t.topic.clone(), p))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_of_a_version_that_is_newer_than_all_known_ones_is_read_as_the_newest() {
        let bytes: &[u8] = &[0, 9, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255, 7];
        let partitions = assigned_partitions(Bytes::copy_from_slice(bytes)).unwrap();
        assert_eq!(partitions, vec![TopicPartition::new("t", 0), TopicPartition::new("t", 3)]);
        assert!(assigned_partitions(Bytes::from_static(&[0, 0, 0])).is_err());
        assert!(assigned_partitions(Bytes::new()).unwrap().is_empty());
    }
}

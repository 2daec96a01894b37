//! What consumers of the classic protocol say in JoinGroup and are told in SyncGroup, in bytes that are opaque to a classic
//! group. A group that has members of both protocols must read and write them.
//!
//! A version and a message. Whoever reads a version that is newer than it knows takes it for the newest that it knows.
//!
//! Source: `ConsumerProtocol`, `ConsumerProtocolSubscription`, `ConsumerProtocolAssignment` of Kafka 4.2.1.

use bytes::Bytes;

use super::framing::with_number;
use crate::message;
use crate::protocol::message::Message;
use crate::protocol::primitives::{Malformed, Reader, Wire};

message! {
    /// `ConsumerProtocolSubscription`.
    ConsumerProtocolSubscription (key -1, versions 0..=3, flexible i16::MAX) {
        [0..] topics: Vec<String>,
        [0..] user_data: Option<Bytes>,
        [1..] owned_partitions: Vec<TopicPartitions>,
        [2..] generation_id: i32 = -1,
        [3..] rack_id: Option<String>,
    }

    /// `ConsumerProtocolAssignment`.
    ConsumerProtocolAssignment (key -1, versions 0..=3, flexible i16::MAX) {
        [0..] assigned_partitions: Vec<TopicPartitions>,
        [0..] user_data: Option<Bytes>,
    }
    TopicPartitions {
        [0..] topic: String,
        [0..] partitions: Vec<i32>,
    }
}

const NEWEST: i16 = 3;

/// The version that these bytes begin with, as far as it is known.
pub fn version_of(bytes: &Bytes) -> Result<i16, Malformed> {
    match i16::read(&mut Reader::new(bytes.clone()), 0, false)? {
        version @ ..0 => Err(Malformed::Version(version)),
        version => Ok(version.min(NEWEST)),
    }
}

/// Bytes behind the message are left alone: a newer version may have more.
pub fn read<M: Message>(bytes: &Bytes) -> Result<M, Malformed> {
    let version = version_of(bytes)?;
    M::decode(bytes.slice(2..), version)
}

pub fn write<M: Message>(message: &M, version: i16) -> Bytes {
    with_number(version, message, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_of_any_version_is_read() {
        let oldest = Bytes::from_static(&[0, 0, 0, 0, 0, 1, 0, 1, b't', 0xff, 0xff, 0xff, 0xff]);
        let read_oldest = read::<ConsumerProtocolSubscription>(&oldest).unwrap();
        assert_eq!((read_oldest.topics.len(), read_oldest.owned_partitions.len()), (1, 0));
        let newest = ConsumerProtocolSubscription { rack_id: Some("r".into()), ..read_oldest };
        let mut bytes = write(&newest, 3).to_vec();
        assert_eq!(read::<ConsumerProtocolSubscription>(&bytes.clone().into()), Ok(newest.clone()));
        bytes[1] = 9;
        bytes.push(7);
        assert_eq!(read::<ConsumerProtocolSubscription>(&bytes.into()), Ok(newest));
        assert!(read::<ConsumerProtocolSubscription>(&Bytes::from_static(&[0xff, 0xff, 0])).is_err());
        assert!(read::<ConsumerProtocolSubscription>(&Bytes::new()).is_err());
    }
}

//! The control records of the metadata log and of snapshots: who leads, who votes, where a snapshot begins and ends.
//!
//! A value is a message without a version in front; its first field is its own version.
//! Source: `KRaftControlRecordStateMachine`, `ControlRecordUtils`.

use bytes::Bytes;

use crate::log::batch::control::ControlType;
use crate::protocol::{Malformed, Message};
use crate::records::control::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord, VotersRecord,
};

/// What a control record says.
#[derive(Debug, Clone, PartialEq)]
pub enum ControlRecord {
    LeaderChange(LeaderChangeMessage),
    SnapshotHeader(SnapshotHeaderRecord),
    SnapshotFooter(SnapshotFooterRecord),
    KRaftVersion(KRaftVersionRecord),
    KRaftVoters(VotersRecord),
    /// A type that means nothing here; skipped, as Kafka does.
    Other(i16),
}

impl ControlRecord {
    pub(super) fn control_type(&self) -> ControlType {
        match self {
            ControlRecord::LeaderChange(_) => ControlType::LeaderChange,
            ControlRecord::SnapshotHeader(_) => ControlType::SnapshotHeader,
            ControlRecord::SnapshotFooter(_) => ControlType::SnapshotFooter,
            ControlRecord::KRaftVersion(_) => ControlType::KRaftVersion,
            ControlRecord::KRaftVoters(_) => ControlType::KRaftVoters,
            ControlRecord::Other(id) => ControlType::Unknown(*id),
        }
    }

    pub(super) fn encode(&self) -> Bytes {
        match self {
            ControlRecord::LeaderChange(message) => message.encode(message.version),
            ControlRecord::SnapshotHeader(message) => message.encode(message.version),
            ControlRecord::SnapshotFooter(message) => message.encode(message.version),
            ControlRecord::KRaftVersion(message) => message.encode(message.version),
            ControlRecord::KRaftVoters(message) => message.encode(message.version),
            ControlRecord::Other(_) => Bytes::new(),
        }
    }

    pub(super) fn decode(control_type: ControlType, value: &[u8]) -> Result<ControlRecord, Malformed> {
        let version = i16::from_be_bytes(*value.first_chunk().ok_or(Malformed::Truncated)?);
        let value = Bytes::copy_from_slice(value);
        Ok(match control_type {
            ControlType::LeaderChange => ControlRecord::LeaderChange(Message::decode(value, version)?),
            ControlType::SnapshotHeader => ControlRecord::SnapshotHeader(Message::decode(value, version)?),
            ControlType::SnapshotFooter => ControlRecord::SnapshotFooter(Message::decode(value, version)?),
            ControlType::KRaftVersion => ControlRecord::KRaftVersion(Message::decode(value, version)?),
            ControlType::KRaftVoters => ControlRecord::KRaftVoters(Message::decode(value, version)?),
            other => ControlRecord::Other(other.id()),
        })
    }
}

/// Who votes: what the newest control records say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quorum {
    /// 0: the voters are in the configuration of the nodes. 1: they are here.
    pub kraft_version: i16,
    pub voters: Option<VotersRecord>,
}

impl Quorum {
    pub fn apply(&mut self, record: &ControlRecord) {
        match record {
            ControlRecord::KRaftVersion(version) => self.kraft_version = version.kraft_version,
            ControlRecord::KRaftVoters(voters) => self.voters = Some(voters.clone()),
            _ => {}
        }
    }

    /// The records that say all this; none for static voters.
    pub fn records(&self) -> Vec<ControlRecord> {
        if self.kraft_version == 0 {
            return Vec::new();
        }
        let version = KRaftVersionRecord { version: 0, kraft_version: self.kraft_version };
        let voters = self.voters.clone().map(ControlRecord::KRaftVoters);
        std::iter::once(ControlRecord::KRaftVersion(version)).chain(voters).collect()
    }
}

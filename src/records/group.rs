//! Keys and values of `__consumer_offsets`: committed offsets and classic groups.

use bytes::Bytes;

use crate::message;
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

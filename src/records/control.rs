//! Values of control records: raft bookkeeping, snapshot brackets, transaction markers.

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// `LeaderChangeMessage`.
    LeaderChangeMessage (key -1, versions 0..=1, flexible 0) {
        [0..] version: i16,
        [0..] leader_id: i32,
        [0..] voters: Vec<Voter>,
        [0..] granting_voters: Vec<Voter>,
    }
    Voter {
        [0..] voter_id: i32,
        [1..] voter_directory_id: Uuid,
    }

    /// `SnapshotHeaderRecord`.
    SnapshotHeaderRecord (key -1, versions 0..=0, flexible 0) {
        [0..] version: i16,
        [0..] last_contained_log_timestamp: i64,
    }

    /// `SnapshotFooterRecord`.
    SnapshotFooterRecord (key -1, versions 0..=0, flexible 0) {
        [0..] version: i16,
    }

    /// `KRaftVersionRecord`.
    KRaftVersionRecord (key -1, versions 0..=0, flexible 0) {
        [0..] version: i16,
        [0..] kraft_version: i16,
    }

    /// `VotersRecord`.
    VotersRecord (key -1, versions 0..=0, flexible 0) {
        [0..] version: i16,
        [0..] voters: Vec<VotersRecordVoter>,
    }
    VotersRecordVoter {
        [0..] voter_id: i32,
        [0..] voter_directory_id: Uuid,
        [0..] endpoints: Vec<Endpoint>,
        [0..] kraft_version_feature: KRaftVersionFeature,
    }
    Endpoint {
        [0..] name: String,
        [0..] host: String,
        [0..] port: u16,
    }
    KRaftVersionFeature {
        [0..] min_supported_version: i16,
        [0..] max_supported_version: i16,
    }

    /// `EndTxnMarker`.
    EndTxnMarker (key -1, versions 0..=0, flexible i16::MAX) {
        [0..] coordinator_epoch: i32,
    }
}

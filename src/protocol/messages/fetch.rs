//! `Fetch` (API key 1), versions 4-18, flexible from 12.

use crate::message;
use crate::protocol::Records;
use crate::vocabulary::Uuid;

message! {
    /// The request of `Fetch`.
    FetchRequest (key 1, versions 4..=18, flexible 12) {
        [0..=14] replica_id: i32 = -1,
        [0..] max_wait_ms: i32,
        [0..] min_bytes: i32,
        [3..] max_bytes: i32 = i32::MAX,
        [4..] isolation_level: i8,
        [7..] session_id: i32,
        [7..] session_epoch: i32 = -1,
        [0..] topics: Vec<FetchTopic>,
        [7..] forgotten_topics_data: Vec<ForgottenTopic>,
        [11..] rack_id: String,
    } @tagged {
        0 [12..] cluster_id: Option<String>,
        1 [15..] replica_state: ReplicaState,
    }
    ReplicaState {
        [15..] replica_id: i32 = -1,
        [15..] replica_epoch: i64 = -1,
    }
    FetchTopic {
        [0..=12] topic: String,
        [13..] topic_id: Uuid,
        [0..] partitions: Vec<FetchPartition>,
    }
    FetchPartition {
        [0..] partition: i32,
        [9..] current_leader_epoch: i32 = -1,
        [0..] fetch_offset: i64,
        [12..] last_fetched_epoch: i32 = -1,
        [5..] log_start_offset: i64 = -1,
        [0..] partition_max_bytes: i32,
    } @tagged {
        0 [17..] replica_directory_id: Uuid,
        1 [18..] high_watermark: i64 = i64::MAX,
    }
    ForgottenTopic {
        [7..=12] topic: String,
        [13..] topic_id: Uuid,
        [7..] partitions: Vec<i32>,
    }

    /// The response of `Fetch`.
    FetchResponse (key 1, versions 4..=18, flexible 12) {
        [1..] throttle_time_ms: i32,
        [7..] error_code: i16,
        [7..] session_id: i32,
        [0..] responses: Vec<FetchableTopicResponse>,
    } @tagged {
        0 [16..] node_endpoints: Vec<NodeEndpoint>,
    }
    FetchableTopicResponse {
        [0..=12] topic: String,
        [13..] topic_id: Uuid,
        [0..] partitions: Vec<PartitionData>,
    }
    PartitionData {
        [0..] partition_index: i32,
        [0..] error_code: i16,
        [0..] high_watermark: i64,
        [4..] last_stable_offset: i64 = -1,
        [5..] log_start_offset: i64 = -1,
        [4..] aborted_transactions: Option<Vec<AbortedTransaction>> = Some(Default::default()),
        [11..] preferred_read_replica: i32 = -1,
        [0..] records: Option<Records> = Some(Default::default()),
    } @tagged {
        0 [12..] diverging_epoch: EpochEndOffset,
        1 [12..] current_leader: LeaderIdAndEpoch,
        2 [12..] snapshot_id: SnapshotId,
    }
    EpochEndOffset {
        [12..] epoch: i32 = -1,
        [12..] end_offset: i64 = -1,
    }
    LeaderIdAndEpoch {
        [12..] leader_id: i32 = -1,
        [12..] leader_epoch: i32 = -1,
    }
    SnapshotId {
        [0..] end_offset: i64 = -1,
        [0..] epoch: i32 = -1,
    }
    AbortedTransaction {
        [4..] producer_id: i64,
        [4..] first_offset: i64,
    }
    NodeEndpoint {
        [16..] node_id: i32,
        [16..] host: String,
        [16..] port: i32,
        [16..] rack: Option<String>,
    }
}

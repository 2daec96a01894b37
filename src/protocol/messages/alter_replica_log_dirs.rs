//! `AlterReplicaLogDirs` (API key 34), versions 1-2, flexible from 2.

use crate::message;

message! {
    /// The request of `AlterReplicaLogDirs`.
    AlterReplicaLogDirsRequest (key 34, versions 1..=2, flexible 2) {
        [0..] dirs: Vec<AlterReplicaLogDir>,
    }
    AlterReplicaLogDir {
        [0..] path: String,
        [0..] topics: Vec<AlterReplicaLogDirTopic>,
    }
    AlterReplicaLogDirTopic {
        [0..] name: String,
        [0..] partitions: Vec<i32>,
    }

    /// The response of `AlterReplicaLogDirs`.
    AlterReplicaLogDirsResponse (key 34, versions 1..=2, flexible 2) {
        [0..] throttle_time_ms: i32,
        [0..] results: Vec<AlterReplicaLogDirTopicResult>,
    }
    AlterReplicaLogDirTopicResult {
        [0..] topic_name: String,
        [0..] partitions: Vec<AlterReplicaLogDirPartitionResult>,
    }
    AlterReplicaLogDirPartitionResult {
        [0..] partition_index: i32,
        [0..] error_code: i16,
    }
}

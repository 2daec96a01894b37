//! `DescribeLogDirs` (API key 35), versions 1-4, flexible from 2.

use crate::message;

message! {
    /// The request of `DescribeLogDirs`.
    DescribeLogDirsRequest (key 35, versions 1..=4, flexible 2) {
        [0..] topics: Option<Vec<DescribableLogDirTopic>>,
    }
    DescribableLogDirTopic {
        [0..] topic: String,
        [0..] partitions: Vec<i32>,
    }

    /// The response of `DescribeLogDirs`.
    DescribeLogDirsResponse (key 35, versions 1..=4, flexible 2) {
        [0..] throttle_time_ms: i32,
        [3..] error_code: i16,
        [0..] results: Vec<DescribeLogDirsResult>,
    }
    DescribeLogDirsResult {
        [0..] error_code: i16,
        [0..] log_dir: String,
        [0..] topics: Vec<DescribeLogDirsTopic>,
        [4..] total_bytes: i64 = -1,
        [4..] usable_bytes: i64 = -1,
    }
    DescribeLogDirsTopic {
        [0..] name: String,
        [0..] partitions: Vec<DescribeLogDirsPartition>,
    }
    DescribeLogDirsPartition {
        [0..] partition_index: i32,
        [0..] partition_size: i64,
        [0..] offset_lag: i64,
        [0..] is_future_key: bool,
    }
}

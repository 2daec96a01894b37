//! `DescribeCluster` (API key 60), versions 0-2, flexible from 0.

use crate::message;

message! {
    /// The request of `DescribeCluster`.
    DescribeClusterRequest (key 60, versions 0..=2, flexible 0) {
        [0..] include_cluster_authorized_operations: bool,
        [1..] endpoint_type: i8 = 1,
        [2..] include_fenced_brokers: bool,
    }

    /// The response of `DescribeCluster`.
    DescribeClusterResponse (key 60, versions 0..=2, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] error_message: Option<String>,
        [1..] endpoint_type: i8 = 1,
        [0..] cluster_id: String,
        [0..] controller_id: i32 = -1,
        [0..] brokers: Vec<DescribeClusterBroker>,
        [0..] cluster_authorized_operations: i32 = i32::MIN,
    }
    DescribeClusterBroker {
        [0..] broker_id: i32,
        [0..] host: String,
        [0..] port: i32,
        [0..] rack: Option<String>,
        [2..] is_fenced: bool,
    }
}

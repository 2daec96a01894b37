//! `WriteTxnMarkers` (API key 27), versions 1-2, flexible.

use crate::message;

message! {
    /// The request of `WriteTxnMarkers`.
    WriteTxnMarkersRequest (key 27, versions 1..=2, flexible 1) {
        [0..] markers: Vec<WritableTxnMarker>,
    }
    WritableTxnMarker {
        [0..] producer_id: i64,
        [0..] producer_epoch: i16,
        [0..] transaction_result: bool,
        [0..] topics: Vec<WritableTxnMarkerTopic>,
        [0..] coordinator_epoch: i32,
        [2..] transaction_version: i8,
    }
    WritableTxnMarkerTopic {
        [0..] name: String,
        [0..] partition_indexes: Vec<i32>,
    }

    /// The response of `WriteTxnMarkers`.
    WriteTxnMarkersResponse (key 27, versions 1..=2, flexible 1) {
        [0..] markers: Vec<WritableTxnMarkerResult>,
    }
    WritableTxnMarkerResult {
        [0..] producer_id: i64,
        [0..] topics: Vec<WritableTxnMarkerTopicResult>,
    }
    WritableTxnMarkerTopicResult {
        [0..] name: String,
        [0..] partitions: Vec<WritableTxnMarkerPartitionResult>,
    }
    WritableTxnMarkerPartitionResult {
        [0..] partition_index: i32,
        [0..] error_code: i16,
    }
}

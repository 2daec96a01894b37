//! `AddOffsetsToTxn` (API key 25), versions 0-4, flexible from 3.

use crate::message;

message! {
    /// The request of `AddOffsetsToTxn`.
    AddOffsetsToTxnRequest (key 25, versions 0..=4, flexible 3) {
        [0..] transactional_id: String,
        [0..] producer_id: i64,
        [0..] producer_epoch: i16,
        [0..] group_id: String,
    }

    /// The response of `AddOffsetsToTxn`.
    AddOffsetsToTxnResponse (key 25, versions 0..=4, flexible 3) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
    }
}

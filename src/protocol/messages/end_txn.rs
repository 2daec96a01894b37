//! `EndTxn` (API key 26), versions 0-5, flexible from 3.

use crate::message;

message! {
    /// The request of `EndTxn`.
    EndTxnRequest (key 26, versions 0..=5, flexible 3) {
        [0..] transactional_id: String,
        [0..] producer_id: i64,
        [0..] producer_epoch: i16,
        [0..] committed: bool,
    }

    /// The response of `EndTxn`.
    EndTxnResponse (key 26, versions 0..=5, flexible 3) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [5..] producer_id: i64 = -1,
        [5..] producer_epoch: i16 = -1,
    }
}

//! `InitProducerId` (API key 22), versions 0-6, flexible from 2.

use crate::message;

message! {
    /// The request of `InitProducerId`.
    InitProducerIdRequest (key 22, versions 0..=6, flexible 2) {
        [0..] transactional_id: Option<String> = Some(Default::default()),
        [0..] transaction_timeout_ms: i32,
        [3..] producer_id: i64 = -1,
        [3..] producer_epoch: i16 = -1,
        [6..] enable2_pc: bool,
        [6..] keep_prepared_txn: bool,
    }

    /// The response of `InitProducerId`.
    InitProducerIdResponse (key 22, versions 0..=6, flexible 2) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] producer_id: i64 = -1,
        [0..] producer_epoch: i16,
        [6..] ongoing_txn_producer_id: i64 = -1,
        [6..] ongoing_txn_producer_epoch: i16 = -1,
    }
}

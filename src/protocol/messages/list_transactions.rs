//! `ListTransactions` (API key 66), versions 0-2, flexible.

use crate::message;

message! {
    /// The request of `ListTransactions`.
    ListTransactionsRequest (key 66, versions 0..=2, flexible 0) {
        [0..] state_filters: Vec<String>,
        [0..] producer_id_filters: Vec<i64>,
        [1..] duration_filter: i64 = -1,
        [2..] transactional_id_pattern: Option<String>,
    }

    /// The response of `ListTransactions`.
    ListTransactionsResponse (key 66, versions 0..=2, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] unknown_state_filters: Vec<String>,
        [0..] transaction_states: Vec<TransactionState>,
    }
    TransactionState {
        [0..] transactional_id: String,
        [0..] producer_id: i64,
        [0..] transaction_state: String,
    }
}

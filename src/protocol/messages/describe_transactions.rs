//! `DescribeTransactions` (API key 65), version 0, flexible.

use crate::message;

message! {
    /// The request of `DescribeTransactions`.
    DescribeTransactionsRequest (key 65, versions 0..=0, flexible 0) {
        [0..] transactional_ids: Vec<String>,
    }

    /// The response of `DescribeTransactions`.
    DescribeTransactionsResponse (key 65, versions 0..=0, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] transaction_states: Vec<TransactionState>,
    }
    TransactionState {
        [0..] error_code: i16,
        [0..] transactional_id: String,
        [0..] transaction_state: String,
        [0..] transaction_timeout_ms: i32,
        [0..] transaction_start_time_ms: i64,
        [0..] producer_id: i64,
        [0..] producer_epoch: i16,
        [0..] topics: Vec<TopicData>,
    }
    TopicData {
        [0..] topic: String,
        [0..] partitions: Vec<i32>,
    }
}

//! DescribeTransactions: one transactional id.
//!
//! Source: `TransactionCoordinator.handleDescribeTransactions` of Kafka 4.2.1.

use super::{DescribeTransaction, DescribedTransaction, TransactionCoordinator};
use crate::protocol::ErrorCode;

impl TransactionCoordinator {
    pub(super) fn describe(&self, request: &DescribeTransaction) -> Result<DescribedTransaction, ErrorCode> {
        if request.transactional_id.is_empty() {
            return Err(ErrorCode::InvalidRequest);
        }
        let known = self.ids.get(&request.transactional_id).ok_or(ErrorCode::TransactionalIdNotFound)?;
        // While a transaction ends, those that still wait for their marker.
        let partitions = known.ending.as_ref().map_or(&known.logged.partitions, |ending| &ending.left);
        Ok(DescribedTransaction {
            producer: known.logged.producer,
            state: known.logged.state.name(),
            timeout_ms: known.logged.timeout_ms,
            start_time_ms: known.logged.started.millis(),
            partitions: partitions.clone(),
        })
    }
}

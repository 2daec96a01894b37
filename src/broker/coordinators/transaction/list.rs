//! ListTransactions: the transactional ids of this partition that pass the filters.
//!
//! As in Kafka, what began when is asked of every id, whether its transaction is open or not; one that never had any
//! began at -1 and so before everything.
//!
//! Source: `TransactionStateManager.listTransactionStates` of Kafka 4.2.1.

use super::transactional_id::Logged;
use super::{ListTransactions, ListedTransaction, TransactionCoordinator};
use crate::broker::machine::Context;

impl TransactionCoordinator {
    pub(super) fn list(&self, context: &Context<'_>, wanted: &ListTransactions) -> Vec<ListedTransaction> {
        let listed = self.ids.iter().filter(|(_, known)| is_wanted(context, wanted, &known.logged));
        let listed = listed.map(|(id, known)| ListedTransaction {
            transactional_id: id.clone(),
            producer_id: known.logged.producer.id,
            state: known.logged.state.name(),
        });
        listed.collect()
    }
}

fn is_wanted(context: &Context<'_>, wanted: &ListTransactions, logged: &Logged) -> bool {
    let by_state = wanted.states.is_empty() || wanted.states.iter().any(|state| state == logged.state.name());
    let by_producer = wanted.producer_ids.is_empty() || wanted.producer_ids.contains(&logged.producer.id);
    let by_time = wanted.longer_than.is_none_or(|time| context.now.since(logged.started) > time);
    by_state && by_producer && by_time
}

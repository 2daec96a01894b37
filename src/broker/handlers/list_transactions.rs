//! ListTransactions 0–2: the transactional ids of this broker (KIP-664). Version 1 filters by how long a transaction has
//! been open (KIP-994), version 2 by a pattern that the whole id must match (KIP-1152).

use std::time::Duration;

use regex::Regex;

use crate::broker::BrokerState;
use crate::broker::coordinators::transaction::{self, ListTransactions, ListedTransaction};
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::list_transactions::TransactionState;
use crate::protocol::messages::{ListTransactionsRequest, ListTransactionsResponse};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: ListTransactionsRequest,
) -> ListTransactionsResponse {
    let is_unknown = |state: &&String| transaction::TransactionState::named(state).is_none();
    let unknown_state_filters = request.state_filters.iter().filter(is_unknown).cloned().collect();
    match list(broker, request).await {
        Ok(found) => ListTransactionsResponse {
            unknown_state_filters,
            transaction_states: found.into_iter().map(state).collect(),
            ..Default::default()
        },
        Err(code) => ListTransactionsResponse { error_code: code.code(), ..Default::default() },
    }
}

async fn list(broker: &BrokerState, request: ListTransactionsRequest) -> Result<Vec<ListedTransaction>, ErrorCode> {
    let pattern = request.transactional_id_pattern.filter(|pattern| !pattern.is_empty());
    let pattern = pattern.map(|pattern| whole(&pattern)).transpose()?;
    let wanted = ListTransactions {
        states: request.state_filters,
        producer_ids: request.producer_id_filters,
        longer_than: u64::try_from(request.duration_filter).ok().map(Duration::from_millis),
    };
    let mut found = broker.transactions.list(wanted).await?;
    found.retain(|listed| pattern.as_ref().is_none_or(|pattern| pattern.is_match(&listed.transactional_id)));
    Ok(found)
}

/// Matches whole ids. By itself the pattern must be one too: `a)|(b` only is when it is put into brackets.
fn whole(pattern: &str) -> Result<Regex, ErrorCode> {
    let compiled = Regex::new(pattern).and_then(|_| Regex::new(&format!("^(?:{pattern})$")));
    compiled.map_err(|_| ErrorCode::InvalidRegularExpression)
}

fn state(listed: ListedTransaction) -> TransactionState {
    TransactionState {
        transactional_id: listed.transactional_id,
        producer_id: listed.producer_id,
        transaction_state: listed.state.to_owned(),
    }
}

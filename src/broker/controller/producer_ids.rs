//! Blocks of producer ids: each is handed out once, also across restarts.

use super::{Controller, Decision};
use crate::broker::machine::Context;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::ProducerIdsRecord;

/// Ids in a block.
const BLOCK_IDS: i64 = 1000;

/// Asks for a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllocateProducerIds;

/// Ids `first..first + count` that nobody else has or will have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerIdBlock {
    pub first: i64,
    pub count: i64,
}

impl Controller {
    pub(super) fn allocate_producer_ids(
        &mut self,
        context: &mut Context<'_>,
        _request: AllocateProducerIds,
    ) -> Decision<Result<ProducerIdBlock, Rejection>> {
        let first = context.image.next_producer_id;
        let Some(next_producer_id) = first.checked_add(BLOCK_IDS) else {
            let rejection = Rejection::new(ErrorCode::UnknownServerError, "Exhausted all producer IDs");
            return Decision::reply(Err(rejection));
        };
        let broker_id = self.settings.node_id;
        let broker_epoch = context.image.brokers.get(&broker_id).map_or(-1, |broker| broker.epoch);
        let record = ProducerIdsRecord { broker_id, broker_epoch, next_producer_id };
        let reply = Ok(ProducerIdBlock { first, count: BLOCK_IDS });
        Decision { records: vec![record.into()], reply }
    }
}

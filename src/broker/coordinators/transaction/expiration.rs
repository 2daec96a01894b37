//! Expiration: transactional ids that nobody has used for long, and in which nothing is open, are forgotten.
//!
//! Source: protocol reference 11.8; `TransactionStateManager.removeExpiredTransactionalIds` of Kafka 4.2.1.

use super::{Decision, TransactionCoordinator, TransactionTimer};
use crate::broker::machine::{Context, Outcome, TimerChange};
use crate::records::transaction::TransactionRecord;

/// About how many bytes of tombstones one batch may have, whatever `max.message.bytes` is; the others follow in the next.
const BATCH_BYTES: usize = 16_384;
/// What a tombstone needs besides its id.
const BYTES_BESIDE_ID: usize = 32;

impl TransactionCoordinator {
    pub(super) fn expire_ids(&mut self, context: &mut Context<'_>) -> Decision {
        let mut out = Outcome::none();
        let mut bytes = 0;
        let mut next = context.now + self.settings.id_expiration_check_interval;
        for (id, known) in &self.ids {
            if !known.logged.is_idle() || context.now.since(known.logged.updated) < self.settings.id_expiration {
                continue;
            }
            if bytes >= BATCH_BYTES {
                next = context.now;
                break;
            }
            bytes += id.len() + BYTES_BESIDE_ID;
            out.records.push(TransactionRecord { transactional_id: id.clone(), value: None });
        }
        out.timers.push(TimerChange::Arm(TransactionTimer::Expiration, next));
        out
    }
}

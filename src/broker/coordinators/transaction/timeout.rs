//! The time of open transactions: whoever does not end one in the time that it asked for is fenced, and the transaction
//! is aborted. Readers do not wait any longer for a producer that is gone.
//!
//! Each open transaction has a timer of its own. (Kafka looks for those whose time is over every ten seconds.)
//!
//! Source: protocol reference 11.8; `TransactionCoordinator.abortTimedOutTransactions` of Kafka 4.2.1.

use super::{Decision, TransactionCoordinator};
use crate::broker::machine::{Context, Outcome};

impl TransactionCoordinator {
    pub(super) fn timed_out(&mut self, context: &mut Context<'_>, id: &str) -> Decision {
        let mut out = Outcome::none();
        // The timer is disarmed when the transaction ends, so its time is over, whatever the clock says by now.
        if self.ids.get(id).is_some_and(|known| known.logged.deadline().is_some()) {
            self.fence(context, id, &mut out);
        }
        out
    }
}

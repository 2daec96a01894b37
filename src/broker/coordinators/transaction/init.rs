//! InitProducerId with a transactional id: a producer begins, and all earlier ones are fenced.
//!
//! A producer may say which id and epoch it had (KIP-360), to go on after an error unless somebody else has begun since;
//! if that was the epoch before the present one, its answer was lost, and it is given again.
//!
//! Source: protocol reference 11.2; `TransactionCoordinator.prepareInitProducerIdTransit` of Kafka 4.2.1.

use super::transactional_id::TransactionalId;
use super::transitions::{LAST_EPOCH, Step, is_exhausted};
use super::{
    Decision, InitProducer, MAX_TRANSACTIONAL_IDS, Producer, Refused, TransactionCoordinator, TransactionReply,
};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::protocol::ErrorCode;
use crate::records::transaction::TransactionRecord;

/// What a producer is given, and the epoch before that.
struct Given {
    producer: Producer,
    last_epoch: Option<i16>,
}

impl TransactionCoordinator {
    pub(super) fn init(&mut self, context: &mut Context<'_>, ticket: Ticket, request: &InitProducer) -> Decision {
        let mut out = Outcome::none();
        let reply = self.init_producer(context, request, &mut out);
        out.replies.push((ticket, TransactionReply::Init(reply)));
        out
    }

    fn init_producer(
        &mut self,
        context: &mut Context<'_>,
        request: &InitProducer,
        out: &mut Decision,
    ) -> Result<Producer, Refused> {
        let id = &request.transactional_id;
        if id.is_empty() {
            return Err(ErrorCode::InvalidRequest.into());
        }
        if !(1..=self.settings.max_timeout_ms).contains(&request.timeout_ms) {
            return Err(ErrorCode::InvalidTransactionTimeout.into());
        }
        let (present, given) = match self.ids.get(id) {
            None => {
                let new = request.new_producer_id.ok_or(Refused::NeedsProducerId)?;
                self.make_room(out)?;
                (Step::new(new), Given { producer: Producer { id: new, epoch: 0 }, last_epoch: None })
            }
            Some(known) if known.logged.is_prepared() => return Err(ErrorCode::ConcurrentTransactions.into()),
            Some(known) if request.had.is_some_and(|had| !was_given(known, had)) => {
                return Err(ErrorCode::ProducerFenced.into());
            }
            Some(known) if known.logged.is_idle() => (Step::of(known), next_producer(known, request)?),
            Some(_) => {
                self.fence(context, id, out);
                return Err(ErrorCode::ConcurrentTransactions.into());
            }
        };
        let step = present.initialized(given.producer, given.last_epoch, request.timeout_ms, context.now);
        self.take(context, id, &step, out);
        Ok(given.producer)
    }

    /// A full partition forgets the id that was idle for longest, as if its time were over.
    fn make_room(&self, out: &mut Decision) -> Result<(), Refused> {
        if self.ids.len() < MAX_TRANSACTIONAL_IDS {
            return Ok(());
        }
        let idle = self.ids.iter().filter(|(_, known)| known.logged.is_idle());
        let (oldest, _) =
            idle.min_by_key(|(_, known)| known.logged.updated).ok_or(ErrorCode::CoordinatorNotAvailable)?;
        out.records.push(TransactionRecord { transactional_id: oldest.clone(), value: None });
        Ok(())
    }
}

/// Whether this may be the producer that this id was given to last. Whether its epoch is right is seen later.
fn was_given(known: &TransactionalId, had: Producer) -> bool {
    had.id == known.logged.producer.id || (had.id == known.remembered.previous_id && is_exhausted(had.epoch))
}

fn next_producer(known: &TransactionalId, request: &InitProducer) -> Result<Given, Refused> {
    let Producer { id, epoch } = known.logged.producer;
    let last_epoch = known.remembered.last_epoch;
    let had = request.had.map(|had| had.epoch);
    let is_retry = had.is_some_and(|had| had != epoch && last_epoch == Some(had));
    if had.is_some_and(|had| had != epoch) && !is_retry {
        return Err(ErrorCode::ProducerFenced.into());
    }
    // The last epoch of all is there to fence with, so whoever may go on after that needs a new id too.
    let is_usable = epoch <= LAST_EPOCH;
    if is_retry && is_usable {
        return Ok(Given { producer: Producer { id, epoch }, last_epoch });
    }
    if is_exhausted(epoch) {
        let id = request.new_producer_id.ok_or(Refused::NeedsProducerId)?;
        return Ok(Given { producer: Producer { id, epoch: 0 }, last_epoch: had });
    }
    Ok(Given { producer: Producer { id, epoch: epoch + 1 }, last_epoch: had })
}

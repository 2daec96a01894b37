//! EndTxn: whether a transaction may end, and what its producer goes on with.
//!
//! With the first protocol the producer keeps its epoch, so that an end asked for twice is known by the state alone. With
//! the second it gets the next one: whoever asks with the epoch before the present one asks again, and after the last
//! epoch whoever asks with the id before the present one. It may also abort when nothing is open, not knowing better.
//!
//! While markers are being written every end is CONCURRENT_TRANSACTIONS, the opposite one too: Kafka holds the transition
//! to the complete state as pending all the while.
//!
//! Source: protocol reference 11.4, 11.5; `TransactionCoordinator.endTransaction` of Kafka 4.2.1.

use super::partitions::check_producer;
use super::transactional_id::{EPOCH_BUMPS, TransactionalId, value_version};
use super::transitions::{EndedBy, LAST_EPOCH, Step, is_exhausted};
use super::{Decision, EndTransaction, Producer, Refused, TransactionCoordinator, TransactionReply};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::protocol::ErrorCode;
use crate::records::transaction::TransactionState;

/// What an end that is not refused leads to.
enum End {
    /// It was ended before.
    Already(Producer),
    /// As it was, but its producer goes on with a new id.
    Renewed(Step),
    Prepared(Step),
}

impl Producer {
    /// The first protocol's answer: the producer goes on with what it has.
    const UNCHANGED: Producer = Producer { id: -1, epoch: -1 };
}

impl TransactionCoordinator {
    pub(super) fn end(&mut self, context: &mut Context<'_>, ticket: Ticket, request: &EndTransaction) -> Decision {
        let id = &request.transactional_id;
        let mut out = Outcome::none();
        let reply = match self.decide_end(context, request) {
            Err(refused) => Err(refused),
            Ok(End::Already(producer)) => Ok(producer),
            Ok(End::Renewed(step)) => {
                self.take(context, id, &step, &mut out);
                Ok(step.logged.producer)
            }
            Ok(End::Prepared(step)) => {
                let is_second = request.client_version >= EPOCH_BUMPS;
                let goes_on_with = step.completed(context.now).logged.producer;
                let producer = if is_second { goes_on_with } else { Producer::UNCHANGED };
                self.finish(context, id, &step, Some((ticket, producer)), &mut out);
                return out;
            }
        };
        out.replies.push((ticket, TransactionReply::End(reply)));
        out
    }

    fn decide_end(&self, context: &Context<'_>, request: &EndTransaction) -> Result<End, Refused> {
        let known = self.known(&request.transactional_id)?;
        if request.client_version >= EPOCH_BUMPS {
            end_second(context, known, request)
        } else {
            Ok(end_first(context, known, request)?)
        }
    }
}

fn end_first(context: &Context<'_>, known: &TransactionalId, request: &EndTransaction) -> Result<End, ErrorCode> {
    check_producer(known, request.producer)?;
    match (known.logged.state, request.committed) {
        (TransactionState::Ongoing, committed) => {
            Ok(End::Prepared(Step::of(known).prepared(committed, EndedBy::Client, context.now)))
        }
        (TransactionState::CompleteCommit, true) | (TransactionState::CompleteAbort, false) => {
            Ok(End::Already(Producer::UNCHANGED))
        }
        (state, _) => Err(refusal(state)),
    }
}

fn end_second(context: &Context<'_>, known: &TransactionalId, request: &EndTransaction) -> Result<End, Refused> {
    let logged = &known.logged;
    // Before all else: the producer may get a new id, and use it already.
    if !logged.is_idle() && logged.state != TransactionState::Ongoing {
        return Err(ErrorCode::ConcurrentTransactions.into());
    }
    let is_retry = is_retry(known, request.producer)?;
    match (logged.state, request.committed, is_retry) {
        (TransactionState::CompleteCommit, true, true) | (TransactionState::CompleteAbort, false, true) => {
            if logged.producer.epoch <= LAST_EPOCH {
                return Ok(End::Already(logged.producer));
            }
            // The new id that was chosen when this transaction ended has not survived a restart, or the coordinator
            // fenced with the last epoch.
            let new = request.new_producer_id.ok_or(Refused::NeedsProducerId)?;
            Ok(End::Renewed(Step::of(known).renewed(new, context.now)))
        }
        (TransactionState::Ongoing, committed, false) => prepared(context, known, request, committed),
        (_, false, false) => prepared(context, known, request, false),
        _ => Err(ErrorCode::InvalidTxnState.into()),
    }
}

/// Whether a producer of the second protocol asks for an end that it was granted, or that the coordinator made.
fn is_retry(known: &TransactionalId, producer: Producer) -> Result<bool, ErrorCode> {
    let present = known.logged.producer;
    let has_new_id = producer.id == known.remembered.previous_id && producer.epoch == LAST_EPOCH && present.epoch == 0;
    if producer.id != present.id && !has_new_id {
        return Err(ErrorCode::InvalidProducerIdMapping);
    }
    // An end by a client of the first protocol has left the epoch as it was, so that the one before it is of a producer
    // that was fenced. (Kafka 4.2.1 takes it for a retry.)
    let has_bumped = known.logged.client_version >= EPOCH_BUMPS;
    let has_new_epoch = has_bumped && producer.epoch.checked_add(1) == Some(present.epoch);
    let is_complete = known.logged.is_idle() && known.logged.state != TransactionState::Empty;
    if is_complete && (has_new_epoch || has_new_id) {
        return Ok(true);
    }
    if producer.epoch == present.epoch { Ok(false) } else { Err(ErrorCode::ProducerFenced) }
}

fn prepared(
    context: &Context<'_>,
    known: &TransactionalId,
    request: &EndTransaction,
    committed: bool,
) -> Result<End, Refused> {
    if value_version(context) == 0 {
        return Err(ErrorCode::UnsupportedVersion.into());
    }
    let next_id = match is_exhausted(known.logged.producer.epoch) {
        true => Some(request.new_producer_id.ok_or(Refused::NeedsProducerId)?),
        false => None,
    };
    let step = Step::of(known).prepared(committed, EndedBy::BumpingClient { next_id }, context.now);
    Ok(End::Prepared(step))
}

fn refusal(state: TransactionState) -> ErrorCode {
    use TransactionState::{PrepareAbort, PrepareCommit, PrepareEpochFence};
    match state {
        PrepareCommit | PrepareAbort | PrepareEpochFence => ErrorCode::ConcurrentTransactions,
        _ => ErrorCode::InvalidTxnState,
    }
}

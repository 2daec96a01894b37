//! Partitions join a transaction, and are asked for: AddPartitionsToTxn and AddOffsetsToTxn.
//!
//! Source: protocol reference 11.3; `TransactionCoordinator.handleAddPartitionsToTransaction` and
//! `handleVerifyPartitionsInTransaction` of Kafka 4.2.1.

use std::collections::BTreeSet;

use super::transactional_id::{EPOCH_BUMPS, TransactionalId, value_version};
use super::transitions::Step;
use super::{
    AddPartitions, Decision, Producer, TransactionCoordinator, TransactionReply, TransactionTimer, VerifyPartitions,
};
use crate::broker::machine::{Context, Outcome, Ticket, TimerChange};
use crate::protocol::ErrorCode;
use crate::records::transaction::TransactionState;
use crate::vocabulary::TopicPartition;

/// Most bytes that the record of a transaction may have, so that it fits into a batch. Whoever adds more partitions gets
/// what Kafka answers when it does not.
const LARGEST_RECORD: usize = 900_000;
/// What a topic needs in a record besides its name and its partitions.
const BYTES_BESIDE_NAME: usize = 12;

impl TransactionCoordinator {
    pub(super) fn add(&mut self, context: &mut Context<'_>, ticket: Ticket, request: &AddPartitions) -> Decision {
        let mut out = Outcome::none();
        let reply = self.add_partitions(context, request, &mut out);
        out.replies.push((ticket, TransactionReply::Add(reply)));
        out
    }

    fn add_partitions(
        &mut self,
        context: &Context<'_>,
        request: &AddPartitions,
        out: &mut Decision,
    ) -> Result<(), ErrorCode> {
        let known = self.known(&request.transactional_id)?;
        // Before all else: with the end of this transaction the producer may get a new id, and use it already.
        if !can_take_partitions(known) {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        check_producer(known, request.producer)?;
        let is_open = known.logged.state == TransactionState::Ongoing;
        if is_open && request.partitions.iter().all(|partition| known.logged.partitions.contains(partition)) {
            return Ok(());
        }
        if request.client_version >= EPOCH_BUMPS && value_version(context) == 0 {
            return Err(ErrorCode::UnsupportedVersion);
        }
        let step = Step::of(known).with_partitions(&request.partitions, request.client_version, context.now);
        if record_size(&step.logged.partitions) > LARGEST_RECORD {
            return Err(ErrorCode::UnknownServerError);
        }
        if !is_open && let Some(deadline) = step.logged.deadline() {
            let timer = TransactionTimer::Timeout { transactional_id: request.transactional_id.clone() };
            out.timers.push(TimerChange::Arm(timer, deadline));
        }
        self.take(context, &request.transactional_id, &step, out);
        Ok(())
    }

    pub(super) fn verify(&self, request: VerifyPartitions) -> Result<Vec<(TopicPartition, ErrorCode)>, ErrorCode> {
        let known = self.known(&request.transactional_id)?;
        check_producer(known, request.producer)?;
        if known.logged.is_prepared() {
            return Err(ErrorCode::ConcurrentTransactions);
        }
        let verified = request.partitions.into_iter().map(|partition| {
            let is_part = known.logged.partitions.contains(&partition);
            (partition, if is_part { ErrorCode::None } else { ErrorCode::TransactionAbortable })
        });
        Ok(verified.collect())
    }

    /// An id that a request about a transaction names.
    pub(super) fn known(&self, transactional_id: &str) -> Result<&TransactionalId, ErrorCode> {
        if transactional_id.is_empty() {
            return Err(ErrorCode::InvalidRequest);
        }
        self.ids.get(transactional_id).ok_or(ErrorCode::InvalidProducerIdMapping)
    }
}

/// About how many bytes these partitions are in a record.
fn record_size(partitions: &BTreeSet<TopicPartition>) -> usize {
    let mut last_topic = None;
    let mut size = 0;
    for TopicPartition { topic, .. } in partitions {
        if last_topic.replace(topic) != Some(topic) {
            size += topic.len() + BYTES_BESIDE_NAME;
        }
        size += size_of::<i32>();
    }
    size
}

fn can_take_partitions(known: &TransactionalId) -> bool {
    known.logged.is_idle() || known.logged.state == TransactionState::Ongoing
}

/// Only the producer that was initialized last may go on.
pub(super) fn check_producer(known: &TransactionalId, producer: Producer) -> Result<(), ErrorCode> {
    if producer.id != known.logged.producer.id {
        return Err(ErrorCode::InvalidProducerIdMapping);
    }
    if producer.epoch == known.logged.producer.epoch { Ok(()) } else { Err(ErrorCode::ProducerFenced) }
}

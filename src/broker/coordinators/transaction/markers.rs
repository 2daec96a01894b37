//! From the decision that a transaction ends to its last marker.
//!
//! The decision is a record; markers follow, and when all are written another record says so. Markers that cannot be
//! written are tried again for as long as it takes: the decision stands. After a restart all of them are written again.
//!
//! Source: protocol reference 11.8; `TransactionMarkerChannelManager` of Kafka 4.2.1.

use std::collections::BTreeSet;
use std::time::Duration;

use super::transactional_id::{Logged, transaction_version};
use super::transitions::{EndedBy, Step};
use super::{
    Decision, MarkersWritten, Producer, TransactionCoordinator, TransactionReply, TransactionTask, TransactionTimer,
    WriteMarkers,
};
use crate::broker::machine::{Context, Outcome, Ticket, TimerChange};
use crate::records::transaction::TransactionState;
use crate::vocabulary::{TopicPartition, Uuid};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Who is told when a transaction has ended, and with which producer to go on.
pub type Waiting = (Ticket, Producer);

/// How far the markers are.
#[derive(Debug)]
pub struct Ending {
    /// The task that is under way; none while the next one is waited for.
    attempt: Option<Uuid>,
    pub left: BTreeSet<TopicPartition>,
    /// How long to wait if this attempt fails.
    pause: Duration,
    waiting: Option<Waiting>,
}

impl TransactionCoordinator {
    /// Ends a transaction as `prepared` says.
    pub(super) fn finish(
        &mut self,
        context: &mut Context<'_>,
        id: &str,
        prepared: &Step,
        waiting: Option<Waiting>,
        out: &mut Decision,
    ) {
        self.take(context, id, prepared, out);
        let timer = TransactionTimer::Timeout { transactional_id: id.to_owned() };
        out.timers.push(TimerChange::Disarm(timer));
        self.write_markers(context, id, prepared, waiting, out);
    }

    /// Aborts an open transaction, so that its producer's epoch is one of the past.
    pub(super) fn fence(&mut self, context: &mut Context<'_>, id: &str, out: &mut Decision) {
        let Some(known) = self.ids.get(id) else { return };
        let by = EndedBy::Coordinator { transaction_version: transaction_version(context) };
        let prepared = Step::of(known).prepared(false, by, context.now);
        self.finish(context, id, &prepared, None, out);
    }

    /// Begins with the markers, or is done if there are none to write.
    pub(super) fn write_markers(
        &mut self,
        context: &mut Context<'_>,
        id: &str,
        prepared: &Step,
        waiting: Option<Waiting>,
        out: &mut Decision,
    ) {
        if prepared.logged.partitions.is_empty() {
            self.take(context, id, &prepared.completed(context.now), out);
            tell(waiting, out);
            return;
        }
        let Some(known) = self.ids.get_mut(id) else { return };
        let attempt = context.ids.uuid();
        let left = prepared.logged.partitions.clone();
        out.tasks.push(task(id, self.epoch, attempt, &prepared.logged, &left));
        known.ending = Some(Ending { attempt: Some(attempt), left, pause: FIRST_PAUSE, waiting });
    }

    /// After a restart, all markers of what was ending are written again.
    pub(super) fn resume_markers(&mut self, context: &mut Context<'_>, out: &mut Decision) {
        let prepared = self.ids.iter().filter(|(_, known)| known.logged.is_prepared());
        let prepared: Vec<(String, Step)> = prepared.map(|(id, known)| (id.clone(), Step::of(known))).collect();
        for (id, step) in prepared {
            self.write_markers(context, &id, &step, None, out);
        }
    }

    pub(super) fn markers_written(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: &MarkersWritten,
    ) -> Decision {
        let mut out = Outcome::reply(ticket, TransactionReply::MarkersWritten(()));
        let id = &request.transactional_id;
        let Some(known) = self.ids.get_mut(id) else { return out };
        let Some(ending) = known.ending.as_mut().filter(|ending| ending.attempt == Some(request.attempt)) else {
            return out;
        };
        ending.left.retain(|partition| request.left.contains(partition));
        if ending.left.is_empty() {
            tell(ending.waiting.take(), &mut out);
            known.ending = None;
            let completed = Step::of(known).completed(context.now);
            self.take(context, id, &completed, &mut out);
            return out;
        }
        // A new id for the producer is not in the log before the transaction is complete.
        if known.remembered.next_id.is_none() {
            tell(ending.waiting.take(), &mut out);
        }
        ending.attempt = None;
        let timer = TransactionTimer::Markers { transactional_id: id.clone() };
        out.timers.push(TimerChange::Arm(timer, context.now + ending.pause));
        ending.pause = (ending.pause * 2).min(LONGEST_PAUSE);
        out
    }

    pub(super) fn try_markers_again(&mut self, context: &mut Context<'_>, id: &str) -> Decision {
        let mut out = Outcome::none();
        let Some(known) = self.ids.get_mut(id) else { return out };
        let Some(ending) = known.ending.as_mut().filter(|ending| ending.attempt.is_none()) else { return out };
        let attempt = context.ids.uuid();
        ending.attempt = Some(attempt);
        out.tasks.push(task(id, self.epoch, attempt, &known.logged, &ending.left));
        out
    }
}

fn tell(waiting: Option<Waiting>, out: &mut Decision) {
    if let Some((ticket, producer)) = waiting {
        out.replies.push((ticket, TransactionReply::End(Ok(producer))));
    }
}

fn task(
    id: &str,
    coordinator_epoch: i32,
    attempt: Uuid,
    prepared: &Logged,
    partitions: &BTreeSet<TopicPartition>,
) -> TransactionTask {
    TransactionTask::WriteMarkers(WriteMarkers {
        transactional_id: id.to_owned(),
        attempt,
        producer: prepared.producer,
        coordinator_epoch,
        transaction_version: prepared.client_version,
        committed: prepared.state == TransactionState::PrepareCommit,
        partitions: partitions.clone(),
    })
}

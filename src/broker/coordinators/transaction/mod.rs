//! The coordinator of the transactional ids that fall on one partition of `__transaction_state`: a pure machine.
//!
//! Hard state is the last record of each id. Soft state is what a retry is recognised by, and, while a transaction ends,
//! how far its markers are and who waits for them. Every request says for itself which protocol its client speaks, so
//! clients of the first one (KIP-98) and of the second (KIP-890) may follow each other on one id. Two-phase commit
//! (KIP-939) is not served.
//!
//! Source: protocol reference 11; `TransactionCoordinator` of Kafka 4.2.1.

mod describe;
mod end;
mod expiration;
mod init;
mod list;
mod markers;
mod partitions;
mod requests;
mod settings;
mod timeout;
mod transactional_id;
mod transitions;

pub use requests::{
    AddPartitions, DescribeTransaction, DescribedTransaction, EndTransaction, InitProducer, ListTransactions,
    ListedTransaction, MarkersWritten, Producer, Refused, TransactionReply, TransactionRequest, VerifyPartitions,
};
pub use settings::TransactionSettings;

pub use crate::records::transaction::TransactionState;

use std::collections::{BTreeMap, BTreeSet};

use crate::broker::machine::{Context, Machine, Outcome, Ticket, TimerChange};
use crate::records::transaction::TransactionRecord;
use crate::vocabulary::{TopicPartition, Uuid};
use transactional_id::{Logged, TransactionalId, value_version};
use transitions::Step;

/// Most transactional ids that one partition keeps. Each costs memory and a place in the log, and anybody may name a new
/// one; the one that was idle for longest makes room.
const MAX_TRANSACTIONAL_IDS: usize = 20_000;

/// The transactional ids of one partition of `__transaction_state`.
pub struct TransactionCoordinator {
    settings: TransactionSettings,
    /// The leader epoch of the partition, which markers carry.
    epoch: i32,
    ids: BTreeMap<String, TransactionalId>,
}

/// What a transactional id waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionTimer {
    /// The time of an open transaction is over.
    Timeout { transactional_id: String },
    /// Markers that could not be written are to be tried again.
    Markers { transactional_id: String },
    /// Ids that nobody has used for long are to be looked for.
    Expiration,
}

/// Work outside the machine.
#[derive(Debug, PartialEq, Eq)]
pub enum TransactionTask {
    /// To be answered by [`MarkersWritten`].
    WriteMarkers(WriteMarkers),
}

/// The end of a transaction, to be written to each of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteMarkers {
    pub transactional_id: String,
    /// Belongs to this task alone and comes back in its answer, so that an answer to an earlier one is known as such: two
    /// transactions of the first protocol have the same producer.
    pub attempt: Uuid,
    /// With the epoch that the markers carry.
    pub producer: Producer,
    pub coordinator_epoch: i32,
    /// The transaction.version that the transaction was ended with: from 2 on, an epoch that is not above that of the
    /// producer's batches is refused.
    pub transaction_version: i16,
    pub committed: bool,
    pub partitions: BTreeSet<TopicPartition>,
}

/// What a request or a timer leads to.
pub type Decision = Outcome<TransactionCoordinator>;

impl TransactionCoordinator {
    pub fn new(settings: TransactionSettings, epoch: i32) -> TransactionCoordinator {
        TransactionCoordinator { settings, epoch, ids: BTreeMap::new() }
    }

    /// Writes a step down, and remembers what the log has no room for.
    fn take(&mut self, context: &Context<'_>, id: &str, step: &Step, out: &mut Decision) {
        out.records.push(step.logged.record(id, value_version(context)));
        if let Some(known) = self.ids.get_mut(id) {
            known.remembered = step.remembered.clone();
        }
    }

    /// What a restart would find, in words; two machines that were fed the same log agree on it.
    pub fn hard_state(&self) -> String {
        let logged: BTreeMap<&String, &Logged> = self.ids.iter().map(|(id, known)| (id, &known.logged)).collect();
        format!("{logged:#?}")
    }
}

impl Machine for TransactionCoordinator {
    type Request = TransactionRequest;
    type Reply = TransactionReply;
    type Record = TransactionRecord;
    type Timer = TransactionTimer;
    type Task = TransactionTask;

    fn handle(&mut self, context: &mut Context<'_>, ticket: Ticket, request: TransactionRequest) -> Decision {
        let reply = match request {
            TransactionRequest::Init(init) => return self.init(context, ticket, &init),
            TransactionRequest::Add(add) => return self.add(context, ticket, &add),
            TransactionRequest::End(end) => return self.end(context, ticket, &end),
            TransactionRequest::MarkersWritten(written) => return self.markers_written(context, ticket, &written),
            TransactionRequest::Verify(verify) => TransactionReply::Verify(self.verify(verify)),
            TransactionRequest::Describe(describe) => TransactionReply::Describe(self.describe(&describe)),
            TransactionRequest::List(list) => TransactionReply::List(self.list(context, &list)),
        };
        Outcome::reply(ticket, reply)
    }

    fn expire(&mut self, context: &mut Context<'_>, timer: TransactionTimer) -> Decision {
        match timer {
            TransactionTimer::Timeout { transactional_id } => self.timed_out(context, &transactional_id),
            TransactionTimer::Markers { transactional_id } => self.try_markers_again(context, &transactional_id),
            TransactionTimer::Expiration => self.expire_ids(context),
        }
    }

    fn apply(&mut self, record: &TransactionRecord) {
        let id = &record.transactional_id;
        match record.value.as_ref().map(|(_, value)| Logged::read(value)) {
            Some(logged) if logged.state != TransactionState::Dead => match self.ids.get_mut(id) {
                Some(known) => known.logged = logged,
                None => drop(self.ids.insert(id.clone(), TransactionalId::new(logged))),
            },
            // Dead is who is about to be forgotten.
            _ => drop(self.ids.remove(id)),
        }
    }

    fn loaded(&mut self, context: &mut Context<'_>) -> Decision {
        let mut out = Outcome::none();
        let expiration = context.now + self.settings.id_expiration_check_interval;
        out.timers.push(TimerChange::Arm(TransactionTimer::Expiration, expiration));
        self.ids.values_mut().for_each(TransactionalId::wake);
        for (id, known) in &self.ids {
            if let Some(deadline) = known.logged.deadline() {
                let timer = TransactionTimer::Timeout { transactional_id: id.clone() };
                out.timers.push(TimerChange::Arm(timer, deadline));
            }
        }
        self.resume_markers(context, &mut out);
        out
    }

    /// Whoever asked for an end has it whether it waits or not. The reply to its parked request is dropped by the runner.
    fn abandon(&mut self, _ticket: Ticket) {}
}

#[cfg(test)]
mod tests;

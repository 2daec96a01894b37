//! TxnOffsetCommit, and the end of a transaction: offsets that count only if a producer's transaction is committed.
//!
//! Between the answer of the transaction coordinator that a transaction is open and the commit that goes by it, the
//! transaction may end; what is committed then would be pending for ever. In the second protocol the epoch tells, as
//! every end raises it. In the first, whoever asks the transaction coordinator takes a [`TransactionGuard`] before.
//!
//! Source: protocol reference 11.7, 11.8; `OffsetMetadataManager`, `ProducerAppendInfo`, `UnifiedLog` of Kafka 4.2.1.

use super::{CommitReply, Committer, TopicCommit};
use crate::broker::coordinators::group::classic::ClassicGroup;
use crate::broker::coordinators::group::{Decision, GroupCoordinator, GroupEntry, GroupReply, MAX_GROUPS};
use crate::broker::coordinators::transaction::Producer;
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::log::batch::control::TransactionMarker;
use crate::protocol::ErrorCode;
use crate::vocabulary::Uuid;

/// From now on, the end of a transaction is noticed by whoever holds the reply.
#[derive(Debug, Clone, Copy, Default)]
pub struct WatchTransactions;

/// A moment in the life of a coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionGuard {
    incarnation: Uuid,
    place: u64,
}

#[derive(Debug, Clone)]
pub struct CommitTransactionOffsets {
    pub group: String,
    /// -1, with an empty member id, from those who do not say who they are (versions below 3).
    pub generation: i32,
    pub member: String,
    pub instance: Option<String>,
    pub producer: Producer,
    /// Taken before the transaction coordinator was asked; `None` in the second protocol.
    pub guard: Option<TransactionGuard>,
    pub topics: Vec<TopicCommit>,
}

/// A marker for this partition. It may come more than once, and to a partition that the transaction has nothing in.
#[derive(Debug, Clone)]
pub struct EndTransactionOffsets {
    pub producer: Producer,
    pub committed: bool,
    pub coordinator_epoch: i32,
    /// From 2 on, the epoch must be above that of the offsets.
    pub transaction_version: i16,
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn watch_transactions(&self, ticket: Ticket) -> Decision {
        let guard = TransactionGuard { incarnation: self.incarnation, place: self.offsets.place };
        Outcome::reply(ticket, GroupReply::WatchTransactions(guard))
    }

    pub(in crate::broker::coordinators::group) fn commit_in_transaction(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: CommitTransactionOffsets,
    ) -> Decision {
        let producer = request.producer;
        let pending = |(key, value)| GroupEntry::Pending { producer, key, value };
        let mut out = Outcome::none();
        let reply: CommitReply =
            self.check_transactional_commit(&request).and_then(|()| self.check_open(&request)).map(|()| {
                let (offsets, committed) = self.new_offsets(context, &request.group, -1, &request.topics);
                out.records.extend(offsets.into_iter().map(pending));
                committed
            });
        out.replies.push((ticket, GroupReply::CommitInTransaction(reply)));
        out
    }

    fn check_transactional_commit(&self, request: &CommitTransactionOffsets) -> Result<(), ErrorCode> {
        let Some(group) = self.groups.get(&request.group) else {
            return match request.generation {
                ..0 if self.groups.len() >= MAX_GROUPS => Err(ErrorCode::CoordinatorNotAvailable),
                ..0 => Ok(()),
                _ => Err(ErrorCode::IllegalGeneration),
            };
        };
        let instance = request.instance.as_deref();
        let (epoch, member) = (request.generation, request.member.as_str());
        group.check_transactional_commit(Committer { epoch, member, instance, knows_epochs: true })
    }

    /// The producer is not fenced, and its transaction still open.
    fn check_open(&self, request: &CommitTransactionOffsets) -> Result<(), ErrorCode> {
        self.offsets.writers.check_offset(request.producer)?;
        match request.guard {
            // Whether it has ended meanwhile is not known any more. Asked again, the client takes another guard.
            Some(guard) if guard.incarnation != self.incarnation => Err(ErrorCode::CoordinatorLoadInProgress),
            Some(guard) if self.offsets.writers.has_ended_since(request.producer.id, guard.place) => {
                Err(ErrorCode::InvalidTxnState)
            }
            _ => Ok(()),
        }
    }

    pub(in crate::broker::coordinators::group) fn end_transaction(
        &mut self,
        ticket: Ticket,
        request: &EndTransactionOffsets,
    ) -> Decision {
        let producer = request.producer;
        let marker = TransactionMarker { committed: request.committed, coordinator_epoch: request.coordinator_epoch };
        let checked = self.offsets.writers.check_marker(producer, marker, request.transaction_version);
        let mut out = Outcome::reply(ticket, GroupReply::EndTransaction(checked));
        out.records.extend(checked.is_ok().then_some(GroupEntry::End { producer, marker }));
        out
    }
}

impl ClassicGroup {
    /// In contrast to other commits it matters neither what state the group is in, nor whether it has members, unless
    /// the client says which one it is.
    pub(in crate::broker::coordinators::group) fn check_transactional_commit(
        &self,
        by: Committer<'_>,
    ) -> Result<(), ErrorCode> {
        if by.is_nobody() || (by.epoch < 0 && self.is_empty()) {
            return Ok(());
        }
        self.check_member(by.member, by.instance)?;
        if by.epoch == self.generation() { Ok(()) } else { Err(ErrorCode::IllegalGeneration) }
    }
}

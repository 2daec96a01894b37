//! OffsetCommit: a group, or somebody who uses its name, says how far it has come.

use crate::broker::coordinators::group::classic::ClassicGroup;
use crate::broker::coordinators::group::{Decision, GroupCoordinator, GroupEntry, GroupReply, MAX_GROUPS};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::clock::Timestamp;
use crate::protocol::errors::ErrorCode;
use crate::records::group::{GroupRecord, OffsetCommitKey, OffsetCommitValue};
use crate::vocabulary::Uuid;

#[derive(Debug, Clone)]
pub struct CommitOffsets {
    pub group: String,
    /// -1 from those who are not members: admin tools, and consumers that assign partitions to themselves.
    pub generation: i32,
    pub member: String,
    pub instance: Option<String>,
    /// How long to keep the offsets whatever happens to the group (versions 2 to 4); -1 is the broker's default.
    pub retention_time_ms: i64,
    /// The client knows GROUP_ID_NOT_FOUND, and epochs of members (version 9).
    pub knows_group_id_not_found: bool,
    pub topics: Vec<TopicCommit>,
}

#[derive(Debug, Clone)]
pub struct TopicCommit {
    pub topic: String,
    /// Zero if the request names topics by name, as all but the newest version do.
    pub topic_id: Uuid,
    pub partitions: Vec<NewOffset>,
}

#[derive(Debug, Clone)]
pub struct NewOffset {
    pub partition: i32,
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: Option<String>,
}

/// Who commits: a member of a group, by its own word.
#[derive(Debug, Clone, Copy)]
pub struct Committer<'a> {
    /// The generation, of members of the classic protocol.
    pub epoch: i32,
    pub member: &'a str,
    pub instance: Option<&'a str>,
    /// The client knows of member epochs.
    pub knows_epochs: bool,
}

impl Committer<'_> {
    /// It says nothing of who it is.
    pub fn is_nobody(&self) -> bool {
        self.epoch < 0 && self.member.is_empty() && self.instance.is_none()
    }
}

impl CommitOffsets {
    fn committer(&self) -> Committer<'_> {
        Committer {
            epoch: self.generation,
            member: &self.member,
            instance: self.instance.as_deref(),
            knows_epochs: self.knows_group_id_not_found,
        }
    }
}

/// How it went, per topic and partition in the order of the request; or why nothing was committed.
pub type CommitReply = Result<Vec<CommittedTopic>, ErrorCode>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedTopic {
    pub topic: String,
    pub partitions: Vec<(i32, ErrorCode)>,
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn commit_offsets(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: CommitOffsets,
    ) -> Decision {
        if let Err(code) = self.check_commit(&request) {
            return Outcome::reply(ticket, GroupReply::Commit(Err(code)));
        }
        let mut out = Outcome::none();
        if let Some(group) = self.classic(&request.group) {
            group.restart_session(&request.member, context.now, &mut out);
        }
        let (offsets, committed) =
            self.new_offsets(context, &request.group, request.retention_time_ms, &request.topics);
        let records = offsets.into_iter().map(|(key, value)| GroupRecord::Offset { key, value: Some(value) });
        out.records.extend(records.map(GroupEntry::from));
        out.replies.push((ticket, GroupReply::Commit(Ok(committed))));
        out
    }

    fn check_commit(&self, request: &CommitOffsets) -> Result<(), ErrorCode> {
        let Some(group) = self.groups.get(&request.group) else {
            return match request.generation {
                ..0 if self.groups.len() >= MAX_GROUPS => Err(ErrorCode::CoordinatorNotAvailable),
                ..0 => Ok(()),
                _ if request.knows_group_id_not_found => Err(ErrorCode::GroupIdNotFound),
                _ => Err(ErrorCode::IllegalGeneration),
            };
        };
        group.check_commit(request.committer())
    }

    /// What may be committed of this, and how it goes with each partition.
    pub(super) fn new_offsets(
        &self,
        context: &Context<'_>,
        group: &str,
        retention_time_ms: i64,
        topics: &[TopicCommit],
    ) -> (Vec<(OffsetCommitKey, OffsetCommitValue)>, Vec<CommittedTopic>) {
        let mut offsets = Vec::new();
        let mut committed = Vec::new();
        for wanted @ TopicCommit { topic, partitions, .. } in topics {
            let partitions = partitions.iter().map(|new| {
                let code = match self.new_offset(context, retention_time_ms, wanted, new) {
                    Ok(value) => {
                        let (group, topic) = (group.to_owned(), topic.clone());
                        offsets.push((OffsetCommitKey { group, topic, partition: new.partition }, value));
                        ErrorCode::None
                    }
                    Err(code) => code,
                };
                (new.partition, code)
            });
            let partitions = partitions.collect();
            committed.push(CommittedTopic { topic: topic.clone(), partitions });
        }
        (offsets, committed)
    }

    fn new_offset(
        &self,
        context: &Context<'_>,
        retention_time_ms: i64,
        wanted: &TopicCommit,
        new: &NewOffset,
    ) -> Result<OffsetCommitValue, ErrorCode> {
        if context.image.partition(&wanted.topic, new.partition).is_none() {
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        let metadata = new.metadata.clone().unwrap_or_default();
        if metadata.encode_utf16().count() > self.settings.offset_metadata_max_length {
            return Err(ErrorCode::OffsetMetadataTooLarge);
        }
        let mut value = OffsetCommitValue {
            offset: new.offset,
            leader_epoch: new.leader_epoch,
            metadata,
            commit_timestamp: context.now.millis(),
            expire_timestamp: expiry(context.now, retention_time_ms),
            topic_id: wanted.topic_id,
        };
        if value.expire_timestamp != -1 {
            // The version of the record that has an expiry has neither of these.
            value.leader_epoch = -1;
            value.topic_id = Uuid::ZERO;
        }
        Ok(value)
    }
}

fn expiry(now: Timestamp, retention_time_ms: i64) -> i64 {
    match retention_time_ms {
        -1 => -1,
        retention => now.millis().saturating_add(retention).max(0),
    }
}

impl ClassicGroup {
    pub(in crate::broker::coordinators::group) fn check_commit(&self, by: Committer<'_>) -> Result<(), ErrorCode> {
        if by.epoch < 0 && self.is_empty() {
            return Ok(());
        }
        if by.is_nobody() {
            return Err(ErrorCode::UnknownMemberId);
        }
        self.check_member(by.member, by.instance)?;
        if by.epoch != self.generation() {
            return Err(ErrorCode::IllegalGeneration);
        }
        // The member knows the new generation but may still own partitions of the last one: it joins again.
        if self.is_completing() { Err(ErrorCode::RebalanceInProgress) } else { Ok(()) }
    }
}

//! OffsetDelete, and the end of a topic: offsets that are not to be kept any longer.

use crate::broker::coordinators::group::{Decision, GroupCoordinator, GroupReply};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::protocol::errors::ErrorCode;
use crate::records::group::{GroupRecord, OffsetCommitKey};

#[derive(Debug, Clone, Default)]
pub struct DeleteOffsets {
    pub group: String,
    pub topics: Vec<TopicPartitions>,
}

#[derive(Debug, Clone)]
pub struct TopicPartitions {
    pub topic: String,
    pub partitions: Vec<i32>,
}

/// How it went, in the order of the request; or why nothing was deleted.
pub type DeleteOffsetsReply = Result<Vec<TopicResults>, ErrorCode>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicResults {
    pub topic: String,
    pub partitions: Vec<(i32, ErrorCode)>,
}

/// Topics exist no more: their offsets go, in every group.
#[derive(Debug, Clone)]
pub struct TopicsDeleted {
    pub topics: Vec<String>,
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn delete_offsets(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: DeleteOffsets,
    ) -> Decision {
        if let Err(code) = self.check_offset_delete(&request.group) {
            return Outcome::reply(ticket, GroupReply::DeleteOffsets(Err(code)));
        }
        let mut out = Outcome::none();
        let mut results = Vec::new();
        for wanted in &request.topics {
            let partitions = wanted.partitions.iter().map(|&partition| {
                let code = self.delete_offset(context, &request.group, &wanted.topic, partition, &mut out);
                (partition, code)
            });
            let partitions = partitions.collect();
            results.push(TopicResults { topic: wanted.topic.clone(), partitions });
        }
        out.replies.push((ticket, GroupReply::DeleteOffsets(Ok(results))));
        out
    }

    fn check_offset_delete(&self, group: &str) -> Result<(), ErrorCode> {
        if group.is_empty() {
            return Err(ErrorCode::InvalidGroupId);
        }
        let group = self.groups.get(group).ok_or(ErrorCode::GroupIdNotFound)?;
        if group.lets_offsets_be_deleted() { Ok(()) } else { Err(ErrorCode::NonEmptyGroup) }
    }

    fn delete_offset(
        &self,
        context: &Context<'_>,
        group: &str,
        topic: &str,
        partition: i32,
        out: &mut Decision,
    ) -> ErrorCode {
        if context.image.partition(topic, partition).is_none() {
            return ErrorCode::UnknownTopicOrPartition;
        }
        if self.groups.get(group).is_some_and(|group| group.is_subscribed_to(topic)) {
            return ErrorCode::GroupSubscribedToTopic;
        }
        if self.offsets.is_any_at(group, topic, partition) {
            let key = OffsetCommitKey { group: group.to_owned(), topic: topic.to_owned(), partition };
            out.records.push(GroupRecord::Offset { key, value: None }.into());
        }
        ErrorCode::None
    }

    pub(in crate::broker::coordinators::group) fn topics_deleted(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        deleted: &TopicsDeleted,
    ) -> Decision {
        let mut out = Outcome::reply(ticket, GroupReply::TopicsDeleted(()));
        for topic in &deleted.topics {
            // A topic of the same name may have been created since. What names no id is taken for the old one's.
            let present = context.image.topic(topic).map(|present| present.id);
            let is_gone = |key: &OffsetCommitKey| {
                self.offsets.all_at(key).all(|offset| present.is_none_or(|present| offset.topic_id != present))
            };
            let keys = self.offsets.places_of_topic(topic).filter(is_gone);
            out.records.extend(keys.map(|key| GroupRecord::Offset { key, value: None }.into()));
        }
        out
    }
}

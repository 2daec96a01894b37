//! OffsetFetch: how far a group has come. What was never committed is offset -1, which is no error.
//!
//! An offset that an open transaction may replace is not stable: whoever asks for stable ones is to ask again (KIP-447).

use crate::broker::coordinators::group::{Decision, GroupCoordinator, GroupReply, offsets::is_of_a_deleted_topic};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::records::group::OffsetCommitValue;
use crate::vocabulary::Uuid;

#[derive(Debug, Clone, Default)]
pub struct FetchOffsets {
    pub group: String,
    /// `None` asks for everything that the group has committed.
    pub topics: Option<Vec<TopicFetch>>,
    pub only_stable: bool,
    /// The member that asks, if it says so (version 9).
    pub member: Option<String>,
    /// -1 from those who do not say it.
    pub epoch: i32,
}

#[derive(Debug, Clone)]
pub struct TopicFetch {
    pub topic: String,
    pub partitions: Vec<i32>,
}

/// In the order of the request; or why a member may not fetch.
pub type FetchReply = Result<Vec<FetchedTopic>, ErrorCode>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedTopic {
    pub topic: String,
    /// The id of the topic that the offsets are of; zero if the topic does not exist.
    pub topic_id: Uuid,
    pub partitions: Vec<FetchedOffset>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedOffset {
    pub partition: i32,
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: String,
    pub code: ErrorCode,
}

impl FetchedOffset {
    pub fn none(partition: i32, code: ErrorCode) -> FetchedOffset {
        FetchedOffset { partition, offset: -1, leader_epoch: -1, metadata: String::new(), code }
    }

    fn some(partition: i32, committed: &OffsetCommitValue) -> FetchedOffset {
        FetchedOffset {
            partition,
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: committed.metadata.clone(),
            code: ErrorCode::None,
        }
    }
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn fetch_offsets(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: FetchOffsets,
    ) -> Decision {
        let checked = match self.groups.get(&request.group) {
            Some(group) => group.check_fetch(request.member.as_deref(), request.epoch),
            None => Ok(()),
        };
        let fetched = checked.map(|()| match &request.topics {
            None => self.all_offsets(context.image, &request),
            Some(topics) => topics.iter().map(|topic| self.topic_offsets(context.image, &request, topic)).collect(),
        });
        Outcome::reply(ticket, GroupReply::Fetch(fetched))
    }

    fn topic_offsets(&self, image: &ClusterImage, request: &FetchOffsets, wanted: &TopicFetch) -> FetchedTopic {
        let topic = wanted.topic.as_str();
        let partitions = wanted.partitions.iter().map(|&partition| {
            let committed = self.offsets.get(&request.group, topic, partition);
            match committed.filter(|offset| !is_of_a_deleted_topic(image, topic, offset)) {
                _ if self.is_held_back(request, topic, partition) => unstable(partition),
                Some(committed) => FetchedOffset::some(partition, committed),
                None => FetchedOffset::none(partition, ErrorCode::None),
            }
        });
        FetchedTopic { topic: topic.to_owned(), topic_id: id_of(image, topic), partitions: partitions.collect() }
    }

    fn all_offsets(&self, image: &ClusterImage, request: &FetchOffsets) -> Vec<FetchedTopic> {
        let mut fetched: Vec<FetchedTopic> = Vec::new();
        for (key, committed) in self.offsets.of_group(&request.group) {
            if is_of_a_deleted_topic(image, &key.topic, committed) {
                continue;
            }
            let offset = match self.is_held_back(request, &key.topic, key.partition) {
                true => unstable(key.partition),
                false => FetchedOffset::some(key.partition, committed),
            };
            match fetched.last_mut() {
                Some(last) if last.topic == key.topic => last.partitions.push(offset),
                _ => {
                    let topic_id = id_of(image, &key.topic);
                    fetched.push(FetchedTopic { topic: key.topic, topic_id, partitions: vec![offset] });
                }
            }
        }
        fetched
    }

    fn is_held_back(&self, request: &FetchOffsets, topic: &str, partition: i32) -> bool {
        request.only_stable && self.offsets.pending.is_at(&request.group, topic, partition)
    }
}

fn unstable(partition: i32) -> FetchedOffset {
    FetchedOffset::none(partition, ErrorCode::UnstableOffsetCommit)
}

fn id_of(image: &ClusterImage, topic: &str) -> Uuid {
    image.topic(topic).map_or(Uuid::ZERO, |topic| topic.id)
}

//! OffsetFetch: how far a group has come. What was never committed is offset -1, which is no error.
//!
//! No transaction can be open on these offsets while transactions are not served, so every offset is stable.

use crate::broker::coordinators::group::{Decision, GroupCoordinator, GroupReply, offsets::is_of_a_deleted_topic};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::metadata::ClusterImage;
use crate::records::group::OffsetCommitValue;
use crate::vocabulary::Uuid;

#[derive(Debug, Clone, Default)]
pub struct FetchOffsets {
    pub group: String,
    /// `None` asks for everything that the group has committed.
    pub topics: Option<Vec<TopicFetch>>,
}

#[derive(Debug, Clone)]
pub struct TopicFetch {
    pub topic: String,
    pub partitions: Vec<i32>,
}

/// In the order of the request.
pub type FetchReply = Vec<FetchedTopic>;

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
}

impl FetchedOffset {
    pub fn none(partition: i32) -> FetchedOffset {
        FetchedOffset { partition, offset: -1, leader_epoch: -1, metadata: String::new() }
    }

    fn some(partition: i32, committed: &OffsetCommitValue) -> FetchedOffset {
        FetchedOffset {
            partition,
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: committed.metadata.clone(),
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
        let fetched = match request.topics {
            None => self.all_offsets(context.image, &request.group),
            Some(topics) => {
                topics.iter().map(|topic| self.topic_offsets(context.image, &request.group, topic)).collect()
            }
        };
        Outcome::reply(ticket, GroupReply::Fetch(fetched))
    }

    fn topic_offsets(&self, image: &ClusterImage, group: &str, wanted: &TopicFetch) -> FetchedTopic {
        let topic = wanted.topic.as_str();
        let partitions = wanted.partitions.iter().map(|&partition| {
            let committed = self.offsets.get(group, topic, partition);
            match committed.filter(|offset| !is_of_a_deleted_topic(image, topic, offset)) {
                Some(committed) => FetchedOffset::some(partition, committed),
                None => FetchedOffset::none(partition),
            }
        });
        FetchedTopic { topic: topic.to_owned(), topic_id: id_of(image, topic), partitions: partitions.collect() }
    }

    fn all_offsets(&self, image: &ClusterImage, group: &str) -> FetchReply {
        let mut fetched: FetchReply = Vec::new();
        for (key, committed) in self.offsets.of_group(group) {
            if is_of_a_deleted_topic(image, &key.topic, committed) {
                continue;
            }
            let offset = FetchedOffset::some(key.partition, committed);
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
}

fn id_of(image: &ClusterImage, topic: &str) -> Uuid {
    image.topic(topic).map_or(Uuid::ZERO, |topic| topic.id)
}

//! Responses with their lists in order, where Kafka promises none.

use std::fmt::Debug;

use kavka::protocol::messages::*;

pub trait InOrder: Debug + Sized {
    fn sort(&mut self) {}

    fn in_order(mut self) -> Self {
        self.sort();
        self
    }
}

impl InOrder for FindCoordinatorResponse {}
impl InOrder for HeartbeatResponse {}
impl InOrder for LeaveGroupResponse {}
impl InOrder for SyncGroupResponse {}

impl InOrder for JoinGroupResponse {
    fn sort(&mut self) {
        self.members.sort_by(|a, b| a.member_id.cmp(&b.member_id));
    }
}

impl InOrder for ListGroupsResponse {
    fn sort(&mut self) {
        self.groups.sort_by(|a, b| a.group_id.cmp(&b.group_id));
    }
}

impl InOrder for DescribeGroupsResponse {
    fn sort(&mut self) {
        self.groups.sort_by(|a, b| a.group_id.cmp(&b.group_id));
        for group in &mut self.groups {
            group.members.sort_by(|a, b| a.member_id.cmp(&b.member_id));
        }
    }
}

impl InOrder for ConsumerGroupDescribeResponse {
    fn sort(&mut self) {
        self.groups.sort_by(|a, b| a.group_id.cmp(&b.group_id));
    }
}

impl InOrder for DeleteGroupsResponse {
    fn sort(&mut self) {
        self.results.sort_by(|a, b| a.group_id.cmp(&b.group_id));
    }
}

impl InOrder for OffsetCommitResponse {
    fn sort(&mut self) {
        self.topics.sort_by(|a, b| a.name.cmp(&b.name).then(a.partitions.len().cmp(&b.partitions.len())));
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
    }
}

impl InOrder for TxnOffsetCommitResponse {
    fn sort(&mut self) {
        self.topics.sort_by(|a, b| a.name.cmp(&b.name));
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
    }
}

impl InOrder for OffsetDeleteResponse {
    fn sort(&mut self) {
        self.topics.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl InOrder for OffsetFetchResponse {
    fn sort(&mut self) {
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
        self.topics.sort_by(|a, b| a.name.cmp(&b.name));
        for group in &mut self.groups {
            group.topics.sort_by(|a, b| a.name.cmp(&b.name));
            for topic in &mut group.topics {
                topic.partitions.sort_by_key(|partition| partition.partition_index);
            }
        }
    }
}

//! Keys and values of `__consumer_offsets`, but for those of streams groups.

use super::{fields, schemas};

const MEMBER_METADATA: &[super::Field] = fields!({
    memberId: string;
    groupInstanceId: string, since 3, nullable;
    clientId: string;
    clientHost: string;
    rebalanceTimeout: int32, since 1;
    sessionTimeout: int32;
    subscription: bytes;
    assignment: bytes;
});

const TOPIC_PARTITIONS: &[super::Field] = fields!({
    topicId: uuid;
    partitions: [int32];
});

const TOPIC_PARTITIONS_INFO: &[super::Field] = fields!({
    topicId: uuid;
    topicName: string;
    partitions: [int32];
});

const TOPIC_INFO: &[super::Field] = fields!({
    topicId: uuid;
    topicName: string;
});

schemas! {
    /// Keys, by type.
    GROUP_KEYS:

    LegacyOffsetCommitKey(0, 0..=0, flexible i16::MAX) {
        group: string;
        topic: string;
        partition: int32;
    }

    OffsetCommitKey(1, 0..=0, flexible i16::MAX) {
        group: string;
        topic: string;
        partition: int32;
    }

    GroupMetadataKey(2, 0..=0, flexible i16::MAX) {
        group: string;
    }

    ConsumerGroupMetadataKey(3, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    ConsumerGroupPartitionMetadataKey(4, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    ConsumerGroupMemberMetadataKey(5, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    ConsumerGroupTargetAssignmentMetadataKey(6, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    ConsumerGroupTargetAssignmentMemberKey(7, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    ConsumerGroupCurrentMemberAssignmentKey(8, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    ShareGroupMemberMetadataKey(10, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    ShareGroupMetadataKey(11, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    ShareGroupTargetAssignmentMetadataKey(12, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    ShareGroupTargetAssignmentMemberKey(13, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    ShareGroupCurrentMemberAssignmentKey(14, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    ShareGroupStatePartitionMetadataKey(15, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    ConsumerGroupRegularExpressionKey(16, 0..=0, flexible i16::MAX) {
        groupId: string;
        regularExpression: string;
    }
}

schemas! {
    /// Values, by type.
    GROUP_VALUES:

    LegacyOffsetCommitValue(0, 0..=0, flexible i16::MAX) {
        offset: int64;
        metadata: string;
        commitTimestamp: int64;
    }

    OffsetCommitValue(1, 0..=4, flexible 4) {
        offset: int64;
        leaderEpoch: int32, since 3;
        metadata: string;
        commitTimestamp: int64;
        expireTimestamp: int64, since 1, until 1;
        topicId: uuid, since 4, tag 0;
    }

    GroupMetadataValue(2, 0..=4, flexible 4) {
        protocolType: string;
        generation: int32;
        protocol: string, nullable;
        leader: string, nullable;
        currentStateTimestamp: int64, since 2;
        members: [MEMBER_METADATA];
    }

    ConsumerGroupMetadataValue(3, 0..=0, flexible 0) {
        epoch: int32;
        metadataHash: int64, tag 0;
    }

    ConsumerGroupPartitionMetadataValue(4, 0..=0, flexible 0) {
        topics: [{
            topicId: uuid;
            topicName: string;
            numPartitions: int32;
            partitionMetadata: [{
                partition: int32;
                racks: [string];
            }];
        }];
    }

    ConsumerGroupMemberMetadataValue(5, 0..=0, flexible 0) {
        instanceId: string, nullable;
        rackId: string, nullable;
        clientId: string;
        clientHost: string;
        subscribedTopicNames: [string];
        subscribedTopicRegex: string, nullable;
        rebalanceTimeoutMs: int32;
        serverAssignor: string, nullable;
        classicMemberMetadata: {
            sessionTimeoutMs: int32;
            supportedProtocols: [{
                name: string;
                metadata: bytes;
            }];
        }, nullable, tag 0;
    }

    ConsumerGroupTargetAssignmentMetadataValue(6, 0..=0, flexible 0) {
        assignmentEpoch: int32;
    }

    ConsumerGroupTargetAssignmentMemberValue(7, 0..=0, flexible 0) {
        topicPartitions: [{
            topicId: uuid;
            partitions: [int32];
        }];
    }

    ConsumerGroupCurrentMemberAssignmentValue(8, 0..=0, flexible 0) {
        memberEpoch: int32;
        previousMemberEpoch: int32;
        state: int8;
        assignedPartitions: [TOPIC_PARTITIONS];
        partitionsPendingRevocation: [TOPIC_PARTITIONS];
    }

    ShareGroupMemberMetadataValue(10, 0..=0, flexible 0) {
        rackId: string, nullable;
        clientId: string;
        clientHost: string;
        subscribedTopicNames: [string];
    }

    ShareGroupMetadataValue(11, 0..=0, flexible 0) {
        epoch: int32;
        metadataHash: int64;
    }

    ShareGroupTargetAssignmentMetadataValue(12, 0..=0, flexible 0) {
        assignmentEpoch: int32;
    }

    ShareGroupTargetAssignmentMemberValue(13, 0..=0, flexible 0) {
        topicPartitions: [{
            topicId: uuid;
            partitions: [int32];
        }];
    }

    ShareGroupCurrentMemberAssignmentValue(14, 0..=0, flexible 0) {
        memberEpoch: int32;
        previousMemberEpoch: int32;
        state: int8;
        assignedPartitions: [TOPIC_PARTITIONS];
    }

    ShareGroupStatePartitionMetadataValue(15, 0..=0, flexible 0) {
        initializingTopics: [TOPIC_PARTITIONS_INFO];
        initializedTopics: [TOPIC_PARTITIONS_INFO];
        deletingTopics: [TOPIC_INFO];
    }

    ConsumerGroupRegularExpressionValue(16, 0..=0, flexible 0) {
        topics: [string];
        version: int64;
        timestamp: int64;
    }
}

//! Keys and values of streams groups in `__consumer_offsets`.

use super::{fields, schemas};

const LAST_ASSIGNMENT_CONFIG: &[super::Field] = fields!({
    key: string;
    value: string;
});

const ENDPOINT: &[super::Field] = fields!({
    host: string;
    port: uint16;
});

const KEY_VALUE: &[super::Field] = fields!({
    key: string;
    value: string;
});

const TASK_IDS: &[super::Field] = fields!({
    subtopologyId: string;
    partitions: [int32];
});

const TASK_IDS_WITH_EPOCHS: &[super::Field] = fields!({
    subtopologyId: string;
    partitions: [int32];
    assignmentEpochs: [int32], nullable, tag 0;
});

const TOPIC_CONFIG: &[super::Field] = fields!({
    key: string;
    value: string;
});

const TOPIC_INFO: &[super::Field] = fields!({
    name: string;
    partitions: int32;
    replicationFactor: int16;
    topicConfigs: [TOPIC_CONFIG];
});

schemas! {
    /// Keys, by type.
    STREAMS_KEYS:

    StreamsGroupMetadataKey(17, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    StreamsGroupMemberMetadataKey(19, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    StreamsGroupTargetAssignmentMetadataKey(20, 0..=0, flexible i16::MAX) {
        groupId: string;
    }

    StreamsGroupTargetAssignmentMemberKey(21, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    StreamsGroupCurrentMemberAssignmentKey(22, 0..=0, flexible i16::MAX) {
        groupId: string;
        memberId: string;
    }

    StreamsGroupTopologyKey(23, 0..=0, flexible i16::MAX) {
        groupId: string;
    }
}

schemas! {
    /// Values, by type.
    STREAMS_VALUES:

    StreamsGroupMetadataValue(17, 0..=0, flexible 0) {
        epoch: int32;
        metadataHash: int64;
        validatedTopologyEpoch: int32, tag 0, default -1;
        lastAssignmentConfigs: [LAST_ASSIGNMENT_CONFIG], nullable, tag 1;
    }

    StreamsGroupMemberMetadataValue(19, 0..=0, flexible 0) {
        instanceId: string, nullable;
        rackId: string, nullable;
        clientId: string;
        clientHost: string;
        rebalanceTimeoutMs: int32;
        topologyEpoch: int32;
        processId: string;
        userEndpoint: ENDPOINT, nullable;
        clientTags: [KEY_VALUE];
    }

    StreamsGroupTargetAssignmentMetadataValue(20, 0..=0, flexible 0) {
        assignmentEpoch: int32;
    }

    StreamsGroupTargetAssignmentMemberValue(21, 0..=0, flexible 0) {
        activeTasks: [TASK_IDS];
        standbyTasks: [TASK_IDS];
        warmupTasks: [TASK_IDS];
    }

    StreamsGroupCurrentMemberAssignmentValue(22, 0..=0, flexible 0) {
        memberEpoch: int32;
        previousMemberEpoch: int32;
        state: int8;
        activeTasks: [TASK_IDS_WITH_EPOCHS];
        standbyTasks: [TASK_IDS_WITH_EPOCHS];
        warmupTasks: [TASK_IDS_WITH_EPOCHS];
        activeTasksPendingRevocation: [TASK_IDS_WITH_EPOCHS];
        standbyTasksPendingRevocation: [TASK_IDS_WITH_EPOCHS];
        warmupTasksPendingRevocation: [TASK_IDS_WITH_EPOCHS];
    }

    StreamsGroupTopologyValue(23, 0..=0, flexible 0) {
        epoch: int32;
        subtopologies: [{
            subtopologyId: string;
            sourceTopics: [string];
            sourceTopicRegex: [string];
            stateChangelogTopics: [TOPIC_INFO];
            repartitionSinkTopics: [string];
            repartitionSourceTopics: [TOPIC_INFO];
            copartitionGroups: [{
                sourceTopics: [int16];
                sourceTopicRegex: [int16];
                repartitionSourceTopics: [int16];
            }];
        }];
    }
}

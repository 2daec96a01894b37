//! The records of the metadata log and of its snapshots.

use super::schemas;

schemas! {
    /// By type.
    METADATA_RECORDS:

    RegisterBrokerRecord(0, 0..=3, flexible 0) {
        brokerId: int32;
        isMigratingZkBroker: bool, since 2;
        incarnationId: uuid;
        brokerEpoch: int64;
        endPoints: [{
            name: string;
            host: string;
            port: uint16;
            securityProtocol: int16;
        }];
        features: [{
            name: string;
            minSupportedVersion: int16;
            maxSupportedVersion: int16;
        }];
        rack: string, nullable;
        fenced: bool;
        inControlledShutdown: bool, since 1;
        logDirs: [uuid], since 3, tag 0;
    }

    UnregisterBrokerRecord(1, 0..=0, flexible 0) {
        brokerId: int32;
        brokerEpoch: int64;
    }

    TopicRecord(2, 0..=0, flexible 0) {
        name: string;
        topicId: uuid;
    }

    PartitionRecord(3, 0..=2, flexible 0) {
        partitionId: int32;
        topicId: uuid;
        replicas: [int32];
        isr: [int32];
        removingReplicas: [int32];
        addingReplicas: [int32];
        leader: int32;
        leaderRecoveryState: int8, tag 0;
        leaderEpoch: int32;
        partitionEpoch: int32;
        directories: [uuid], since 1;
        eligibleLeaderReplicas: [int32], since 2, nullable, tag 1, default_null;
        lastKnownElr: [int32], since 2, nullable, tag 2, default_null;
    }

    ConfigRecord(4, 0..=0, flexible 0) {
        resourceType: int8;
        resourceName: string;
        name: string;
        value: string, nullable;
    }

    PartitionChangeRecord(5, 0..=2, flexible 0) {
        partitionId: int32;
        topicId: uuid;
        isr: [int32], nullable, tag 0, default_null;
        leader: int32, tag 1, default -2;
        replicas: [int32], nullable, tag 2, default_null;
        removingReplicas: [int32], nullable, tag 3, default_null;
        addingReplicas: [int32], nullable, tag 4, default_null;
        leaderRecoveryState: int8, tag 5, default -1;
        directories: [uuid], since 1, nullable, tag 8, default_null;
        eligibleLeaderReplicas: [int32], since 2, nullable, tag 6, default_null;
        lastKnownElr: [int32], since 2, nullable, tag 7, default_null;
    }

    FenceBrokerRecord(7, 0..=0, flexible 0) {
        id: int32;
        epoch: int64;
    }

    UnfenceBrokerRecord(8, 0..=0, flexible 0) {
        id: int32;
        epoch: int64;
    }

    RemoveTopicRecord(9, 0..=0, flexible 0) {
        topicId: uuid;
    }

    DelegationTokenRecord(10, 0..=0, flexible 0) {
        owner: string;
        requester: string;
        renewers: [string];
        issueTimestamp: int64;
        maxTimestamp: int64;
        expirationTimestamp: int64;
        tokenId: string;
    }

    UserScramCredentialRecord(11, 0..=0, flexible 0) {
        name: string;
        mechanism: int8;
        salt: bytes;
        storedKey: bytes;
        serverKey: bytes;
        iterations: int32;
    }

    FeatureLevelRecord(12, 0..=0, flexible 0) {
        name: string;
        featureLevel: int16;
    }

    ClientQuotaRecord(14, 0..=0, flexible 0) {
        entity: [{
            entityType: string;
            entityName: string, nullable;
        }];
        key: string;
        value: float64;
        remove: bool;
    }

    ProducerIdsRecord(15, 0..=0, flexible 0) {
        brokerId: int32;
        brokerEpoch: int64;
        nextProducerId: int64;
    }

    BrokerRegistrationChangeRecord(17, 0..=2, flexible 0) {
        brokerId: int32;
        brokerEpoch: int64;
        fenced: int8, tag 0;
        inControlledShutdown: int8, since 1, tag 1;
        logDirs: [uuid], since 2, tag 2;
    }

    AccessControlEntryRecord(18, 0..=0, flexible 0) {
        id: uuid;
        resourceType: int8;
        resourceName: string;
        patternType: int8;
        principal: string;
        host: string;
        operation: int8;
        permissionType: int8;
    }

    RemoveAccessControlEntryRecord(19, 0..=0, flexible 0) {
        id: uuid;
    }

    NoOpRecord(20, 0..=0, flexible 0) {
    }

    ZkMigrationStateRecord(21, 0..=0, flexible 0) {
        zkMigrationState: int8;
    }

    RemoveUserScramCredentialRecord(22, 0..=0, flexible 0) {
        name: string;
        mechanism: int8;
    }

    BeginTransactionRecord(23, 0..=0, flexible 0) {
        name: string, nullable, tag 0, default_null;
    }

    EndTransactionRecord(24, 0..=0, flexible 0) {
    }

    AbortTransactionRecord(25, 0..=0, flexible 0) {
        reason: string, nullable, tag 0, default_null;
    }

    RemoveDelegationTokenRecord(26, 0..=0, flexible 0) {
        tokenId: string;
    }

    RegisterControllerRecord(27, 0..=0, flexible 0) {
        controllerId: int32;
        incarnationId: uuid;
        zkMigrationReady: bool;
        endPoints: [{
            name: string;
            host: string;
            port: uint16;
            securityProtocol: int16;
        }];
        features: [{
            name: string;
            minSupportedVersion: int16;
            maxSupportedVersion: int16;
        }];
    }

    ClearElrRecord(28, 0..=0, flexible 0) {
        topicName: string;
    }
}

//! Cluster metadata: the values of `__cluster_metadata-0` and of its snapshots, all flexible.
//!
//! Source: the record schemas of Apache Kafka 4.2.1.

use bytes::Bytes;

use crate::message;
use crate::vocabulary::Uuid;

message! {
    /// `RegisterBrokerRecord`, type 0.
    RegisterBrokerRecord (key 0, versions 0..=3, flexible 0) {
        [0..] broker_id: i32,
        [2..] is_migrating_zk_broker: bool,
        [0..] incarnation_id: Uuid,
        [0..] broker_epoch: i64,
        [0..] end_points: Vec<BrokerEndpoint>,
        [0..] features: Vec<BrokerFeature>,
        [0..] rack: Option<String> = Some(Default::default()),
        [0..] fenced: bool = true,
        [1..] in_controlled_shutdown: bool,
    } @tagged {
        0 [3..] log_dirs: Vec<Uuid>,
    }
    BrokerEndpoint {
        [0..] name: String,
        [0..] host: String,
        [0..] port: u16,
        [0..] security_protocol: i16,
    }
    BrokerFeature {
        [0..] name: String,
        [0..] min_supported_version: i16,
        [0..] max_supported_version: i16,
    }

    /// `UnregisterBrokerRecord`, type 1.
    UnregisterBrokerRecord (key 1, versions 0..=0, flexible 0) {
        [0..] broker_id: i32,
        [0..] broker_epoch: i64,
    }

    /// `TopicRecord`, type 2.
    TopicRecord (key 2, versions 0..=0, flexible 0) {
        [0..] name: String,
        [0..] topic_id: Uuid,
    }

    /// `PartitionRecord`, type 3.
    PartitionRecord (key 3, versions 0..=2, flexible 0) {
        [0..] partition_id: i32 = -1,
        [0..] topic_id: Uuid,
        [0..] replicas: Vec<i32>,
        [0..] isr: Vec<i32>,
        [0..] removing_replicas: Vec<i32>,
        [0..] adding_replicas: Vec<i32>,
        [0..] leader: i32 = -1,
        [0..] leader_epoch: i32 = -1,
        [0..] partition_epoch: i32 = -1,
        [1..] directories: Vec<Uuid>,
    } @tagged {
        0 [0..] leader_recovery_state: i8,
        1 [2..] eligible_leader_replicas: Option<Vec<i32>>,
        2 [2..] last_known_elr: Option<Vec<i32>>,
    }

    /// `ConfigRecord`, type 4.
    ConfigRecord (key 4, versions 0..=0, flexible 0) {
        [0..] resource_type: i8,
        [0..] resource_name: String,
        [0..] name: String,
        [0..] value: Option<String> = Some(Default::default()),
    }

    /// `PartitionChangeRecord`, type 5.
    PartitionChangeRecord (key 5, versions 0..=2, flexible 0) {
        [0..] partition_id: i32 = -1,
        [0..] topic_id: Uuid,
    } @tagged {
        0 [0..] isr: Option<Vec<i32>>,
        1 [0..] leader: i32 = -2,
        2 [0..] replicas: Option<Vec<i32>>,
        3 [0..] removing_replicas: Option<Vec<i32>>,
        4 [0..] adding_replicas: Option<Vec<i32>>,
        5 [0..] leader_recovery_state: i8 = -1,
        6 [2..] eligible_leader_replicas: Option<Vec<i32>>,
        7 [2..] last_known_elr: Option<Vec<i32>>,
        8 [1..] directories: Option<Vec<Uuid>>,
    }

    /// `FenceBrokerRecord`, type 7.
    FenceBrokerRecord (key 7, versions 0..=0, flexible 0) {
        [0..] id: i32,
        [0..] epoch: i64,
    }

    /// `UnfenceBrokerRecord`, type 8.
    UnfenceBrokerRecord (key 8, versions 0..=0, flexible 0) {
        [0..] id: i32,
        [0..] epoch: i64,
    }

    /// `RemoveTopicRecord`, type 9.
    RemoveTopicRecord (key 9, versions 0..=0, flexible 0) {
        [0..] topic_id: Uuid,
    }

    /// `DelegationTokenRecord`, type 10.
    DelegationTokenRecord (key 10, versions 0..=0, flexible 0) {
        [0..] owner: String,
        [0..] requester: String,
        [0..] renewers: Vec<String>,
        [0..] issue_timestamp: i64,
        [0..] max_timestamp: i64,
        [0..] expiration_timestamp: i64,
        [0..] token_id: String,
    }

    /// `UserScramCredentialRecord`, type 11.
    UserScramCredentialRecord (key 11, versions 0..=0, flexible 0) {
        [0..] name: String,
        [0..] mechanism: i8,
        [0..] salt: Bytes,
        [0..] stored_key: Bytes,
        [0..] server_key: Bytes,
        [0..] iterations: i32,
    }

    /// `FeatureLevelRecord`, type 12.
    FeatureLevelRecord (key 12, versions 0..=0, flexible 0) {
        [0..] name: String,
        [0..] feature_level: i16,
    }

    /// `ClientQuotaRecord`, type 14.
    ClientQuotaRecord (key 14, versions 0..=0, flexible 0) {
        [0..] entity: Vec<EntityData>,
        [0..] key: String,
        [0..] value: f64,
        [0..] remove: bool,
    }
    EntityData {
        [0..] entity_type: String,
        [0..] entity_name: Option<String> = Some(Default::default()),
    }

    /// `ProducerIdsRecord`, type 15.
    ProducerIdsRecord (key 15, versions 0..=0, flexible 0) {
        [0..] broker_id: i32,
        [0..] broker_epoch: i64 = -1,
        [0..] next_producer_id: i64,
    }

    /// `BrokerRegistrationChangeRecord`, type 17.
    BrokerRegistrationChangeRecord (key 17, versions 0..=2, flexible 0) {
        [0..] broker_id: i32,
        [0..] broker_epoch: i64,
    } @tagged {
        0 [0..] fenced: i8,
        1 [1..] in_controlled_shutdown: i8,
        2 [2..] log_dirs: Vec<Uuid>,
    }

    /// `AccessControlEntryRecord`, type 18.
    AccessControlEntryRecord (key 18, versions 0..=0, flexible 0) {
        [0..] id: Uuid,
        [0..] resource_type: i8,
        [0..] resource_name: String,
        [0..] pattern_type: i8,
        [0..] principal: String,
        [0..] host: String,
        [0..] operation: i8,
        [0..] permission_type: i8,
    }

    /// `RemoveAccessControlEntryRecord`, type 19.
    RemoveAccessControlEntryRecord (key 19, versions 0..=0, flexible 0) {
        [0..] id: Uuid,
    }

    /// `NoOpRecord`, type 20.
    NoOpRecord (key 20, versions 0..=0, flexible 0) {
    }

    /// `ZkMigrationStateRecord`, type 21.
    ZkMigrationStateRecord (key 21, versions 0..=0, flexible 0) {
        [0..] zk_migration_state: i8,
    }

    /// `RemoveUserScramCredentialRecord`, type 22.
    RemoveUserScramCredentialRecord (key 22, versions 0..=0, flexible 0) {
        [0..] name: String,
        [0..] mechanism: i8,
    }

    /// `BeginTransactionRecord`, type 23.
    BeginTransactionRecord (key 23, versions 0..=0, flexible 0) {
    } @tagged {
        0 [0..] name: Option<String>,
    }

    /// `EndTransactionRecord`, type 24.
    EndTransactionRecord (key 24, versions 0..=0, flexible 0) {
    }

    /// `AbortTransactionRecord`, type 25.
    AbortTransactionRecord (key 25, versions 0..=0, flexible 0) {
    } @tagged {
        0 [0..] reason: Option<String>,
    }

    /// `RemoveDelegationTokenRecord`, type 26.
    RemoveDelegationTokenRecord (key 26, versions 0..=0, flexible 0) {
        [0..] token_id: String,
    }

    /// `RegisterControllerRecord`, type 27.
    RegisterControllerRecord (key 27, versions 0..=0, flexible 0) {
        [0..] controller_id: i32,
        [0..] incarnation_id: Uuid,
        [0..] zk_migration_ready: bool,
        [0..] end_points: Vec<ControllerEndpoint>,
        [0..] features: Vec<ControllerFeature>,
    }
    ControllerEndpoint {
        [0..] name: String,
        [0..] host: String,
        [0..] port: u16,
        [0..] security_protocol: i16,
    }
    ControllerFeature {
        [0..] name: String,
        [0..] min_supported_version: i16,
        [0..] max_supported_version: i16,
    }

    /// `ClearElrRecord`, type 28.
    ClearElrRecord (key 28, versions 0..=0, flexible 0) {
        [0..] topic_name: String,
    }
}

//! The table of the APIs that this broker serves. A handler is a translation; what it must remember is in a log.
//!
//! A line names the API, its request, the versions that are answered and the function that answers. A handler is
//! `async fn (broker: &BrokerState, context: &RequestContext, request: XRequest) -> XResponse` (or an [`Answer`]). What
//! ApiVersions advertises is the same table, but for Produce, see [`advertised`].

pub mod acls;
pub mod add_offsets_to_txn;
pub mod add_partitions_to_txn;
pub mod alter_configs;
pub mod alter_replica_log_dirs;
pub mod api_versions;
mod client_host;
mod config_changes;
pub mod consumer_group_describe;
pub mod consumer_group_heartbeat;
pub mod create_partitions;
pub mod create_topics;
pub mod delete_groups;
pub mod delete_records;
pub mod delete_topics;
pub mod describe_cluster;
pub mod describe_configs;
pub mod describe_groups;
pub mod describe_log_dirs;
pub mod describe_producers;
pub mod describe_topic_partitions;
pub mod describe_transactions;
pub mod end_txn;
pub mod fetch;
pub mod find_coordinator;
pub mod heartbeat;
pub mod incremental_alter_configs;
pub mod init_producer_id;
pub mod join_group;
pub mod leave_group;
pub mod list_groups;
pub mod list_offsets;
pub mod list_partition_reassignments;
pub mod list_transactions;
pub mod metadata;
pub mod offset_commit;
pub mod offset_delete;
pub mod offset_fetch;
pub mod offset_for_leader_epoch;
pub mod produce;
pub mod sasl;
pub mod sync_group;
pub mod txn_offset_commit;
pub mod write_txn_markers;

use std::ops::RangeInclusive;

use super::BrokerState;
use super::config::Role;
use super::dispatch::{decode, encode};
use super::request::{Disconnect, RequestContext};
use crate::protocol::messages::*;
use crate::protocol::{Api, Reader, Segment};

macro_rules! serve {
    ($($api:ident $request:ty, $versions:expr => $handler:path;)*) => {
        /// The served APIs with the versions that are answered.
        pub const SERVED: &[(Api, RangeInclusive<i16>)] = &[$((Api::$api, $versions),)*];

        /// Decodes the request, calls its handler, encodes the answer.
        pub(super) async fn call(
            broker: &BrokerState,
            context: &RequestContext,
            body: Reader,
        ) -> Result<Option<Vec<Segment>>, Disconnect> {
            match context.api {
                $(Api::$api => {
                    let request: $request = decode(context, body)?;
                    // On the heap, so that an idle connection does not keep room for the largest of them.
                    encode::<$request>(context, Box::pin($handler(broker, context, request)).await.into())
                })*
                #[allow(unreachable_patterns, reason = "there may be APIs that only our clients speak")]
                _ => Err(Disconnect::NotServed { api_key: context.api.key(), api_version: context.api_version }),
            }
        }
    };
}

serve! {
    Produce ProduceRequest, 3..=13 => produce::handle;
    Fetch FetchRequest, 4..=18 => fetch::handle;
    ListOffsets ListOffsetsRequest, 1..=11 => list_offsets::handle;
    Metadata MetadataRequest, 0..=13 => metadata::handle;
    OffsetCommit OffsetCommitRequest, 2..=10 => offset_commit::handle;
    OffsetFetch OffsetFetchRequest, 1..=10 => offset_fetch::handle;
    FindCoordinator FindCoordinatorRequest, 0..=6 => find_coordinator::handle;
    JoinGroup JoinGroupRequest, 0..=9 => join_group::handle;
    Heartbeat HeartbeatRequest, 0..=4 => heartbeat::handle;
    LeaveGroup LeaveGroupRequest, 0..=5 => leave_group::handle;
    SyncGroup SyncGroupRequest, 0..=5 => sync_group::handle;
    DescribeGroups DescribeGroupsRequest, 0..=6 => describe_groups::handle;
    ListGroups ListGroupsRequest, 0..=5 => list_groups::handle;
    SaslHandshake SaslHandshakeRequest, 0..=1 => sasl::handshake;
    ApiVersions ApiVersionsRequest, 0..=4 => api_versions::handle;
    DeleteRecords DeleteRecordsRequest, 0..=2 => delete_records::handle;
    InitProducerId InitProducerIdRequest, 0..=5 => init_producer_id::handle;
    OffsetForLeaderEpoch OffsetForLeaderEpochRequest, 2..=4 => offset_for_leader_epoch::handle;
    AddPartitionsToTxn AddPartitionsToTxnRequest, 0..=5 => add_partitions_to_txn::handle;
    AddOffsetsToTxn AddOffsetsToTxnRequest, 0..=4 => add_offsets_to_txn::handle;
    EndTxn EndTxnRequest, 0..=5 => end_txn::handle;
    WriteTxnMarkers WriteTxnMarkersRequest, 1..=2 => write_txn_markers::handle;
    TxnOffsetCommit TxnOffsetCommitRequest, 0..=5 => txn_offset_commit::handle;
    SaslAuthenticate SaslAuthenticateRequest, 0..=2 => sasl::authenticate;
    CreateTopics CreateTopicsRequest, 2..=7 => create_topics::handle;
    DeleteTopics DeleteTopicsRequest, 1..=6 => delete_topics::handle;
    DescribeAcls DescribeAclsRequest, 1..=3 => acls::describe;
    CreateAcls CreateAclsRequest, 1..=3 => acls::create;
    DeleteAcls DeleteAclsRequest, 1..=3 => acls::delete;
    DescribeConfigs DescribeConfigsRequest, 1..=4 => describe_configs::handle;
    AlterConfigs AlterConfigsRequest, 0..=2 => alter_configs::handle;
    AlterReplicaLogDirs AlterReplicaLogDirsRequest, 1..=2 => alter_replica_log_dirs::handle;
    DescribeLogDirs DescribeLogDirsRequest, 1..=4 => describe_log_dirs::handle;
    CreatePartitions CreatePartitionsRequest, 0..=3 => create_partitions::handle;
    IncrementalAlterConfigs IncrementalAlterConfigsRequest, 0..=1 => incremental_alter_configs::handle;
    ListPartitionReassignments ListPartitionReassignmentsRequest, 0..=0 => list_partition_reassignments::handle;
    DeleteGroups DeleteGroupsRequest, 0..=2 => delete_groups::handle;
    OffsetDelete OffsetDeleteRequest, 0..=0 => offset_delete::handle;
    DescribeCluster DescribeClusterRequest, 0..=2 => describe_cluster::handle;
    DescribeProducers DescribeProducersRequest, 0..=0 => describe_producers::handle;
    DescribeTransactions DescribeTransactionsRequest, 0..=0 => describe_transactions::handle;
    ListTransactions ListTransactionsRequest, 0..=2 => list_transactions::handle;
    ConsumerGroupHeartbeat ConsumerGroupHeartbeatRequest, 0..=1 => consumer_group_heartbeat::handle;
    ConsumerGroupDescribe ConsumerGroupDescribeRequest, 0..=1 => consumer_group_describe::handle;
    DescribeTopicPartitions DescribeTopicPartitionsRequest, 0..=0 => describe_topic_partitions::handle;
}

/// Those that a controller's listener serves. What else Kafka's controllers answer is between nodes.
const SERVED_BY_CONTROLLERS: &[Api] = &[
    Api::SaslHandshake,
    Api::ApiVersions,
    Api::SaslAuthenticate,
    Api::CreateTopics,
    Api::DeleteTopics,
    Api::DescribeAcls,
    Api::CreateAcls,
    Api::DeleteAcls,
    Api::DescribeConfigs,
    Api::AlterConfigs,
    Api::CreatePartitions,
    Api::IncrementalAlterConfigs,
    Api::ListPartitionReassignments,
    Api::DescribeCluster,
];

/// What listeners of this role serve.
pub fn served_to(role: Role) -> impl Iterator<Item = &'static (Api, RangeInclusive<i16>)> {
    SERVED.iter().filter(move |(api, _)| role == Role::Broker || SERVED_BY_CONTROLLERS.contains(api))
}

/// Whether requests of this API and version are answered.
pub fn accepts(role: Role, api: Api, version: i16) -> bool {
    served_to(role).any(|(served, versions)| *served == api && versions.contains(&version))
}

/// The range that ApiVersions names. Produce begins at 0 there although 3 is the least that is answered: librdkafka up to
/// 2.11.0 sends uncompressed without a word if its oldest version is not in the range (KAFKA-18659).
pub fn advertised(api: Api, versions: &RangeInclusive<i16>) -> RangeInclusive<i16> {
    match api {
        Api::Produce => 0..=*versions.end(),
        _ => versions.clone(),
    }
}

//! The APIs whose messages are in this crate: key, name, versions.
//!
//! What the broker serves is a subset, listed in its own table of handlers; what a client calls is negotiated per
//! broker. Source: `ApiKeys.java`.

use std::fmt;
use std::ops::RangeInclusive;

use super::message::Message;
use super::messages::*;

macro_rules! apis {
    ($($api:ident $request:ident $response:ident,)*) => {
        /// A kind of request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Api {
            $($api,)*
        }

        impl Api {
            pub const ALL: &'static [Api] = &[$(Api::$api,)*];

            pub fn from_key(key: i16) -> Option<Api> {
                $(if key == $request::KEY { return Some(Api::$api); })*
                None
            }

            pub fn key(self) -> i16 {
                match self { $(Api::$api => $request::KEY,)* }
            }

            /// All versions that this crate can encode and decode.
            pub fn versions(self) -> RangeInclusive<i16> {
                match self { $(Api::$api => $request::VERSIONS,)* }
            }

            /// Whether requests and responses of this version have flexible bodies, and so the newer headers.
            pub fn is_flexible(self, version: i16) -> bool {
                match self { $(Api::$api => $request::flexible(version),)* }
            }

            pub fn name(self) -> &'static str {
                match self { $(Api::$api => stringify!($api),)* }
            }
        }

        $(
            impl Request for $request {
                const API: Api = Api::$api;
                type Response = $response;
            }
        )*
    };
}

impl Api {
    /// Whether a request of this kind leaves everything on the cluster as it is. New kinds count as changing something
    /// unless their name says otherwise.
    pub fn only_reads(self) -> bool {
        let name = self.name();
        let by_name = name.starts_with("Describe") || name.ends_with("Describe") || name.starts_with("List");
        let handshakes = matches!(self, Api::ApiVersions | Api::SaslHandshake | Api::SaslAuthenticate);
        let lookups = matches!(self, Api::Metadata | Api::FindCoordinator | Api::OffsetForLeaderEpoch);
        by_name || handshakes || lookups || matches!(self, Api::Fetch | Api::OffsetFetch)
    }
}

/// A request and the response that answers it.
pub trait Request: Message {
    const API: Api;
    type Response: Message;
}

apis! {
    Produce ProduceRequest ProduceResponse,
    Fetch FetchRequest FetchResponse,
    ListOffsets ListOffsetsRequest ListOffsetsResponse,
    Metadata MetadataRequest MetadataResponse,
    OffsetCommit OffsetCommitRequest OffsetCommitResponse,
    OffsetFetch OffsetFetchRequest OffsetFetchResponse,
    FindCoordinator FindCoordinatorRequest FindCoordinatorResponse,
    JoinGroup JoinGroupRequest JoinGroupResponse,
    Heartbeat HeartbeatRequest HeartbeatResponse,
    LeaveGroup LeaveGroupRequest LeaveGroupResponse,
    SyncGroup SyncGroupRequest SyncGroupResponse,
    DescribeGroups DescribeGroupsRequest DescribeGroupsResponse,
    ListGroups ListGroupsRequest ListGroupsResponse,
    SaslHandshake SaslHandshakeRequest SaslHandshakeResponse,
    ApiVersions ApiVersionsRequest ApiVersionsResponse,
    CreateTopics CreateTopicsRequest CreateTopicsResponse,
    DeleteTopics DeleteTopicsRequest DeleteTopicsResponse,
    DeleteRecords DeleteRecordsRequest DeleteRecordsResponse,
    InitProducerId InitProducerIdRequest InitProducerIdResponse,
    OffsetForLeaderEpoch OffsetForLeaderEpochRequest OffsetForLeaderEpochResponse,
    AddPartitionsToTxn AddPartitionsToTxnRequest AddPartitionsToTxnResponse,
    AddOffsetsToTxn AddOffsetsToTxnRequest AddOffsetsToTxnResponse,
    EndTxn EndTxnRequest EndTxnResponse,
    WriteTxnMarkers WriteTxnMarkersRequest WriteTxnMarkersResponse,
    TxnOffsetCommit TxnOffsetCommitRequest TxnOffsetCommitResponse,
    DescribeAcls DescribeAclsRequest DescribeAclsResponse,
    CreateAcls CreateAclsRequest CreateAclsResponse,
    DeleteAcls DeleteAclsRequest DeleteAclsResponse,
    DescribeConfigs DescribeConfigsRequest DescribeConfigsResponse,
    AlterConfigs AlterConfigsRequest AlterConfigsResponse,
    AlterReplicaLogDirs AlterReplicaLogDirsRequest AlterReplicaLogDirsResponse,
    DescribeLogDirs DescribeLogDirsRequest DescribeLogDirsResponse,
    SaslAuthenticate SaslAuthenticateRequest SaslAuthenticateResponse,
    CreatePartitions CreatePartitionsRequest CreatePartitionsResponse,
    DeleteGroups DeleteGroupsRequest DeleteGroupsResponse,
    IncrementalAlterConfigs IncrementalAlterConfigsRequest IncrementalAlterConfigsResponse,
    ListPartitionReassignments ListPartitionReassignmentsRequest ListPartitionReassignmentsResponse,
    OffsetDelete OffsetDeleteRequest OffsetDeleteResponse,
    DescribeClientQuotas DescribeClientQuotasRequest DescribeClientQuotasResponse,
    AlterClientQuotas AlterClientQuotasRequest AlterClientQuotasResponse,
    DescribeUserScramCredentials DescribeUserScramCredentialsRequest DescribeUserScramCredentialsResponse,
    AlterUserScramCredentials AlterUserScramCredentialsRequest AlterUserScramCredentialsResponse,
    DescribeCluster DescribeClusterRequest DescribeClusterResponse,
    DescribeProducers DescribeProducersRequest DescribeProducersResponse,
    UnregisterBroker UnregisterBrokerRequest UnregisterBrokerResponse,
    DescribeTransactions DescribeTransactionsRequest DescribeTransactionsResponse,
    ListTransactions ListTransactionsRequest ListTransactionsResponse,
    ConsumerGroupHeartbeat ConsumerGroupHeartbeatRequest ConsumerGroupHeartbeatResponse,
    ConsumerGroupDescribe ConsumerGroupDescribeRequest ConsumerGroupDescribeResponse,
    ListConfigResources ListConfigResourcesRequest ListConfigResourcesResponse,
    DescribeTopicPartitions DescribeTopicPartitionsRequest DescribeTopicPartitionsResponse,
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_told_from_what_reads() {
        let reading: Vec<Api> = Api::ALL.iter().copied().filter(|api| api.only_reads()).collect();
        for api in [Api::Fetch, Api::ListOffsets, Api::DescribeConfigs, Api::ConsumerGroupDescribe, Api::OffsetFetch] {
            assert!(reading.contains(&api), "{api}");
        }
        for api in
            [Api::Produce, Api::DeleteTopics, Api::OffsetCommit, Api::JoinGroup, Api::AlterConfigs, Api::DeleteAcls]
        {
            assert!(!reading.contains(&api), "{api}");
        }
    }
}

//! Every request and response, in every version.

use std::fmt::Debug;

use bytes::Bytes;
use kavka::protocol::apis::Request;
use kavka::protocol::frames::{RequestHeader, encode_request, read_response_header};
use kavka::protocol::messages::*;
use kavka::protocol::{Api, Message, Reader};

use crate::edits::{Choices, edited};
use crate::fuzz;

macro_rules! every_api {
    ($($request:ident)*) => {
        /// By the number of an API, what reads its messages.
        const APIS: &[fn(&mut Choices)] = &[$(one::<$request>),*];

        #[test]
        fn none_is_missing() {
            assert_eq!(APIS.len(), Api::ALL.len());
        }
    };
}

every_api! {
    ProduceRequest FetchRequest ListOffsetsRequest MetadataRequest OffsetCommitRequest OffsetFetchRequest
    FindCoordinatorRequest JoinGroupRequest HeartbeatRequest LeaveGroupRequest SyncGroupRequest
    DescribeGroupsRequest ListGroupsRequest SaslHandshakeRequest ApiVersionsRequest CreateTopicsRequest
    DeleteTopicsRequest DeleteRecordsRequest InitProducerIdRequest OffsetForLeaderEpochRequest
    AddPartitionsToTxnRequest AddOffsetsToTxnRequest EndTxnRequest WriteTxnMarkersRequest
    TxnOffsetCommitRequest DescribeAclsRequest CreateAclsRequest DeleteAclsRequest DescribeConfigsRequest
    AlterConfigsRequest AlterReplicaLogDirsRequest DescribeLogDirsRequest SaslAuthenticateRequest CreatePartitionsRequest
    DeleteGroupsRequest
    IncrementalAlterConfigsRequest ListPartitionReassignmentsRequest OffsetDeleteRequest
    DescribeClusterRequest DescribeProducersRequest DescribeTransactionsRequest ListTransactionsRequest
    ConsumerGroupHeartbeatRequest ConsumerGroupDescribeRequest DescribeTopicPartitionsRequest
    DescribeClientQuotasRequest AlterClientQuotasRequest DescribeUserScramCredentialsRequest
    AlterUserScramCredentialsRequest UnregisterBrokerRequest ListConfigResourcesRequest
}

fn one<R>(choices: &mut Choices)
where
    R: Request + Default + PartialEq + Debug,
    R::Response: Default + PartialEq + Debug,
{
    let versions = R::VERSIONS;
    let version = versions.start() + choices.below((versions.end() - versions.start() + 1) as usize) as i16;
    let frame = encode_request(&R::default(), version, 7, "fuzz");
    let bytes = Bytes::from(spread(choices, &frame[4..]));
    let mut reader = Reader::new(bytes);
    if RequestHeader::read(&mut reader).is_ok_and(|header| header.api_key == R::API.key()) {
        again::<R>(&mut reader, version);
    }
    let body = spread(choices, &R::Response::default().encode(version));
    again::<R::Response>(&mut Reader::new(body.clone().into()), version);
    let _ = read_response_header(&mut Reader::new(body.into()), R::API, version);
}

/// A default message is mostly counts of nothing: some bytes of it become small numbers, and others follow.
fn spread(choices: &mut Choices, sound: &[u8]) -> Vec<u8> {
    let mut bytes = edited(choices, sound);
    for _ in 0..choices.below(8) {
        let at = choices.below(bytes.len() + 1);
        let (count, byte) = (choices.below(12), *choices.pick(&[0, 0, 1, 2, 3, b'a', 0xff]));
        bytes.splice(at..at, std::iter::repeat_n(byte, count));
    }
    bytes
}

/// What was read is written, and what was written is read, the same.
fn again<M: Message + PartialEq + Debug>(from: &mut Reader, version: i16) {
    let Ok(message) = M::decode_from(from, version) else { return };
    let written = message.encode(version);
    let read = M::decode(written.clone(), version).unwrap();
    // A number that is none equals nothing, not even itself.
    assert!(read == message || read.encode(version) == written, "version {version}: {read:?} of {message:?}");
}

#[test]
fn messages_are_read_and_written_again_or_refused() {
    fuzz(30_000, |choices| {
        let api = choices.pick(APIS);
        api(choices);
    });
}

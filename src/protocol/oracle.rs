//! Holds the message tables against two codecs that we did not write.
//!
//! Random values go through the `kafka-protocol` crate and back, for every message and version that it has too. Bytes
//! written by Kafka's own serializers (`tests/codec/`) are read and written again, for every version of every message
//! and record. Both tests print how much they compared, and fail when it shrinks.

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::protocol::{Decodable, Encodable};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::message::Message;
use super::messages::*;
use super::primitives::Reader;
use super::segments::Records;
use crate::records::{consumer_group, control, group, metadata, transaction};
use crate::vocabulary::Uuid;

/// A random value, with defaults in the fields that the version lacks.
pub trait Sample: Sized {
    fn sample(random: &mut Random, version: i16) -> Self;
}

/// Random numbers, and whether nullable fields may be null. (Whether a field is nullable depends on the version, which
/// the tables do not say.)
pub struct Random {
    numbers: StdRng,
    nulls: bool,
}

impl Random {
    fn maybe<T>(&mut self, version: i16, value: impl FnOnce(&mut Random, i16) -> T) -> Option<T> {
        if self.nulls && self.numbers.random_ratio(1, 4) {
            return None;
        }
        Some(value(self, version))
    }
}

macro_rules! sample_numbers {
    ($($number:ty),*) => { $(impl Sample for $number {
        fn sample(random: &mut Random, _: i16) -> Self {
            random.numbers.random()
        }
    })* };
}

sample_numbers!(bool, i8, i16, u16, i32, i64);

impl Sample for f64 {
    fn sample(random: &mut Random, _: i16) -> f64 {
        random.numbers.random_range(-1e9..1e9)
    }
}

impl Sample for Uuid {
    fn sample(random: &mut Random, _: i16) -> Uuid {
        Uuid(random.numbers.random())
    }
}

impl Sample for String {
    fn sample(random: &mut Random, _: i16) -> String {
        let length = random.numbers.random_range(0..20);
        (0..length).map(|_| ['a', 'Z', '0', '.', 'é', '京', ' '][random.numbers.random_range(0..7)]).collect()
    }
}

impl Sample for Bytes {
    fn sample(random: &mut Random, _: i16) -> Bytes {
        let length = random.numbers.random_range(0..300);
        (0..length).map(|_| random.numbers.random::<u8>()).collect()
    }
}

impl Sample for Records {
    fn sample(random: &mut Random, version: i16) -> Records {
        Bytes::sample(random, version).into()
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(random: &mut Random, version: i16) -> Vec<T> {
        (0..random.numbers.random_range(0..4)).map(|_| T::sample(random, version)).collect()
    }
}

impl<T: Sample> Sample for Box<T> {
    fn sample(random: &mut Random, version: i16) -> Box<T> {
        Box::new(T::sample(random, version))
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(random: &mut Random, version: i16) -> Option<T> {
        random.maybe(version, T::sample)
    }
}

/// How many values were compared, and how many with nulls the other codec refused.
#[derive(Default)]
struct Compared {
    versions: usize,
    values: usize,
    refused: usize,
}

const VALUES_PER_VERSION: usize = 40;

fn compare<Ours, Theirs>(name: &str, compared: &mut Compared)
where
    Ours: Message + Sample + PartialEq + std::fmt::Debug,
    Theirs: Encodable + Decodable + kafka_protocol::protocol::Message,
{
    for version in Ours::VERSIONS.filter(|v| *v >= Theirs::VERSIONS.min && *v <= Theirs::VERSIONS.max) {
        compared.versions += 1;
        for seed in 0..VALUES_PER_VERSION {
            let nulls = seed % 2 == 1;
            let mut random = Random { numbers: StdRng::seed_from_u64(seed as u64), nulls };
            let ours = Ours::sample(&mut random, version);
            match through::<Theirs>(ours.encode(version), version) {
                Ok(theirs) => {
                    assert_eq!(ours.encode(version), theirs, "{name} v{version}: bytes differ for {ours:?}");
                    let back = Ours::decode(theirs, version);
                    assert_eq!(back.as_ref(), Ok(&ours), "{name} v{version}: read back differently");
                    compared.values += 1;
                }
                Err(_) if nulls => compared.refused += 1,
                Err(fault) => panic!("{name} v{version} {ours:?}: {fault}"),
            }
        }
    }
}

/// Decodes with the other codec and encodes what it read.
fn through<Theirs: Encodable + Decodable>(bytes: Bytes, version: i16) -> Result<Bytes, String> {
    let mut left = bytes;
    let value = Theirs::decode(&mut left, version).map_err(|fault| format!("not read: {fault}"))?;
    if left.has_remaining() {
        return Err(format!("{} bytes left over", left.remaining()));
    }
    let mut written = BytesMut::new();
    value.encode(&mut written, version).map_err(|fault| format!("not written: {fault}"))?;
    Ok(written.freeze())
}

macro_rules! requests_and_responses {
    ($($message:ident,)*) => {
        fn compare_all(compared: &mut Compared) {
            $(compare::<$message, kafka_protocol::messages::$message>(stringify!($message), compared);)*
        }

        fn reread_message(name: &str, version: i16, bytes: &Bytes) -> bool {
            match name {
                $(stringify!($message) => reread::<$message>(name, version, bytes),)*
                _ => return false,
            }
            true
        }
    };
}

requests_and_responses! {
    ProduceRequest,
    ProduceResponse,
    FetchRequest,
    FetchResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    MetadataRequest,
    MetadataResponse,
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetFetchRequest,
    OffsetFetchResponse,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
    JoinGroupRequest,
    JoinGroupResponse,
    HeartbeatRequest,
    HeartbeatResponse,
    LeaveGroupRequest,
    LeaveGroupResponse,
    SyncGroupRequest,
    SyncGroupResponse,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
    ListGroupsRequest,
    ListGroupsResponse,
    SaslHandshakeRequest,
    SaslHandshakeResponse,
    ApiVersionsRequest,
    ApiVersionsResponse,
    CreateTopicsRequest,
    CreateTopicsResponse,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    InitProducerIdRequest,
    InitProducerIdResponse,
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    DescribeAclsRequest,
    DescribeAclsResponse,
    CreateAclsRequest,
    CreateAclsResponse,
    DeleteAclsRequest,
    DeleteAclsResponse,
    DescribeConfigsRequest,
    DescribeConfigsResponse,
    AlterConfigsRequest,
    AlterConfigsResponse,
    SaslAuthenticateRequest,
    SaslAuthenticateResponse,
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    DeleteGroupsRequest,
    DeleteGroupsResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    DescribeClusterRequest,
    DescribeClusterResponse,
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse,
    AddOffsetsToTxnRequest,
    AddOffsetsToTxnResponse,
    EndTxnRequest,
    EndTxnResponse,
    WriteTxnMarkersRequest,
    WriteTxnMarkersResponse,
    TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
    DescribeProducersRequest,
    DescribeProducersResponse,
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
    AlterClientQuotasRequest,
    AlterClientQuotasResponse,
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
    AlterUserScramCredentialsRequest,
    AlterUserScramCredentialsResponse,
    UnregisterBrokerRequest,
    UnregisterBrokerResponse,
    ListConfigResourcesRequest,
    ListConfigResourcesResponse,
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    ListTransactionsRequest,
    ListTransactionsResponse,
}

macro_rules! records {
    ($($module:ident::$record:ident,)*) => {
        fn reread_record(name: &str, version: i16, bytes: &Bytes) -> bool {
            match name {
                $(stringify!($record) => reread::<$module::$record>(name, version, bytes),)*
                _ => return false,
            }
            true
        }
    };
}

records! {
    metadata::RegisterBrokerRecord,
    metadata::UnregisterBrokerRecord,
    metadata::TopicRecord,
    metadata::PartitionRecord,
    metadata::ConfigRecord,
    metadata::PartitionChangeRecord,
    metadata::FenceBrokerRecord,
    metadata::UnfenceBrokerRecord,
    metadata::RemoveTopicRecord,
    metadata::DelegationTokenRecord,
    metadata::UserScramCredentialRecord,
    metadata::FeatureLevelRecord,
    metadata::ClientQuotaRecord,
    metadata::ProducerIdsRecord,
    metadata::BrokerRegistrationChangeRecord,
    metadata::AccessControlEntryRecord,
    metadata::RemoveAccessControlEntryRecord,
    metadata::NoOpRecord,
    metadata::ZkMigrationStateRecord,
    metadata::RemoveUserScramCredentialRecord,
    metadata::BeginTransactionRecord,
    metadata::EndTransactionRecord,
    metadata::AbortTransactionRecord,
    metadata::RemoveDelegationTokenRecord,
    metadata::RegisterControllerRecord,
    metadata::ClearElrRecord,
    control::LeaderChangeMessage,
    control::SnapshotHeaderRecord,
    control::SnapshotFooterRecord,
    control::KRaftVersionRecord,
    control::VotersRecord,
    control::EndTxnMarker,
    group::OffsetCommitKey,
    group::OffsetCommitValue,
    group::LegacyOffsetCommitKey,
    group::LegacyOffsetCommitValue,
    group::GroupMetadataKey,
    group::GroupMetadataValue,
    consumer_group::ConsumerGroupMetadataKey,
    consumer_group::ConsumerGroupMetadataValue,
    consumer_group::ConsumerGroupPartitionMetadataKey,
    consumer_group::ConsumerGroupPartitionMetadataValue,
    consumer_group::ConsumerGroupMemberMetadataKey,
    consumer_group::ConsumerGroupMemberMetadataValue,
    consumer_group::ConsumerGroupTargetAssignmentMetadataKey,
    consumer_group::ConsumerGroupTargetAssignmentMetadataValue,
    consumer_group::ConsumerGroupTargetAssignmentMemberKey,
    consumer_group::ConsumerGroupTargetAssignmentMemberValue,
    consumer_group::ConsumerGroupCurrentMemberAssignmentKey,
    consumer_group::ConsumerGroupCurrentMemberAssignmentValue,
    consumer_group::ConsumerGroupRegularExpressionKey,
    consumer_group::ConsumerGroupRegularExpressionValue,
    transaction::TransactionLogKey,
    transaction::TransactionLogValue,
}

fn reread<M: Message>(name: &str, version: i16, bytes: &Bytes) {
    let mut reader = Reader::new(bytes.clone());
    let message = M::decode_from(&mut reader, version).unwrap_or_else(|fault| panic!("{name} v{version}: {fault}"));
    assert_eq!(reader.remaining(), 0, "{name} v{version}: bytes left over");
    assert_eq!(&message.encode(version), bytes, "{name} v{version}: written differently");
    for length in 0..bytes.len() {
        assert!(M::decode(bytes.slice(..length), version).is_err(), "{name} v{version}: cut at {length} and read");
    }
}

#[test]
fn random_values_survive_the_way_through_another_codec_and_back() {
    let mut compared = Compared::default();
    compare_all(&mut compared);
    println!(
        "{} versions, {} values equal, {} with nulls that the version does not have",
        compared.versions, compared.values, compared.refused
    );
    assert!(compared.versions >= 423, "fewer versions compared: {}", compared.versions);
    assert!(compared.values >= 16_900, "fewer values compared: {}", compared.values);
}

#[test]
fn bytes_written_by_kafka_are_read_and_written_again() {
    let recorded = include_str!("../../tests/codec/kafka-4.2.1.txt");
    let mut compared = 0;
    for line in recorded.lines().filter(|line| !line.starts_with('#')) {
        let [name, version, hex] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("not a vector: {line}") };
        let bytes: Bytes =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        let version = version.parse().unwrap();
        let known = reread_message(name, version, &bytes) || reread_record(name, version, &bytes);
        assert!(known, "{name} has no table");
        compared += 1;
    }
    println!("{compared} recorded messages and records equal");
    assert!(compared >= 507, "fewer compared: {compared}");
}

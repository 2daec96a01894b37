use super::*;
use crate::vocabulary::Uuid;

const TOPIC: Uuid = Uuid(0x0102030405060708_1112131415161718);
const DIRECTORY: Uuid = Uuid(0x2122232425262728_3132333435363738);
const INCARNATION: Uuid = Uuid(0x4142434445464748_5152535455565758);

fn unhex(text: &str) -> Bytes {
    let digits: Vec<u8> = text.bytes().map(|b| (b as char).to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn partition() -> PartitionRecord {
    PartitionRecord {
        partition_id: 0,
        topic_id: TOPIC,
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        ..Default::default()
    }
}

fn broker() -> RegisterBrokerRecord {
    RegisterBrokerRecord {
        broker_id: 1,
        incarnation_id: INCARNATION,
        broker_epoch: 5,
        rack: Some("r".to_owned()),
        fenced: false,
        ..Default::default()
    }
}

/// Every type, and every version that differs, as Apache Kafka 4.2.1 writes it.
fn vectors() -> Vec<(MetadataRecord, i16, &'static str)> {
    let mut vectors = cluster_vectors();
    vectors.extend(topic_vectors());
    vectors.extend(security_vectors());
    vectors
}

fn topic_vectors() -> Vec<(MetadataRecord, i16, &'static str)> {
    let with_directory = PartitionRecord { directories: vec![DIRECTORY], ..partition() };
    let leaderless = PartitionRecord {
        partition_id: 1,
        isr: vec![],
        leader: -1,
        leader_recovery_state: 1,
        leader_epoch: 3,
        partition_epoch: 4,
        eligible_leader_replicas: Some(vec![1]),
        last_known_elr: Some(vec![1]),
        ..with_directory.clone()
    };
    let change = PartitionChangeRecord { partition_id: 0, topic_id: TOPIC, ..Default::default() };
    let config = ConfigRecord {
        resource_type: 2,
        resource_name: "foo".to_owned(),
        name: "retention.ms".to_owned(),
        value: Some("1000".to_owned()),
    };
    vec![
        (
            TopicRecord { name: "foo".to_owned(), topic_id: TOPIC }.into(),
            0,
            "01020004666f6f0102030405060708111213141516171800",
        ),
        (
            partition().into(),
            0,
            "010300000000000102030405060708111213141516171802000000010200000001010100000001000000000000000000",
        ),
        (
            with_directory.clone().into(),
            1,
            "0103010000000001020304050607081112131415161718020000000102000000010101000000010000000000000000022122232425262728313233343536373800",
        ),
        (
            with_directory.into(),
            2,
            "0103020000000001020304050607081112131415161718020000000102000000010101000000010000000000000000022122232425262728313233343536373800",
        ),
        (
            leaderless.into(),
            2,
            "01030200000001010203040506070811121314151617180200000001010101ffffffff00000003000000040221222324252627283132333435363738030001010105020000000102050200000001",
        ),
        (
            PartitionChangeRecord {
                isr: Some(vec![]),
                leader: -1,
                eligible_leader_replicas: Some(vec![1]),
                last_known_elr: Some(vec![1]),
                ..change.clone()
            }
            .into(),
            2,
            "0105020000000001020304050607081112131415161718040001010104ffffffff0605020000000107050200000001",
        ),
        (
            PartitionChangeRecord { directories: Some(vec![DIRECTORY]), ..change.clone() }.into(),
            1,
            "01050100000000010203040506070811121314151617180108110221222324252627283132333435363738",
        ),
        (
            PartitionChangeRecord {
                partition_id: 1,
                isr: Some(vec![1]),
                leader: 1,
                replicas: Some(vec![1, 2]),
                removing_replicas: Some(vec![2]),
                adding_replicas: Some(vec![3]),
                leader_recovery_state: 0,
                ..change
            }
            .into(),
            0,
            "0105000000000101020304050607081112131415161718060005020000000101040000000102090300000001000000020305020000000204050200000003050100",
        ),
        (config.clone().into(), 0, "0104000204666f6f0d726574656e74696f6e2e6d73053130303000"),
        (ConfigRecord { value: None, ..config }.into(), 0, "0104000204666f6f0d726574656e74696f6e2e6d730000"),
        (RemoveTopicRecord { topic_id: TOPIC }.into(), 0, "0109000102030405060708111213141516171800"),
        (ClearElrRecord { topic_name: String::new() }.into(), 0, "011c000100"),
    ]
}

fn cluster_vectors() -> Vec<(MetadataRecord, i16, &'static str)> {
    let name = "metadata.version".to_owned();
    let change = BrokerRegistrationChangeRecord { broker_id: 1, broker_epoch: 5, ..Default::default() };
    let registration = RegisterBrokerRecord {
        end_points: vec![BrokerEndpoint {
            name: "PLAINTEXT".to_owned(),
            host: "localhost".to_owned(),
            port: 9092,
            security_protocol: 0,
        }],
        features: vec![BrokerFeature { name: name.clone(), min_supported_version: 7, max_supported_version: 25 }],
        rack: None,
        fenced: true,
        log_dirs: vec![DIRECTORY],
        ..broker()
    };
    let controller = RegisterControllerRecord {
        controller_id: 1,
        incarnation_id: INCARNATION,
        zk_migration_ready: false,
        end_points: vec![ControllerEndpoint {
            name: "CONTROLLER".to_owned(),
            host: "localhost".to_owned(),
            port: 9093,
            security_protocol: 0,
        }],
        features: vec![ControllerFeature {
            name: "kraft.version".to_owned(),
            min_supported_version: 0,
            max_supported_version: 1,
        }],
    };
    let shutting_down = RegisterBrokerRecord { in_controlled_shutdown: true, ..broker() };
    vec![
        (FeatureLevelRecord { name, feature_level: 25 }.into(), 0, "010c00116d657461646174612e76657273696f6e001900"),
        (broker().into(), 0, "01000000000001414243444546474851525354555657580000000000000005010102720000"),
        (
            shutting_down.clone().into(),
            1,
            "0100010000000141424344454647485152535455565758000000000000000501010272000100",
        ),
        (
            RegisterBrokerRecord { is_migrating_zk_broker: true, ..shutting_down }.into(),
            2,
            "010002000000010141424344454647485152535455565758000000000000000501010272000100",
        ),
        (
            registration.into(),
            3,
            "0100030000000100414243444546474851525354555657580000000000000005020a504c41494e544558540a6c6f63616c686f7374238400000002116d657461646174612e76657273696f6e00070019000001000100110221222324252627283132333435363738",
        ),
        (
            controller.into(),
            0,
            "011b00000000014142434445464748515253545556575800020b434f4e54524f4c4c45520a6c6f63616c686f73742385000000020e6b726166742e76657273696f6e000000010000",
        ),
        (
            BrokerRegistrationChangeRecord { fenced: -1, ..change.clone() }.into(),
            0,
            "011100000000010000000000000005010001ff",
        ),
        (
            BrokerRegistrationChangeRecord { in_controlled_shutdown: 1, ..change.clone() }.into(),
            1,
            "01110100000001000000000000000501010101",
        ),
        (
            BrokerRegistrationChangeRecord { log_dirs: vec![DIRECTORY], ..change }.into(),
            2,
            "0111020000000100000000000000050102110221222324252627283132333435363738",
        ),
        (FenceBrokerRecord { id: 1, epoch: 5 }.into(), 0, "01070000000001000000000000000500"),
        (UnfenceBrokerRecord { id: 1, epoch: 5 }.into(), 0, "01080000000001000000000000000500"),
        (UnregisterBrokerRecord { broker_id: 1, broker_epoch: 5 }.into(), 0, "01010000000001000000000000000500"),
        (
            ProducerIdsRecord { broker_id: 1, broker_epoch: 5, next_producer_id: 1000 }.into(),
            0,
            "010f0000000001000000000000000500000000000003e800",
        ),
        (NoOpRecord {}.into(), 0, "01140000"),
        (ZkMigrationStateRecord { zk_migration_state: 2 }.into(), 0, "0115000200"),
        (BeginTransactionRecord { name: Some("x".to_owned()) }.into(), 0, "0117000100020278"),
        (EndTransactionRecord {}.into(), 0, "01180000"),
        (AbortTransactionRecord { reason: Some("y".to_owned()) }.into(), 0, "0119000100020279"),
    ]
}

fn security_vectors() -> Vec<(MetadataRecord, i16, &'static str)> {
    vec![
        (
            ClientQuotaRecord {
                entity: vec![EntityData { entity_type: "client-id".to_owned(), entity_name: None }],
                key: "consumer_byte_rate".to_owned(),
                value: 2048.0,
                remove: false,
            }
            .into(),
            0,
            "010e00020a636c69656e742d6964000013636f6e73756d65725f627974655f7261746540a00000000000000000",
        ),
        (
            UserScramCredentialRecord {
                name: "bob".to_owned(),
                mechanism: 1,
                salt: Bytes::from_static(&[1, 2]),
                stored_key: Bytes::from_static(&[3]),
                server_key: Bytes::from_static(&[4]),
                iterations: 4096,
            }
            .into(),
            0,
            "010b0004626f6201030102020302040000100000",
        ),
        (RemoveUserScramCredentialRecord { name: "bob".to_owned(), mechanism: 1 }.into(), 0, "01160004626f620100"),
        (
            AccessControlEntryRecord {
                id: TOPIC,
                resource_type: 2,
                resource_name: "foo".to_owned(),
                pattern_type: 3,
                principal: "User:a".to_owned(),
                host: "*".to_owned(),
                operation: 3,
                permission_type: 3,
            }
            .into(),
            0,
            "011200010203040506070811121314151617180204666f6f0307557365723a61022a030300",
        ),
        (RemoveAccessControlEntryRecord { id: TOPIC }.into(), 0, "0113000102030405060708111213141516171800"),
        (
            DelegationTokenRecord {
                owner: "User:a".to_owned(),
                requester: "User:b".to_owned(),
                renewers: vec!["User:c".to_owned()],
                issue_timestamp: 1,
                max_timestamp: 2,
                expiration_timestamp: 3,
                token_id: "id".to_owned(),
            }
            .into(),
            0,
            "010a0007557365723a6107557365723a620207557365723a6300000000000000010000000000000002000000000000000303696400",
        ),
        (RemoveDelegationTokenRecord { token_id: "id".to_owned() }.into(), 0, "011a0003696400"),
    ]
}

#[test]
fn all_26_types_have_the_bytes_that_kafka_writes() {
    let mut types = std::collections::BTreeSet::new();
    for (record, version, bytes) in vectors() {
        assert_eq!(hex(&record.encode_version(version)), bytes, "{record:?}");
        assert_eq!(MetadataRecord::decode(unhex(bytes)), Ok(record.clone()));
        types.insert(record.key());
    }
    assert_eq!(types.len(), 26);
}

#[test]
fn a_writer_picks_the_version_that_the_metadata_version_allows() {
    let record: MetadataRecord = partition().into();
    assert_eq!([25, 23, 22, 17, 16, 7].map(|level| record.version_at(level)), [2, 2, 1, 1, 0, 0]);
    let record: MetadataRecord = broker().into();
    assert_eq!([25, 17, 16, 8, 7].map(|level| record.version_at(level)), [3, 3, 2, 2, 1]);
    let change = BrokerRegistrationChangeRecord { in_controlled_shutdown: 1, ..Default::default() };
    assert_eq!(MetadataRecord::from(change).version_at(25), 1);
}

#[test]
fn what_is_unknown_or_left_over_is_refused() {
    let refused = |bytes| MetadataRecord::decode(unhex(bytes)).unwrap_err();
    assert_eq!(refused("02140000"), RecordFault::UnknownFrame(2));
    assert_eq!(refused("01060000"), RecordFault::UnknownType(6));
    assert_eq!(refused("01ffff7f0000"), RecordFault::UnknownType(0x1f_ffff));
    assert_eq!(refused("01140100"), RecordFault::UnknownVersion { name: "NoOpRecord", version: 1 });
    assert_eq!(refused("0114000000"), RecordFault::LeftOver { name: "NoOpRecord", bytes: 1 });
    assert!(matches!(refused("010200"), RecordFault::Malformed { name: "TopicRecord", .. }));
    assert!(matches!(refused(""), RecordFault::Frame(_)));
}

#[test]
fn unknown_tagged_fields_are_skipped() {
    assert_eq!(MetadataRecord::decode(unhex("01140001630201ff")), Ok(NoOpRecord {}.into()));
}

#[test]
fn a_record_that_is_cut_off_anywhere_is_refused() {
    for (record, _, bytes) in vectors() {
        let bytes = unhex(bytes);
        for length in 0..bytes.len() {
            assert!(MetadataRecord::decode(bytes.slice(..length)).is_err(), "{length} bytes of {record:?}");
        }
    }
}

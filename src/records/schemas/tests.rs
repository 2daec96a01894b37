use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn named(tables: &[&'static [Schema]], name: &str) -> &'static Schema {
    tables.iter().flat_map(|table| table.iter()).find(|schema| schema.name == name).unwrap()
}

/// Name, version, what Kafka 4.2.1 shows, and the value that it writes.
const METADATA: [(&str, i16, &str, &str); 30] = [
    (
        "TopicRecord",
        0,
        r#"{"name":"foo","topicId":"AQIDBAUGBwgREhMUFRYXGA"}"#,
        "01020004666f6f0102030405060708111213141516171800",
    ),
    (
        "PartitionRecord",
        0,
        r#"{"partitionId":0,"topicId":"AQIDBAUGBwgREhMUFRYXGA","replicas":[1],"isr":[1],"removingReplicas":[],"addingReplicas":[],"leader":1,"leaderEpoch":0,"partitionEpoch":0}"#,
        "010300000000000102030405060708111213141516171802000000010200000001010100000001000000000000000000",
    ),
    (
        "PartitionRecord",
        1,
        r#"{"partitionId":0,"topicId":"AQIDBAUGBwgREhMUFRYXGA","replicas":[1],"isr":[1],"removingReplicas":[],"addingReplicas":[],"leader":1,"leaderEpoch":0,"partitionEpoch":0,"directories":["ISIjJCUmJygxMjM0NTY3OA"]}"#,
        "0103010000000001020304050607081112131415161718020000000102000000010101000000010000000000000000022122232425262728313233343536373800",
    ),
    (
        "PartitionRecord",
        2,
        r#"{"partitionId":0,"topicId":"AQIDBAUGBwgREhMUFRYXGA","replicas":[1],"isr":[1],"removingReplicas":[],"addingReplicas":[],"leader":1,"leaderEpoch":0,"partitionEpoch":0,"directories":["ISIjJCUmJygxMjM0NTY3OA"]}"#,
        "0103020000000001020304050607081112131415161718020000000102000000010101000000010000000000000000022122232425262728313233343536373800",
    ),
    (
        "PartitionRecord",
        2,
        r#"{"partitionId":1,"topicId":"AQIDBAUGBwgREhMUFRYXGA","replicas":[1],"isr":[],"removingReplicas":[],"addingReplicas":[],"leader":-1,"leaderRecoveryState":1,"leaderEpoch":3,"partitionEpoch":4,"directories":["ISIjJCUmJygxMjM0NTY3OA"],"eligibleLeaderReplicas":[1],"lastKnownElr":[1]}"#,
        "01030200000001010203040506070811121314151617180200000001010101ffffffff00000003000000040221222324252627283132333435363738030001010105020000000102050200000001",
    ),
    (
        "PartitionChangeRecord",
        2,
        r#"{"partitionId":0,"topicId":"AQIDBAUGBwgREhMUFRYXGA","isr":[],"leader":-1,"eligibleLeaderReplicas":[1],"lastKnownElr":[1]}"#,
        "0105020000000001020304050607081112131415161718040001010104ffffffff0605020000000107050200000001",
    ),
    (
        "PartitionChangeRecord",
        1,
        r#"{"partitionId":0,"topicId":"AQIDBAUGBwgREhMUFRYXGA","directories":["ISIjJCUmJygxMjM0NTY3OA"]}"#,
        "01050100000000010203040506070811121314151617180108110221222324252627283132333435363738",
    ),
    (
        "ConfigRecord",
        0,
        r#"{"resourceType":2,"resourceName":"foo","name":"retention.ms","value":"1000"}"#,
        "0104000204666f6f0d726574656e74696f6e2e6d73053130303000",
    ),
    (
        "ConfigRecord",
        0,
        r#"{"resourceType":2,"resourceName":"foo","name":"retention.ms","value":null}"#,
        "0104000204666f6f0d726574656e74696f6e2e6d730000",
    ),
    ("RemoveTopicRecord", 0, r#"{"topicId":"AQIDBAUGBwgREhMUFRYXGA"}"#, "0109000102030405060708111213141516171800"),
    (
        "FeatureLevelRecord",
        0,
        r#"{"name":"metadata.version","featureLevel":25}"#,
        "010c00116d657461646174612e76657273696f6e001900",
    ),
    (
        "RegisterBrokerRecord",
        3,
        r#"{"brokerId":1,"isMigratingZkBroker":false,"incarnationId":"QUJDREVGR0hRUlNUVVZXWA","brokerEpoch":5,"endPoints":[{"name":"PLAINTEXT","host":"localhost","port":9092,"securityProtocol":0}],"features":[{"name":"metadata.version","minSupportedVersion":7,"maxSupportedVersion":25}],"rack":null,"fenced":true,"inControlledShutdown":false,"logDirs":["ISIjJCUmJygxMjM0NTY3OA"]}"#,
        "0100030000000100414243444546474851525354555657580000000000000005020a504c41494e544558540a6c6f63616c686f7374238400000002116d657461646174612e76657273696f6e00070019000001000100110221222324252627283132333435363738",
    ),
    (
        "RegisterControllerRecord",
        0,
        r#"{"controllerId":1,"incarnationId":"QUJDREVGR0hRUlNUVVZXWA","zkMigrationReady":false,"endPoints":[{"name":"CONTROLLER","host":"localhost","port":9093,"securityProtocol":0}],"features":[{"name":"kraft.version","minSupportedVersion":0,"maxSupportedVersion":1}]}"#,
        "011b00000000014142434445464748515253545556575800020b434f4e54524f4c4c45520a6c6f63616c686f73742385000000020e6b726166742e76657273696f6e000000010000",
    ),
    (
        "BrokerRegistrationChangeRecord",
        0,
        r#"{"brokerId":1,"brokerEpoch":5,"fenced":-1}"#,
        "011100000000010000000000000005010001ff",
    ),
    (
        "BrokerRegistrationChangeRecord",
        1,
        r#"{"brokerId":1,"brokerEpoch":5,"inControlledShutdown":1}"#,
        "01110100000001000000000000000501010101",
    ),
    (
        "BrokerRegistrationChangeRecord",
        2,
        r#"{"brokerId":1,"brokerEpoch":5,"logDirs":["ISIjJCUmJygxMjM0NTY3OA"]}"#,
        "0111020000000100000000000000050102110221222324252627283132333435363738",
    ),
    (
        "ProducerIdsRecord",
        0,
        r#"{"brokerId":1,"brokerEpoch":5,"nextProducerId":1000}"#,
        "010f0000000001000000000000000500000000000003e800",
    ),
    ("NoOpRecord", 0, r#"{}"#, "01140000"),
    ("BeginTransactionRecord", 0, r#"{"name":"x"}"#, "0117000100020278"),
    ("EndTransactionRecord", 0, r#"{}"#, "01180000"),
    ("AbortTransactionRecord", 0, r#"{"reason":"y"}"#, "0119000100020279"),
    ("ClearElrRecord", 0, r#"{"topicName":""}"#, "011c000100"),
    (
        "ClientQuotaRecord",
        0,
        r#"{"entity":[{"entityType":"client-id","entityName":null}],"key":"consumer_byte_rate","value":2048.0,"remove":false}"#,
        "010e00020a636c69656e742d6964000013636f6e73756d65725f627974655f7261746540a00000000000000000",
    ),
    (
        "UserScramCredentialRecord",
        0,
        r#"{"name":"bob","mechanism":1,"salt":"AQI=","storedKey":"Aw==","serverKey":"BA==","iterations":4096}"#,
        "010b0004626f6201030102020302040000100000",
    ),
    ("RemoveUserScramCredentialRecord", 0, r#"{"name":"bob","mechanism":1}"#, "01160004626f620100"),
    (
        "AccessControlEntryRecord",
        0,
        r#"{"id":"AQIDBAUGBwgREhMUFRYXGA","resourceType":2,"resourceName":"foo","patternType":3,"principal":"User:a","host":"*","operation":3,"permissionType":3}"#,
        "011200010203040506070811121314151617180204666f6f0307557365723a61022a030300",
    ),
    (
        "RemoveAccessControlEntryRecord",
        0,
        r#"{"id":"AQIDBAUGBwgREhMUFRYXGA"}"#,
        "0113000102030405060708111213141516171800",
    ),
    (
        "DelegationTokenRecord",
        0,
        r#"{"owner":"User:a","requester":"User:b","renewers":["User:c"],"issueTimestamp":1,"maxTimestamp":2,"expirationTimestamp":3,"tokenId":"id"}"#,
        "010a0007557365723a6107557365723a620207557365723a6300000000000000010000000000000002000000000000000303696400",
    ),
    ("RemoveDelegationTokenRecord", 0, r#"{"tokenId":"id"}"#, "011a0003696400"),
    ("UnregisterBrokerRecord", 0, r#"{"brokerId":1,"brokerEpoch":5}"#, "01010000000001000000000000000500"),
];

#[test]
fn every_metadata_record_is_shown_as_kafka_shows_it() {
    for (name, version, shown, value) in METADATA {
        let schema = named(&[METADATA_RECORDS], name);
        let value = hex(value);
        assert_eq!(value[..3], [1, schema.key as u8, version as u8], "{name}");
        let mut from = Cursor(&value[3..]);
        assert_eq!(schema.json(&mut from, version).unwrap(), shown, "{name}");
        assert_eq!(from.remaining(), 0, "{name}");
    }
}

/// Name, what Kafka shows of the key or value, and its bytes, which begin with the type or the version.
const COORDINATORS: [(&str, &str, &str); 20] = [
    ("OffsetCommitKey", r#"{"group":"g","topic":"t","partition":0}"#, "000100016700017400000000"),
    (
        "OffsetCommitValue",
        r#"{"offset":5,"leaderEpoch":-1,"metadata":"m","commitTimestamp":7}"#,
        "00030000000000000005ffffffff00016d0000000000000007",
    ),
    (
        "OffsetCommitValue",
        r#"{"offset":5,"metadata":"m","commitTimestamp":7,"expireTimestamp":9}"#,
        "0001000000000000000500016d00000000000000070000000000000009",
    ),
    (
        "OffsetCommitValue",
        r#"{"offset":5,"leaderEpoch":2,"metadata":"m","commitTimestamp":7}"#,
        "0004000000000000000500000002026d000000000000000700",
    ),
    (
        "OffsetCommitValue",
        r#"{"offset":5,"leaderEpoch":2,"metadata":"m","commitTimestamp":7,"topicId":"AQIDBAUGBwgREhMUFRYXGA"}"#,
        "0004000000000000000500000002026d000000000000000701001001020304050607081112131415161718",
    ),
    ("GroupMetadataKey", r#"{"group":"g"}"#, "0002000167"),
    (
        "GroupMetadataValue",
        r#"{"protocolType":"consumer","generation":2,"protocol":null,"leader":null,"currentStateTimestamp":7,"members":[]}"#,
        "00030008636f6e73756d657200000002ffffffff000000000000000700000000",
    ),
    (
        "GroupMetadataValue",
        r#"{"protocolType":"consumer","generation":1,"protocol":"range","leader":"m1","currentStateTimestamp":7,"members":[{"memberId":"m1","groupInstanceId":null,"clientId":"c","clientHost":"/1","rebalanceTimeout":10,"sessionTimeout":20,"subscription":"AQ==","assignment":"Ag=="}]}"#,
        "00030008636f6e73756d657200000001000572616e676500026d3100000000000000070000000100026d31ffff00016300022f310000000a0000001400000001010000000102",
    ),
    ("ConsumerGroupMetadataKey", r#"{"groupId":"g"}"#, "0003000167"),
    ("ConsumerGroupMetadataValue", r#"{"epoch":2}"#, "00000000000200"),
    ("ConsumerGroupMetadataValue", r#"{"epoch":2,"metadataHash":9}"#, "0000000000020100080000000000000009"),
    ("ConsumerGroupMemberMetadataKey", r#"{"groupId":"g","memberId":"m"}"#, "000500016700016d"),
    (
        "ConsumerGroupMemberMetadataValue",
        r#"{"instanceId":null,"rackId":null,"clientId":"c","clientHost":"/h","subscribedTopicNames":["t"],"subscribedTopicRegex":"","rebalanceTimeoutMs":300000,"serverAssignor":null}"#,
        "000000000263032f6802027401000493e00000",
    ),
    ("ConsumerGroupCurrentMemberAssignmentKey", r#"{"groupId":"g","memberId":"m"}"#, "000800016700016d"),
    (
        "ConsumerGroupCurrentMemberAssignmentValue",
        r#"{"memberEpoch":1,"previousMemberEpoch":0,"state":0,"assignedPartitions":[{"topicId":"AQIDBAUGBwgREhMUFRYXGA","partitions":[0,1]}],"partitionsPendingRevocation":[]}"#,
        "00000000000100000000000201020304050607081112131415161718030000000000000001000100",
    ),
    ("TransactionLogKey", r#"{"transactionalId":"tx"}"#, "000000027478"),
    (
        "TransactionLogValue",
        r#"{"producerId":6,"producerEpoch":0,"transactionTimeoutMs":60000,"transactionStatus":0,"transactionPartitions":null,"transactionLastUpdateTimestampMs":7,"transactionStartTimestampMs":-1}"#,
        "0000000000000000000600000000ea6000ffffffff0000000000000007ffffffffffffffff",
    ),
    (
        "TransactionLogValue",
        r#"{"producerId":6,"producerEpoch":0,"transactionTimeoutMs":60000,"transactionStatus":1,"transactionPartitions":[{"topic":"t","partitionIds":[0]}],"transactionLastUpdateTimestampMs":7,"transactionStartTimestampMs":7,"clientTransactionVersion":2}"#,
        "0001000000000000000600000000ea6001020274020000000000000000000000000700000000000000070102020002",
    ),
    (
        "ShareSnapshotKey",
        r#"{"groupId":"g","topicId":"AQIDBAUGBwgREhMUFRYXGA","partition":0}"#,
        "00000001670102030405060708111213141516171800000000",
    ),
    (
        "ShareSnapshotValue",
        r#"{"snapshotEpoch":0,"stateEpoch":1,"leaderEpoch":2,"startOffset":3,"createTimestamp":4,"writeTimestamp":5,"stateBatches":[{"firstOffset":3,"lastOffset":4,"deliveryState":2,"deliveryCount":1}]}"#,
        "000000000000000000010000000200000000000000030000000000000004000000000000000502000000000000000300000000000000040200010000",
    ),
];

#[test]
fn every_coordinators_record_is_shown_as_kafka_shows_it() {
    let tables = [
        GROUP_KEYS,
        GROUP_VALUES,
        STREAMS_KEYS,
        STREAMS_VALUES,
        TRANSACTION_KEYS,
        TRANSACTION_VALUES,
        SHARE_KEYS,
        SHARE_VALUES,
    ];
    for (name, shown, bytes) in COORDINATORS {
        let schema = named(&tables, name);
        let bytes = hex(bytes);
        let mut from = Cursor(&bytes);
        let number = from.int16().unwrap();
        assert!(if name.ends_with("Key") { schema.key == number } else { schema.has_version(number) }, "{name}");
        assert_eq!(schema.json(&mut from, number).unwrap(), shown, "{name}");
        assert_eq!(from.remaining(), 0, "{name}");
    }
}

/// A null that is written, since the default is none, and a value; as Kafka's generated code writes both.
#[test]
fn a_tagged_struct_may_be_null_and_has_a_number_before_it() {
    let member = named(&[GROUP_VALUES], "ConsumerGroupMemberMetadataValue");
    let shown =
        |tag: &str| member.json(&mut Cursor(&hex(&format!("00000263032f6802027401000493e000{tag}"))), 0).unwrap();
    assert!(shown("00").ends_with("\"serverAssignor\":null}"));
    assert!(shown("01000100").ends_with("\"classicMemberMetadata\":null}"));
    assert!(shown("01000701cc0c0d4b0100").ends_with("{\"sessionTimeoutMs\":-871625397,\"supportedProtocols\":[]}}"));
}

#[test]
fn keys_and_values_have_the_same_types() {
    for (keys, values) in [
        (GROUP_KEYS, GROUP_VALUES),
        (STREAMS_KEYS, STREAMS_VALUES),
        (TRANSACTION_KEYS, TRANSACTION_VALUES),
        (SHARE_KEYS, SHARE_VALUES),
    ] {
        let types = |table: &[Schema]| table.iter().map(|schema| schema.key).collect::<Vec<_>>();
        assert_eq!(types(keys), types(values));
    }
}

#[test]
fn what_is_not_as_the_schema_says_is_told_apart() {
    let offset = named(&[GROUP_VALUES], "OffsetCommitValue");
    let misread = |bytes: &[u8], version| offset.json(&mut Cursor(bytes), version).unwrap_err();
    assert_eq!(misread(&[0; 7], 0), Misread::Ended);
    assert_eq!(misread(&hex("0000000000000005000261"), 0), Misread::Short { wanted: 2, left: 1 });
    assert_eq!(misread(&hex("0000000000000005ffff"), 0), Misread::Null { field: "metadata" });
    let long = hex("000000000000000500000002ffffffff07");
    assert_eq!(misread(&long, 4), Misread::LongString { field: "metadata", length: 0x7fff_fffe });
    let member = named(&[GROUP_VALUES], "ConsumerGroupTargetAssignmentMemberValue");
    let many = member.json(&mut Cursor(&hex("ffffffff0700")), 0).unwrap_err();
    assert_eq!(many, Misread::Elements { claimed: 0x7fff_fffe, left: 1 });
    let endless = member.json(&mut Cursor(&hex("ffffffffff")), 0).unwrap_err();
    assert_eq!(endless, Misread::Varint { value: u32::MAX });
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic_a_reader(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), version in -2i16..6) {
        let tables = [
            GROUP_KEYS, GROUP_VALUES, STREAMS_VALUES, TRANSACTION_VALUES, SHARE_VALUES, METADATA_RECORDS, REMOTE_RECORDS,
            CONTROL_RECORDS, CONSUMER_SUBSCRIPTION, CONSUMER_ASSIGNMENT,
        ];
        for schema in tables.into_iter().flatten() {
            if let Ok(json) = schema.json(&mut Cursor(&bytes), version) {
                serde_json::from_str::<serde_json::Value>(&json).unwrap();
            }
        }
    }
}

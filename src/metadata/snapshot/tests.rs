use super::*;
use crate::records::control::{Endpoint, KRaftVersionFeature, VotersRecord, VotersRecordVoter};
use crate::records::metadata::*;
use crate::vocabulary::Uuid;

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter_map(|b| (b as char).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Written by Kafka 4.0's format tool.
const BOOTSTRAP: &str = "
    00000000000000000000004700000000025ae848f4002000000000000001a1fd6387d7000001a1fd6387d7ffffffffffffffffffffffffffff00000001
    2a000000080000000316000000000000000000000000
    00000000000000010000008b00000000025926679c000000000002000001a1fd63881d000001a1fd63881dffffffffffffffffffffffffffff00000003
    3a000000012e010c00116d657461646174612e76657273696f6e00190000
    340000020128010c000e67726f75702e76657273696f6e00010000
    400000040134010c00147472616e73616374696f6e2e76657273696f6e00020000
    00000000000000040000003f00000000020946cc88002000000000000001a1fd638820000001a1fd638820ffffffffffffffffffffffffffff00000001
    1a00000008000000040600000000";

/// Written by `format --standalone` of Kafka 4.0.
const VOTERS: &str = "
    00000000000000000000009a00000000025f8eca07002000000002000001a1fd63885e000001a1fd63885effffffffffffffffffffffffffff00000003
    2a0000000800000003160000000001a1fd63883e0000
    1e00000208000000050a000000010000
    820100000408000000066e00000200000001054f512344db4062a882698d36095809020b434f4e54524f4c4c45520a3132372e302e302e3172d1000000000100000000
    00000000000000030000003f0000000002db8ae95e002000000000000001a1fd638879000001a1fd638879ffffffffffffffffffffffffffff00000001
    1a00000008000000040600000000";

fn feature(name: &str, level: i16) -> MetadataRecord {
    FeatureLevelRecord { name: name.to_owned(), feature_level: level }.into()
}

fn quorum() -> Quorum {
    let voter = VotersRecordVoter {
        voter_id: 1,
        voter_directory_id: Uuid(0x054f512344db4062_a882698d36095809),
        endpoints: vec![Endpoint { name: "CONTROLLER".to_owned(), host: "127.0.0.1".to_owned(), port: 29393 }],
        kraft_version_feature: KRaftVersionFeature { min_supported_version: 0, max_supported_version: 1 },
    };
    Quorum { kraft_version: 1, voters: Some(VotersRecord { version: 0, voters: vec![voter] }) }
}

#[test]
fn the_bootstrap_file_of_kafkas_format_tool_is_read_and_written_alike() {
    let kafkas = unhex(BOOTSTRAP);
    assert_eq!(kafkas.len(), 309);
    let records = vec![feature("metadata.version", 25), feature("group.version", 1), feature("transaction.version", 2)];
    assert_eq!(decode_bootstrap(&kafkas).unwrap(), records);
    assert_same_but_times(&encode_bootstrap(&records, Timestamp(0x1a1fd6387d7)), &kafkas);
}

#[test]
fn the_voters_file_of_kafkas_format_tool_is_read_and_written_alike() {
    let kafkas = unhex(VOTERS);
    assert_eq!(kafkas.len(), 241);
    let snapshot = Snapshot::decode(&kafkas, 0).unwrap();
    assert_eq!(snapshot.quorum, quorum());
    assert_eq!(snapshot.last_timestamp, Timestamp(0x1a1fd63883e));
    assert_same_but_times(&encode_voters(&quorum(), Timestamp(0x1a1fd63883e)), &kafkas);
}

/// Kafka takes the time for every batch; so batch timestamps and the CRC over them are left out.
fn assert_same_but_times(ours: &[u8], kafkas: &[u8]) {
    let without_times = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let batches = batches(bytes).map(|batch| batch.unwrap().bytes.to_vec());
        batches
            .map(|mut batch| {
                batch[17..21].fill(0);
                batch[27..43].fill(0);
                batch
            })
            .collect()
    };
    assert_eq!(without_times(ours), without_times(kafkas));
}

/// An image with something of everything.
fn image() -> ClusterImage {
    let id = Uuid(0x55);
    let records: Vec<MetadataRecord> = vec![
        feature("metadata.version", 25),
        feature("group.version", 1),
        RegisterBrokerRecord { broker_id: 1, broker_epoch: 5, log_dirs: vec![Uuid(0x99)], ..Default::default() }.into(),
        RegisterControllerRecord { controller_id: 1, ..Default::default() }.into(),
        TopicRecord { name: "t".to_owned(), topic_id: id }.into(),
        PartitionRecord {
            partition_id: 0,
            topic_id: id,
            replicas: vec![1],
            leader: -1,
            leader_epoch: 3,
            partition_epoch: 4,
            directories: vec![Uuid(0x99)],
            leader_recovery_state: 1,
            eligible_leader_replicas: Some(vec![1]),
            last_known_elr: Some(vec![1]),
            ..Default::default()
        }
        .into(),
        ConfigRecord {
            resource_type: 2,
            resource_name: "t".to_owned(),
            name: "retention.ms".to_owned(),
            value: Some("5".to_owned()),
        }
        .into(),
        ClientQuotaRecord {
            entity: vec![EntityData { entity_type: "user".to_owned(), entity_name: None }],
            key: "producer_byte_rate".to_owned(),
            value: 7.5,
            remove: false,
        }
        .into(),
        ProducerIdsRecord { next_producer_id: 1000, ..Default::default() }.into(),
        AccessControlEntryRecord { id: Uuid(0x11), ..Default::default() }.into(),
        UserScramCredentialRecord { name: "bob".to_owned(), mechanism: 1, ..Default::default() }.into(),
        DelegationTokenRecord { token_id: "k".to_owned(), ..Default::default() }.into(),
    ];
    let mut replay = Replay::new(ClusterImage::default(), Source::Log);
    for (offset, record) in records.iter().enumerate() {
        replay.apply(offset as i64, record).unwrap();
    }
    replay.finish().unwrap()
}

#[test]
fn a_snapshot_gives_back_the_image_it_was_made_of() {
    let snapshot = Snapshot { image: image(), quorum: quorum(), last_timestamp: Timestamp(77) };
    let bytes = snapshot.encode(4, Timestamp(100));
    assert_eq!(Snapshot::decode(&bytes, snapshot.image.end_offset).unwrap(), snapshot);
    let epochs: Vec<i32> = batches(&bytes).map(|batch| batch.unwrap().header.leader_epoch).collect();
    assert_eq!(epochs, [4, 4, 4]);
}

#[test]
fn a_snapshot_that_is_cut_or_damaged_anywhere_is_refused() {
    let snapshot = Snapshot { image: image(), quorum: quorum(), last_timestamp: Timestamp(77) };
    let bytes = snapshot.encode(4, Timestamp(100));
    for length in 0..bytes.len() {
        assert!(Snapshot::decode(&bytes[..length], 9).is_err(), "cut at {length}");
    }
    for at in 21..bytes.len() {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 1;
        let outside_of_the_crc = Snapshot::decode(&damaged, snapshot.image.end_offset).ok();
        assert!(outside_of_the_crc.is_none_or(|read| read == snapshot), "bit flipped at {at}");
    }
}

#[test]
fn a_bootstrap_file_must_name_a_metadata_version() {
    let bytes = encode_bootstrap(&[feature("group.version", 1)], Timestamp(1));
    assert_eq!(decode_bootstrap(&bytes), Err(ContentFault::NoMetadataVersion));
}

#[test]
fn values_are_cut_into_batches_by_number_and_size() {
    let sizes = |values: Vec<usize>| -> Vec<usize> {
        let values: Vec<Bytes> = values.into_iter().map(|size| Bytes::from(vec![0; size])).collect();
        chunks(&values).map(<[Bytes]>::len).collect()
    };
    assert_eq!(sizes(vec![]), [] as [usize; 0]);
    assert_eq!(sizes(vec![1; 2050]), [1024, 1024, 2]);
    assert_eq!(sizes(vec![600_000, 600_000, 2_000_000, 1]), [1, 1, 1, 1]);
}

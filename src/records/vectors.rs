//! Records of coordinators that Kafka 4.2.1 wrote: read, and written again to the byte.

use bytes::Bytes;

use super::group::GroupRecord;
use super::transaction::TransactionRecord;

fn hex(text: &str) -> Bytes {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>().into()
}

const OFFSET_KEY: &str = "000100016700017400000000";
const GROUP_KEY: &str = "0002000167";
const MEMBER_KEY: &str = "000500016700016d";
const CONSUMER_GROUP_KEY: &str = "0003000167";

/// Of groups: key and value.
const GROUPS: [(&str, &str); 10] = [
    (OFFSET_KEY, "0001000000000000000500016d00000000000000070000000000000009"),
    (OFFSET_KEY, "0004000000000000000500000002026d000000000000000700"),
    (OFFSET_KEY, "0004000000000000000500000002026d000000000000000701001001020304050607081112131415161718"),
    (GROUP_KEY, "00030008636f6e73756d657200000002ffffffff000000000000000700000000"),
    (
        GROUP_KEY,
        "00030008636f6e73756d657200000001000572616e676500026d3100000000000000070000000100026d31ffff00016300022f310000000a0000001400000001010000000102",
    ),
    (CONSUMER_GROUP_KEY, "00000000000200"),
    (MEMBER_KEY, "000001010263032f6802027401000493e00100"),
    (MEMBER_KEY, "000001010263032f6802027401000493e00101000100"),
    (MEMBER_KEY, "000001010263032f6802027401000493e0010100110100002710020672616e67650301020000"),
    ("000800016700016d", "00000000000100000000000201020304050607081112131415161718030000000000000001000100"),
];

#[test]
fn records_of_groups_are_read_and_written_again() {
    for (key, value) in GROUPS {
        let (key, value) = (hex(key), hex(value));
        let record = GroupRecord::decode(Some(key.clone()), Some(value.clone())).unwrap();
        assert_eq!(record.encode(), (key.clone(), Some(value)), "{record:?}");
        let tombstone = GroupRecord::decode(Some(key.clone()), None).unwrap();
        assert_eq!(tombstone.encode(), (key, None));
    }
}

#[test]
fn what_only_other_versions_write_is_read() {
    let read = |key: &str, value: &str| GroupRecord::decode(Some(hex(key)), Some(hex(value))).unwrap();
    let GroupRecord::Offset { value: Some(value), .. } =
        read(OFFSET_KEY, "00030000000000000005ffffffff00016d0000000000000007")
    else {
        panic!("no offset")
    };
    assert_eq!((value.offset, value.leader_epoch, value.commit_timestamp), (5, -1, 7));
    assert!(matches!(
        read(CONSUMER_GROUP_KEY, "0000000000020100080000000000000009"),
        GroupRecord::Consumer { group, .. } if group == "g"
    ));
}

#[test]
fn states_of_transactions_are_read_and_written_again() {
    let key = hex("000000027478");
    for value in [
        "0000000000000000000600000000ea6000ffffffff0000000000000007ffffffffffffffff",
        "0001000000000000000600000000ea6001020274020000000000000000000000000700000000000000070102020002",
    ] {
        let record = TransactionRecord::decode(Some(key.clone()), Some(hex(value))).unwrap();
        assert_eq!(record.encode(), (key.clone(), Some(hex(value))), "{record:?}");
    }
}

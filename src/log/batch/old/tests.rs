use proptest::prelude::*;

use super::*;
use crate::log::batch::{Batch, stored_batch};

/// The bytes of a test vector; blanks are layout.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// Magic, codec, whether the broker's clock counts, the first offset, and the set as Kafka's own writer made it: `k0`→`v0`
/// at 1000, `k1`→null at 1001, null→`v2` at 999.
const SETS: [(i8, Codec, bool, i64, &str); 8] = [
    (
        0,
        Codec::None,
        false,
        0,
        "0000000000000000000000128697724c0000000000026b300000000276300000000000000001
         00000010cc83990a0000000000026b31ffffffff000000000000000200000010d5960a780000ffffffff000000027632",
    ),
    (
        0,
        Codec::Gzip,
        false,
        3,
        "000000000000000500000055aed710dc0001ffffffff000000471f8b08000000000000ff636000036620166a9b5ee403e631651b80c8
         32038824030b100b9c699ec9059535fc0f0450395690dcd5695c150c0c5051a6322300bea504c656000000",
    ),
    (
        0,
        Codec::Snappy,
        false,
        6,
        "0000000000000008000000701ef948a50002ffffffff0000006282534e415050590000000001000000010000004e5600000901200600
         0000128697724c050f1c026b30000000027601060101240700000010cc83990a00010118026b31ffffffff010b5c0000000800000010
         d5960a780000ffffffff000000027632",
    ),
    (
        0,
        Codec::Lz4,
        false,
        9,
        "000000000000000b0000006a2806fde50003ffffffff0000005c04224d1860401a4d000000120001009109000000128697724c0f0080
         026b3000000002760600000200800a00000010cc83990800001e005031ffffffff0b00400000000b1c00f001d5960a780000ffffffff
         00000002763200000000",
    ),
    (
        1,
        Codec::None,
        false,
        12,
        "000000000000000c0000001a60d6d754010000000000000003e8000000026b30000000027630000000000000000d00000018f602b07c
         010000000000000003e9000000026b31ffffffff000000000000000e00000018bd610808010000000000000003e7ffffffff00000002
         7632",
    ),
    (
        1,
        Codec::Gzip,
        false,
        15,
        "0000000000000011000000628b32d0df010100000000000003e9ffffffff0000004c1f8b08000000000000ff63608003a9846bd74318
         a11ce617408229db004496194005419212df9836d4c055bd04ab32fc0f04502126909abd891c1c7035cfa1b24c65460035c5a8ef6e00
         0000",
    ),
    (
        1,
        Codec::Lz4,
        false,
        21,
        "00000000000000170000007aa42ba95d010300000000000003e9ffffffff0000006404224d186040825500000016000100631a60d6d7
         540110008003e8000000026b30060010760600000200001d005018f602b07c09000002002003e92000606b31ffffffff1000000e0085
         00000018bd6108082400b0e7ffffffff00000002763200000000",
    ),
    (
        1,
        Codec::Gzip,
        true,
        24,
        "000000000000001a00000060c79c46b201090000000000001388ffffffff0000004a1f8b08000000000000ff6360800329dd540b0146
         0e0847b8034830651b80c83203a80a462096487ac8f9174d95e17f2080aa6102a9a9fe32ab1fa1062acb54660400f54ecca76e000000",
    ),
];

/// All of them, at offsets 0 to 26 without 18 to 20.
pub fn every_set() -> Vec<Vec<u8>> {
    SETS.iter().map(|set| hex(set.4)).collect()
}

type Read = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);

/// Offset, timestamp, key and value of every message.
fn read_all(mut bytes: &[u8]) -> Result<Vec<Read>, OldFault> {
    let mut all = Vec::new();
    while let Ok(entry) = OldMessage::parse(bytes) {
        bytes = &bytes[entry.size()..];
        for message in entry.messages()?.iter() {
            let message = message?;
            let owned = |field: Option<&[u8]>| field.map(<[u8]>::to_vec);
            all.push((message.offset, message.timestamp(), owned(message.key()?), owned(message.value()?)));
        }
    }
    Ok(all)
}

#[test]
fn sets_that_kafka_wrote_are_read_in_every_codec() {
    for (magic, codec, is_stamped, base, text) in SETS {
        let name = format!("v{magic} {codec} from {base}");
        let bytes = hex(text);
        let outer = OldMessage::parse(&bytes).unwrap();
        assert_eq!((outer.magic(), outer.codec(), outer.check_crc()), (magic, Ok(codec), Ok(())), "{name}");
        let kind = match (magic, is_stamped) {
            (0, _) => None,
            (_, false) => Some(TimestampType::CreateTime),
            (_, true) => Some(TimestampType::LogAppendTime),
        };
        assert_eq!(outer.timestamp_type(), kind, "{name}");
        let times = match (magic, is_stamped) {
            (0, _) => [-1; 3],
            (_, false) => [1000, 1001, 999],
            (_, true) => [5000; 3],
        };
        let text = |text: &str| Some(text.as_bytes().to_vec());
        let expected = [
            (base, times[0], text("k0"), text("v0")),
            (base + 1, times[1], text("k1"), None),
            (base + 2, times[2], None, text("v2")),
        ];
        assert_eq!(read_all(&bytes).unwrap(), expected, "{name}");
        if codec != Codec::None {
            assert_eq!((outer.offset, outer.size()), (base + 2, bytes.len()), "{name}");
            let inner = outer.messages().unwrap();
            assert!(inner.iter().all(|message| message.unwrap().check_crc() == Ok(())), "{name}");
        }
    }
}

#[test]
fn an_outer_offset_of_zero_is_that_of_old_clients_and_a_small_one_is_a_fault() {
    let with_offset = |offset: i64| {
        let mut bytes = hex(SETS[5].4);
        bytes[..8].copy_from_slice(&offset.to_be_bytes());
        read_all(&bytes).map(|read| read.iter().map(|message| message.0).collect::<Vec<_>>())
    };
    assert_eq!(with_offset(0), Ok(vec![0, 1, 2]));
    assert_eq!(with_offset(2), Ok(vec![0, 1, 2]));
    assert_eq!(with_offset(1), Err(OldFault::BadOuterOffset { outer: 1, last: 2 }));
}

#[test]
fn faults_are_told_apart() {
    let set = |change: fn(&mut Vec<u8>)| {
        let mut bytes = hex(SETS[5].4);
        change(&mut bytes);
        bytes
    };
    let messages = |bytes: &[u8]| OldMessage::parse(bytes).unwrap().messages().map(drop);
    assert_eq!(messages(&set(|b| b[17] = 4)), Err(OldFault::Codec(4)));
    assert_eq!(messages(&set(|b| b[17] = 7)), Err(OldFault::Codec(7)));
    assert!(matches!(messages(&set(|b| b[34] ^= 1)), Err(OldFault::Decompression(_))));
    assert_eq!(messages(&set(|b| b[30..34].fill(0xff))), Err(OldFault::NoValue));
    assert_eq!(messages(&set(|b| b[30..34].fill(0x7f))), Err(OldFault::Short));
    let parse = |bytes: &[u8]| OldMessage::parse(bytes).unwrap_err();
    assert_eq!(parse(&set(|b| b[11] = 13)), BatchFault::BadLength(13));
    assert_eq!(parse(&set(|b| b[16] = 2)), BatchFault::UnsupportedMagic(2));
    assert!(matches!(parse(&set(|b| b.truncate(60))), BatchFault::Incomplete { .. }));
    assert!(matches!(OldMessage::parse(&set(|b| b[50] ^= 1)).unwrap().check_crc(), Err(BatchFault::BadCrc { .. })));
}

#[test]
fn the_batch_made_of_a_set_holds_the_same_records() {
    for (magic, codec, _, base, text) in SETS {
        let bytes = hex(text);
        let mut rest = &bytes[..];
        let mut found = Vec::new();
        while !rest.is_empty() {
            let (batch, size) = stored_batch(rest).unwrap();
            rest = &rest[size..];
            let batch = Batch::parse(&batch).unwrap();
            assert_eq!((batch.check_crc(), batch.header.attributes.codec()), (Ok(()), Ok(codec)));
            let mut records = batch.records().unwrap();
            while let Some(record) = records.next_record().unwrap() {
                let owned = |field: Option<&[u8]>| field.map(<[u8]>::to_vec);
                found.push((record.offset, record.timestamp, owned(record.key), owned(record.value)));
            }
        }
        assert_eq!(found, read_all(&bytes).unwrap(), "v{magic} {codec} from {base}");
    }
}

proptest! {
    #[test]
    fn no_damage_panics_the_reader(set in 0usize..8, at in 8usize..160, value: u8, cut in 0usize..40) {
        let mut bytes = hex(SETS[set].4);
        let at = at % bytes.len();
        bytes[at] = value;
        bytes.truncate(bytes.len() - cut);
        let length = bytes.len() as i32 - LENGTH_PREFIX_BYTES as i32;
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        drop(read_all(&bytes));
        if let Ok(message) = OldMessage::parse(&bytes) {
            drop((message.check_crc(), message.timestamp(), message.key(), message.value()));
        }
    }
}

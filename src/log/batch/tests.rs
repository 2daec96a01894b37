use proptest::prelude::*;

use super::control::TransactionMarker;
use super::*;
use crate::clock::Timestamp;
use crate::log::settings::TimestampType;

/// The bytes of a test vector; blanks are layout.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    offset: i64,
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

fn read_all(bytes: &[u8]) -> Result<Vec<Owned>, RecordFault> {
    let mut records = Batch::parse(bytes).unwrap().records()?;
    let mut all = Vec::new();
    while let Some(record) = records.next_record()? {
        all.push(Owned {
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers.map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect(),
        });
    }
    Ok(all)
}

/// Three records per codec, written by a Java producer and stored by Apache Kafka 4.2.1 (snappy: two of them).
const BY_CODEC: [(Codec, i64, &str); 5] = [
    (
        Codec::None,
        0,
        "0000000000000000000000e400000000028f7ffd3b0000000000020000018bcfe568000000018bcfe5680200000000000000000000000000000000000382010000
         00046b305e762d6e6f6e652d7878787878787878787878787878787878787878787878787878787878787878787878787878787804046831040102046832016e0002
         02046b315e762d6e6f6e652d78787878787878787878787878787878787878787878787878787878787878787878787878787878006e000404046b325e762d6e6f6e65
         2d7878787878787878787878787878787878787878787878787878787878787878787878787878787800",
    ),
    (
        Codec::Gzip,
        3,
        "0000000000000003000000760000000002f3ef29440001000000020000018bcfe568000000018bcfe568020000000000000001000000000000000000031f8b080000
         00000000ff6b6264606060c936882bd34dafca2cd0ad2012b0b06418b23032b1641831e6313031b1641b926a02431e030b0b4bb611c9fa006b947137b3000000",
    ),
    (
        Codec::Snappy,
        6,
        "0000000000000006000000690000000002254fd2e10002000000000000018bcfe568000000018bcfe5680000000000000000020000000000000000000182534e4150
         505900000000010000000100000024 45488601000000046b3062762d736e617070792d789a0100280404683104010204683201",
    ),
    (
        Codec::Lz4,
        9,
        "00000000000000090000007e0000000002608235410003000000020000018bcfe568000000018bcfe56802000000000000000300000000000000000003 04224d18
         6040823e000000ff018001000000046b305c762d6c7a342d78010014ff0304046831040102046832016c000202046b3141001c8f006c000404046b3237001850787878
         780000000000",
    ),
    (
        Codec::Zstd,
        12,
        "000000000000000c000000750000000002865fd6770004000000020000018bcfe568000000018bcfe5680200000000000000040000000000000000000328b52ffd0058
         c40100b4028201000000046b305e762d7a7374642d7804046831040102046832016e000202046b31006e000404046b3203006e8db88a10854a0006010000",
    ),
];

#[test]
fn batches_that_kafka_wrote_are_read_in_every_codec() {
    for (codec, base_offset, text) in BY_CODEC {
        let bytes = hex(text);
        let batch = Batch::parse(&bytes).unwrap();
        assert_eq!(batch.bytes.len(), bytes.len(), "{codec}");
        assert_eq!(batch.check_crc(), Ok(()), "{codec}");
        assert_eq!(batch.header.attributes.codec(), Ok(codec));
        let records = read_all(&bytes).unwrap();
        assert_eq!(records.len(), batch.header.record_count as usize);
        let value = format!("v-{codec}-{}", "x".repeat(40));
        assert_eq!(
            records[0],
            Owned {
                offset: base_offset,
                timestamp: 1_700_000_000_000,
                key: Some(b"k0".to_vec()),
                value: Some(value.clone().into_bytes()),
                headers: vec![(b"h1".to_vec(), Some(vec![1, 2])), (b"h2".to_vec(), None)],
            }
        );
        for (i, record) in records.iter().enumerate() {
            assert_eq!(record.value.as_deref(), Some(value.as_bytes()), "{codec}");
            assert_eq!(record.offset, base_offset + i as i64);
        }
    }
}

#[test]
fn the_uncompressed_vector_is_rebuilt_byte_for_byte() {
    let bytes = hex(BY_CODEC[0].2);
    let value = format!("v-none-{}", "x".repeat(40));
    let producer = ProducerStamp { id: 0, epoch: 0, base_sequence: 0 };
    let mut builder = BatchBuilder::new().leader_epoch(0).producer(producer);
    let headers = [Header { key: b"h1", value: Some(&[1, 2]) }, Header { key: b"h2", value: None }];
    for i in 0..3 {
        builder.add(&NewRecord {
            timestamp: Timestamp(1_700_000_000_000 + i),
            key: Some(format!("k{i}").as_bytes()),
            value: Some(value.as_bytes()),
            headers: if i == 0 { &headers } else { &[] },
        });
    }
    assert_eq!(builder.build(), bytes);
}

/// Offsets 1–5 of a log with transactions: commit, data, abort, data, commit.
const TRANSACTIONS: &str = "
    00000000000000010000004200000000029771cc8d003000000000000001a1fd3e0c31000001a1fd3e0c3100000000000000060001ffffffff00000001
    2000000008000000010c00000000000000
    00000000000000020000003e000000000294062c790010000000000000018bcfe568010000018bcfe56801000000000000000600010000000000000001
    1800000002640a61626f727400
    0000000000000003000000420000000002436ca139003000000000000001a1fd3e0d27000001a1fd3e0d2700000000000000060002ffffffff00000001
    2000000008000000000c00000000000000
    00000000000000040000004000000000024493a5c10010000000000000018bcfe568020000018bcfe56802000000000000000600020000000000000001
    1c00000002650e636f6d6d69743200
    00000000000000050000004200000000029b19b9d0003000000000000001a1fd3e0e62000001a1fd3e0e6200000000000000060003ffffffff00000001
    2000000008000000010c00000000000000";

#[test]
fn markers_that_kafka_wrote_are_read_and_rebuilt() {
    let bytes = hex(TRANSACTIONS);
    let found: Vec<_> = batches(&bytes).map(|batch| TransactionMarker::read(&batch.unwrap())).collect();
    let marker = |committed| Some(TransactionMarker { committed, coordinator_epoch: 0 });
    assert_eq!(found, [marker(true), None, marker(false), None, marker(true)]);

    let rebuilt = marker(false).unwrap().batch(6, 2, Timestamp(0x1a1fd3e0d27));
    let header = BatchHeader { base_offset: 3, leader_epoch: 0, ..BatchHeader::parse(&rebuilt).unwrap() };
    let rebuilt = [&header.to_bytes()[..], &rebuilt[HEADER_BYTES..]].concat();
    assert_eq!(rebuilt, batches(&bytes).nth(2).unwrap().unwrap().bytes);
}

/// The voters snapshot of a freshly formatted Kafka 4.0 directory: header, version and voters in one batch, the footer.
const SNAPSHOT: &str = "
    00000000000000000000009a00000000025f8eca07002000000002000001a1fd63885e000001a1fd63885effffffffffffffffffffffffffff00000003
    2a0000000800000003160000000001a1fd63883e0000
    1e00000208000000050a000000010000
    820100000408000000066e00000200000001054f512344db4062a882698d36095809020b434f4e54524f4c4c45520a3132372e302e302e3172d1000000000100000000
    00000000000000030000003f0000000002db8ae95e002000000000000001a1fd638879000001a1fd638879ffffffffffffffffffffffffffff00000001
    1a00000008000000040600000000";

#[test]
fn a_snapshot_that_kafka_wrote_is_read_and_rebuilt() {
    let bytes = hex(SNAPSHOT);
    let mut rebuilt = Vec::new();
    let mut types = Vec::new();
    for batch in batches(&bytes) {
        let batch = batch.unwrap();
        batch.check_crc().unwrap();
        let mut builder = BatchBuilder::new().base_offset(batch.header.base_offset).leader_epoch(0).control(true);
        let mut records = batch.records().unwrap();
        while let Some(record) = records.next_record().unwrap() {
            let kind = control::ControlType::from_key(record.key.unwrap()).unwrap();
            assert_eq!(kind.key(), record.key.unwrap());
            types.push(kind);
            builder.add(&NewRecord {
                timestamp: Timestamp(record.timestamp),
                key: record.key,
                value: record.value,
                headers: &[],
            });
        }
        rebuilt.extend_from_slice(&builder.build());
    }
    use control::ControlType::{KRaftVersion, KRaftVoters, SnapshotFooter, SnapshotHeader};
    assert_eq!(types, [SnapshotHeader, KRaftVersion, KRaftVoters, SnapshotFooter]);
    assert_eq!(rebuilt, bytes);
}

#[test]
fn deltas_are_relative_to_the_delete_horizon_of_a_compacted_batch() {
    let bytes = hex("000000000000000a00000070000000000207dd1c16004000000004000001a1fd3f3b03000001a1fd3e244e000000000000000700000000000a00000005
        1800edda0800046b30047632 001400edda0802046b310100 1800e9da0804046b32047632 001800e9da0806046b33047632001800e9da0808046b3404763200");
    let batch = Batch::parse(&bytes).unwrap();
    assert_eq!(batch.check_crc(), Ok(()));
    assert_eq!(batch.header.delete_horizon(), Some(0x1a1fd3f3b03));
    let records = read_all(&bytes).unwrap();
    assert_eq!(records[1].value, None);
    assert_eq!(records.iter().map(|r| r.timestamp).max(), Some(batch.header.max_timestamp));
    let producer = ProducerStamp { id: 7, epoch: 0, base_sequence: 10 };
    let builder = BatchBuilder::new().base_offset(10).leader_epoch(0).producer(producer);
    let mut builder = builder.delete_horizon(0x1a1fd3f3b03);
    for record in &records {
        builder.add(&NewRecord {
            timestamp: Timestamp(record.timestamp),
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &[],
        });
    }
    assert_eq!(builder.build(), bytes);
}

#[test]
fn log_append_time_overrides_every_record_and_keeps_the_crc_true() {
    let mut bytes = hex(BY_CODEC[1].2);
    let mut header = BatchHeader::parse(&bytes).unwrap();
    assert!(header.stamp(true, 5000));
    assert!(!header.stamp(true, 5000));
    header.crc = header.crc_with(&bytes[HEADER_BYTES..]);
    bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    let batch = Batch::parse(&bytes).unwrap();
    assert_eq!(batch.check_crc(), Ok(()));
    assert_eq!(batch.header.attributes.timestamp_type(), TimestampType::LogAppendTime);
    assert!(read_all(&bytes).unwrap().iter().all(|record| record.timestamp == 5000));
}

#[test]
fn raw_snappy_without_a_frame_is_read() {
    let mut plain = BatchBuilder::new();
    plain.add(&NewRecord { value: Some(&[7; 300]), ..NewRecord::default() });
    let plain = plain.build();
    let block = snap::raw::Encoder::new().compress_vec(&plain[HEADER_BYTES..]).unwrap();
    let mut header = BatchHeader::parse(&plain).unwrap();
    header.length = (HEADER_BYTES - LENGTH_PREFIX_BYTES + block.len()) as i32;
    header.attributes = Attributes(2);
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&header.to_bytes());
    bytes.extend_from_slice(&block);
    assert_eq!(read_all(&bytes), read_all(&plain));
}

#[test]
fn a_batch_that_decompresses_too_far_is_refused() {
    let mut builder = BatchBuilder::new().codec(Codec::Zstd);
    builder.add(&NewRecord { value: Some(&vec![0; 32 << 20]), ..NewRecord::default() });
    let bytes = builder.build();
    assert!(bytes.len() < 10_000);
    assert!(matches!(read_all(&bytes), Err(RecordFault::DecompressesTooFar { .. })));
}

#[test]
fn a_wrong_record_count_is_noticed() {
    for (count, expected) in
        [(2, RecordFault::BytesLeftOver { record_count: 2 }), (4, RecordFault::Incomplete { index: 3 })]
    {
        for codec in Codec::ALL {
            let mut builder = BatchBuilder::new().codec(codec);
            for _ in 0..3 {
                builder.add(&NewRecord { value: Some(b"v"), ..NewRecord::default() });
            }
            let mut bytes = builder.build().to_vec();
            bytes[57..61].copy_from_slice(&i32::to_be_bytes(count));
            assert_eq!(read_all(&bytes), Err(expected.clone()), "{codec}");
        }
    }
}

#[test]
fn faults_of_a_header_are_told_apart() {
    let good = hex(BY_CODEC[0].2);
    let parse = |change: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        Batch::parse(&bytes).and_then(|batch| batch.check_crc()).unwrap_err()
    };
    assert_eq!(parse(|b| b.truncate(100)), BatchFault::Incomplete { needed: good.len(), found: 100 });
    assert_eq!(parse(|b| b.truncate(11)), BatchFault::Incomplete { needed: 61, found: 11 });
    assert_eq!(parse(|b| b[11] = 48), BatchFault::BadLength(48));
    assert_eq!(parse(|b| b[16] = 1), BatchFault::UnsupportedMagic(1));
    assert!(matches!(parse(|b| b[100] ^= 1), BatchFault::BadCrc { .. }));
    assert!(matches!(parse(|b| b[23] = 0x80), BatchFault::BadCount { .. }));
    assert_eq!(Batch::parse(&[0; 200]).unwrap_err(), BatchFault::BadLength(0));
}

fn arbitrary_record() -> impl Strategy<Value = Owned> {
    let bytes = || proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40));
    let headers = proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..8), bytes()), 0..3);
    (0..=i64::MAX >> 1, bytes(), bytes(), headers).prop_map(|(timestamp, key, value, headers)| Owned {
        offset: 0,
        timestamp,
        key,
        value,
        headers,
    })
}

proptest! {
    #[test]
    fn what_is_built_is_read_back(records in proptest::collection::vec(arbitrary_record(), 1..20), codec in 0u8..5) {
        let mut builder = BatchBuilder::new().base_offset(7).codec(Codec::from_id(codec).unwrap());
        for record in &records {
            let headers: Vec<_> =
                record.headers.iter().map(|(k, v)| Header { key: k, value: v.as_deref() }).collect();
            builder.add(&NewRecord {
                timestamp: Timestamp(record.timestamp),
                key: record.key.as_deref(),
                value: record.value.as_deref(),
                headers: &headers,
            });
        }
        let bytes = builder.build();
        let batch = Batch::parse(&bytes).unwrap();
        prop_assert_eq!(batch.check_crc(), Ok(()));
        prop_assert_eq!(batch.header.last_offset(), 6 + records.len() as i64);
        let expected: Vec<_> = records.into_iter().zip(7..).map(|(r, offset)| Owned { offset, ..r }).collect();
        prop_assert_eq!(read_all(&bytes).unwrap(), expected);
    }

    #[test]
    fn no_bytes_panic_the_batch_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for batch in batches(&bytes).flatten() {
            let _ = (batch.check_crc(), read_all(batch.bytes), TransactionMarker::read(&batch));
        }
    }

    #[test]
    fn no_damage_to_records_panics_their_reader(at in 21usize..200, value: u8, codec in 0usize..5, cut in 0usize..60) {
        let mut bytes = hex(BY_CODEC[codec].2);
        let at = at % bytes.len();
        bytes[at] = value;
        bytes.truncate(bytes.len() - cut);
        let length = bytes.len() as i32 - LENGTH_PREFIX_BYTES as i32;
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        if let Ok(batch) = Batch::parse(&bytes) {
            let _ = read_all(batch.bytes);
        }
    }
}

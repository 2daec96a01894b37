use super::*;
use crate::log::batch::{self, batches};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn record(key: Option<&'static [u8]>, timestamp: i64) -> NewRecord<'static> {
    NewRecord { timestamp: Timestamp(timestamp), key, value: Some(b"value"), headers: &[] }
}

fn batch_of(records: &[NewRecord<'_>], codec: Codec) -> Bytes {
    let mut builder = BatchBuilder::new().codec(codec);
    records.iter().for_each(|record| builder.add(record));
    builder.build()
}

fn three(codec: Codec) -> Bytes {
    let at = |i| record(Some(b"k"), NOW.millis() + i);
    batch_of(&[at(0), at(2), at(1)], codec)
}

/// Changes bytes and makes the CRC true again.
fn altered(bytes: &Bytes, change: impl FnOnce(&mut [u8])) -> Bytes {
    let mut bytes = bytes.to_vec();
    change(&mut bytes);
    batch::set_crc(&mut bytes);
    bytes.into()
}

fn check(bytes: Bytes, change: impl FnOnce(&mut LogSettings)) -> Result<Validated, AppendError> {
    let mut settings = LogSettings::default();
    change(&mut settings);
    client_batch(bytes, &settings, NOW)
}

impl Validated {
    fn bytes(&self) -> Bytes {
        [&self.header.to_bytes()[..], &self.records].concat().into()
    }
}

fn invalid_record(result: Result<Validated, AppendError>) -> String {
    match result {
        Err(AppendError::InvalidRecord { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sound_batch_is_stored_byte_for_byte_in_every_codec() {
    for codec in Codec::ALL {
        let bytes = three(codec);
        assert_eq!(check(bytes.clone(), |_| {}).unwrap().bytes(), bytes, "{codec}");
    }
}

#[test]
fn faults_of_the_header_are_refused() {
    let good = three(Codec::None);
    let refuse = |change: fn(&mut [u8])| invalid_record(check(altered(&good, change), |_| {}));
    assert!(refuse(|b| b[7] = 1).contains("base offset is 1"));
    assert!(refuse(|b| b[60] = 2).contains("2 records"));
    assert!(refuse(|b| b[60] = 0).contains("0 records"));
    assert!(refuse(|b| b[23] = 0xff).contains("last offset delta"));
    assert!(refuse(|b| b[22] |= 1 << 5).contains("control"));
    assert!(refuse(|b| b[43..51].fill(0)).contains("sequence -1"));
    assert!(refuse(|b| b[16] = 1).contains("magic 1"));
    let two = Bytes::from([&good[..], &good[..]].concat());
    assert!(invalid_record(check(two, |_| {})).contains("follow the one batch"));
}

#[test]
fn damage_is_told_apart_from_invalid_content() {
    let mut bytes = three(Codec::None).to_vec();
    bytes[70] ^= 1;
    assert!(matches!(check(bytes.into(), |_| {}), Err(AppendError::Corrupt(BatchFault::BadCrc { .. }))));
    let short = three(Codec::None).slice(..60);
    assert!(matches!(check(short, |_| {}), Err(AppendError::Corrupt(BatchFault::Incomplete { .. }))));
    assert!(matches!(check(Bytes::new(), |_| {}), Err(AppendError::Corrupt(_))));
    let unknown = altered(&three(Codec::None), |b| b[22] |= 5);
    assert!(matches!(check(unknown, |_| {}), Err(AppendError::UnsupportedCodec { id: 5 })));
}

#[test]
fn records_that_do_not_parse_are_refused() {
    let cut = altered(&three(Codec::None), |b| b[61] = 0x7e);
    assert!(invalid_record(check(cut, |_| {})).contains("record 0"));
    let mut garbage = three(Codec::Zstd).to_vec();
    garbage[65..75].fill(0xff);
    let garbage = altered(&garbage.into(), |_| {});
    assert!(invalid_record(check(garbage, |_| {})).contains("decompress"));
}

#[test]
fn a_batch_above_the_limit_is_too_large() {
    let bytes = three(Codec::None);
    let size = bytes.len() as u64;
    assert!(check(bytes.clone(), |s| s.max_message_bytes = size).is_ok());
    let refused = check(bytes, |s| s.max_message_bytes = size - 1);
    assert!(matches!(refused, Err(AppendError::TooLarge { size: s, limit }) if s == size && limit == size - 1));
}

#[test]
fn a_compacted_topic_names_the_records_without_a_key() {
    let bytes = batch_of(&[record(Some(b"k"), 0), record(None, 0), record(None, 0)], Codec::Gzip);
    let compact = |s: &mut LogSettings| (s.compact, s.timestamp_before_max_ms) = (true, i64::MAX);
    match check(bytes, compact) {
        Err(AppendError::InvalidRecord { records, message }) => {
            assert_eq!(records.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 2]);
            assert!(message.starts_with("2 of 3 records"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn timestamps_outside_the_window_are_refused_and_none_is_exempt() {
    let hour = 3_600_000;
    let at = |timestamp| batch_of(&[record(None, timestamp)], Codec::None);
    assert!(check(at(NOW.millis() + hour), |_| {}).is_ok());
    assert!(check(at(-1), |s| s.timestamp_before_max_ms = 0).is_ok());
    assert!(check(at(0), |_| {}).is_ok(), "by default nothing is too old");
    for (timestamp, before) in [(NOW.millis() + hour + 1, i64::MAX), (NOW.millis() - 11, 10)] {
        match check(at(timestamp), |s| s.timestamp_before_max_ms = before) {
            Err(AppendError::InvalidTimestamp { records, .. }) => assert_eq!(records[0].0, 0),
            other => panic!("{other:?}"),
        }
    }
    let late = check(at(i64::MAX - 1), |s| s.timestamp_type = TimestampType::LogAppendTime);
    assert!(late.is_ok(), "with the broker's clock the producer's does not matter");
}

#[test]
fn one_wrong_timestamp_makes_it_a_timestamp_error() {
    let bytes = batch_of(&[record(None, 0), record(Some(b"k"), i64::MAX >> 1)], Codec::None);
    let refused = check(bytes, |s| s.compact = true);
    assert!(matches!(refused, Err(AppendError::InvalidTimestamp { records, .. }) if records.len() == 2));
}

#[test]
fn a_client_may_not_claim_log_append_time() {
    let claiming = altered(&three(Codec::None), |b| b[22] |= 1 << 3);
    let refused = check(claiming.clone(), |s| s.timestamp_type = TimestampType::LogAppendTime);
    assert!(matches!(refused, Err(AppendError::InvalidTimestamp { .. })));
    let corrected = check(claiming, |_| {}).unwrap();
    assert_eq!(corrected.header.attributes.timestamp_type(), TimestampType::CreateTime);
}

#[test]
fn a_wrong_max_timestamp_is_set_right() {
    let lying = altered(&three(Codec::Lz4), |b| b[35..43].copy_from_slice(&7i64.to_be_bytes()));
    let stored = check(lying, |_| {}).unwrap();
    assert_eq!(stored.bytes(), three(Codec::Lz4));
}

#[test]
fn the_brokers_time_is_stamped_without_touching_the_records() {
    for codec in Codec::ALL {
        let bytes = three(codec);
        let stored = check(bytes.clone(), |s| s.timestamp_type = TimestampType::LogAppendTime).unwrap();
        let stored_bytes = stored.bytes();
        let batch = Batch::parse(&stored_bytes).unwrap();
        batch.check_crc().unwrap();
        assert_eq!(batch.header.max_timestamp, NOW.millis());
        assert_eq!(batch.header.base_timestamp, BatchHeader::parse(&bytes).unwrap().base_timestamp);
        assert_eq!(stored.records, bytes[61..]);
    }
}

fn contents(bytes: &[u8]) -> Vec<(i64, i64, Option<Vec<u8>>)> {
    let batch = batches(bytes).next().unwrap().unwrap();
    batch.check_crc().unwrap();
    let mut records = batch.records().unwrap();
    let mut all = Vec::new();
    while let Some(record) = records.next_record().unwrap() {
        all.push((record.offset, record.timestamp, record.value.map(<[u8]>::to_vec)));
    }
    all
}

#[test]
fn another_codec_than_the_topics_is_written_anew() {
    for from in Codec::ALL {
        for to in Codec::ALL {
            let bytes = three(from);
            let stored = check(bytes.clone(), |s| s.compression = Compression::To { codec: to, level: None }).unwrap();
            assert_eq!(stored.header.attributes.codec(), Ok(to));
            assert_eq!(contents(&stored.bytes()), contents(&bytes), "{from} to {to}");
            assert_eq!(stored.bytes() == bytes, from == to);
        }
    }
}

#[test]
fn a_batch_that_grows_too_large_in_the_topics_codec_is_refused() {
    let bytes = batch_of(&[NewRecord { value: Some(&[0; 5000]), ..record(None, 0) }], Codec::Zstd);
    let refused = check(bytes, |s| {
        s.max_message_bytes = 1000;
        s.compression = Compression::To { codec: Codec::None, level: None };
    });
    assert!(matches!(refused, Err(AppendError::TooLarge { limit: 1000, .. })));
}

#[test]
fn offset_deltas_that_are_not_dense_are_made_so() {
    let mut builder = BatchBuilder::new();
    builder.add_at(0, &record(None, 5));
    builder.add_at(1, &record(None, 6));
    let good = builder.build();
    let mut builder = BatchBuilder::new();
    builder.add_at(1, &record(None, 5));
    builder.add_at(1, &record(None, 6));
    let odd = builder.build();
    assert_ne!(odd, good);
    assert_eq!(check(odd, |_| {}).unwrap().bytes(), good);
}

#[test]
fn batches_of_coordinators_may_be_control_batches_and_take_the_topics_time() {
    let marker = batch::control::TransactionMarker { committed: true, coordinator_epoch: 1 };
    let bytes = marker.batch(7, 0, Timestamp(5));
    let settings = LogSettings { timestamp_type: TimestampType::LogAppendTime, ..LogSettings::default() };
    let stored = own_batch(bytes.clone(), &settings, NOW).unwrap();
    assert_eq!(stored.header.max_timestamp, NOW.millis());
    assert_eq!(raft_batch(bytes.clone()).unwrap().bytes(), bytes);
}

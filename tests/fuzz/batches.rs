//! Record batches of the present format and message sets of the old ones.

use kavka::clock::Timestamp;
use kavka::log::Codec;
use kavka::log::batch::control::TransactionMarker;
use kavka::log::batch::old::OldMessage;
use kavka::log::batch::{Batch, BatchBuilder, Header, NewRecord, ProducerStamp, batches};

use crate::edits::{Choices, edited, mend_batch};
use crate::fuzz;

/// A batch of each codec and kind.
pub fn sound() -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Codec::ALL.into_iter().map(|codec| batch(codec, 9).to_vec()).collect();
    found.push(batch(Codec::None, 0).to_vec());
    found.push(TransactionMarker { committed: false, coordinator_epoch: 3 }.batch(7, 1, Timestamp(5)).to_vec());
    found
}

pub fn batch(codec: Codec, records: usize) -> bytes::Bytes {
    let producer = ProducerStamp { id: 7, epoch: 1, base_sequence: 0 };
    let mut builder = BatchBuilder::new().codec(codec).producer(producer).leader_epoch(2);
    let headers = [Header { key: b"h", value: Some(b"1") }, Header { key: b"", value: None }];
    for number in 0..records {
        let key = format!("key-{number}");
        builder.add(&NewRecord {
            timestamp: Timestamp(1000 + number as i64),
            key: Some(key.as_bytes()).filter(|_| number % 4 != 3),
            value: Some(&b"a value that repeats, a value that repeats"[..number * 4]).filter(|_| number % 3 != 2),
            headers: &headers[..number % 3],
        });
    }
    builder.build()
}

/// Everything that a batch can be asked.
pub fn read(bytes: &[u8]) {
    for batch in batches(bytes) {
        let Ok(batch) = batch else { break };
        let _ = (batch.check_crc(), TransactionMarker::read(&batch), batch.header.last_sequence());
        let Ok(mut records) = batch.records() else { continue };
        while let Ok(Some(record)) = records.next_record() {
            let headers = record.headers;
            assert_eq!(headers.len(), headers.count(), "headers that were counted are there");
        }
    }
    let _ = Batch::parse(bytes);
}

#[test]
fn batches_are_read_or_refused() {
    let sound = sound();
    fuzz(4000, |choices: &mut Choices| {
        let origin = choices.pick(sound.as_slice());
        let mut bytes = edited(choices, origin);
        if choices.one_in(2) {
            mend_batch(choices, &mut bytes);
        }
        if choices.one_in(8) {
            let next: &Vec<u8> = choices.pick(&sound);
            bytes.extend_from_slice(next);
        }
        read(&bytes);
    });
}

/// One message of format v0 or v1, with its offset and size before it.
fn old_message(magic: u8, codec: u8, key: Option<&[u8]>, value: &[u8]) -> Vec<u8> {
    let mut body = vec![magic, codec];
    if magic == 1 {
        body.extend(1_500_000_000_000i64.to_be_bytes());
    }
    for field in [key, Some(value)] {
        body.extend(field.map_or(-1, |bytes| bytes.len() as i32).to_be_bytes());
        body.extend(field.unwrap_or_default());
    }
    let mut message = 4i64.to_be_bytes().to_vec();
    message.extend((body.len() as i32 + 4).to_be_bytes());
    message.extend(crc32fast(&body).to_be_bytes());
    message.extend(body);
    message
}

/// CRC-32 as zip has it.
fn crc32fast(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn mend_old(bytes: &mut [u8]) {
    if bytes.len() > 16 {
        let length = (bytes.len() - 12) as i32;
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        let crc = crc32fast(&bytes[16..]);
        bytes[12..16].copy_from_slice(&crc.to_be_bytes());
    }
}

#[test]
fn message_sets_of_old_are_read_or_refused() {
    let plain = [old_message(0, 0, Some(b"k"), b"value"), old_message(1, 0, None, b"value")].concat();
    let snappy = snap::raw::Encoder::new().compress_vec(&plain).unwrap();
    let sound = [
        old_message(0, 0, Some(b"k"), b"v"),
        old_message(1, 0, None, b""),
        old_message(0, 2, None, &snappy),
        old_message(1, 2, None, &snappy),
        old_message(1, 1, None, b"\x1f\x8b no gzip"),
        old_message(1, 3, None, b"\x04\x22\x4d\x18 no lz4"),
    ];
    fuzz(4000, |choices| {
        let origin = choices.pick(sound.as_slice());
        let mut bytes = edited(choices, origin);
        if choices.one_in(2) {
            mend_old(&mut bytes);
        }
        let Ok(message) = OldMessage::parse(&bytes) else { return };
        let _ = (message.check_crc(), message.codec(), message.timestamp_type(), message.key(), message.value());
        let Ok(inner) = message.messages() else { return };
        for message in inner.iter() {
            let Ok(message) = message else { break };
            let _ = (message.check_crc(), message.key(), message.value());
        }
    });
}

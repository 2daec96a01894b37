//! Producers that number their batches: nothing is written twice, nothing is left out.

use bytes::Bytes;
use kavka::clock::Timestamp;
use kavka::log::batch::{BatchBuilder, NewRecord, ProducerStamp};
use kavka::protocol::ErrorCode;
use kavka::protocol::messages::InitProducerIdRequest;

use crate::cluster::Client;

fn producer_id(client: &mut Client, version: i16) -> (i64, i16) {
    let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
    let response = client.call(&request, version);
    assert_eq!(response.error_code, 0);
    (response.producer_id, response.producer_epoch)
}

fn numbered(id: i64, base_sequence: i32, count: usize) -> Bytes {
    let mut builder = BatchBuilder::new().producer(ProducerStamp { id, epoch: 0, base_sequence });
    for _ in 0..count {
        builder.add(&NewRecord { timestamp: Timestamp(1), key: None, value: Some(b"v"), headers: &[] });
    }
    builder.build()
}

#[test]
fn every_version_hands_out_a_new_id() {
    let mut client = Client::connect();
    let mut ids: Vec<i64> = (0..=5).map(|version| producer_id(&mut client, version).0).collect();
    assert!(ids.iter().all(|id| *id >= 0));
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[test]
fn a_batch_that_is_sent_again_is_acknowledged_and_not_written_again() {
    let mut client = Client::connect();
    let topic = client.topic("again");
    let (id, _) = producer_id(&mut client, 4);
    assert_eq!(client.produce(&topic, 9, -1, numbered(id, 0, 3)).base_offset, 0);
    assert_eq!(client.produce(&topic, 9, -1, numbered(id, 3, 2)).base_offset, 3);
    for (sequence, count, offset) in [(0, 3, 0), (3, 2, 3)] {
        let again = client.produce(&topic, 9, -1, numbered(id, sequence, count));
        assert_eq!((again.error_code, again.base_offset), (0, offset));
    }
    assert_eq!(client.fetch(&topic, 12, 0).high_watermark, 5);
}

#[test]
fn a_gap_in_the_sequence_is_refused() {
    let mut client = Client::connect();
    let topic = client.topic("gap");
    let (id, _) = producer_id(&mut client, 4);
    client.produce(&topic, 9, -1, numbered(id, 0, 1));
    let gap = client.produce(&topic, 9, -1, numbered(id, 5, 1));
    assert_eq!(ErrorCode::from_code(gap.error_code), ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(client.produce(&topic, 9, -1, numbered(id, 1, 1)).base_offset, 1);
}

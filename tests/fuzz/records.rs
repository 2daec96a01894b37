//! Records of the cluster's metadata, of groups and of transactions, and snapshots of the metadata.

use bytes::Bytes;
use kavka::clock::Timestamp;
use kavka::log::batch::batches;
use kavka::metadata::batches::{Place, data_batch, read_batch};
use kavka::metadata::snapshot::{Snapshot, decode_bootstrap, encode_bootstrap};
use kavka::records::group::GroupRecord;
use kavka::records::metadata::MetadataRecord;
use kavka::records::transaction::TransactionRecord;

use crate::edits::{Choices, edited, mend_batch};
use crate::fuzz;

/// A frame, a type, a version, and bytes that are a message now and then.
fn record(choices: &mut Choices) -> Vec<u8> {
    let mut bytes = vec![1, choices.below(28) as u8, choices.below(3) as u8];
    for _ in 0..choices.below(60) {
        let byte = if choices.one_in(3) { choices.number() as u8 } else { *choices.pick(&[0, 0, 1, 2, 5, b'a', 0xff]) };
        bytes.push(byte);
    }
    bytes
}

#[test]
fn metadata_records_are_read_and_written_again_or_refused() {
    let mut read = 0;
    fuzz(20_000, |choices| {
        let bytes = Bytes::from(record(choices));
        let Ok(record) = MetadataRecord::decode(bytes.clone()) else { return };
        read += 1;
        let place = Place { base_offset: 0, epoch: 0, now: Timestamp(0) };
        let batch = data_batch(place, &[bytes]);
        let batch = batches(&batch).next().unwrap().unwrap();
        read_batch(&batch, |_, entry| {
            assert_eq!(entry, kavka::metadata::batches::Entry::Record(record.clone()));
            Ok(())
        })
        .unwrap();
    });
    assert!(read > 0, "not one was sound");
}

#[test]
fn records_of_groups_and_transactions_are_read_and_written_again_or_refused() {
    let mut read = [0; 2];
    fuzz(20_000, |choices| {
        let mut side = |kinds: usize| {
            let mut bytes = vec![0, choices.below(kinds) as u8, 0, choices.below(4) as u8];
            for _ in 0..choices.below(40) {
                bytes.push(*choices.pick(&[0, 0, 0, 1, 2, 3, b'g', 0x7f, 0xff]));
            }
            Bytes::from(bytes)
        };
        let (key, value) = (side(20), Some(side(6)));
        if let Ok(record) = GroupRecord::decode(Some(key.clone()), value.clone()) {
            let (key, value) = record.encode();
            assert_eq!(GroupRecord::decode(Some(key), value).unwrap(), record);
            read[0] += 1;
        }
        if let Ok(record) = TransactionRecord::decode(Some(key), value) {
            let (key, value) = record.encode();
            assert_eq!(TransactionRecord::decode(Some(key), value).unwrap(), record);
            read[1] += 1;
        }
    });
    assert!(read[0] > 0 && read[1] > 0, "{read:?}");
}

#[test]
fn snapshots_of_the_metadata_are_read_or_refused() {
    let mut choices = Choices::new(0);
    let records: Vec<MetadataRecord> =
        (0..200_000).filter_map(|_| MetadataRecord::decode(record(&mut choices).into()).ok()).take(40).collect();
    let bootstrap = encode_bootstrap(&records, Timestamp(5));
    fuzz(2000, |choices| {
        let mut bytes = edited(choices, &bootstrap);
        if choices.one_in(2) {
            mend_batch(choices, &mut bytes);
        }
        let _ = decode_bootstrap(&bytes);
        let _ = Snapshot::decode(&bytes, 100);
    });
}

//! Making batches: for coordinators, metadata records, tools and tests. A batch comes out as Kafka's own writers make
//! it: base timestamp of the first record, max of all, dense offset deltas.

use std::io;

use bytes::Bytes;

use super::compression::compress;
use super::header::{Attributes, BatchHeader, HEADER_BYTES, LENGTH_PREFIX_BYTES};
use super::{Codec, Header};
use crate::clock::Timestamp;
use crate::log::settings::TimestampType;
use crate::log::varint;

/// The producer that a batch names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerStamp {
    pub id: i64,
    pub epoch: i16,
    /// Of the first record; -1 where nothing counts sequences (control batches, coordinators).
    pub base_sequence: i32,
}

impl ProducerStamp {
    pub const NONE: ProducerStamp = ProducerStamp { id: -1, epoch: -1, base_sequence: -1 };
}

/// A record to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewRecord<'a> {
    pub timestamp: Timestamp,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [Header<'a>],
}

/// Collects records, then writes the batch.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    base_offset: i64,
    leader_epoch: i32,
    producer: ProducerStamp,
    transactional: bool,
    control: bool,
    codec: Codec,
    level: Option<i32>,
    timestamp_type: TimestampType,
    delete_horizon: Option<i64>,
    base_timestamp: i64,
    max_timestamp: i64,
    last_offset_delta: i32,
    count: i32,
    body: Vec<u8>,
}

impl Default for BatchBuilder {
    fn default() -> BatchBuilder {
        BatchBuilder::new()
    }
}

impl BatchBuilder {
    /// Base offset 0, no leader epoch, no producer, not compressed, create time.
    pub fn new() -> BatchBuilder {
        BatchBuilder {
            base_offset: 0,
            leader_epoch: -1,
            producer: ProducerStamp::NONE,
            transactional: false,
            control: false,
            codec: Codec::None,
            level: None,
            timestamp_type: TimestampType::CreateTime,
            delete_horizon: None,
            base_timestamp: -1,
            max_timestamp: -1,
            last_offset_delta: -1,
            count: 0,
            body: Vec::new(),
        }
    }

    pub fn base_offset(mut self, offset: i64) -> BatchBuilder {
        self.base_offset = offset;
        self
    }

    pub fn leader_epoch(mut self, epoch: i32) -> BatchBuilder {
        self.leader_epoch = epoch;
        self
    }

    pub fn producer(mut self, producer: ProducerStamp) -> BatchBuilder {
        self.producer = producer;
        self
    }

    pub fn transactional(mut self, transactional: bool) -> BatchBuilder {
        self.transactional = transactional;
        self
    }

    pub fn control(mut self, control: bool) -> BatchBuilder {
        self.control = control;
        self
    }

    pub fn codec(mut self, codec: Codec) -> BatchBuilder {
        self.codec = codec;
        self
    }

    pub(in crate::log) fn level(mut self, level: Option<i32>) -> BatchBuilder {
        self.level = level;
        self
    }

    pub(in crate::log) fn timestamp_type(mut self, timestamp_type: TimestampType) -> BatchBuilder {
        self.timestamp_type = timestamp_type;
        self
    }

    /// When its tombstones, or the marker that it is, may go (KIP-534). Stands in the place of the base timestamp.
    pub(in crate::log) fn delete_horizon(mut self, horizon: i64) -> BatchBuilder {
        self.delete_horizon = Some(horizon);
        self.base_timestamp = horizon;
        self
    }

    /// The least that the batch's last offset is beyond its first, whatever records it has.
    pub(in crate::log) fn last_offset_delta(mut self, delta: i32) -> BatchBuilder {
        self.last_offset_delta = delta;
        self
    }

    /// The header of a batch that has lost its records.
    pub(in crate::log) fn empty(self, max_timestamp: i64) -> Bytes {
        BatchBuilder { max_timestamp, base_timestamp: -1, delete_horizon: None, ..self }.assemble(Codec::None)
    }

    /// Adds a record at the next offset.
    pub fn add(&mut self, record: &NewRecord<'_>) {
        self.add_at(self.last_offset_delta + 1, record);
    }

    /// Adds a record `offset_delta` after the base offset; deltas must grow.
    pub(in crate::log) fn add_at(&mut self, offset_delta: i32, record: &NewRecord<'_>) {
        let timestamp = record.timestamp.millis();
        if self.count == 0 && self.delete_horizon.is_none() {
            self.base_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.last_offset_delta = self.last_offset_delta.max(offset_delta);
        self.count += 1;
        let timestamp_delta = timestamp.wrapping_sub(self.base_timestamp);
        varint::write_int(record_size(timestamp_delta, offset_delta, record) as i32, &mut self.body);
        self.body.push(0);
        varint::write_long(timestamp_delta, &mut self.body);
        varint::write_int(offset_delta, &mut self.body);
        write_bytes(record.key, &mut self.body);
        write_bytes(record.value, &mut self.body);
        varint::write_int(record.headers.len() as i32, &mut self.body);
        for header in record.headers {
            write_bytes(Some(header.key), &mut self.body);
            write_bytes(header.value, &mut self.body);
        }
    }

    pub fn count(&self) -> i32 {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Size of the batch before compression.
    pub fn size(&self) -> usize {
        HEADER_BYTES + self.body.len()
    }

    /// The batch. Fails only if a codec does.
    pub fn try_build(mut self) -> io::Result<Bytes> {
        match self.codec {
            Codec::None => Ok(self.build()),
            codec => {
                self.body = compress(codec, self.level, &self.body)?;
                Ok(self.assemble(codec))
            }
        }
    }

    /// The batch; uncompressed if its codec fails.
    pub fn build(self) -> Bytes {
        match self.codec {
            Codec::None => self.assemble(Codec::None),
            codec => match compress(codec, self.level, &self.body) {
                Ok(body) => BatchBuilder { body, ..self }.assemble(codec),
                Err(_) => self.assemble(Codec::None),
            },
        }
    }

    fn assemble(self, codec: Codec) -> Bytes {
        let header = BatchHeader {
            base_offset: self.base_offset,
            length: (HEADER_BYTES - LENGTH_PREFIX_BYTES + self.body.len()) as i32,
            leader_epoch: self.leader_epoch,
            magic: 2,
            crc: 0,
            attributes: Attributes::of(codec, self.transactional, self.control)
                .stamped(self.timestamp_type, self.delete_horizon.is_some()),
            last_offset_delta: self.last_offset_delta.max(0),
            base_timestamp: self.base_timestamp,
            max_timestamp: self.max_timestamp,
            producer_id: self.producer.id,
            producer_epoch: self.producer.epoch,
            base_sequence: self.producer.base_sequence,
            record_count: self.count,
        };
        let header = BatchHeader { crc: header.crc_with(&self.body), ..header };
        let mut batch = Vec::with_capacity(HEADER_BYTES + self.body.len());
        batch.extend_from_slice(&header.to_bytes());
        batch.extend_from_slice(&self.body);
        batch.into()
    }
}

fn record_size(timestamp_delta: i64, offset_delta: i32, record: &NewRecord<'_>) -> usize {
    let headers: usize =
        record.headers.iter().map(|header| bytes_size(Some(header.key)) + bytes_size(header.value)).sum();
    1 + varint::length(timestamp_delta)
        + varint::length(i64::from(offset_delta))
        + bytes_size(record.key)
        + bytes_size(record.value)
        + varint::length(record.headers.len() as i64)
        + headers
}

fn bytes_size(bytes: Option<&[u8]>) -> usize {
    let length = bytes.map_or(0, <[u8]>::len);
    varint::length(bytes.map_or(-1, |_| length as i64)) + length
}

fn write_bytes(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes {
        None => varint::write_int(-1, out),
        Some(bytes) => {
            varint::write_int(bytes.len() as i32, out);
            out.extend_from_slice(bytes);
        }
    }
}

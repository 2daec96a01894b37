//! Reading the records of a batch: one at a time, borrowed. Uncompressed records are slices of the batch; compressed
//! ones are slices of what a codec put out last; how much comes out has a cap.

use std::fmt;
use std::io::{self, BufRead};

use super::compression::{decompressor, output_limit};
use super::{BatchHeader, Codec};
use crate::log::settings::TimestampType;
use crate::log::varint::{self, VarintFault};

/// What is wrong inside a batch whose CRC holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordFault {
    UnknownCodec(u8),
    Decompression(String),
    /// More came out than any honest batch of this size holds.
    DecompressesTooFar {
        limit: u64,
    },
    /// The bytes end inside the record at this index.
    Incomplete {
        index: i32,
    },
    /// A varint is too long, a length is negative or goes beyond its record.
    Malformed {
        index: i32,
    },
    /// Bytes are left after the last record.
    BytesLeftOver {
        record_count: i32,
    },
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordFault::UnknownCodec(id) => write!(f, "unknown compression codec {id}"),
            RecordFault::Decompression(why) => write!(f, "the records do not decompress: {why}"),
            RecordFault::DecompressesTooFar { limit } => {
                write!(f, "the records decompress to more than {limit} bytes")
            }
            RecordFault::Incomplete { index } => write!(f, "the batch ends inside record {index}"),
            RecordFault::Malformed { index } => write!(f, "record {index} is malformed"),
            RecordFault::BytesLeftOver { record_count } => {
                write!(f, "bytes are left after the {record_count} records that the batch declares")
            }
        }
    }
}

impl std::error::Error for RecordFault {}

/// One record, borrowed from its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'r> {
    pub offset: i64,
    pub offset_delta: i32,
    /// Its own, or the batch's if the broker's clock counts.
    pub timestamp: i64,
    pub key: Option<&'r [u8]>,
    pub value: Option<&'r [u8]>,
    pub headers: Headers<'r>,
}

/// A record header. Keys may repeat; their order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'r> {
    pub key: &'r [u8],
    pub value: Option<&'r [u8]>,
}

/// The headers of a record, checked when the record was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headers<'r> {
    count: usize,
    rest: &'r [u8],
}

impl Headers<'_> {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<'r> Iterator for Headers<'r> {
    type Item = Header<'r>;

    fn next(&mut self) -> Option<Header<'r>> {
        self.count = self.count.checked_sub(1)?;
        let mut body = Body(self.rest);
        let header = body.header()?;
        self.rest = body.0;
        Some(header)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

/// Reads a batch's records in order. Not an `Iterator`, since a decompressed record lives only until the next call.
pub struct RecordReader<'a> {
    source: Source<'a>,
    header: BatchHeader,
    index: i32,
}

impl<'a> RecordReader<'a> {
    pub(super) fn new(header: &BatchHeader, block: &'a [u8]) -> Result<RecordReader<'a>, RecordFault> {
        let id = (header.attributes.0 & 0b111) as u8;
        let source = match Codec::from_id(id).ok_or(RecordFault::UnknownCodec(id))? {
            Codec::None => Source::Plain(block),
            codec => Source::Window(Window::new(codec, block)?),
        };
        Ok(RecordReader { source, header: *header, index: 0 })
    }

    /// The next record; `None` after the last one, once it is certain that nothing follows.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, RecordFault> {
        let index = self.index;
        if index >= self.header.record_count {
            return match self.source.has_more()? {
                true => Err(RecordFault::BytesLeftOver { record_count: self.header.record_count }),
                false => Ok(None),
            };
        }
        self.index += 1;
        let body = self.source.take_record(index)?;
        let raw = RawRecord::parse(body).ok_or(RecordFault::Malformed { index })?;
        let header = &self.header;
        let timestamp = match header.attributes.timestamp_type() {
            TimestampType::LogAppendTime => header.max_timestamp,
            TimestampType::CreateTime => header.base_timestamp.wrapping_add(raw.timestamp_delta),
        };
        Ok(Some(Record {
            offset: header.base_offset.wrapping_add(i64::from(raw.offset_delta)),
            offset_delta: raw.offset_delta,
            timestamp,
            key: raw.key,
            value: raw.value,
            headers: raw.headers,
        }))
    }
}

/// A record without its batch.
struct RawRecord<'r> {
    timestamp_delta: i64,
    offset_delta: i32,
    key: Option<&'r [u8]>,
    value: Option<&'r [u8]>,
    headers: Headers<'r>,
}

impl<'r> RawRecord<'r> {
    /// Parses a record that must consume all of `bytes`.
    fn parse(bytes: &'r [u8]) -> Option<RawRecord<'r>> {
        let (_attributes, rest) = bytes.split_first()?;
        let mut body = Body(rest);
        let timestamp_delta = body.long()?;
        let offset_delta = body.int()?;
        let key = body.nullable_bytes()?;
        let value = body.nullable_bytes()?;
        let count = usize::try_from(body.int()?).ok()?;
        let headers = Headers { count, rest: body.0 };
        for _ in 0..count {
            body.header()?;
        }
        body.0.is_empty().then_some(RawRecord { timestamp_delta, offset_delta, key, value, headers })
    }
}

/// What is left of a record's bytes.
struct Body<'r>(&'r [u8]);

impl<'r> Body<'r> {
    fn int(&mut self) -> Option<i32> {
        let (value, length) = varint::read_int(self.0).ok()?;
        self.0 = &self.0[length..];
        Some(value)
    }

    fn long(&mut self) -> Option<i64> {
        let (value, length) = varint::read_long(self.0).ok()?;
        self.0 = &self.0[length..];
        Some(value)
    }

    fn nullable_bytes(&mut self) -> Option<Option<&'r [u8]>> {
        match self.int()? {
            -1 => Some(None),
            length => {
                let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
                self.0 = rest;
                Some(Some(bytes))
            }
        }
    }

    fn header(&mut self) -> Option<Header<'r>> {
        let key = self.nullable_bytes()??;
        let value = self.nullable_bytes()?;
        Some(Header { key, value })
    }
}

enum Source<'a> {
    Plain(&'a [u8]),
    Window(Window<'a>),
}

impl Source<'_> {
    /// The bytes of the record at `index`, without its length.
    fn take_record(&mut self, index: i32) -> Result<&[u8], RecordFault> {
        match self {
            Source::Plain(rest) => {
                let (length, prefix) =
                    record_length(varint::read_int(rest), index)?.ok_or(RecordFault::Incomplete { index })?;
                let (body, after) = rest[prefix..].split_at_checked(length).ok_or(RecordFault::Incomplete { index })?;
                *rest = after;
                Ok(body)
            }
            Source::Window(window) => window.take_record(index),
        }
    }

    fn has_more(&mut self) -> Result<bool, RecordFault> {
        match self {
            Source::Plain(rest) => Ok(!rest.is_empty()),
            Source::Window(window) => window.block().map(|block| !block.is_empty()),
        }
    }
}

/// A record's length and the bytes that say it; `None` if more bytes are needed.
fn record_length(read: Result<(i32, usize), VarintFault>, index: i32) -> Result<Option<(usize, usize)>, RecordFault> {
    match read {
        Ok((length, prefix)) => {
            let length = usize::try_from(length).map_err(|_| RecordFault::Malformed { index })?;
            Ok(Some((length, prefix)))
        }
        Err(VarintFault::Incomplete) => Ok(None),
        Err(VarintFault::TooLong) => Err(RecordFault::Malformed { index }),
    }
}

/// Decompressed bytes, where the codec puts them block by block. Only a record that goes beyond the end of a block is put
/// together here, by bytes that really came out.
struct Window<'a> {
    stream: Box<dyn BufRead + Send + 'a>,
    /// How much of the block is the record that was given away last.
    taken: usize,
    record: Vec<u8>,
    /// How much may still come out, and how much might have at first.
    allowance: u64,
    limit: u64,
}

impl<'a> Window<'a> {
    fn new(codec: Codec, block: &'a [u8]) -> Result<Window<'a>, RecordFault> {
        let stream = decompressor(codec, block).map_err(broken)?;
        let limit = output_limit(block.len());
        Ok(Window { stream, taken: 0, record: Vec::new(), allowance: limit, limit })
    }

    fn take_record(&mut self, index: i32) -> Result<&[u8], RecordFault> {
        let block = self.block()?;
        let Some((length, prefix)) = record_length(varint::read_int(block), index)? else {
            return self.gather_record(index);
        };
        if length > block.len() - prefix {
            return self.gather_record(index);
        }
        self.taken = prefix + length;
        Ok(&self.stream.fill_buf().map_err(broken)?[prefix..prefix + length])
    }

    /// Takes a record that lies in more than one block.
    fn gather_record(&mut self, index: i32) -> Result<&[u8], RecordFault> {
        self.record.clear();
        let (length, prefix) = loop {
            if let Some(found) = record_length(varint::read_int(&self.record), index)? {
                break found;
            }
            self.gather(self.record.len() + 1, index)?;
        };
        if length as u64 > self.allowance {
            return Err(RecordFault::DecompressesTooFar { limit: self.limit });
        }
        self.gather(prefix + length, index)?;
        Ok(&self.record[prefix..])
    }

    /// Takes bytes until there are so many of the record.
    fn gather(&mut self, wanted: usize, index: i32) -> Result<(), RecordFault> {
        while self.record.len() < wanted {
            self.block()?;
            let block = self.stream.fill_buf().map_err(broken)?;
            if block.is_empty() {
                return Err(RecordFault::Incomplete { index });
            }
            self.taken = block.len().min(wanted - self.record.len());
            self.record.extend_from_slice(&block[..self.taken]);
        }
        Ok(())
    }

    /// What is left of the codec's block, or the next one; nothing at the end.
    fn block(&mut self) -> Result<&[u8], RecordFault> {
        let taken = std::mem::take(&mut self.taken);
        self.stream.consume(taken);
        self.allowance -= taken as u64;
        let block = self.stream.fill_buf().map_err(broken)?;
        match block.len() as u64 > self.allowance {
            true => Err(RecordFault::DecompressesTooFar { limit: self.limit }),
            false => Ok(block),
        }
    }
}

fn broken(error: io::Error) -> RecordFault {
    RecordFault::Decompression(error.to_string())
}

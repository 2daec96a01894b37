//! The records of a batch as Kafka's tool reads them: record by record, so that those before a fault are shown; all of a
//! compressed batch before the first is.

use super::decoders::java_text;
use super::thrown::{CORRUPT_RECORD, ILLEGAL_ARGUMENT, INVALID_RECORD, KAFKA, OUT_OF_BOUNDS, Stop, Thrown};
use super::view::{BatchView, RecordView, sequence_after};
use crate::log::TimestampType;
use crate::log::batch::old::{OldFault, OldMessage};
use crate::log::batch::{Codec, HEADER_BYTES, RecordFault, decompressed};

/// Gives every record of the batch in `bytes` to `each`.
pub fn for_each(
    batch: &BatchView,
    bytes: &[u8],
    mut each: impl FnMut(&RecordView<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let Some(header) = &batch.header else { return old_messages(bytes, each) };
    let Some(block) = bytes.get(HEADER_BYTES..) else {
        let message = format!("the batch at position {} ends inside its header", batch.entry.position);
        return Err(Thrown::told(OUT_OF_BOUNDS, None, message).into());
    };
    let codec = Codec::from_id(batch.codec).ok_or_else(|| unknown_codec(batch.codec))?;
    if header.record_count != 0 {
        check_opening(codec, block)?;
    }
    match header.record_count {
        0 => return Ok(()),
        1.. => {}
        count => {
            let message = format!("Found invalid record count {count} in magic v{} batch", batch.entry.magic);
            return Err(Thrown::new(INVALID_RECORD, message).into());
        }
    }
    if codec == Codec::None {
        let mut records = Records::new(batch, block, None);
        while let Some(record) = records.next_record()? {
            each(&record)?;
        }
        return Ok(());
    }
    let (block, complete) = decompressed(codec, block);
    let fault = complete.err();
    let mut records = Records::new(batch, &block, Some(fault.as_ref()));
    while records.next_record()?.is_some() {}
    let mut records = Records::new(batch, &block, Some(fault.as_ref()));
    while let Some(record) = records.next_record()? {
        each(&record)?;
    }
    Ok(())
}

/// What Java's streams look at when they are opened, before any record is read.
fn check_opening(codec: Codec, block: &[u8]) -> Result<(), Thrown> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    const XERIAL: &[u8] = b"\x82SNAPPY\0";
    const LZ4: [u8; 4] = [4, 0x22, 0x4d, 0x18];
    let cause = match (codec, block.len()) {
        (Codec::Gzip, 0 | 1) => "java.io.EOFException",
        (Codec::Gzip, _) if !block.starts_with(&GZIP) => "java.util.zip.ZipException: Not in GZIP format",
        (Codec::Gzip, _) if block.get(2).is_some_and(|method| *method != 8) => {
            "java.util.zip.ZipException: Unsupported compression method"
        }
        (Codec::Snappy, _) if !block.starts_with(XERIAL) && decompressed(codec, block).1.is_err() => {
            "java.io.IOException: FAILED_TO_UNCOMPRESS(5)"
        }
        (Codec::Lz4, ..7) => "java.io.IOException: Stream ended prematurely",
        (Codec::Lz4, _) if !block.starts_with(&LZ4) => "java.io.IOException: Stream unsupported (invalid magic bytes)",
        _ => return Ok(()),
    };
    Err(Thrown::told(KAFKA, Some(cause.to_owned()), format!("the records are no {codec} stream")))
}

pub fn unknown_codec(id: u8) -> Thrown {
    Thrown::new(ILLEGAL_ARGUMENT, format!("Unknown compression type id: {id}"))
}

fn old_messages(bytes: &[u8], mut each: impl FnMut(&RecordView<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
    let broken = |fault: &dyn ToString| Thrown::new(CORRUPT_RECORD, fault.to_string());
    let outer = OldMessage::parse(bytes).map_err(|fault| broken(&fault))?;
    let messages = outer.messages().map_err(|fault| old_fault(&fault, outer.magic()))?;
    for message in messages.iter() {
        let message = message.map_err(|fault| old_fault(&fault, outer.magic()))?;
        let fields = message.key().and_then(|key| Ok((key, message.value()?)));
        let (key, value) = fields.map_err(|fault| old_fault(&fault, outer.magic()))?;
        let size = |field: Option<&[u8]>| field.map_or(-1, |bytes| bytes.len() as i32);
        each(&RecordView {
            offset: message.offset,
            timestamp: message.timestamp(),
            key,
            value,
            key_size: size(key),
            value_size: size(value),
            sequence: None,
            headers: HeaderViews::default(),
            checksum: Some((message.check_crc().is_ok(), message.crc())),
        })?;
    }
    Ok(())
}

fn old_fault(fault: &OldFault, magic: i8) -> Thrown {
    let invalid = |java: String| Thrown::told(INVALID_RECORD, Some(java), fault.to_string());
    match fault {
        OldFault::Codec(4) => {
            invalid(format!("Invalid wrapper compressionType found in legacy deep record iterator {magic}"))
        }
        OldFault::Codec(id) => unknown_codec(*id),
        OldFault::NoValue => invalid(format!("Found invalid compressed record set with null value (magic = {magic})")),
        OldFault::Empty => invalid("Found invalid compressed record set with no inner records".to_owned()),
        OldFault::BadOuterOffset { outer, last } => invalid(format!(
            "Found invalid wrapper offset in compressed v1 message set, wrapper offset '{outer}' is less than the last \
             inner message offset '{last}' and it is not zero."
        )),
        OldFault::OffsetsTooFar => invalid(fault.to_string()),
        OldFault::Nested => invalid("Inner messages must not be compressed".to_owned()),
        OldFault::BadLength(_) => {
            let java = "Record size is less than the minimum record overhead (14)";
            Thrown::told(CORRUPT_RECORD, Some(java.to_owned()), fault.to_string())
        }
        OldFault::Decompression(fault) => undecompressed(fault),
        OldFault::Short => Thrown::told(OUT_OF_BOUNDS, None, fault.to_string()),
    }
}

fn undecompressed(fault: &RecordFault) -> Thrown {
    match fault {
        RecordFault::DecompressesTooFar { .. } => Thrown::too_large("what the batch decompresses to"),
        fault => Thrown::told(KAFKA, Some("Failed to decompress record stream".to_owned()), fault.to_string()),
    }
}

/// The records in bytes that are not, or no longer, compressed.
struct Records<'b> {
    batch: &'b BatchView,
    all: &'b [u8],
    at: usize,
    index: i32,
    /// Of a compressed batch, why its bytes end where they do, if they should not.
    stream: Option<Option<&'b RecordFault>>,
}

/// How reading inside a record can fail.
enum Inside {
    /// A number or field that goes beyond the bytes: Java says the same of all of them.
    Structure,
    Said(String),
}

impl<'b> Records<'b> {
    fn new(batch: &'b BatchView, all: &'b [u8], stream: Option<Option<&'b RecordFault>>) -> Records<'b> {
        Records { batch, all, at: 0, index: 0, stream }
    }

    fn next_record(&mut self) -> Result<Option<RecordView<'b>>, Thrown> {
        let Some(header) = self.batch.header.as_ref().filter(|header| self.index < header.record_count) else {
            return Ok(None);
        };
        self.index += 1;
        let mut body = Body { bytes: self.all, at: self.at };
        let size = self.size(&mut body)?;
        let start = body.at;
        if self.stream.is_some() {
            body.bytes = &self.all[..start + size.max(0) as usize];
        }
        let read = self.record(&mut body, start, size);
        let record = read.map_err(|fault| {
            self.said(&match fault {
                Inside::Structure => "Found invalid record structure".to_owned(),
                Inside::Said(text) => text,
            })
        })?;
        self.at = body.at;
        if self.index == header.record_count {
            self.check_end()?;
        }
        Ok(Some(record))
    }

    fn said(&self, java: &str) -> Thrown {
        let message =
            format!("record {} of the batch at position {}: {java}", self.index - 1, self.batch.entry.position);
        Thrown::told(INVALID_RECORD, Some(java.to_owned()), message)
    }

    /// The length of the record that begins here, which is there.
    fn size(&self, body: &mut Body<'b>) -> Result<i32, Thrown> {
        const ENDS: &str = "Incorrect declared batch size, premature EOF reached";
        let ended = || match self.stream.flatten() {
            Some(fault) => undecompressed(fault),
            None => self.said(ENDS),
        };
        let size = match body.varint() {
            Ok(size) => size,
            Err(Inside::Said(java)) if self.stream.is_none() => return Err(Thrown::new(ILLEGAL_ARGUMENT, java)),
            Err(_) => return Err(ended()),
        };
        let left = body.bytes.len() - body.at;
        match self.stream {
            None if size > left as i32 => Err(self.said(&format!(
                "Invalid record size: expected {size} bytes in record payload, but instead the buffer has only {left} \
                 remaining bytes."
            ))),
            Some(_) if size < 0 => Err(self.said(ENDS)),
            Some(Some(fault)) if size as usize > left => Err(undecompressed(fault)),
            Some(None) if size as usize > left => Err(self.said(&format!(
                "Invalid record size: expected {size} bytes in record payload, but the record payload reached EOF."
            ))),
            _ => Ok(size),
        }
    }

    fn check_end(&self) -> Result<(), Thrown> {
        match self.stream.flatten() {
            _ if self.at < self.all.len() => {
                Err(self.said("Incorrect declared batch size, records still remaining in file"))
            }
            Some(fault) => {
                let java = "Error checking for remaining bytes after reading batch";
                Err(Thrown::told(KAFKA, Some(java.to_owned()), fault.to_string()))
            }
            None => Ok(()),
        }
    }

    fn record(&self, body: &mut Body<'b>, start: usize, size: i32) -> Result<RecordView<'b>, Inside> {
        let Some(header) = &self.batch.header else { return Err(Inside::Structure) };
        body.take(1)?;
        let timestamp_delta = body.varlong()?;
        let offset_delta = body.varint_inside()?;
        let key = body.field()?;
        let value = body.field()?;
        let headers = body.headers()?;
        let read = body.at as i64 - start as i64;
        if read != i64::from(size) {
            return Err(Inside::Said(format!(
                "Invalid record size: expected to read {size} bytes in record payload, but instead read {read}"
            )));
        }
        let length = |field: Option<&[u8]>| field.map_or(-1, |bytes| bytes.len() as i32);
        Ok(RecordView {
            offset: header.base_offset.wrapping_add(i64::from(offset_delta)),
            timestamp: match header.attributes.timestamp_type() {
                TimestampType::LogAppendTime => header.max_timestamp,
                TimestampType::CreateTime => header.base_timestamp.wrapping_add(timestamp_delta),
            },
            key,
            value,
            key_size: length(key),
            value_size: length(value),
            sequence: Some(match header.base_sequence {
                ..0 => -1,
                base => sequence_after(base, offset_delta),
            }),
            headers,
            checksum: None,
        })
    }
}

/// The bytes of a record, and how far they were read.
struct Body<'r> {
    bytes: &'r [u8],
    at: usize,
}

impl<'r> Body<'r> {
    fn take(&mut self, length: usize) -> Result<&'r [u8], Inside> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.get(..length)).ok_or(Inside::Structure)?;
        self.at += length;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, Inside> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn varint(&mut self) -> Result<i32, Inside> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i32 ^ -((value & 1) as i32));
            }
        }
        let byte = self.byte()?;
        value |= u32::from(byte) << 28;
        if byte < 0x80 {
            return Ok((value >> 1) as i32 ^ -((value & 1) as i32));
        }
        Err(Inside::Said(format!(
            "Varint is too long, the most significant bit in the 5th byte is set, converted value: {value:x}"
        )))
    }

    fn varlong(&mut self) -> Result<i64, Inside> {
        let mut value = 0u64;
        for shift in (0..=63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(Inside::Structure)
    }

    /// A length and so many bytes; a negative length is a null.
    fn field(&mut self) -> Result<Option<&'r [u8]>, Inside> {
        match self.varint_inside()? {
            ..0 => Ok(None),
            length => self.take(length as usize).map(Some),
        }
    }

    fn varint_inside(&mut self) -> Result<i32, Inside> {
        self.varint().map_err(|_| Inside::Structure)
    }

    /// Checks the headers, and leaves them to be read again when they are shown.
    fn headers(&mut self) -> Result<HeaderViews<'r>, Inside> {
        let count = self.varint_inside()?;
        let left = self.bytes.len() - self.at;
        if count < 0 {
            return Err(Inside::Said(format!("Found invalid number of record headers {count}")));
        }
        if count as usize > left {
            return Err(Inside::Said(format!(
                "Found invalid number of record headers. {count} is larger than the remaining size of the buffer"
            )));
        }
        let views = HeaderViews { count, bytes: &self.bytes[self.at..] };
        for _ in 0..count {
            self.header()?;
        }
        Ok(views)
    }

    fn header(&mut self) -> Result<(&'r [u8], Option<&'r [u8]>), Inside> {
        let length = self.varint_inside()?;
        if length < 0 {
            return Err(Inside::Said(format!("Invalid negative header key size {length}")));
        }
        Ok((self.take(length as usize)?, self.field()?))
    }
}

/// The headers of a record, whose bytes were read once before.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeaderViews<'r> {
    count: i32,
    bytes: &'r [u8],
}

impl<'r> HeaderViews<'r> {
    pub fn iter(&self) -> impl Iterator<Item = (String, Option<&'r [u8]>)> {
        let mut body = Body { bytes: self.bytes, at: 0 };
        (0..self.count).map_while(move |_| body.header().ok()).map(|(key, value)| (java_text(key), value))
    }
}

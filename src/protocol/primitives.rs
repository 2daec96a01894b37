//! The primitive types of Kafka's wire format and the bounded reader and writer they go through.
//!
//! A [`Reader`] walks one frame. Every length it meets is compared with the bytes that are left before anything is
//! allocated, since each element of an array takes at least one byte. `Bytes` fields are slices of the frame.
//! A [`Writer`] collects a frame as segments, so that large record sets are passed on without being copied.
//!
//! Source: Kafka's protocol guide, "Protocol Primitive Types"; KIP-482 (compact types and tagged fields).

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::segments::{FileRange, Records, Segment};
use crate::vocabulary::Uuid;

/// Bytes that are not what the schema of a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The frame ends before the field does.
    Truncated,
    /// A length is negative, or larger than what is left of the frame.
    Length(i64),
    /// A string is not UTF-8.
    Utf8,
    /// A variable-length integer is longer than its type allows.
    Varint,
    /// The message has no such version.
    Version(i16),
    /// A null where the schema has none.
    Null,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Truncated => f.write_str("the bytes end in the middle of a field"),
            Malformed::Length(length) => write!(f, "a length of {length} does not fit the bytes that are left"),
            Malformed::Utf8 => f.write_str("a string is not UTF-8"),
            Malformed::Varint => f.write_str("a variable-length integer is too long"),
            Malformed::Version(version) => write!(f, "version {version} of the message does not exist"),
            Malformed::Null => f.write_str("a field that cannot be null is null"),
        }
    }
}

impl std::error::Error for Malformed {}

/// A cursor over one frame.
pub struct Reader {
    frame: Bytes,
    at: usize,
}

/// The most elements that an array reserves room for before they have been read.
const RESERVED_ELEMENTS: usize = 256;

impl Reader {
    pub fn new(frame: Bytes) -> Reader {
        Reader { frame, at: 0 }
    }

    pub fn remaining(&self) -> usize {
        self.frame.len() - self.at
    }

    /// What has not been read yet.
    pub fn rest(self) -> Bytes {
        self.frame.slice(self.at..)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let bytes = self.frame.get(self.at..).and_then(|left| left.first_chunk::<N>()).ok_or(Malformed::Truncated)?;
        self.at += N;
        Ok(*bytes)
    }

    pub fn take(&mut self, length: usize) -> Result<Bytes, Malformed> {
        if length > self.remaining() {
            return Err(Malformed::Truncated);
        }
        let bytes = self.frame.slice(self.at..self.at + length);
        self.at += length;
        Ok(bytes)
    }

    /// An unsigned LEB128 integer of at most 32 bits.
    #[inline]
    pub fn unsigned_varint(&mut self) -> Result<u32, Malformed> {
        let mut value = 0u32;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array()?;
            if shift == 28 && byte > 0x0f {
                return Err(Malformed::Varint);
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed::Varint)
    }

    /// The length before a string, bytes or an array; `None` is null.
    fn length(&mut self, flexible: bool, prefix: Prefix) -> Result<Option<usize>, Malformed> {
        let length = match (flexible, prefix) {
            (true, _) => i64::from(self.unsigned_varint()?) - 1,
            (false, Prefix::Short) => i64::from(i16::from_be_bytes(self.array()?)),
            (false, Prefix::Long) => i64::from(i32::from_be_bytes(self.array()?)),
        };
        match length {
            -1 => Ok(None),
            n if n < 0 || n as usize > self.remaining() => Err(Malformed::Length(n)),
            // A compact string could be longer, but it could not be written into a message that is not flexible.
            n if matches!(prefix, Prefix::Short) && n > i64::from(i16::MAX) => Err(Malformed::Length(n)),
            n => Ok(Some(n as usize)),
        }
    }

    /// The tagged fields at the end of a flexible struct. `known` decodes the tags that it knows; others are skipped.
    pub fn tagged_fields(
        &mut self,
        mut known: impl FnMut(u32, &mut Reader) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        for _ in 0..self.unsigned_varint()? {
            let tag = self.unsigned_varint()?;
            let size = self.unsigned_varint()?;
            known(tag, &mut Reader::new(self.take(size as usize)?))?;
        }
        Ok(())
    }
}

/// How wide the length before a value is in versions that are not flexible.
#[derive(Clone, Copy)]
enum Prefix {
    /// Two bytes: strings.
    Short,
    /// Four bytes: bytes and arrays.
    Long,
}

/// Segments of this size and more are passed on as they are instead of being copied.
const SEGMENT_BYTES: usize = 4096;

/// A frame under construction: small fields are copied together, large byte fields stay what they are.
#[derive(Default)]
pub struct Writer {
    segments: Vec<Segment>,
    tail: BytesMut,
}

impl Writer {
    pub fn new() -> Writer {
        Writer::default()
    }

    pub fn put(&mut self, bytes: &[u8]) {
        self.tail.put_slice(bytes);
    }

    /// Adds bytes without copying them when they are many.
    pub fn put_bytes(&mut self, bytes: &Bytes) {
        if bytes.len() < SEGMENT_BYTES {
            return self.tail.put_slice(bytes);
        }
        self.end_tail();
        self.segments.push(Segment::Memory(bytes.clone()));
    }

    /// Adds a part of a file without reading it.
    pub fn put_range(&mut self, range: &FileRange) {
        self.end_tail();
        self.segments.push(Segment::File(range.clone()));
    }

    fn end_tail(&mut self) {
        if !self.tail.is_empty() {
            self.segments.push(Segment::Memory(self.tail.split().freeze()));
        }
    }

    /// The length before bytes; `None` is null.
    pub fn put_bytes_length(&mut self, length: Option<usize>, flexible: bool) {
        self.put_length(length, flexible, Prefix::Long);
    }

    pub fn put_unsigned_varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.tail.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.tail.put_u8(value as u8);
    }

    fn put_length(&mut self, length: Option<usize>, flexible: bool, prefix: Prefix) {
        let length = length.map_or(-1, |n| n as i64);
        match (flexible, prefix) {
            (true, _) => self.put_unsigned_varint((length + 1) as u32),
            (false, Prefix::Short) => self.tail.put_i16(length as i16),
            (false, Prefix::Long) => self.tail.put_i32(length as i32),
        }
    }

    /// Writes the tagged fields collected in `fields`, which are in ascending order of their tags.
    pub fn put_tagged_fields(&mut self, fields: Vec<(u32, Writer)>) {
        self.put_unsigned_varint(fields.len() as u32);
        for (tag, value) in fields {
            self.put_unsigned_varint(tag);
            self.put_unsigned_varint(value.len() as u32);
            for segment in value.into_segments() {
                match segment {
                    Segment::Memory(bytes) => self.put_bytes(&bytes),
                    Segment::File(range) => self.put_range(&range),
                }
            }
        }
    }

    pub fn len(&self) -> usize {
        self.segments.iter().map(Segment::len).sum::<usize>() + self.tail.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The frame, for one vectored write.
    pub fn into_segments(mut self) -> Vec<Segment> {
        self.end_tail();
        self.segments
    }

    /// The frame in one piece. Only answers of a broker hold ranges of files, and those are not for this: what of a range
    /// cannot be read is not there.
    pub fn into_bytes(self) -> Bytes {
        Records(self.into_segments()).into_bytes().unwrap_or_default()
    }
}

/// A value that has a form on the wire. `flexible` says whether this version of the message is a flexible one.
pub trait Wire: Sized {
    fn write(&self, to: &mut Writer, version: i16, flexible: bool);
    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<Self, Malformed>;
}

macro_rules! fixed_width {
    ($($number:ty),*) => { $(
        impl Wire for $number {
            #[inline]
            fn write(&self, to: &mut Writer, _: i16, _: bool) {
                to.tail.put_slice(&self.to_be_bytes());
            }
            #[inline]
            fn read(from: &mut Reader, _: i16, _: bool) -> Result<Self, Malformed> {
                Ok(<$number>::from_be_bytes(from.array()?))
            }
        }
    )* };
}

fixed_width!(i8, i16, u16, i32, u32, i64, f64);

impl Wire for bool {
    fn write(&self, to: &mut Writer, _: i16, _: bool) {
        to.tail.put_u8(u8::from(*self));
    }

    fn read(from: &mut Reader, _: i16, _: bool) -> Result<bool, Malformed> {
        let [byte] = from.array()?;
        Ok(byte != 0)
    }
}

impl Wire for Uuid {
    fn write(&self, to: &mut Writer, _: i16, _: bool) {
        to.tail.put_u128(self.0);
    }

    fn read(from: &mut Reader, _: i16, _: bool) -> Result<Uuid, Malformed> {
        Ok(Uuid(u128::from_be_bytes(from.array()?)))
    }
}

impl Wire for Option<String> {
    fn write(&self, to: &mut Writer, _: i16, flexible: bool) {
        to.put_length(self.as_ref().map(String::len), flexible, Prefix::Short);
        to.put(self.as_deref().unwrap_or_default().as_bytes());
    }

    fn read(from: &mut Reader, _: i16, flexible: bool) -> Result<Option<String>, Malformed> {
        let Some(length) = from.length(flexible, Prefix::Short)? else { return Ok(None) };
        let bytes = from.take(length)?;
        Ok(Some(std::str::from_utf8(&bytes).map_err(|_| Malformed::Utf8)?.to_owned()))
    }
}

impl Wire for String {
    fn write(&self, to: &mut Writer, _: i16, flexible: bool) {
        to.put_length(Some(self.len()), flexible, Prefix::Short);
        to.put(self.as_bytes());
    }

    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<String, Malformed> {
        Option::<String>::read(from, version, flexible)?.ok_or(Malformed::Null)
    }
}

impl Wire for Option<Bytes> {
    fn write(&self, to: &mut Writer, _: i16, flexible: bool) {
        to.put_length(self.as_ref().map(Bytes::len), flexible, Prefix::Long);
        if let Some(bytes) = self {
            to.put_bytes(bytes);
        }
    }

    fn read(from: &mut Reader, _: i16, flexible: bool) -> Result<Option<Bytes>, Malformed> {
        match from.length(flexible, Prefix::Long)? {
            None => Ok(None),
            Some(length) => Ok(Some(from.take(length)?)),
        }
    }
}

impl Wire for Bytes {
    fn write(&self, to: &mut Writer, _: i16, flexible: bool) {
        to.put_length(Some(self.len()), flexible, Prefix::Long);
        to.put_bytes(self);
    }

    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<Bytes, Malformed> {
        Option::<Bytes>::read(from, version, flexible)?.ok_or(Malformed::Null)
    }
}

impl<T: Wire> Wire for Option<Vec<T>> {
    fn write(&self, to: &mut Writer, version: i16, flexible: bool) {
        to.put_length(self.as_ref().map(Vec::len), flexible, Prefix::Long);
        for element in self.iter().flatten() {
            element.write(to, version, flexible);
        }
    }

    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<Option<Vec<T>>, Malformed> {
        let Some(length) = from.length(flexible, Prefix::Long)? else { return Ok(None) };
        let mut elements = Vec::with_capacity(length.min(RESERVED_ELEMENTS));
        for _ in 0..length {
            elements.push(T::read(from, version, flexible)?);
        }
        Ok(Some(elements))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, to: &mut Writer, version: i16, flexible: bool) {
        to.put_length(Some(self.len()), flexible, Prefix::Long);
        for element in self {
            element.write(to, version, flexible);
        }
    }

    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<Vec<T>, Malformed> {
        Option::<Vec<T>>::read(from, version, flexible)?.ok_or(Malformed::Null)
    }
}

/// A nullable struct: one byte, −1 for null, in front.
impl<T: Wire> Wire for Option<Box<T>> {
    fn write(&self, to: &mut Writer, version: i16, flexible: bool) {
        match self {
            None => (-1i8).write(to, version, flexible),
            Some(value) => {
                1i8.write(to, version, flexible);
                value.write(to, version, flexible);
            }
        }
    }

    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<Option<Box<T>>, Malformed> {
        if i8::read(from, version, flexible)? < 0 {
            return Ok(None);
        }
        Ok(Some(Box::new(T::read(from, version, flexible)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_length_beyond_the_frame_is_refused_before_anything_is_allocated() {
        let mut reader = Reader::new(Bytes::from_static(&[0x7f, 0xff, 0xff, 0xff, 1, 2]));
        assert_eq!(Vec::<i64>::read(&mut reader, 0, false), Err(Malformed::Length(0x7fff_ffff)));
        let mut reader = Reader::new(Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f]));
        assert!(matches!(Option::<Bytes>::read(&mut reader, 0, true), Err(Malformed::Length(_))));
    }

    #[test]
    fn an_overlong_varint_is_refused() {
        let mut reader = Reader::new(Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0xff, 0x01]));
        assert_eq!(reader.unsigned_varint(), Err(Malformed::Varint));
    }

    #[test]
    fn large_byte_fields_are_passed_on_without_a_copy() {
        let records = Bytes::from(vec![7u8; 10_000]);
        let mut writer = Writer::new();
        7i32.write(&mut writer, 0, false);
        records.write(&mut writer, 0, false);
        let segments = writer.into_segments();
        assert_eq!(segments.len(), 2);
        assert!(matches!(&segments[1], Segment::Memory(bytes) if bytes.as_ptr() == records.as_ptr()));
    }
}

//! The bytes of one key or value, read as Kafka's generated code reads them: what a length claims is compared with what is
//! left before anything is taken, and text that is no UTF-8 is mended, not refused.

use std::borrow::Cow;
use std::fmt;

/// Why bytes are not what their schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// They end inside a number.
    Ended,
    /// They end inside a string or bytes.
    Short { wanted: usize, left: usize },
    /// An array claims more elements than there are bytes.
    Elements { claimed: usize, left: usize },
    /// A field is null that cannot be.
    Null { field: &'static str },
    /// A string is longer than any may be.
    LongString { field: &'static str, length: usize },
    /// A variable-length number does not end; what it was worth so far.
    Varint { value: u32 },
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misread::Ended => f.write_str("the bytes end in the middle of a field"),
            Misread::Short { wanted, left } => write!(f, "{wanted} bytes should follow and {left} do"),
            Misread::Elements { claimed, left } => {
                write!(f, "{claimed} elements cannot be in the {left} bytes that are left")
            }
            Misread::Null { field } => write!(f, "{field} is null and cannot be"),
            Misread::LongString { field, length } => write!(f, "{field} has a length of {length}"),
            Misread::Varint { .. } => f.write_str("a variable-length number is too long"),
        }
    }
}

impl std::error::Error for Misread {}

#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    pub fn remaining(&self) -> usize {
        self.0.len()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Misread> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(Misread::Ended)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub fn int16(&mut self) -> Result<i16, Misread> {
        self.array().map(i16::from_be_bytes)
    }

    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Misread> {
        let left = self.0.len();
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Misread::Short { wanted: length, left })?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self, length: usize) -> Result<Cow<'a, str>, Misread> {
        Ok(String::from_utf8_lossy(self.bytes(length)?))
    }

    pub fn varint(&mut self) -> Result<u32, Misread> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21] {
            let [byte] = self.array()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        let [byte] = self.array()?;
        value |= u32::from(byte) << 28;
        if byte < 0x80 { Ok(value) } else { Err(Misread::Varint { value }) }
    }

    /// The length before a string, bytes or an array; `None` is null. Lengths that cannot be are taken for null, as Kafka
    /// does.
    pub(super) fn length(&mut self, is_flexible: bool, is_short: bool) -> Result<Option<usize>, Misread> {
        let length = match (is_flexible, is_short) {
            (true, _) => self.varint()?.wrapping_sub(1) as i32,
            (false, true) => i32::from(self.int16()?),
            (false, false) => self.array().map(i32::from_be_bytes)?,
        };
        Ok(usize::try_from(length).ok())
    }
}

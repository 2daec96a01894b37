//! How key and value of a record of an internal topic are framed: each begins with a number, the type of the record in
//! the key, the version of the value in the value. Source: storage reference 5.2.

use std::fmt;

use bytes::Bytes;

use crate::protocol::message::Message;
use crate::protocol::primitives::{Malformed, Reader, Wire, Writer};

/// Why the bytes of a record of an internal topic are not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnreadableRecord {
    /// A record of a type that is not kept here. It can be passed over.
    UnknownType(i16),
    /// No key: nothing that a coordinator writes.
    NoKey,
    Key(Malformed),
    Value(Malformed),
    /// A transaction in a state that does not exist.
    UnknownState(i8),
}

impl fmt::Display for UnreadableRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnreadableRecord::UnknownType(kind) => write!(f, "a record of type {kind} is not of a kind known here"),
            UnreadableRecord::NoKey => f.write_str("a record has no key"),
            UnreadableRecord::Key(e) => write!(f, "the key of a record is unreadable: {e}"),
            UnreadableRecord::Value(e) => write!(f, "the value of a record is unreadable: {e}"),
            UnreadableRecord::UnknownState(number) => write!(f, "there is no state {number} of a transaction"),
        }
    }
}

impl std::error::Error for UnreadableRecord {}

pub(super) fn with_number<M: Message>(number: i16, message: &M, version: i16) -> Bytes {
    let mut writer = Writer::new();
    number.write(&mut writer, 0, false);
    message.encode_to(&mut writer, version);
    writer.into_bytes()
}

pub(super) fn versioned_value<M: Message>(value: Option<Bytes>) -> Result<Option<M>, UnreadableRecord> {
    Ok(value_and_version(value)?.map(|(_, value)| value))
}

/// The value with the number before it.
pub(super) fn value_and_version<M: Message>(value: Option<Bytes>) -> Result<Option<(i16, M)>, UnreadableRecord> {
    let Some(value) = value else { return Ok(None) };
    let mut value = Reader::new(value);
    let version = i16::read(&mut value, 0, false).map_err(UnreadableRecord::Value)?;
    M::decode_from(&mut value, version).map(|value| Some((version, value))).map_err(UnreadableRecord::Value)
}

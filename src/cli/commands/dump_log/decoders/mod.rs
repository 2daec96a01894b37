//! Keys and values as text: by Kafka's decoder classes, or by the schemas of an internal topic.

mod control;
mod coordinator;
mod metadata;
mod remote;

pub use control::control_text;

use super::thrown::{Thrown, UNDERFLOW};
use super::view::RecordView;
use crate::records::schemas::Misread;
use coordinator::Topic;

/// How keys and values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoder {
    Classes {
        key: Class,
        value: Class,
    },
    /// `__consumer_offsets`.
    Offsets,
    /// `__transaction_state`.
    TransactionLog,
    ClusterMetadata,
    /// `__remote_log_metadata`.
    RemoteLogMetadata,
    /// `__share_group_state`.
    ShareGroupState,
}

/// Key and payload, as far as there are such.
pub type Decoded = (Option<String>, Option<String>);

impl Decoder {
    pub fn decode(self, record: &RecordView<'_>) -> Result<Decoded, Thrown> {
        match self {
            Decoder::Classes { key, value } => {
                let text = |class: Class, bytes: Option<&[u8]>| bytes.map(|bytes| class.text(bytes)).transpose();
                Ok((text(key, record.key)?, text(value, record.value)?))
            }
            Decoder::Offsets => Topic::OFFSETS.decode(record),
            Decoder::TransactionLog => Topic::TRANSACTIONS.decode(record),
            Decoder::ShareGroupState => Topic::SHARE.decode(record),
            Decoder::ClusterMetadata => Ok((None, Some(metadata::decode(record)))),
            Decoder::RemoteLogMetadata => Ok((None, Some(remote::decode(record)))),
        }
    }

    /// The decoder for the files of a topic.
    pub fn of_topic(topic: &str) -> Decoder {
        match topic {
            "__consumer_offsets" => Decoder::Offsets,
            "__transaction_state" => Decoder::TransactionLog,
            "__share_group_state" => Decoder::ShareGroupState,
            "__cluster_metadata" => Decoder::ClusterMetadata,
            "__remote_log_metadata" => Decoder::RemoteLogMetadata,
            _ => Decoder::Classes { key: Class::String, value: Class::String },
        }
    }
}

/// One of the classes of `org.apache.kafka.tools.api`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    String,
    Integer,
    Long,
    /// Java prints an address; the bytes themselves are of more use.
    Bytes,
}

impl Class {
    pub fn named(name: &str) -> Result<Class, Thrown> {
        match name.strip_prefix("org.apache.kafka.tools.api.").unwrap_or(name) {
            "StringDecoder" => Ok(Class::String),
            "IntegerDecoder" => Ok(Class::Integer),
            "LongDecoder" => Ok(Class::Long),
            "DefaultDecoder" => Ok(Class::Bytes),
            _ => {
                let class = "java.lang.ClassNotFoundException";
                Err(Thrown::told(class, Some(name.to_owned()), format!("the decoder {name} does not exist here")))
            }
        }
    }

    fn text(self, bytes: &[u8]) -> Result<String, Thrown> {
        let short = || Thrown::told(UNDERFLOW, None, format!("{} bytes are too few for a number", bytes.len()));
        match self {
            Class::String | Class::Bytes => Ok(java_text(bytes)),
            Class::Integer => bytes.first_chunk().map(|b| i32::from_be_bytes(*b).to_string()).ok_or_else(short),
            Class::Long => bytes.first_chunk().map(|b| i64::from_be_bytes(*b).to_string()).ok_or_else(short),
        }
    }
}

/// Text as Java makes it of bytes: one replacement for each run that is not UTF-8; half of a surrogate pair is one run.
pub fn java_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut within_surrogate = 0;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            within_surrogate = 0;
        }
        text.push_str(chunk.valid());
        match chunk.invalid() {
            [] => {}
            [0x80..=0xbf] if within_surrogate > 0 => within_surrogate -= 1,
            invalid => {
                text.push(char::REPLACEMENT_CHARACTER);
                let at = invalid.as_ptr() as usize - bytes.as_ptr() as usize;
                let is_surrogate = matches!(bytes[at..], [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..]);
                within_surrogate = if is_surrogate { 2 } else { 0 };
            }
        }
    }
    text
}

/// What Java's generated readers say of bytes that are not what a schema says; some of their exceptions have no message.
fn java_words(misread: &Misread) -> Option<String> {
    Some(match misread {
        Misread::Ended => return None,
        Misread::Short { wanted, left } => {
            format!("Error reading byte array of {wanted} byte(s): only {left} byte(s) available")
        }
        Misread::Elements { claimed, left } => {
            format!("Tried to allocate a collection of size {claimed}, but there are only {left} bytes remaining.")
        }
        Misread::Null { field } => format!("non-nullable field {field} was serialized as null"),
        Misread::LongString { field, length } => format!("string field {field} had invalid length {length}"),
        Misread::Varint { value } => {
            format!("Varint is too long, the most significant bit in the 5th byte is set, converted value: {value:x}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_mended_as_java_mends_it() {
        assert_eq!(java_text("aé€😀".as_bytes()), "aé€😀");
        assert_eq!(java_text(b"a\xffb\xe2\x82c"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(java_text(b"\xed\xa0\x80!"), "\u{fffd}!");
        assert_eq!(java_text(b"\x80\x80"), "\u{fffd}\u{fffd}");
        assert_eq!(java_text(b"\xf0\x9f\x98"), "\u{fffd}");
    }

    #[test]
    fn classes_are_found_with_and_without_their_package() {
        assert_eq!(Class::named("org.apache.kafka.tools.api.LongDecoder"), Ok(Class::Long));
        assert_eq!(Class::named("IntegerDecoder"), Ok(Class::Integer));
        assert_eq!(Class::named("a.B").unwrap_err().java.as_deref(), Some("a.B"));
        assert_eq!(Class::Integer.text(&[0, 0, 1, 0]).unwrap(), "256");
        assert_eq!(Class::Long.text(&[0; 7]).unwrap_err().class, UNDERFLOW);
    }
}

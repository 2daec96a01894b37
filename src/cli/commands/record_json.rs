//! A record as one line of JSON: what `consume --output jsonl` writes and `produce --input jsonl` reads.
//!
//! ```json
//! {"topic":"t","partition":0,"offset":42,"timestamp":1700000000000,"timestamp_type":"create",
//!  "headers":[{"key":"h","value":"v"},{"key":"h","value":null}],"key":"k","value":"v"}
//! ```
//!
//! (On one line.) `timestamp` is in milliseconds since the epoch, or null; `timestamp_type` is `create`, `append` or
//! null. A key, value or header value is a string if it is UTF-8; if it is not, its field is called `key_base64` or
//! `value_base64` instead. Null is null, which is not the same as empty. Headers keep their order and their duplicates.
//! When a record is read back, every field may be missing (a missing key, value or header list is null or empty),
//! `topic`, `offset` and `timestamp_type` are ignored, and a field of any other name is an error.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The line to write.
#[derive(Serialize)]
pub struct Line<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<i64>,
    pub timestamp_type: Option<&'static str>,
    pub headers: Vec<HeaderLine<'a>>,
    #[serde(flatten)]
    pub key: KeyField<'a>,
    #[serde(flatten)]
    pub value: ValueField<'a>,
}

#[derive(Serialize)]
pub struct HeaderLine<'a> {
    pub key: &'a str,
    #[serde(flatten)]
    pub value: ValueField<'a>,
}

#[derive(Serialize)]
pub enum KeyField<'a> {
    #[serde(rename = "key")]
    Text(Option<&'a str>),
    #[serde(rename = "key_base64")]
    Bytes(String),
}

#[derive(Serialize)]
pub enum ValueField<'a> {
    #[serde(rename = "value")]
    Text(Option<&'a str>),
    #[serde(rename = "value_base64")]
    Bytes(String),
}

impl<'a> From<Option<&'a [u8]>> for KeyField<'a> {
    fn from(bytes: Option<&'a [u8]>) -> KeyField<'a> {
        match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
            None => KeyField::Text(None),
            Some((_, Ok(text))) => KeyField::Text(Some(text)),
            Some((bytes, Err(_))) => KeyField::Bytes(STANDARD.encode(bytes)),
        }
    }
}

impl<'a> From<Option<&'a [u8]>> for ValueField<'a> {
    fn from(bytes: Option<&'a [u8]>) -> ValueField<'a> {
        match KeyField::from(bytes) {
            KeyField::Text(text) => ValueField::Text(text),
            KeyField::Bytes(base64) => ValueField::Bytes(base64),
        }
    }
}

/// What a line says about a record to be produced. Text without escapes stays where it is in the line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedLine<'a> {
    pub partition: Option<i32>,
    pub timestamp: Option<i64>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub key: Option<Cow<'a, [u8]>>,
    pub value: Option<Cow<'a, [u8]>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    #[serde(rename = "topic")]
    _topic: Option<serde::de::IgnoredAny>,
    #[serde(rename = "offset")]
    _offset: Option<serde::de::IgnoredAny>,
    #[serde(rename = "timestamp_type")]
    _timestamp_type: Option<serde::de::IgnoredAny>,
    partition: Option<i32>,
    timestamp: Option<i64>,
    #[serde(borrow)]
    headers: Option<Vec<HeaderFields<'a>>>,
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    key_base64: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
    #[serde(borrow)]
    value_base64: Option<Text<'a>>,
}

/// A type of its own, since serde borrows text within an `Option` only then.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderFields<'a> {
    key: String,
    #[serde(borrow)]
    value: Option<Text<'a>>,
    #[serde(borrow)]
    value_base64: Option<Text<'a>>,
}

/// Reads one line. The error says what is wrong with it.
pub fn parse(line: &[u8]) -> Result<ParsedLine<'_>, String> {
    let fields: Fields<'_> = serde_json::from_slice(line).map_err(|error| in_one_line(&error))?;
    let headers = fields.headers.unwrap_or_default().into_iter();
    let header = |h: HeaderFields<'_>| Ok((h.key, bytes("value", h.value, h.value_base64)?.map(Cow::into_owned)));
    Ok(ParsedLine {
        partition: fields.partition,
        timestamp: fields.timestamp,
        headers: headers.map(header).collect::<Result<_, String>>()?,
        key: bytes("key", fields.key, fields.key_base64)?,
        value: bytes("value", fields.value, fields.value_base64)?,
    })
}

/// The library counts lines, too, and each of ours is its first.
fn in_one_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line 1 column ") {
        Some((fault, column)) => format!("{fault} (column {column})"),
        None => text,
    }
}

fn bytes<'a>(name: &str, text: Option<Text<'a>>, base64: Option<Text<'a>>) -> Result<Option<Cow<'a, [u8]>>, String> {
    match (text, base64) {
        (Some(_), Some(_)) => Err(format!("both {name} and {name}_base64 are given")),
        (Some(Text(Cow::Borrowed(text))), None) => Ok(Some(Cow::Borrowed(text.as_bytes()))),
        (Some(Text(Cow::Owned(text))), None) => Ok(Some(Cow::Owned(text.into_bytes()))),
        (None, Some(Text(base64))) => {
            let decoded = STANDARD.decode(base64.as_bytes());
            decoded.map(|bytes| Some(bytes.into())).map_err(|error| format!("{name}_base64 is not base64: {error}"))
        }
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(headers: &[(String, Option<Vec<u8>>)], key: Option<&[u8]>, value: Option<&[u8]>) -> String {
        let line = Line {
            topic: "t",
            partition: 3,
            offset: 42,
            timestamp: Some(17),
            timestamp_type: Some("create"),
            headers: headers.iter().map(|(key, value)| HeaderLine { key, value: value.as_deref().into() }).collect(),
            key: key.into(),
            value: value.into(),
        };
        serde_json::to_string(&line).unwrap()
    }

    #[test]
    fn the_shape_of_a_line() {
        let headers =
            [("h".to_owned(), Some(b"v".to_vec())), ("h".to_owned(), None), ("b".to_owned(), Some(vec![0xff]))];
        assert_eq!(
            write(&headers, Some(b"k\"\xc3\xa9"), None),
            "{\"topic\":\"t\",\"partition\":3,\"offset\":42,\"timestamp\":17,\"timestamp_type\":\"create\",\
             \"headers\":[{\"key\":\"h\",\"value\":\"v\"},{\"key\":\"h\",\"value\":null},\
             {\"key\":\"b\",\"value_base64\":\"/w==\"}],\"key\":\"k\\\"é\",\"value\":null}"
        );
        assert!(write(&[], None, Some(&[0xff, 0])).ends_with("\"key\":null,\"value_base64\":\"/wA=\"}"));
    }

    #[test]
    fn missing_fields_are_null_and_unknown_ones_are_errors() {
        assert_eq!(parse(b"{}").unwrap(), ParsedLine::default());
        assert_eq!(parse(b"{\"value\":\"\"}").unwrap().value, Some(b""[..].into()));
        assert!(parse(b"{\"vlaue\":\"x\"}").unwrap_err().contains("unknown field `vlaue`"));
        assert!(parse(b"{\"value\":5}").unwrap_err().ends_with("expected a string (column 10)"));
        assert!(parse(b"{\"key\":\"a\",\"key_base64\":\"YQ==\"}").unwrap_err().contains("both key and key_base64"));
        assert!(parse(b"{\"key_base64\":\"%\"}").unwrap_err().contains("not base64"));
        assert!(parse(b"[]").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_byte_for_byte(
            key in any::<Option<Vec<u8>>>(),
            value in any::<Option<Vec<u8>>>(),
            headers in any::<Vec<(String, Option<Vec<u8>>)>>(),
        ) {
            let line = write(&headers, key.as_deref(), value.as_deref());
            prop_assert!(!line.contains('\n'));
            let (key, value) = (key.map(Cow::Owned), value.map(Cow::Owned));
            let expected = ParsedLine { partition: Some(3), timestamp: Some(17), headers, key, value };
            prop_assert_eq!(parse(line.as_bytes()).unwrap(), expected);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
            drop(parse(&bytes));
        }
    }
}

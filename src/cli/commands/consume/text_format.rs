//! Records as text, as Kafka's `DefaultMessageFormatter` writes them.
//!
//! Columns stand in a fixed order: timestamp, partition, offset, delivery, epoch, headers, key, value. A column ends with
//! the key separator if another follows, else with the line separator. Bytes are copied as they are unless a
//! deserializer says what they mean.

use std::io::{self, Write};

use super::deserializer::{Deserializer, Fault};
use super::form::Encodings;
use crate::cli::commands::field_encoding::FieldEncoding;
use crate::cli::commands::record_json::HeaderLine;
use crate::cli::failure::Failure;
use crate::client::consumer::{Incoming, RecordTime};
use crate::properties::Properties;

/// Which columns are written, and what stands between them.
#[derive(Debug, Clone)]
pub struct TextFormat {
    columns: Vec<Column>,
    key_separator: Vec<u8>,
    line_separator: Vec<u8>,
    headers_separator: Vec<u8>,
    null_literal: Vec<u8>,
    key: Option<Deserializer>,
    value: Option<Deserializer>,
    header: Option<Deserializer>,
    /// How bytes are written where no deserializer says what they mean.
    encodings: Encodings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Timestamp,
    Partition,
    Offset,
    Delivery,
    Epoch,
    Headers,
    Key,
    Value,
}

const COLUMNS: [(&str, Column, bool); 8] = [
    ("print.timestamp", Column::Timestamp, false),
    ("print.partition", Column::Partition, false),
    ("print.offset", Column::Offset, false),
    ("print.delivery", Column::Delivery, false),
    ("print.epoch", Column::Epoch, false),
    ("print.headers", Column::Headers, false),
    ("print.key", Column::Key, false),
    ("print.value", Column::Value, true),
];

/// What a formatter needs to see of a record.
pub struct Shown<'a> {
    pub topic: &'a str,
    pub time: RecordTime,
    pub partition: i32,
    pub offset: i64,
    pub headers: Vec<(&'a str, Option<&'a [u8]>)>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
}

impl<'a> Shown<'a> {
    /// Headers are read where they are wanted; nothing else of a record costs as much.
    pub fn of(record: &'a Incoming<'_>, with_headers: bool) -> Result<Shown<'a>, Fault> {
        let headers = match with_headers {
            true => record.headers().map_err(|error| Fault::new(error.to_string()))?,
            false => Vec::new(),
        };
        Ok(Shown {
            topic: record.topic(),
            time: record.time(),
            partition: record.partition(),
            offset: record.offset(),
            headers,
            key: record.key(),
            value: record.value(),
        })
    }

    pub fn header_lines(&self) -> impl Iterator<Item = HeaderLine<'_>> {
        self.headers.iter().map(|(key, value)| HeaderLine { key, value: (*value).into() })
    }
}

impl TextFormat {
    /// Every deserializer that the properties name has to be one that `load` finds.
    pub fn new(
        properties: &Properties,
        mut load: impl FnMut(&str) -> Result<Option<Deserializer>, Failure>,
    ) -> Result<TextFormat, Failure> {
        let is_on = |key: &str, default: bool| {
            properties.get(key).map_or(default, |value| value.trim().eq_ignore_ascii_case("true"))
        };
        let bytes = |key: &str, default: &str| properties.get(key).unwrap_or(default).as_bytes().to_vec();
        let mut deserializer = |key: &str| properties.get(key).map_or(Ok(None), &mut load);
        let columns = COLUMNS.into_iter().filter(|(key, _, default)| is_on(key, *default));
        Ok(TextFormat {
            columns: columns.map(|(_, column, _)| column).collect(),
            key_separator: bytes("key.separator", "\t"),
            line_separator: bytes("line.separator", "\n"),
            headers_separator: bytes("headers.separator", ","),
            null_literal: bytes("null.literal", "null"),
            key: deserializer("key.deserializer")?,
            value: deserializer("value.deserializer")?,
            header: deserializer("headers.deserializer")?,
            encodings: Encodings::default(),
        })
    }

    #[must_use]
    pub fn encoded(self, encodings: Encodings) -> TextFormat {
        TextFormat { encodings, ..self }
    }

    pub fn shows_headers(&self) -> bool {
        self.columns.contains(&Column::Headers)
    }

    /// Appends the text of a record; on an error, the columns in front of the one that cannot be written.
    pub fn write(&self, record: &Shown<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
        for (index, column) in self.columns.iter().enumerate() {
            self.write_column(*column, record, to)?;
            let is_last = index + 1 == self.columns.len();
            to.extend_from_slice(if is_last { &self.line_separator } else { &self.key_separator });
        }
        Ok(())
    }

    fn write_column(&self, column: Column, record: &Shown<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
        let written = match column {
            Column::Timestamp => write_time(record.time, to),
            Column::Partition => write!(to, "Partition:{}", record.partition),
            Column::Offset => write!(to, "Offset:{}", record.offset),
            Column::Delivery => write!(to, "Delivery:NOT_PRESENT"),
            Column::Epoch => write!(to, "Epoch:NOT_PRESENT"),
            Column::Headers => return self.write_headers(&record.headers, to),
            Column::Key => return self.write_field(record.key, self.key, self.encodings.key, to),
            Column::Value => return self.write_field(record.value, self.value, self.encodings.value, to),
        };
        written.map_err(|error| Fault::new(error.to_string()))
    }

    fn write_headers(&self, headers: &[(&str, Option<&[u8]>)], to: &mut Vec<u8>) -> Result<(), Fault> {
        if headers.is_empty() {
            to.extend_from_slice(b"NO_HEADERS");
        }
        for (index, (name, value)) in headers.iter().enumerate() {
            if index > 0 {
                to.extend_from_slice(&self.headers_separator);
            }
            to.extend_from_slice(name.as_bytes());
            to.push(b':');
            self.write_field(*value, self.header, FieldEncoding::Text, to)?;
        }
        Ok(())
    }

    /// With a deserializer a null is what the deserializer makes of the null literal's bytes, as in Kafka.
    fn write_field(
        &self,
        bytes: Option<&[u8]>,
        deserializer: Option<Deserializer>,
        encoding: FieldEncoding,
        to: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        match (deserializer, bytes) {
            (None, None) => to.extend_from_slice(&self.null_literal),
            (None, Some(bytes)) => encoding.write(bytes, to),
            (Some(deserializer), bytes) => {
                to.extend_from_slice(deserializer.text(bytes.unwrap_or(&self.null_literal))?.as_bytes());
            }
        }
        Ok(())
    }
}

fn write_time(time: RecordTime, to: &mut Vec<u8>) -> io::Result<()> {
    match time {
        RecordTime::None => write!(to, "NO_TIMESTAMP"),
        RecordTime::Created(time) => write!(to, "CreateTime:{time}"),
        RecordTime::Appended(time) => write!(to, "LogAppendTime:{time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn shown() -> Shown<'static> {
        Shown {
            topic: "t",
            time: RecordTime::Created(Timestamp(123)),
            partition: 0,
            offset: 42,
            headers: vec![("h1", Some(b"v1")), ("h2", None)],
            key: Some(b"key"),
            value: Some(b"value\xff"),
        }
    }

    fn text(pairs: &[&str], record: &Shown<'_>) -> Result<Vec<u8>, Fault> {
        let mut text = Vec::new();
        let load = |class: &str| Deserializer::of_class(class).map(Some);
        TextFormat::new(&Properties::from_pairs(pairs), load).unwrap().write(record, &mut text).map(|()| text)
    }

    #[test]
    fn the_value_alone_is_written_as_it_is() {
        assert_eq!(text(&[], &shown()).unwrap(), b"value\xff\n");
    }

    #[test]
    fn columns_stand_in_kafkas_order() {
        let all = COLUMNS.map(|(key, _, _)| format!("{key}=true"));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let expected = b"CreateTime:123\tPartition:0\tOffset:42\tDelivery:NOT_PRESENT\tEpoch:NOT_PRESENT\t\
                         h1:v1,h2:null\tkey\tvalue\xff\n";
        assert_eq!(text(&all, &shown()).unwrap(), expected);
        let bare = Shown { time: RecordTime::None, headers: Vec::new(), key: None, value: None, ..shown() };
        let pairs = ["print.timestamp=true", "print.headers=true", "print.key=TRUE", "null.literal=-"];
        assert_eq!(text(&pairs, &bare).unwrap(), b"NO_TIMESTAMP\tNO_HEADERS\t-\t-\n");
    }

    #[test]
    fn separators_are_taken_as_they_are_and_no_column_means_no_line() {
        let pairs = ["print.key=true", "key.separator=\\t", "line.separator=;"];
        assert_eq!(text(&pairs, &shown()).unwrap(), b"key\\tvalue\xff;");
        assert_eq!(text(&["print.key=true", "print.value=false"], &shown()).unwrap(), b"key\n");
        assert_eq!(text(&["print.value=false"], &shown()).unwrap(), b"");
    }

    #[test]
    fn a_null_goes_through_the_deserializer_as_its_literal() {
        let class = "value.deserializer=org.apache.kafka.common.serialization.";
        let null = Shown { value: None, ..shown() };
        assert_eq!(text(&[&format!("{class}IntegerDeserializer")], &null).unwrap(), b"1853189228\n");
        let fault = text(&[&format!("{class}LongDeserializer")], &null).unwrap_err();
        assert_eq!(fault.message, "Size of data received by LongDeserializer is not 8");
    }
}

//! How records are written: the forms of `--output` and `--format`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::deserializer::Fault;
use super::internal_topics::InternalFormat;
use super::letters::LetterFormat;
use super::text_format::{Shown, TextFormat};
use crate::cli::commands::field_encoding::{FieldEncoding, write_hex};
use crate::cli::commands::record_json::{KeyField, Line, ValueField};
use crate::client::consumer::RecordTime;

#[derive(Debug, Clone)]
pub enum Form {
    Text(TextFormat),
    Letters(LetterFormat),
    /// Records of an internal topic of Kafka's, one object behind the other.
    Internal(InternalFormat),
    /// An object a line.
    JsonLines(Encodings),
    /// One array of such objects.
    Json(Encodings),
    Csv(Encodings),
    Table(TableForm),
    /// Not at all; they are only counted.
    Nothing,
}

/// How keys and values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Encodings {
    pub key: FieldEncoding,
    pub value: FieldEncoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableForm {
    /// Whether records of several topics may come.
    pub with_topic: bool,
    pub encodings: Encodings,
}

impl Form {
    /// Whether a record has to be looked at to be written.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Form::Nothing)
    }

    /// Whether the headers of a record have to be known to write it.
    pub fn shows_headers(&self) -> bool {
        match self {
            Form::Nothing | Form::Table(_) | Form::Internal(_) => false,
            Form::Text(format) => format.shows_headers(),
            Form::Letters(format) => format.shows_headers(),
            Form::JsonLines(_) | Form::Json(_) | Form::Csv(_) => true,
        }
    }

    /// What stands in front of all records.
    pub fn head(&self) -> String {
        match self {
            Form::Csv(_) => CSV_HEAD.to_owned(),
            Form::Table(table) => table.line(["TIMESTAMP", "TOPIC", "PARTITION", "OFFSET", "KEY", "VALUE"]),
            _ => String::new(),
        }
    }

    /// What stands in front of a record.
    pub fn separator(&self, is_first: bool) -> &'static [u8] {
        match (self, is_first) {
            (Form::Json(_), true) => b"[\n",
            (Form::Json(_), false) => b",\n",
            _ => b"",
        }
    }

    /// Appends a record; on a fault, what stands in front of the field at fault may be there already.
    pub fn write(&self, record: &Shown<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
        match self {
            Form::Nothing => Ok(()),
            Form::Text(format) => format.write(record, to),
            Form::Letters(format) => format.write(record, to),
            Form::Internal(format) => format.write(record, to),
            Form::JsonLines(encodings) => {
                write_json(record, *encodings, to)?;
                to.push(b'\n');
                Ok(())
            }
            Form::Json(encodings) => write_json(record, *encodings, to),
            Form::Csv(encodings) => write_csv(record, *encodings, to),
            Form::Table(table) => {
                to.extend_from_slice(table.row(record).as_bytes());
                Ok(())
            }
        }
    }

    /// What stands behind all records.
    pub fn tail(&self, is_empty: bool) -> &'static str {
        match (self, is_empty) {
            (Form::Json(_), true) => "[]\n",
            (Form::Json(_), false) => "\n]\n",
            _ => "",
        }
    }
}

fn write_json(record: &Shown<'_>, encodings: Encodings, to: &mut Vec<u8>) -> Result<(), Fault> {
    serde_json::to_writer(to, &json_line(record, encodings)).map_err(|error| Fault::new(error.to_string()))
}

fn json_line<'a>(record: &'a Shown<'a>, encodings: Encodings) -> Line<'a> {
    let in_base64 = |bytes: Option<&[u8]>, encoding| match (bytes, encoding) {
        (Some(bytes), FieldEncoding::Base64) => Some(STANDARD.encode(bytes)),
        _ => None,
    };
    Line {
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        timestamp: record.time.millis(),
        timestamp_type: time_type(record.time),
        headers: record.header_lines().collect(),
        key: in_base64(record.key, encodings.key).map_or_else(|| record.key.into(), KeyField::Bytes),
        value: in_base64(record.value, encodings.value).map_or_else(|| record.value.into(), ValueField::Bytes),
    }
}

fn time_type(time: RecordTime) -> Option<&'static str> {
    match time {
        RecordTime::None => None,
        RecordTime::Created(_) => Some("create"),
        RecordTime::Appended(_) => Some("append"),
    }
}

const CSV_HEAD: &str = "topic,partition,offset,timestamp,timestamp_type,headers,key,key_base64,value,value_base64\n";

/// The fields of a line of JSON. Null is nothing at all, an empty text is `""`.
fn write_csv(record: &Shown<'_>, encodings: Encodings, to: &mut Vec<u8>) -> Result<(), Fault> {
    let line = json_line(record, encodings);
    let headers = serde_json::to_string(&line.headers).map_err(|error| Fault::new(error.to_string()))?;
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let field = |field: KeyField<'_>| match field {
        KeyField::Text(text) => (text.map(quoted).unwrap_or_default(), String::new()),
        KeyField::Bytes(base64) => (String::new(), base64),
    };
    let value = match line.value {
        ValueField::Text(text) => KeyField::Text(text),
        ValueField::Bytes(base64) => KeyField::Bytes(base64),
    };
    let ((key, key_base64), (value, value_base64)) = (field(line.key), field(value));
    let cells = [
        quoted(line.topic),
        line.partition.to_string(),
        line.offset.to_string(),
        number(line.timestamp),
        line.timestamp_type.unwrap_or_default().to_owned(),
        quoted(&headers),
        key,
        key_base64,
        value,
        value_base64,
    ];
    to.extend_from_slice(cells.join(",").as_bytes());
    to.push(b'\n');
    Ok(())
}

fn quoted(text: &str) -> String {
    let needs_quotes = text.is_empty() || text.contains(['"', ',', '\n', '\r']);
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

impl TableForm {
    fn line(&self, [time, topic, partition, offset, key, value]: [&str; 6]) -> String {
        let topic = if self.with_topic { format!("{topic:<20}  ") } else { String::new() };
        let line = format!("{time:<24}  {topic}{partition:>9}  {offset:>9}  {key:<20}  {value}");
        format!("{}\n", line.trim_end())
    }

    fn row(&self, record: &Shown<'_>) -> String {
        let time = record.time.millis().map_or_else(
            || "-".to_owned(),
            |millis| {
                jiff::Timestamp::from_millisecond(millis)
                    .map_or_else(|_| millis.to_string(), |time| format!("{time:.3}"))
            },
        );
        let (partition, offset) = (record.partition.to_string(), record.offset.to_string());
        let key = cell(record.key, self.encodings.key);
        let value = cell(record.value, self.encodings.value);
        self.line([&time, record.topic, &partition, &offset, &key, &value])
    }
}

/// One line, whatever the bytes are: what cannot be shown is escaped. Null is a dash.
fn cell(bytes: Option<&[u8]>, encoding: FieldEncoding) -> String {
    let Some(bytes) = bytes else { return "-".to_owned() };
    if encoding != FieldEncoding::Text {
        let mut text = Vec::new();
        encoding.write(bytes, &mut text);
        return String::from_utf8_lossy(&text).into_owned();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                control if control.is_control() => text.extend(control.escape_default()),
                other => text.push(other),
            }
        }
        let mut digits = Vec::new();
        write_hex(chunk.invalid(), &mut digits);
        for byte in digits.chunks(2) {
            text.push_str("\\x");
            text.push_str(&String::from_utf8_lossy(byte));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn shown() -> Shown<'static> {
        Shown {
            topic: "orders",
            time: RecordTime::Created(Timestamp(1_767_225_600_123)),
            partition: 0,
            offset: 42,
            headers: vec![("h", Some(b"v"))],
            key: Some(b"a,\"b\""),
            value: Some(b"one\ntwo"),
        }
    }

    fn written(form: &Form, records: &[Shown<'_>]) -> String {
        let mut text = form.head().into_bytes();
        for (index, record) in records.iter().enumerate() {
            text.extend_from_slice(form.separator(index == 0));
            form.write(record, &mut text).unwrap();
        }
        text.extend_from_slice(form.tail(records.is_empty()).as_bytes());
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn csv_tells_null_from_empty_and_text_from_bytes() {
        let bytes = Shown { key: None, value: Some(b"\xff"), headers: Vec::new(), time: RecordTime::None, ..shown() };
        let empty = Shown { key: Some(b""), value: None, headers: Vec::new(), time: RecordTime::None, ..shown() };
        assert_eq!(
            written(&Form::Csv(Encodings::default()), &[shown(), bytes, empty]),
            format!(
                "{CSV_HEAD}orders,0,42,1767225600123,create,\"[{{\"\"key\"\":\"\"h\"\",\"\"value\"\":\"\"v\"\"}}]\",\
                 \"a,\"\"b\"\"\",,\"one\ntwo\",\norders,0,42,,,[],,,,/w==\norders,0,42,,,[],\"\",,,\n"
            )
        );
    }

    #[test]
    fn a_document_of_json_is_whole_with_many_records_and_with_none() {
        let form = Form::Json(Encodings::default());
        let read: serde_json::Value = serde_json::from_str(&written(&form, &[shown(), shown()])).unwrap();
        assert_eq!(read.as_array().unwrap().len(), 2);
        assert_eq!(written(&form, &[]), "[]\n");
    }

    #[test]
    fn json_in_base64_on_request() {
        let form = Form::JsonLines(Encodings { value: FieldEncoding::Base64, ..Encodings::default() });
        assert!(written(&form, &[shown()]).ends_with("\"value_base64\":\"b25lCnR3bw==\"}\n"));
        let null = Shown { value: None, ..shown() };
        assert!(written(&form, &[null]).ends_with("\"value\":null}\n"));
    }

    /// Headers that are not asked for are missing in silence.
    #[test]
    fn every_form_that_writes_headers_asks_for_them() {
        let encodings = Encodings::default();
        let text = |pairs: &[&str]| {
            let properties = crate::properties::Properties::from_pairs(pairs);
            Form::Text(TextFormat::new(&properties, |_| Ok(None)).unwrap())
        };
        let letters = |format: &str| Form::Letters(LetterFormat::parse(format, Default::default()).unwrap());
        let forms = [
            text(&[]),
            text(&["print.headers=true", "print.key=true"]),
            letters("%k %s"),
            letters("%s %h"),
            letters("%h{json}"),
            Form::JsonLines(encodings),
            Form::Json(encodings),
            Form::Csv(encodings),
            Form::Table(TableForm { with_topic: true, encodings }),
            Form::Nothing,
        ];
        for form in forms {
            let (with, without) = (shown(), Shown { headers: Vec::new(), ..shown() });
            let writes_them = written(&form, &[with]) != written(&form, &[without]);
            assert_eq!(form.shows_headers(), writes_them, "{form:?}");
        }
    }

    #[test]
    fn a_row_of_a_table_is_one_line() {
        let table = TableForm { with_topic: false, encodings: Encodings::default() };
        let null = Shown { key: None, value: Some(b"\xff\x07"), ..shown() };
        let text = written(&Form::Table(table), &[shown(), null]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1], "2026-01-01T00:00:00.123Z          0         42  a,\"b\"                 one\\ntwo");
        assert!(lines[2].ends_with("-                     \\xff\\u{7}"), "{text}");
    }
}

//! Our own form for programs: a JSON object for everything that is found. The help of the command tells the fields.

use serde_json::{Map, Value, json};

use super::decoders::{Decoder, control_text};
use super::names::Named;
use super::report::{LogBegin, ProducerView, Report};
use super::source::Entry;
use super::thrown::{Stop, Thrown};
use super::view::{BatchView, RecordView, sequence_after};
use crate::cli::commands::record_json::{HeaderLine, KeyField, ValueField};
use crate::cli::output::Output;
use crate::log::AbortedTransaction;

/// How objects stand one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document, with commas between the objects.
    Json,
    /// One object a line.
    Jsonl,
    /// One YAML document, a list.
    Yaml,
}

pub struct Objects<'o> {
    output: &'o Output,
    /// How records are decoded; `None` if what they hold is not shown.
    pub decoder: Option<Decoder>,
    file: String,
    form: Form,
    count: usize,
}

impl<'o> Objects<'o> {
    pub fn new(output: &'o Output, form: Form) -> Objects<'o> {
        Objects { output, decoder: None, file: String::new(), form, count: 0 }
    }

    fn put(&mut self, kind: &str, fields: Value) -> Result<(), Stop> {
        let mut object = Map::new();
        object.insert("file".to_owned(), json!(self.file));
        object.insert("kind".to_owned(), json!(kind));
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
        let object = Value::Object(object);
        let text = match (self.form, self.count) {
            (Form::Json, 0) => format!("[\n{object}"),
            (Form::Json, _) => format!(",\n{object}"),
            (Form::Jsonl, _) => format!("{object}\n"),
            (Form::Yaml, _) => serde_saphyr::to_string(&[object]).map_err(std::io::Error::other)?,
        };
        self.count += 1;
        Ok(self.output.print(&text)?)
    }

    /// Lines of a file that is text.
    pub fn text(&mut self, text: &str) -> Result<(), Stop> {
        let lines: Vec<&str> = text.lines().collect();
        self.put("text", json!({ "lines": lines }))
    }

    pub fn end(&mut self) -> Result<(), Stop> {
        let text = match (self.form, self.count) {
            (Form::Json | Form::Yaml, 0) => "[]\n",
            (Form::Json, _) => "\n]\n",
            (Form::Jsonl | Form::Yaml, _) => "",
        };
        Ok(self.output.print(text)?)
    }
}

/// `create`, `append`, or null.
fn time_kind(name: &str) -> Option<&'static str> {
    match name {
        "CreateTime" => Some("create"),
        "LogAppendTime" => Some("append"),
        _ => None,
    }
}

/// A number that -1 says there is none of.
fn unless_none(number: i64) -> Option<i64> {
    (number != -1).then_some(number)
}

impl Report for Objects<'_> {
    fn file(&mut self, file: &Named) -> Result<(), Stop> {
        self.file.clone_from(&file.shown);
        Ok(())
    }

    fn unknown_file(&mut self, file: &Named) -> Result<(), Stop> {
        self.put("fault", json!({ "message": format!("{} is no file of a partition", file.name) }))
    }

    fn log(&mut self, begin: LogBegin) -> Result<(), Stop> {
        let fields = match begin {
            LogBegin::Log { base_offset } => json!({ "base_offset": base_offset }),
            LogBegin::Snapshot { end_offset, epoch } => json!({ "end_offset": end_offset, "epoch": epoch }),
            LogBegin::Bootstrap => json!({ "end_offset": 0, "epoch": 0 }),
        };
        self.put("log", fields)
    }

    fn batch(&mut self, batch: &BatchView) -> Result<(), Stop> {
        let codec = batch.codec_name().map_or_else(|| format!("unknown ({})", batch.codec), str::to_owned);
        let header = batch.header.as_ref();
        let mut fields = json!({
            "base_offset": header.map(|header| header.base_offset),
            "last_offset": batch.last_offset(),
            "count": header.map(|header| header.record_count),
            "position": batch.entry.position,
            "size": batch.entry.size(),
            "magic": batch.entry.magic,
            "codec": codec,
            "timestamp": unless_none(batch.timestamp),
            "timestamp_type": time_kind(batch.time_kind),
            "crc": batch.crc,
            "valid": batch.is_valid,
        });
        if let (Some(header), Value::Object(fields)) = (header, &mut fields) {
            let last_sequence = match header.base_sequence {
                -1 => -1,
                base => sequence_after(base, header.last_offset_delta),
            };
            let of_v2 = [
                ("base_sequence", json!(unless_none(i64::from(header.base_sequence)))),
                ("last_sequence", json!(unless_none(i64::from(last_sequence)))),
                ("producer_id", json!(unless_none(header.producer_id))),
                ("producer_epoch", json!(unless_none(i64::from(header.producer_epoch)))),
                ("leader_epoch", json!(unless_none(i64::from(header.leader_epoch)))),
                ("transactional", json!(header.attributes.is_transactional())),
                ("control", json!(header.attributes.is_control())),
                ("delete_horizon", json!(header.delete_horizon())),
            ];
            fields.extend(of_v2.map(|(name, value)| (name.to_owned(), value)));
        }
        self.put("batch", fields)
    }

    fn unknown_batch(&mut self, _: &Entry, thrown: Thrown) -> Result<(), Stop> {
        self.fault(thrown)
    }

    fn record(&mut self, batch: &BatchView, record: &RecordView<'_>) -> Result<(), Stop> {
        let keys: Vec<(String, Option<&[u8]>)> = record.headers.iter().collect();
        let headers: Vec<HeaderLine<'_>> =
            keys.iter().map(|(key, value)| HeaderLine { key, value: (*value).into() }).collect();
        let mut fields = json!({
            "offset": record.offset,
            "timestamp": unless_none(record.timestamp),
            "timestamp_type": time_kind(batch.time_kind),
            "key_size": unless_none(i64::from(record.key_size)),
            "value_size": unless_none(i64::from(record.value_size)),
            "sequence": record.sequence.and_then(|sequence| unless_none(i64::from(sequence))),
            "headers": headers,
        });
        if let Some((is_valid, crc)) = record.checksum {
            fields["crc"] = json!(crc);
            fields["valid"] = json!(is_valid);
        }
        if batch.is_control() {
            fields["control"] = json!(control_text(record.key, record.value)?);
        } else if let (Some(decoder), Value::Object(fields)) = (self.decoder, &mut fields) {
            fields.extend(contents(decoder, record)?);
        }
        self.put("record", fields)
    }

    fn rest(&mut self, _: &Named, bytes: i64) -> Result<(), Stop> {
        let message = format!("{bytes} bytes at the end are no whole batch");
        self.put("fault", json!({ "message": message }))
    }

    fn empty_index(&mut self, _: &Named) -> Result<(), Stop> {
        Ok(())
    }

    fn sane_index(&mut self, _: &Named) -> Result<(), Stop> {
        Ok(())
    }

    fn offset_entry(&mut self, offset: i64, position: i32) -> Result<(), Stop> {
        self.put("offset", json!({ "offset": offset, "position": position }))
    }

    fn time_entry(&mut self, timestamp: i64, offset: i64) -> Result<(), Stop> {
        self.put("time", json!({ "timestamp": timestamp, "offset": offset }))
    }

    fn aborted(&mut self, _: i8, aborted: &AbortedTransaction) -> Result<(), Stop> {
        let fields = json!({
            "producer_id": aborted.producer_id,
            "first_offset": aborted.first_offset,
            "last_offset": aborted.last_offset,
            "last_stable_offset": aborted.last_stable_offset,
        });
        self.put("aborted", fields)
    }

    fn producer(&mut self, producer: &ProducerView) -> Result<(), Stop> {
        let has_batch = producer.last_offset >= 0;
        let fields = json!({
            "producer_id": producer.id,
            "producer_epoch": producer.epoch,
            "coordinator_epoch": unless_none(i64::from(producer.coordinator_epoch)),
            "open_since": producer.open_since,
            "timestamp": unless_none(producer.timestamp),
            "last_offset": has_batch.then_some(producer.last_offset),
            "first_sequence": has_batch.then(|| producer.first_sequence()),
            "last_sequence": has_batch.then_some(producer.last_sequence),
        });
        self.put("producer", fields)
    }

    fn corrupt_snapshot(&mut self, why: &str) -> Result<(), Stop> {
        self.put("fault", json!({ "message": why }))
    }

    fn fault(&mut self, thrown: Thrown) -> Result<(), Stop> {
        self.put("fault", json!({ "message": thrown.message }))
    }
}

/// What a record holds: as it is, or decoded.
fn contents(decoder: Decoder, record: &RecordView<'_>) -> Result<Map<String, Value>, Stop> {
    let plain = Decoder::of_topic("");
    if decoder == plain {
        let [key, value] = [
            serde_json::to_value(KeyField::from(record.key)).unwrap_or_default(),
            serde_json::to_value(ValueField::from(record.value)).unwrap_or_default(),
        ];
        return Ok([key, value].into_iter().filter_map(|field| field.as_object().cloned()).flatten().collect());
    }
    let (key, value) = decoder.decode(record)?;
    let parsed = |text: Option<String>| match text {
        None => Value::Null,
        Some(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    };
    Ok([("decoded_key".to_owned(), parsed(key)), ("decoded_value".to_owned(), parsed(value))].into_iter().collect())
}

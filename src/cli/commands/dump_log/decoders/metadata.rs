//! Records of the metadata log: three variable-length numbers (1, the type, the version), then the message.

use crate::cli::commands::dump_log::view::RecordView;
use crate::records::schemas::{Cursor, METADATA_RECORDS, Misread, quoted};

/// The record, or why it cannot be read.
pub fn decode(record: &RecordView<'_>) -> String {
    decoded(record.value).unwrap_or_else(|why| format!("Error at {}, skipping. {why}", record.offset))
}

fn decoded(value: Option<&[u8]>) -> Result<String, String> {
    let mut from = Cursor(value.unwrap_or_default());
    let Framed { kind, version } = framed(&mut from)?;
    let schema = METADATA_RECORDS.iter().find(|schema| schema.key == kind).ok_or_else(|| {
        let unsupported = "org.apache.kafka.common.errors.UnsupportedVersionException";
        format!("{unsupported}: Unknown metadata id {kind}")
    })?;
    let data = schema.json(&mut from, version).map_err(|_| format!("Failed to deserialize record with type {kind}"))?;
    if from.remaining() > 0 {
        return Err(format!("Found {} byte(s) of garbage after {kind}", from.remaining()));
    }
    let name = quoted(&constant_name(schema.name));
    Ok(format!("{{\"type\":{name},\"version\":{version},\"data\":{data}}}"))
}

pub(super) struct Framed {
    pub kind: i16,
    pub version: i16,
}

/// The numbers before a message.
pub(super) fn framed(from: &mut Cursor<'_>) -> Result<Framed, String> {
    match number(from, "frame version")? {
        1 => {}
        0 => {
            return Err("Could not deserialize metadata record with frame version 0. Note that upgrades from the \
                        preview release of KRaft in 2.8 to newer versions are not supported."
                .to_owned());
        }
        other => {
            return Err(format!(
                "Could not deserialize metadata record due to unknown frame version {other}(only frame version 1 is \
                 supported)"
            ));
        }
    }
    Ok(Framed { kind: number(from, "type")?, version: number(from, "version")? })
}

fn number(from: &mut Cursor<'_>, what: &str) -> Result<i16, String> {
    let number = from.varint().map_err(|_: Misread| format!("Error while reading {what}"))? as i32;
    if number > i32::from(i16::MAX) {
        return Err(format!("Value for {what} was too large."));
    }
    Ok(number as i16)
}

/// `TopicRecord` as `TOPIC_RECORD`.
fn constant_name(name: &str) -> String {
    let mut constant = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && index > 0 {
            constant.push('_');
        }
        constant.push(c.to_ascii_uppercase());
    }
    constant
}

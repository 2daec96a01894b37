//! Records of coordinators: `__consumer_offsets`, `__transaction_state`, `__share_group_state`. A key begins with the number
//! of its type, a value with that of its version; both are shown with what they hold.

use super::{Decoded, java_words};
use crate::cli::commands::dump_log::thrown::Thrown;
use crate::cli::commands::dump_log::view::RecordView;
use crate::records::schemas::{
    CONSUMER_ASSIGNMENT, CONSUMER_SUBSCRIPTION, Cursor, GROUP_KEYS, GROUP_VALUES, Misread, SHARE_KEYS, SHARE_VALUES,
    STREAMS_KEYS, STREAMS_VALUES, Schema, TRANSACTION_KEYS, TRANSACTION_VALUES, quoted,
};

const GROUP_METADATA: i16 = 2;

/// The types of records of one topic.
pub struct Topic {
    keys: &'static [&'static [Schema]],
    values: &'static [&'static [Schema]],
    has_groups: bool,
}

impl Topic {
    pub const OFFSETS: Topic =
        Topic { keys: &[GROUP_KEYS, STREAMS_KEYS], values: &[GROUP_VALUES, STREAMS_VALUES], has_groups: true };
    pub const TRANSACTIONS: Topic =
        Topic { keys: &[TRANSACTION_KEYS], values: &[TRANSACTION_VALUES], has_groups: false };
    pub const SHARE: Topic = Topic { keys: &[SHARE_KEYS], values: &[SHARE_VALUES], has_groups: false };

    pub fn decode(&self, record: &RecordView<'_>) -> Result<Decoded, Thrown> {
        let Some(key) = record.key else {
            let message = format!(
                "Failed to decode message at offset {} using the specified decoder (message had a missing key)",
                record.offset
            );
            return Err(Thrown::new("java.lang.RuntimeException", message));
        };
        Ok(match self.texts(key, record.value) {
            Ok((key, value)) => (Some(key), Some(value)),
            Err(Unread::Type(kind)) => {
                (Some(format!("Unknown record type {kind} at offset {}, skipping.", record.offset)), None)
            }
            Err(Unread::Said(why)) => (Some(format!("Error at offset {}, skipping. {why}", record.offset)), None),
        })
    }

    fn texts(&self, key: &[u8], value: Option<&[u8]>) -> Result<(String, String), Unread> {
        let mut from = Cursor(key);
        let kind = number(&mut from, "key")?;
        let schema = of_type(self.keys, kind).ok_or(Unread::Type(kind))?;
        let data = schema.json(&mut from, 0).map_err(|misread| unread(kind, "key", &misread))?;
        let key = format!("{{\"type\":{},\"data\":{data}}}", quoted(&kind.to_string()));
        let Some(value) = value else { return Ok((key, "<DELETE>".to_owned())) };
        let mut from = Cursor(value);
        let schema = of_type(self.values, kind).ok_or(Unread::Type(kind))?;
        let version = number(&mut from, "value")?;
        if !schema.has_version(version) {
            return Err(Unread::Said(format!("Found an unknown record version {version} for {kind} type")));
        }
        let data = match self.has_groups && kind == GROUP_METADATA {
            true => group(schema, from, version),
            false => schema.json(&mut from, version),
        };
        let data = data.map_err(|misread| unread(version, "value", &misread))?;
        Ok((key, format!("{{\"version\":{},\"data\":{data}}}", quoted(&version.to_string()))))
    }
}

enum Unread {
    Type(i16),
    Said(String),
}

fn of_type(tables: &'static [&'static [Schema]], kind: i16) -> Option<&'static Schema> {
    tables.iter().flat_map(|table| table.iter()).find(|schema| schema.key == kind)
}

fn number(from: &mut Cursor<'_>, what: &str) -> Result<i16, Unread> {
    from.int16().map_err(|_| Unread::Said(format!("Could not read version from {what}'s buffer.")))
}

fn unread(version: i16, what: &str, misread: &Misread) -> Unread {
    let why = java_words(misread).unwrap_or_else(|| "null".to_owned());
    Unread::Said(format!("Could not read record with version {version} from {what}'s buffer due to: {why}."))
}

/// A classic group. What its members told each other is shown, too, if it is of the protocol of consumers.
fn group(schema: &Schema, from: Cursor<'_>, version: i16) -> Result<String, Misread> {
    const OF_CONSUMERS: &str = "{\"protocolType\":\"consumer\",";
    let plain = schema.json(&mut from.clone(), version)?;
    if !plain.starts_with(OF_CONSUMERS) {
        return Ok(plain);
    }
    schema.json_with(&mut from.clone(), version, &|field, bytes| {
        let schemas = match field {
            "subscription" => CONSUMER_SUBSCRIPTION,
            "assignment" => CONSUMER_ASSIGNMENT,
            _ => return None,
        };
        let mut from = Cursor(bytes);
        let version = from.int16().ok()?;
        schemas.first()?.json(&mut from, version).ok()
    })
}

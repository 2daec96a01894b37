//! Control records: the end of a transaction, and the bookkeeping of the metadata log.

use super::java_words;
use crate::cli::commands::dump_log::thrown::{ILLEGAL_ARGUMENT, INVALID_RECORD, Thrown, UNDERFLOW};
use crate::log::batch::control::ControlType;
use crate::records::schemas::{CONTROL_RECORDS, Cursor, Misread};

/// What a control record says, with its name before it.
pub fn control_text(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<String, Thrown> {
    let key = key.ok_or_else(|| absent("key"))?;
    let kind = kind_of(key)?;
    let label = match kind {
        ControlType::Abort => return marker("ABORT", value),
        ControlType::Commit => return marker("COMMIT", value),
        ControlType::LeaderChange => "LeaderChange:",
        ControlType::SnapshotHeader => "SnapshotHeader",
        ControlType::SnapshotFooter => "SnapshotFooter",
        ControlType::KRaftVersion => "KRaftVersion",
        ControlType::KRaftVoters => "KRaftVoters",
        ControlType::Unknown(id) => return Ok(format!("controlType: UNKNOWN({id})")),
    };
    let value = value.ok_or_else(|| absent("value"))?;
    let schema = CONTROL_RECORDS.iter().find(|schema| schema.key == kind.id());
    let json =
        schema.map(|schema| schema.json(&mut Cursor(value), 0)).transpose().map_err(|misread| thrown(&misread))?;
    let mut json = json.unwrap_or_default();
    // Read in version 0, written in the one that it names; version 1 has a directory for each voter.
    if kind == ControlType::LeaderChange && i16::from_be_bytes(value.first_chunk().copied().unwrap_or_default()) >= 1 {
        json = with_directories(&json);
    }
    Ok(format!("{label} {json}"))
}

fn with_directories(json: &str) -> String {
    const DIRECTORY: &str = ",\"voterDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\"}";
    // Every object inside is a voter; the last brace closes the message.
    let (inside, end) = json.split_at(json.len().saturating_sub(1));
    inside.replace('}', DIRECTORY) + end
}

fn kind_of(key: &[u8]) -> Result<ControlType, Thrown> {
    if key.len() < 4 {
        return Err(Thrown::new(
            INVALID_RECORD,
            format!(
                "Invalid value size found for end control record key. Must have at least 4 bytes, but found only {}",
                key.len()
            ),
        ));
    }
    ControlType::from_key(key).ok_or_else(|| {
        let version = i16::from_be_bytes(key.first_chunk().copied().unwrap_or_default());
        let message = format!("Invalid version found for control record: {version}. May indicate data corruption");
        Thrown::new(INVALID_RECORD, message)
    })
}

fn marker(name: &str, value: Option<&[u8]>) -> Result<String, Thrown> {
    let mut from = Cursor(value.ok_or_else(|| absent("value"))?);
    let short = |_: Misread| Thrown::told(UNDERFLOW, None, "the marker is cut off");
    let version = from.int16().map_err(short)?;
    if version < 0 {
        let message =
            format!("Invalid version found for end transaction marker: {version}. May indicate data corruption");
        return Err(Thrown::new(INVALID_RECORD, message));
    }
    let epoch = from.bytes(4).map_err(short)?;
    let epoch = i32::from_be_bytes(epoch.first_chunk().copied().unwrap_or_default());
    Ok(format!("endTxnMarker: {name} coordinatorEpoch: {epoch}"))
}

fn absent(what: &str) -> Thrown {
    let message = format!("the control record has no {what}");
    Thrown::told("java.lang.NullPointerException", Some(message.clone()), message)
}

fn thrown(misread: &Misread) -> Thrown {
    let class = match misread {
        Misread::Ended => UNDERFLOW,
        Misread::Varint { .. } => ILLEGAL_ARGUMENT,
        _ => "java.lang.RuntimeException",
    };
    Thrown::told(class, java_words(misread), misread.to_string())
}

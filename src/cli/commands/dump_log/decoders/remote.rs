//! Records of `__remote_log_metadata`, framed as those of the metadata log, in the form of Java's objects.

use serde_json::Value;

use super::metadata::framed;
use crate::cli::commands::dump_log::view::RecordView;
use crate::records::schemas::{Cursor, REMOTE_RECORDS};

const SEGMENT_STATES: [&str; 4] =
    ["COPY_SEGMENT_STARTED", "COPY_SEGMENT_FINISHED", "DELETE_SEGMENT_STARTED", "DELETE_SEGMENT_FINISHED"];
const PARTITION_STATES: [&str; 3] =
    ["DELETE_PARTITION_MARKED", "DELETE_PARTITION_STARTED", "DELETE_PARTITION_FINISHED"];

/// The record, or why it cannot be read.
pub fn decode(record: &RecordView<'_>) -> String {
    decoded(record.value).unwrap_or_else(|why| format!("Error at offset {}, skipping. {why}", record.offset))
}

fn decoded(value: Option<&[u8]>) -> Result<String, String> {
    let value = value.ok_or(ABSENT)?;
    let mut from = Cursor(value);
    let frame = framed(&mut from)?;
    let schema = REMOTE_RECORDS.iter().find(|schema| schema.key == frame.kind).ok_or_else(|| {
        let unsupported = "org.apache.kafka.common.errors.UnsupportedVersionException";
        format!("{unsupported}: Unknown metadata id {}", frame.kind)
    })?;
    let failed = |_| format!("Failed to deserialize record with type {}", frame.kind);
    let json = schema.json(&mut from, frame.version).map_err(failed)?;
    if from.remaining() > 0 {
        return Err(format!("Found {} byte(s) of garbage after {}", from.remaining(), frame.kind));
    }
    let fields: Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    match frame.kind {
        0 => segment(&fields),
        1 => update(&fields),
        2 => partition(&fields),
        _ => snapshot(&fields),
    }
}

const ABSENT: &str = "Cannot invoke \"java.nio.ByteBuffer.remaining()\" because the return value of \
                      \"org.apache.kafka.common.record.Record.value()\" is null";

fn segment(fields: &Value) -> Result<String, String> {
    let [start, end] = offsets(fields)?;
    Ok(format!(
        "RemoteLogSegmentMetadata{{remoteLogSegmentId={}, startOffset={start}, endOffset={end}, brokerId={}, \
         maxTimestampMs={}, eventTimestampMs={}, segmentLeaderEpochs={}, segmentSizeInBytes={}, customMetadata={}, \
         state={}, txnIdxEmpty={}}}",
        segment_id(&fields["remoteLogSegmentId"]),
        fields["brokerId"],
        fields["maxTimestampMs"],
        fields["eventTimestampMs"],
        epochs(fields)?,
        fields["segmentSizeInBytes"],
        custom(fields),
        state(&SEGMENT_STATES, &fields["remoteLogSegmentState"])?,
        fields.get("txnIndexEmpty").unwrap_or(&Value::Bool(false)),
    ))
}

fn update(fields: &Value) -> Result<String, String> {
    Ok(format!(
        "RemoteLogSegmentMetadataUpdate{{remoteLogSegmentId={}, customMetadata={}, state={}, eventTimestampMs={}, \
         brokerId={}}}",
        segment_id(&fields["remoteLogSegmentId"]),
        custom(fields),
        state(&SEGMENT_STATES, &fields["remoteLogSegmentState"])?,
        fields["eventTimestampMs"],
        fields["brokerId"],
    ))
}

fn partition(fields: &Value) -> Result<String, String> {
    Ok(format!(
        "RemotePartitionDeleteMetadata{{topicPartition={}, state={}, eventTimestampMs={}, brokerId={}}}",
        topic_partition(&fields["topicIdPartition"]),
        state(&PARTITION_STATES, &fields["remotePartitionDeleteState"])?,
        fields["eventTimestampMs"],
        fields["brokerId"],
    ))
}

fn snapshot(fields: &Value) -> Result<String, String> {
    Ok(format!(
        "RemoteLogSegmentMetadataSnapshot{{segmentId={}, startOffset={}, endOffset={}, maxTimestampMs={}, \
         segmentLeaderEpochs={}, segmentSizeInBytes={}, customMetadata={}, state={}, txnIdxEmpty={}}}",
        text(&fields["segmentId"]),
        fields["startOffset"],
        fields["endOffset"],
        fields["maxTimestampMs"],
        epochs(fields)?,
        fields["segmentSizeInBytes"],
        custom(fields),
        state(&SEGMENT_STATES, &fields["remoteLogSegmentState"])?,
        fields.get("txnIndexEmpty").unwrap_or(&Value::Bool(false)),
    ))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("null")
}

fn offsets(fields: &Value) -> Result<[i64; 2], String> {
    let [start, end] = ["startOffset", "endOffset"].map(|name| fields[name].as_i64().unwrap_or(-1));
    if start < 0 {
        return Err(format!("Unexpected start offset = {start}. StartOffset for a remote segment cannot be negative"));
    }
    if end < start {
        return Err(format!(
            "Unexpected end offset = {end}. EndOffset for a remote segment cannot be less than startOffset = {start}"
        ));
    }
    Ok([start, end])
}

fn segment_id(fields: &Value) -> String {
    let place = topic_partition(&fields["topicIdPartition"]);
    format!("RemoteLogSegmentId{{topicIdPartition={place}, id={}}}", text(&fields["id"]))
}

fn topic_partition(fields: &Value) -> String {
    format!("{}:{}-{}", text(&fields["id"]), text(&fields["name"]), fields["partition"])
}

/// A sorted map; of one epoch, the last entry counts.
fn epochs(fields: &Value) -> Result<String, String> {
    let mut map = std::collections::BTreeMap::new();
    for epoch in fields["segmentLeaderEpochs"].as_array().into_iter().flatten() {
        map.insert(epoch["leaderEpoch"].as_i64(), epoch["offset"].to_string());
    }
    if map.is_empty() {
        return Err("segmentLeaderEpochs can not be null or empty".to_owned());
    }
    let entries = map.iter().map(|(epoch, offset)| format!("{}={offset}", epoch.unwrap_or_default()));
    Ok(format!("{{{}}}", entries.collect::<Vec<_>>().join(", ")))
}

fn custom(fields: &Value) -> String {
    use base64::Engine;
    let bytes = fields["customMetadata"].as_str();
    let bytes = bytes.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    bytes.map_or_else(
        || "Optional.empty".to_owned(),
        |bytes| format!("Optional[CustomMetadata{{{} bytes}}]", bytes.len()),
    )
}

fn state(names: &[&'static str], number: &Value) -> Result<&'static str, String> {
    let index = number.as_u64().and_then(|number| usize::try_from(number).ok());
    index.and_then(|index| names.get(index)).copied().ok_or_else(|| "state can not be null".to_owned())
}

//! Records of Kafka's internal topics as JSON, as Kafka's formatters for them write it: one object behind the other, without
//! anything between, and nothing for records of other types (reference: cli/console-consumer.md, section 4.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::deserializer::Fault;
use super::text_format::Shown;
use crate::records::framing::UnreadableRecord;
use crate::records::group::{GroupMetadataValue, GroupRecord, MemberMetadata, OffsetCommitValue};
use crate::records::transaction::{TransactionLogValue, TransactionRecord};

/// Which records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InternalFormat {
    /// `__transaction_state`.
    TransactionLog,
    /// The offsets of `__consumer_offsets`.
    Offsets,
    /// The classic groups of `__consumer_offsets`.
    GroupMetadata,
}

impl InternalFormat {
    /// The formatter of a class of Kafka's, without its package.
    pub fn of_class(class: &str) -> Option<InternalFormat> {
        match class {
            "TransactionLogMessageFormatter" => Some(InternalFormat::TransactionLog),
            "OffsetsMessageFormatter" => Some(InternalFormat::Offsets),
            "GroupMetadataMessageFormatter" => Some(InternalFormat::GroupMetadata),
            _ => None,
        }
    }

    pub fn write(self, record: &Shown<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(key) = record.key else { return Ok(()) };
        let told = match self {
            InternalFormat::TransactionLog => transaction(key, record.value),
            InternalFormat::Offsets | InternalFormat::GroupMetadata => group(self, key, record.value),
        };
        match told {
            Ok(Some((key_data, value_data))) => {
                let value = match (value_data, number(record.value.unwrap_or_default())) {
                    (Some(data), version) => json!({ "version": version, "data": data }),
                    (None, _) => Value::Null,
                };
                let object = json!({ "key": { "type": number(key), "data": key_data }, "value": value });
                to.extend_from_slice(object.to_string().as_bytes());
                Ok(())
            }
            Ok(None) | Err(UnreadableRecord::UnknownType(_)) => Ok(()),
            Err(fault) => {
                let message = format!("Could not read record at offset {} due to: {fault}", record.offset);
                Err(Fault { class: "java.lang.RuntimeException", message })
            }
        }
    }
}

/// What key and value hold, for a record that is shown.
type Told = Result<Option<(Value, Option<Value>)>, UnreadableRecord>;

/// The number at the beginning.
fn number(bytes: &[u8]) -> i16 {
    bytes.first_chunk().map_or(-1, |number| i16::from_be_bytes(*number))
}

fn transaction(key: &[u8], value: Option<&[u8]>) -> Told {
    let owned = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    let record = TransactionRecord::decode(Some(owned(key)), value.map(owned))?;
    let value = record.value.map(|(_, value)| transaction_value(&value));
    Ok(Some((json!({ "transactionalId": record.transactional_id }), value)))
}

fn transaction_value(value: &TransactionLogValue) -> Value {
    let partitions = value.transaction_partitions.as_ref().map(|topics| {
        let topic = |topic: &_| {
            let crate::records::transaction::PartitionsSchema { topic, partition_ids } = topic;
            json!({ "topic": topic, "partitionIds": partition_ids })
        };
        topics.iter().map(topic).collect::<Vec<Value>>()
    });
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("producerId", json!(value.producer_id));
    // What only newer coordinators write, and leave out where it says nothing.
    if value.previous_producer_id != -1 {
        add("previousProducerId", json!(value.previous_producer_id));
    }
    if value.next_producer_id != -1 {
        add("nextProducerId", json!(value.next_producer_id));
    }
    add("producerEpoch", json!(value.producer_epoch));
    if value.next_producer_epoch != -1 {
        add("nextProducerEpoch", json!(value.next_producer_epoch));
    }
    add("transactionTimeoutMs", json!(value.transaction_timeout_ms));
    add("transactionStatus", json!(value.transaction_status));
    add("transactionPartitions", json!(partitions));
    add("transactionLastUpdateTimestampMs", json!(value.transaction_last_update_timestamp_ms));
    add("transactionStartTimestampMs", json!(value.transaction_start_timestamp_ms));
    if value.client_transaction_version != 0 {
        add("clientTransactionVersion", json!(value.client_transaction_version));
    }
    Value::Object(fields)
}

fn group(format: InternalFormat, key: &[u8], value: Option<&[u8]>) -> Told {
    let owned = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    let version = value.map_or(0, number);
    // A record of a type that is not shown need not be understood.
    let is_shown = match number(key) {
        0 | 1 => format == InternalFormat::Offsets,
        2 => format == InternalFormat::GroupMetadata,
        kind => return Err(UnreadableRecord::UnknownType(kind)),
    };
    if !is_shown {
        return Ok(None);
    }
    Ok(Some(match GroupRecord::decode(Some(owned(key)), value.map(owned))? {
        GroupRecord::Offset { key, value } => (
            json!({ "group": key.group, "topic": key.topic, "partition": key.partition }),
            value.map(|value| offset_value(&value, version)),
        ),
        GroupRecord::Group { group, value } => {
            (json!({ "group": group }), value.map(|value| group_value(&value, version)))
        }
        GroupRecord::Consumer { .. } => return Ok(None),
    }))
}

fn offset_value(value: &OffsetCommitValue, version: i16) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("offset", json!(value.offset));
    if version >= 3 {
        add("leaderEpoch", json!(value.leader_epoch));
    }
    add("metadata", json!(value.metadata));
    add("commitTimestamp", json!(value.commit_timestamp));
    if version == 1 {
        add("expireTimestamp", json!(value.expire_timestamp));
    }
    if version >= 4 && !value.topic_id.is_zero() {
        add("topicId", json!(value.topic_id.to_string()));
    }
    Value::Object(fields)
}

fn group_value(value: &GroupMetadataValue, version: i16) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("protocolType", json!(value.protocol_type));
    add("generation", json!(value.generation));
    add("protocol", json!(value.protocol));
    add("leader", json!(value.leader));
    if version >= 2 {
        add("currentStateTimestamp", json!(value.current_state_timestamp));
    }
    add("members", value.members.iter().map(|member| member_value(member, version)).collect());
    Value::Object(fields)
}

fn member_value(member: &MemberMetadata, version: i16) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("memberId", json!(member.member_id));
    if version >= 3 {
        add("groupInstanceId", json!(member.group_instance_id));
    }
    add("clientId", json!(member.client_id));
    add("clientHost", json!(member.client_host));
    if version >= 1 {
        add("rebalanceTimeout", json!(member.rebalance_timeout));
    }
    add("sessionTimeout", json!(member.session_timeout));
    add("subscription", json!(STANDARD.encode(&member.subscription)));
    add("assignment", json!(STANDARD.encode(&member.assignment)));
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::consumer::RecordTime;
    use crate::records::group::OffsetCommitKey;

    fn written(format: InternalFormat, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<String, Fault> {
        let shown =
            Shown { topic: "t", time: RecordTime::None, partition: 0, offset: 7, headers: Vec::new(), key, value };
        let mut to = Vec::new();
        format.write(&shown, &mut to)?;
        Ok(String::from_utf8(to).unwrap())
    }

    #[test]
    fn the_state_of_an_id_is_one_object_and_a_tombstone_a_null() {
        let value = TransactionLogValue {
            producer_id: 100,
            producer_epoch: 50,
            transaction_timeout_ms: 500,
            transaction_status: 4,
            transaction_last_update_timestamp_ms: 1000,
            transaction_start_timestamp_ms: 750,
            ..TransactionLogValue::default()
        };
        let mut record = TransactionRecord { transactional_id: "T".to_owned(), value: Some((1, value)) };
        let text = |record: &TransactionRecord| {
            let (key, value) = record.encode();
            written(InternalFormat::TransactionLog, Some(&key), value.as_deref()).unwrap()
        };
        assert_eq!(
            text(&record),
            r#"{"key":{"type":0,"data":{"transactionalId":"T"}},"value":{"version":1,"data":{"producerId":100,"producerEpoch":50,"transactionTimeoutMs":500,"transactionStatus":4,"transactionPartitions":[],"transactionLastUpdateTimestampMs":1000,"transactionStartTimestampMs":750}}}"#
        );
        record.value = None;
        assert_eq!(text(&record), r#"{"key":{"type":0,"data":{"transactionalId":"T"}},"value":null}"#);
    }

    #[test]
    fn only_records_of_its_own_types_are_written() {
        let key = OffsetCommitKey { group: "g".to_owned(), topic: "t".to_owned(), partition: 1 };
        let (key, _) = GroupRecord::Offset { key, value: None }.encode();
        assert_eq!(
            written(InternalFormat::Offsets, Some(&key), None).unwrap(),
            r#"{"key":{"type":1,"data":{"group":"g","topic":"t","partition":1}},"value":null}"#
        );
        assert_eq!(written(InternalFormat::GroupMetadata, Some(&key), None).unwrap(), "");
        assert_eq!(written(InternalFormat::Offsets, Some(b"k1"), Some(b"v1")).unwrap(), "");
        assert_eq!(written(InternalFormat::Offsets, None, Some(b"v1")).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_offset() {
        let fault = written(InternalFormat::TransactionLog, Some(&[0, 0, 0, 9, b'x']), None).unwrap_err();
        assert!(fault.message.starts_with("Could not read record at offset 7 due to: "), "{fault:?}");
    }
}

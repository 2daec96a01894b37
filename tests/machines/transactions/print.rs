//! What happens, as one line each. The time is that of the event, seen from the beginning of the script.

use std::collections::BTreeSet;

use kavka::broker::coordinators::transaction::{
    DescribedTransaction, ListedTransaction, Producer, Refused, TransactionReply, TransactionState, TransactionTimer,
    WriteMarkers,
};
use kavka::clock::Timestamp;
use kavka::protocol::ErrorCode;
use kavka::records::transaction::{TransactionLogValue, TransactionRecord};
use kavka::vocabulary::TopicPartition;

use super::stage::{COORDINATOR_EPOCH, Event};
use crate::durations;
use crate::stage::START;

/// `None` for what happens all the time.
pub fn line(at: Timestamp, event: &Event) -> Option<String> {
    let what = match event {
        Event::Fired(TransactionTimer::Expiration) | Event::Armed(TransactionTimer::Expiration, _) => return None,
        Event::Fired(timer) => format!("fired   {}", self::timer(timer)),
        Event::Armed(timer, deadline) => format!("arm     {} at {}", self::timer(timer), time(deadline.millis())),
        Event::Disarmed(timer) => format!("disarm  {}", self::timer(timer)),
        Event::Recorded(record) => format!("record  {}", self::record(record)),
        // A report is not waited for.
        Event::Replied(_, TransactionReply::MarkersWritten(())) => return None,
        Event::Replied(ticket, reply) => format!("reply   #{} {}", ticket.0, self::reply(reply)),
        Event::Started(task) => format!("task    {}", self::task(task)),
    };
    Some(format!("{:<3} {what}", time(at.millis())).trim_end().to_owned())
}

fn time(millis: i64) -> String {
    if millis == -1 { "never".to_owned() } else { durations::show(millis - START.millis()) }
}

fn timer(timer: &TransactionTimer) -> String {
    match timer {
        TransactionTimer::Timeout { transactional_id } => format!("Timeout({transactional_id})"),
        TransactionTimer::Markers { transactional_id } => format!("Markers({transactional_id})"),
        TransactionTimer::Expiration => "Expiration".to_owned(),
    }
}

fn record(record: &TransactionRecord) -> String {
    match &record.value {
        None => format!("{} tombstone", record.transactional_id),
        Some((version, value)) => format!("{} {}", record.transactional_id, self::value(*version, value)),
    }
}

fn value(version: i16, value: &TransactionLogValue) -> String {
    let state = TransactionState::numbered(value.transaction_status).unwrap();
    let mut line = format!("{} {}/{}", state.name(), value.producer_id, value.producer_epoch);
    match &value.transaction_partitions {
        None => line += &format!(" timeout={}", durations::show(i64::from(value.transaction_timeout_ms))),
        Some(topics) => {
            let all = topics.iter().flat_map(|t| t.partition_ids.iter().map(move |p| format!("{}-{p}", t.topic)));
            line += &format!(" [{}]", all.collect::<Vec<_>>().join(" "));
        }
    }
    if value.transaction_start_timestamp_ms != -1 {
        line += &format!(" started={}", time(value.transaction_start_timestamp_ms));
    }
    if value.client_transaction_version != 0 {
        line += &format!(" client={}", value.client_transaction_version);
    }
    for (name, id) in [("previous", value.previous_producer_id), ("next", value.next_producer_id)] {
        if id != -1 {
            line += &format!(" {name}={id}");
        }
    }
    if version == 0 { line + " v0" } else { line }
}

fn task(task: &WriteMarkers) -> String {
    assert_eq!(task.coordinator_epoch, COORDINATOR_EPOCH);
    format!(
        "m{} {} {} {} {} protocol={}",
        task.attempt.0,
        task.transactional_id,
        if task.committed { "commit" } else { "abort" },
        producer(task.producer),
        set(&task.partitions),
        task.transaction_version
    )
}

fn set(partitions: &BTreeSet<TopicPartition>) -> String {
    format!("[{}]", partitions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

fn producer(producer: Producer) -> String {
    match producer {
        Producer { id: -1, epoch: -1 } => "as before".to_owned(),
        Producer { id, epoch } => format!("{id}/{epoch}"),
    }
}

fn reply(reply: &TransactionReply) -> String {
    match reply {
        TransactionReply::Init(Ok(given)) | TransactionReply::End(Ok(given)) => format!("ok {}", producer(*given)),
        TransactionReply::Init(Err(refused)) | TransactionReply::End(Err(refused)) => match refused {
            Refused::NeedsProducerId => "needs a new producer id".to_owned(),
            Refused::Code(code) => code.name().to_owned(),
        },
        TransactionReply::Add(Ok(())) | TransactionReply::MarkersWritten(()) => "ok".to_owned(),
        TransactionReply::Add(Err(code))
        | TransactionReply::Verify(Err(code))
        | TransactionReply::Describe(Err(code)) => code.name().to_owned(),
        TransactionReply::Verify(Ok(partitions)) => {
            let each = partitions.iter().map(|(partition, code)| format!("{partition} {}", outcome(*code)));
            each.collect::<Vec<_>>().join(", ")
        }
        TransactionReply::Describe(Ok(described)) => self::described(described),
        TransactionReply::List(listed) => {
            format!("[{}]", listed.iter().map(self::listed).collect::<Vec<_>>().join(", "))
        }
    }
}

fn outcome(code: ErrorCode) -> &'static str {
    if code.is_none() { "ok" } else { code.name() }
}

fn described(described: &DescribedTransaction) -> String {
    format!(
        "{} {} timeout={} started={} {}",
        described.state,
        producer(described.producer),
        durations::show(i64::from(described.timeout_ms)),
        time(described.start_time_ms),
        set(&described.partitions)
    )
}

fn listed(listed: &ListedTransaction) -> String {
    format!("{} {} {}", listed.transactional_id, listed.state, listed.producer_id)
}

//! Records, replies and timers as one line each, with member ids by their short names.

use std::collections::HashMap;

use bytes::Bytes;
use kavka::broker::coordinators::group::classic::{JoinReply, Left, SyncReply};
use kavka::broker::coordinators::group::offsets::FetchedTopic;
use kavka::broker::coordinators::group::{DescribedGroup, GroupEntry, GroupReply, GroupTimer};
use kavka::broker::coordinators::transaction::Producer;
use kavka::protocol::errors::ErrorCode;
use kavka::records::consumer_protocol::{self, ConsumerProtocolAssignment};
use kavka::records::group::{GroupMetadataValue, GroupRecord, OffsetCommitKey, OffsetCommitValue};

use crate::durations;
use crate::print_consumer;
use crate::stage::START;

pub type Names = HashMap<String, String>;

pub fn short<'a>(id: &'a str, names: &'a Names) -> &'a str {
    names.get(id).map_or(id, String::as_str)
}

pub fn timer(timer: &GroupTimer, names: &Names) -> String {
    match timer {
        GroupTimer::Session { group, member } => format!("Session({group}, {})", short(member, names)),
        GroupTimer::Rebalance { group } => format!("Rebalance({group})"),
        GroupTimer::SyncTimeout { group } => format!("SyncTimeout({group})"),
        GroupTimer::Revocation { group, member } => format!("Revocation({group}, {})", short(member, names)),
        GroupTimer::Rejoin { group, member } => format!("Rejoin({group}, {})", short(member, names)),
        GroupTimer::Collection { group, member } => format!("Collection({group}, {})", short(member, names)),
        GroupTimer::Regexes { group } => format!("Regexes({group})"),
        GroupTimer::Expiration => "Expiration".to_owned(),
    }
}

pub fn entry(entry: &GroupEntry, names: &Names) -> String {
    match entry {
        GroupEntry::Record(entry) => format!("record  {}", record(entry, names)),
        GroupEntry::Pending { producer: p, key, value } => {
            format!("pending {} {}", producer(*p), offset_record(key, Some(value)))
        }
        GroupEntry::End { producer: p, marker } => {
            let end = if marker.committed { "commit" } else { "abort" };
            format!("marker  {} {end} coordinator-epoch={}", producer(*p), marker.coordinator_epoch)
        }
        GroupEntry::Writer(p) => format!("writer  {}", producer(*p)),
    }
}

fn producer(producer: Producer) -> String {
    format!("{}@{}", producer.id, producer.epoch)
}

fn record(record: &GroupRecord, names: &Names) -> String {
    match record {
        GroupRecord::Offset { key, value } => offset_record(key, value.as_ref()),
        GroupRecord::Group { group, value: None } => format!("GroupMetadata {group} tombstone"),
        GroupRecord::Group { group, value: Some(value) } => group_record(group, value, names),
        GroupRecord::Consumer { group, change } => print_consumer::record(group, change, names),
    }
}

fn offset_record(key: &OffsetCommitKey, value: Option<&OffsetCommitValue>) -> String {
    let place = format!("Offset {} {}-{}", key.group, key.topic, key.partition);
    let Some(value) = value else { return format!("{place} tombstone") };
    let mut line = format!("{place} offset={}", value.offset);
    if value.leader_epoch != -1 {
        line += &format!(" epoch={}", value.leader_epoch);
    }
    if !value.metadata.is_empty() {
        line += &format!(" metadata={}", cut(&value.metadata));
    }
    if value.expire_timestamp != -1 {
        line += &format!(" expires={}", durations::show(value.expire_timestamp - START.millis()));
    }
    line
}

fn group_record(group: &str, value: &GroupMetadataValue, names: &Names) -> String {
    let mut line = format!("GroupMetadata {group} generation={}", value.generation);
    if !value.protocol_type.is_empty() {
        line += &format!(" type={}", value.protocol_type);
    }
    if let Some(protocol) = &value.protocol {
        line += &format!(" protocol={protocol}");
    }
    if let Some(leader) = &value.leader {
        line += &format!(" leader={}", short(leader, names));
    }
    let members: Vec<String> =
        value.members.iter().map(|m| assigned(short(&m.member_id, names), &m.assignment)).collect();
    line + &format!(" members=[{}]", members.join(" "))
}

fn assigned(member: &str, assignment: &Bytes) -> String {
    if assignment.is_empty() { member.to_owned() } else { format!("{member}:{}", text(assignment)) }
}

/// What a consumer is assigned in the form that consumers read, else as text.
fn text(bytes: &Bytes) -> String {
    if bytes.first() == Some(&0)
        && let Ok(assigned) = consumer_protocol::read::<ConsumerProtocolAssignment>(bytes)
    {
        let places = assigned.assigned_partitions.iter();
        let each = places.flat_map(|t| t.partitions.iter().map(move |p| format!("{}-{p}", t.topic)));
        return format!("@{}", each.collect::<Vec<_>>().join("+"));
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// Long texts by their length.
fn cut(text: &str) -> String {
    if text.len() > 40 { format!("({} characters)", text.chars().count()) } else { text.to_owned() }
}

pub fn reply(reply: &GroupReply, names: &Names) -> String {
    match reply {
        GroupReply::Join(reply) => join(reply, names),
        GroupReply::Sync(reply) => sync(reply),
        GroupReply::Heartbeat(Ok(())) => "ok".to_owned(),
        GroupReply::Heartbeat(Err(code)) => code.name().to_owned(),
        GroupReply::Leave(Ok(left)) => left.iter().map(|left| leaver(left, names)).collect::<Vec<_>>().join(", "),
        GroupReply::Leave(Err(code))
        | GroupReply::Commit(Err(code))
        | GroupReply::CommitInTransaction(Err(code))
        | GroupReply::EndTransaction(Err(code))
        | GroupReply::DeleteOffsets(Err(code)) => code.name().to_owned(),
        GroupReply::WatchTransactions(_) | GroupReply::EndTransaction(Ok(())) => "ok".to_owned(),
        GroupReply::Commit(Ok(topics)) | GroupReply::CommitInTransaction(Ok(topics)) => {
            results(topics.iter().flat_map(|t| t.partitions.iter().map(|(p, code)| (t.topic.as_str(), *p, *code))))
        }
        GroupReply::DeleteOffsets(Ok(topics)) => {
            results(topics.iter().flat_map(|t| t.partitions.iter().map(|(p, code)| (t.topic.as_str(), *p, *code))))
        }
        GroupReply::Fetch(Err(code)) => code.name().to_owned(),
        GroupReply::Fetch(Ok(topics)) => offsets(topics),
        GroupReply::ConsumerHeartbeat(reply) => print_consumer::heartbeat(reply, names),
        GroupReply::DescribeConsumer(groups) => {
            groups.iter().map(|g| print_consumer::described(g, names)).collect::<Vec<_>>().join(", ")
        }
        GroupReply::TopicsDeleted(()) => "ok".to_owned(),
        GroupReply::List(groups) => {
            let line = |g: &kavka::broker::coordinators::group::ListedGroup| {
                format!("{} type='{}' {} {}", g.group, g.protocol_type, g.state, g.kind)
            };
            bracketed(groups.iter().map(line).collect(), ", ")
        }
        GroupReply::Describe(groups) => groups.iter().map(|g| described(g, names)).collect::<Vec<_>>().join(", "),
        GroupReply::Delete(results) => {
            let line = |(group, code): &(String, ErrorCode)| format!("{group} {}", outcome(*code));
            results.iter().map(line).collect::<Vec<_>>().join(", ")
        }
    }
}

fn outcome(code: ErrorCode) -> &'static str {
    if code.is_none() { "ok" } else { code.name() }
}

pub fn bracketed(items: Vec<String>, separator: &str) -> String {
    format!("[{}]", items.join(separator))
}

fn join(reply: &JoinReply, names: &Names) -> String {
    match reply {
        Err(refused) if refused.member.is_empty() => refused.code.name().to_owned(),
        Err(refused) => format!("{} member={}", refused.code.name(), short(&refused.member, names)),
        Ok(joined) => {
            let mut line = format!(
                "joined member={} generation={} protocol={} leader={}",
                short(&joined.member, names),
                joined.generation,
                joined.protocol.as_deref().unwrap_or("none"),
                short(&joined.leader, names)
            );
            if joined.skip_assignment {
                line += " skip-assignment";
            }
            if !joined.members.is_empty() {
                let member = |m: &kavka::broker::coordinators::group::classic::JoinedMember| match &m.instance {
                    Some(instance) => format!("{}/{instance}", short(&m.id, names)),
                    None => short(&m.id, names).to_owned(),
                };
                line += &format!(" members={}", bracketed(joined.members.iter().map(member).collect(), " "));
            }
            line
        }
    }
}

fn sync(reply: &SyncReply) -> String {
    match reply {
        Err(code) => code.name().to_owned(),
        Ok(synced) => format!("synced assignment='{}'", text(&synced.assignment)),
    }
}

fn leaver(left: &Left, names: &Names) -> String {
    let who = match (&left.leaver.member, &left.leaver.instance) {
        (member, None) => short(member, names).to_owned(),
        (member, Some(instance)) => format!("{}/{instance}", short(member, names)),
    };
    format!("{who} {}", if left.code.is_none() { "left" } else { left.code.name() })
}

fn results<'a>(items: impl Iterator<Item = (&'a str, i32, ErrorCode)>) -> String {
    items.map(|(topic, p, code)| format!("{topic}-{p} {}", outcome(code))).collect::<Vec<_>>().join(", ")
}

fn offsets(topics: &[FetchedTopic]) -> String {
    let offset = |topic: &str, o: &kavka::broker::coordinators::group::offsets::FetchedOffset| {
        if !o.code.is_none() {
            return format!("{topic}-{}={}:{}", o.partition, o.offset, o.code.name());
        }
        let mut line = format!("{topic}-{}={}", o.partition, o.offset);
        if o.leader_epoch != -1 {
            line += &format!("@{}", o.leader_epoch);
        }
        if !o.metadata.is_empty() {
            line += &format!(":{}", cut(&o.metadata));
        }
        line
    };
    bracketed(topics.iter().flat_map(|t| t.partitions.iter().map(|o| offset(&t.topic, o))).collect(), " ")
}

fn described(group: &DescribedGroup, names: &Names) -> String {
    match group {
        DescribedGroup::Unknown { group, message } => format!("{group} unknown: {message}"),
        DescribedGroup::Known { group, state, protocol_type, protocol, members } => {
            let member = |m: &kavka::broker::coordinators::group::DescribedMember| {
                let who = assigned(short(&m.id, names), &m.assignment);
                format!("{who} {}{}", m.client_host, if m.metadata.is_empty() { "" } else { " +metadata" })
            };
            let members = bracketed(members.iter().map(member).collect(), ", ");
            format!("{group} {state} type='{protocol_type}' protocol='{protocol}' members={members}")
        }
    }
}

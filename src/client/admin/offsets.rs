//! Offsets of partitions: look them up by time or by place (ListOffsets), and delete records below one.
//!
//! Both go to the partition's leader, which Metadata tells. A partition whose leader has moved or is being elected is
//! asked for again.

use std::collections::BTreeMap;

use super::{Admin, Destination, PerItem, accepted, by_topic};
use crate::client::error::ClientError;
use crate::clock::Timestamp;
use crate::protocol::messages::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use crate::protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsTopic};
use crate::protocol::messages::{DeleteRecordsRequest, ListOffsetsRequest};
use crate::protocol::{ErrorCode, Message, Rejection};
use crate::vocabulary::TopicPartition;

/// Which offset of a partition is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetSpec {
    Earliest,
    Latest,
    /// The record with the largest timestamp (KIP-734).
    MaxTimestamp,
    /// The first that is on the broker's own disk (KIP-405).
    EarliestLocal,
    /// The last that is in tiered storage (KIP-1005).
    LatestTiered,
    /// The first that still has to go to tiered storage (KIP-1023).
    EarliestPendingUpload,
    /// The first record at or after this time.
    At(Timestamp),
}

impl OffsetSpec {
    fn code(self) -> i64 {
        match self {
            OffsetSpec::Latest => -1,
            OffsetSpec::Earliest => -2,
            OffsetSpec::MaxTimestamp => -3,
            OffsetSpec::EarliestLocal => -4,
            OffsetSpec::LatestTiered => -5,
            OffsetSpec::EarliestPendingUpload => -6,
            OffsetSpec::At(time) => time.millis(),
        }
    }

    /// The first version of ListOffsets that knows it.
    fn needs_version(self) -> i16 {
        match self {
            OffsetSpec::Latest | OffsetSpec::Earliest | OffsetSpec::At(_) => 1,
            OffsetSpec::MaxTimestamp => 7,
            OffsetSpec::EarliestLocal => 8,
            OffsetSpec::LatestTiered => 9,
            OffsetSpec::EarliestPendingUpload => 11,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IsolationLevel {
    #[default]
    ReadUncommitted,
    ReadCommitted,
}

/// An offset, and the time of the record there if it was looked for by time. Offset −1: no record is that late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundOffset {
    pub offset: i64,
    pub timestamp: Timestamp,
    pub leader_epoch: i32,
}

pub(super) type Offsets<T> = BTreeMap<TopicPartition, Result<T, Rejection>>;

impl Admin {
    pub async fn list_offsets(
        &self,
        wanted: &[(TopicPartition, OffsetSpec)],
        isolation: IsolationLevel,
    ) -> Result<PerItem<TopicPartition, FoundOffset>, ClientError> {
        let from = wanted.iter().map(|(_, spec)| spec.needs_version()).max().unwrap_or(1);
        let versions = from..=*ListOffsetsRequest::VERSIONS.end();
        let specs: Vec<(TopicPartition, i64)> = wanted.iter().map(|(p, spec)| (p.clone(), spec.code())).collect();
        let found = self
            .at_leaders("listOffsets", &specs, async |leader, partitions| {
                let request = list_offsets_request(partitions, isolation, self.operation_timeout());
                let response = self.send_within(leader, &request, versions.clone()).await?;
                let topics = response.topics.into_iter().map(|topic| (topic.name, topic.partitions));
                Ok(keyed(topics, |p| (p.partition_index, found_offset(p))))
            })
            .await?;
        Ok(found)
    }

    /// Deletes all records below an offset (−1: all that there are). Answers with the new first offsets.
    pub async fn delete_records(
        &self,
        below: &[(TopicPartition, i64)],
    ) -> Result<PerItem<TopicPartition, i64>, ClientError> {
        self.at_leaders("deleteRecords", below, async |leader, partitions| {
            let request = delete_records_request(partitions, self.operation_timeout());
            let response = self.send(leader, &request).await?;
            let topics = response.topics.into_iter().map(|topic| (topic.name, topic.partitions));
            Ok(keyed(topics, |p| (p.partition_index, accepted(p.error_code, None).map(|()| p.low_watermark))))
        })
        .await
    }

    /// Asks each partition's leader, and again for those whose leader turned out to be another.
    pub(super) async fn at_leaders<T>(
        &self,
        call: &'static str,
        wanted: &[(TopicPartition, i64)],
        ask: impl AsyncFn(Destination, Vec<(TopicPartition, i64)>) -> Result<Offsets<T>, ClientError>,
    ) -> Result<PerItem<TopicPartition, T>, ClientError> {
        let answers = std::cell::RefCell::new(Offsets::<T>::new());
        self.persist(call, async || {
            let missing: Vec<_> = wanted.iter().filter(|(p, _)| !answers.borrow().contains_key(p)).cloned().collect();
            let (leaders, refused) = self.leaders_of(call, &missing).await?;
            answers.borrow_mut().extend(refused.into_iter().map(|(partition, why)| (partition, Err(why))));
            for (leader, partitions) in leaders {
                let found = ask(Destination::Broker(leader), partitions).await?;
                let (again, settled): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, found)| has_moved(found));
                answers.borrow_mut().extend(settled);
                if let Some((_, Err(rejection))) = again.into_iter().next() {
                    return Err(ClientError::Rejected { call, rejection });
                }
            }
            Ok(())
        })
        .await?;
        let mut answers = answers.into_inner();
        let unanswered = || Err(Rejection::from(ErrorCode::UnknownTopicOrPartition));
        Ok(wanted.iter().map(|(p, _)| (p.clone(), answers.remove(p).unwrap_or_else(unanswered))).collect())
    }

    /// Partitions by leader, and those that do not exist.
    async fn leaders_of(
        &self,
        call: &'static str,
        wanted: &[(TopicPartition, i64)],
    ) -> Result<(BTreeMap<i32, Vec<(TopicPartition, i64)>>, Vec<(TopicPartition, Rejection)>), ClientError> {
        let mut topics: Vec<String> = wanted.iter().map(|(p, _)| p.topic.clone()).collect();
        topics.sort();
        topics.dedup();
        let metadata = self.metadata(Some(&topics)).await?;
        let mut known: BTreeMap<TopicPartition, i32> = BTreeMap::new();
        let mut faults: BTreeMap<String, ErrorCode> = BTreeMap::new();
        for topic in metadata.topics {
            let name = topic.name.unwrap_or_default();
            if topic.error_code != 0 {
                faults.insert(name.clone(), ErrorCode::from_code(topic.error_code));
            }
            known.extend(topic.partitions.iter().map(|p| (TopicPartition::new(&name, p.partition_index), p.leader_id)));
        }
        let mut leaders: BTreeMap<i32, Vec<(TopicPartition, i64)>> = BTreeMap::new();
        let mut refused = Vec::new();
        for (partition, value) in wanted {
            match known.get(partition) {
                Some(leader) if *leader >= 0 => {
                    leaders.entry(*leader).or_default().push((partition.clone(), *value));
                }
                Some(_) => return Err(ClientError::rejected(call, ErrorCode::LeaderNotAvailable, None)),
                None => {
                    let code = faults.get(&partition.topic).copied().unwrap_or(ErrorCode::UnknownTopicOrPartition);
                    if code == ErrorCode::LeaderNotAvailable {
                        return Err(ClientError::rejected(call, code, None));
                    }
                    refused.push((partition.clone(), Rejection::from(code)));
                }
            }
        }
        Ok((leaders, refused))
    }
}

fn has_moved<T>(answer: &Result<T, Rejection>) -> bool {
    use ErrorCode::*;
    let moved = [NotLeaderOrFollower, LeaderNotAvailable, FencedLeaderEpoch, UnknownLeaderEpoch, OffsetNotAvailable];
    matches!(answer, Err(rejection) if moved.contains(&rejection.code))
}

pub(super) fn keyed<P, T>(
    topics: impl Iterator<Item = (String, Vec<P>)>,
    answer: impl Fn(P) -> (i32, Result<T, Rejection>),
) -> Offsets<T> {
    let mut offsets = Offsets::new();
    for (name, partitions) in topics {
        for (partition, answer) in partitions.into_iter().map(&answer) {
            offsets.insert(TopicPartition::new(&name, partition), answer);
        }
    }
    offsets
}

fn found_offset(partition: ListOffsetsPartitionResponse) -> Result<FoundOffset, Rejection> {
    accepted(partition.error_code, None)?;
    Ok(FoundOffset {
        offset: partition.offset,
        timestamp: Timestamp(partition.timestamp),
        leader_epoch: partition.leader_epoch,
    })
}

fn list_offsets_request(
    wanted: Vec<(TopicPartition, i64)>,
    isolation: IsolationLevel,
    timeout_ms: i32,
) -> ListOffsetsRequest {
    let partition =
        |(index, timestamp)| ListOffsetsPartition { partition_index: index, timestamp, ..Default::default() };
    let topics = by_topic(wanted.into_iter().map(|(p, spec)| (p.topic, partition((p.partition, spec)))));
    ListOffsetsRequest {
        replica_id: -1,
        isolation_level: i8::from(isolation == IsolationLevel::ReadCommitted),
        topics: topics.into_iter().map(|(name, partitions)| ListOffsetsTopic { name, partitions }).collect(),
        timeout_ms,
    }
}

fn delete_records_request(below: Vec<(TopicPartition, i64)>, timeout_ms: i32) -> DeleteRecordsRequest {
    let partition = |partition_index, offset| DeleteRecordsPartition { partition_index, offset };
    let topics = by_topic(below.into_iter().map(|(p, offset)| (p.topic, partition(p.partition, offset))));
    DeleteRecordsRequest {
        topics: topics.into_iter().map(|(name, partitions)| DeleteRecordsTopic { name, partitions }).collect(),
        timeout_ms,
    }
}

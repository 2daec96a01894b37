//! Places become offsets: the cluster is asked where logs begin, where they end, and what was there at a time.

use std::collections::BTreeMap;

use super::Place;
use crate::cli::failure::of_rejection;
use crate::client::Admin;
use crate::client::admin::offsets::{IsolationLevel, OffsetSpec};
use crate::vocabulary::TopicPartition;

type Offsets = BTreeMap<TopicPartition, i64>;

/// The offset of a place in each of these partitions. An offset that is named, or counted from the beginning, is given as
/// it is, whether or not the log has it. A time after the last record's is the end.
pub async fn offsets(
    admin: &Admin,
    partitions: &[TopicPartition],
    place: Place,
    isolation: IsolationLevel,
) -> anyhow::Result<Offsets> {
    let ask = |spec| asked(admin, partitions, spec, isolation);
    match place {
        Place::Offset(offset) => Ok(partitions.iter().map(|partition| (partition.clone(), offset)).collect()),
        Place::Earliest => ask(OffsetSpec::Earliest).await,
        Place::Latest => ask(OffsetSpec::Latest).await,
        Place::AfterBeginning(count) => {
            let firsts = ask(OffsetSpec::Earliest).await?;
            Ok(firsts.into_iter().map(|(partition, first)| (partition, first.saturating_add(count))).collect())
        }
        Place::BeforeEnd(count) => {
            let (firsts, ends) = tokio::try_join!(ask(OffsetSpec::Earliest), ask(OffsetSpec::Latest))?;
            let place = |partition: &TopicPartition, end: i64| {
                end.saturating_sub(count).max(firsts.get(partition).copied().unwrap_or(0))
            };
            Ok(ends.into_iter().map(|(partition, end)| (partition.clone(), place(&partition, end))).collect())
        }
        Place::Time(time) => {
            let (found, ends) = tokio::try_join!(ask(OffsetSpec::At(time)), ask(OffsetSpec::Latest))?;
            let place = |partition: &TopicPartition, offset: i64| match offset {
                0.. => offset,
                _ => ends.get(partition).copied().unwrap_or(0),
            };
            Ok(found.into_iter().map(|(partition, offset)| (partition.clone(), place(&partition, offset))).collect())
        }
    }
}

/// Where each log begins and ends now.
pub async fn ends_of_logs(
    admin: &Admin,
    partitions: &[TopicPartition],
    isolation: IsolationLevel,
) -> anyhow::Result<(Offsets, Offsets)> {
    tokio::try_join!(
        asked(admin, partitions, OffsetSpec::Earliest, isolation),
        asked(admin, partitions, OffsetSpec::Latest, isolation)
    )
}

async fn asked(
    admin: &Admin,
    partitions: &[TopicPartition],
    spec: OffsetSpec,
    isolation: IsolationLevel,
) -> anyhow::Result<Offsets> {
    let wanted: Vec<_> = partitions.iter().map(|partition| (partition.clone(), spec)).collect();
    let mut offsets = BTreeMap::new();
    for (partition, answer) in admin.list_offsets(&wanted, isolation).await? {
        let refused = |rejection| of_rejection(&rejection).about(format!("cannot look up offsets of {partition}"));
        let found = answer.map_err(refused)?;
        offsets.insert(partition, found.offset);
    }
    Ok(offsets)
}

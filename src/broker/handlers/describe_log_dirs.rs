//! DescribeLogDirs: every log directory with its partitions, their sizes, and the copies of those that are being moved
//! here (KIP-113); from version 4 the room on its volume (KIP-827). A directory that failed has an error.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::broker::BrokerState;
use crate::broker::blocking::blocking;
use crate::broker::request::RequestContext;
use crate::log::directory::VolumeSpace;
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;
use crate::protocol::messages::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use crate::protocol::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse};
use crate::vocabulary::{TopicPartition, Uuid};

/// What is said of the partitions of each directory.
type Contents = BTreeMap<Uuid, BTreeMap<String, Vec<DescribeLogDirsPartition>>>;

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let image = broker.image();
    let results = blocking(|| {
        let mut contents = contents(broker, &wanted(&image, request.topics));
        let directories = broker.partitions.directories();
        let online = directories.online().map(|directory| (directory.path.as_path(), directory.id));
        let online: BTreeMap<&Path, Uuid> = online.collect();
        directories
            .paths()
            .map(|path| match online.get(path) {
                Some(id) => describe(path, contents.remove(id).unwrap_or_default()),
                None => failed(path, ErrorCode::KafkaStorageError),
            })
            .collect()
    });
    DescribeLogDirsResponse { results, ..Default::default() }
}

/// The partitions that were asked for, as far as they exist.
fn wanted(image: &ClusterImage, topics: Option<Vec<DescribableLogDirTopic>>) -> BTreeSet<TopicPartition> {
    match topics {
        None => {
            let topics = image.topics.values();
            let partitions = topics.flat_map(|topic| {
                (0i32..).take(topic.partitions.len()).map(|index| TopicPartition::new(&topic.name, index))
            });
            partitions.collect()
        }
        Some(topics) => {
            let named = topics
                .iter()
                .flat_map(|topic| topic.partitions.iter().map(|index| TopicPartition::new(&topic.topic, *index)));
            named.collect()
        }
    }
}

fn contents(broker: &BrokerState, wanted: &BTreeSet<TopicPartition>) -> Contents {
    let mut contents = Contents::new();
    let mut add = |directory: Uuid, name: &TopicPartition, partition: DescribeLogDirsPartition| {
        contents.entry(directory).or_default().entry(name.topic.clone()).or_default().push(partition);
    };
    for name in wanted {
        let Ok(partition) = broker.partitions.leader_of(name) else { continue };
        let size = partition.with_log(|log| log.map_or(0, |log| log.size_in_bytes()));
        if let Ok(size) = size {
            add(partition.home().id, name, described(name, size, 0, false));
        }
    }
    for one in broker.moves.running() {
        let name = &one.partition.name;
        if let Ok(bounds) = one.partition.bounds()
            && wanted.contains(name)
            && one.partition.home().id != one.to.id
        {
            add(one.to.id, name, described(name, one.bytes(), bounds.end - one.next_offset(), true));
        }
    }
    contents
}

fn described(name: &TopicPartition, size: u64, offset_lag: i64, is_future_key: bool) -> DescribeLogDirsPartition {
    let partition_size = i64::try_from(size).unwrap_or(i64::MAX);
    DescribeLogDirsPartition { partition_index: name.partition, partition_size, offset_lag, is_future_key }
}

fn describe(path: &Path, topics: BTreeMap<String, Vec<DescribeLogDirsPartition>>) -> DescribeLogDirsResult {
    let space = match VolumeSpace::of(path) {
        Ok(space) => space,
        Err(e) => {
            tracing::error!("cannot tell the room in {}: {e}", path.display());
            return failed(path, ErrorCode::UnknownServerError);
        }
    };
    let topic = |(name, partitions)| DescribeLogDirsTopic { name, partitions };
    DescribeLogDirsResult {
        error_code: 0,
        log_dir: path.display().to_string(),
        topics: topics.into_iter().map(topic).collect(),
        total_bytes: i64::try_from(space.total).unwrap_or(i64::MAX),
        usable_bytes: i64::try_from(space.usable).unwrap_or(i64::MAX),
    }
}

fn failed(path: &Path, code: ErrorCode) -> DescribeLogDirsResult {
    DescribeLogDirsResult { error_code: code.code(), log_dir: path.display().to_string(), ..Default::default() }
}

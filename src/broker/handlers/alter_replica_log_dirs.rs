//! AlterReplicaLogDirs: partitions are to lie in another directory of this broker (KIP-113). The answer says that the move
//! has begun; DescribeLogDirs says how far it is. A partition without records moves in an instant.

use std::collections::BTreeMap;

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::alter_replica_log_dirs::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult,
};
use crate::protocol::messages::{AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse};
use crate::vocabulary::TopicPartition;

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: AlterReplicaLogDirsRequest,
) -> AlterReplicaLogDirsResponse {
    let writable = broker.before_write().await;
    // A partition that is named twice goes where it was named last, as in Kafka's map of them.
    let mut wanted: BTreeMap<TopicPartition, String> = BTreeMap::new();
    for directory in request.dirs {
        for topic in directory.topics {
            for index in topic.partitions {
                wanted.insert(TopicPartition::new(&topic.name, index), directory.path.clone());
            }
        }
    }
    let mut results: BTreeMap<String, Vec<AlterReplicaLogDirPartitionResult>> = BTreeMap::new();
    for (name, path) in wanted {
        let begun = match &writable {
            Ok(()) => broker.moves.begin(&name, &path),
            Err(rejection) => Err(rejection.code),
        };
        let error_code = begun.err().unwrap_or(ErrorCode::None).code();
        let result = AlterReplicaLogDirPartitionResult { partition_index: name.partition, error_code };
        results.entry(name.topic).or_default().push(result);
    }
    let results = results.into_iter();
    let results = results.map(|(topic_name, partitions)| AlterReplicaLogDirTopicResult { topic_name, partitions });
    AlterReplicaLogDirsResponse { results: results.collect(), ..Default::default() }
}

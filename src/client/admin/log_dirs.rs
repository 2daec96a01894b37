//! The log directories of a broker: what lies in them and how much room they have (DescribeLogDirs; KIP-113, KIP-827).

use super::{Admin, Destination};
use crate::client::error::ClientError;
use crate::protocol::ErrorCode;
use crate::protocol::messages::DescribeLogDirsRequest;
use crate::vocabulary::TopicPartition;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDirDescription {
    pub path: String,
    /// Why it cannot be used, if it cannot.
    pub error: Option<ErrorCode>,
    /// Of its volume; `None` where the broker does not say.
    pub total_bytes: Option<i64>,
    pub usable_bytes: Option<i64>,
    /// In the order of the answer.
    pub replicas: Vec<ReplicaInLogDir>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaInLogDir {
    pub partition: TopicPartition,
    pub size: i64,
    /// How far it is behind.
    pub offset_lag: i64,
    /// It is on its way here from another directory.
    pub is_future: bool,
}

impl Admin {
    pub async fn describe_log_dirs(&self, broker: i32) -> Result<Vec<LogDirDescription>, ClientError> {
        const CALL: &str = "describeLogDirs";
        let request = DescribeLogDirsRequest { topics: None };
        let response = self.persist(CALL, async || self.send(Destination::Broker(broker), &request).await).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            code => return Err(ClientError::rejected(CALL, code, None)),
        }
        let known = |bytes: i64| Some(bytes).filter(|bytes| *bytes >= 0);
        let described = response.results.into_iter().map(|directory| LogDirDescription {
            error: Some(ErrorCode::from_code(directory.error_code)).filter(|code| *code != ErrorCode::None),
            total_bytes: known(directory.total_bytes),
            usable_bytes: known(directory.usable_bytes),
            replicas: directory
                .topics
                .iter()
                .flat_map(|topic| {
                    topic.partitions.iter().map(|one| ReplicaInLogDir {
                        partition: TopicPartition::new(&topic.name, one.partition_index),
                        size: one.partition_size,
                        offset_lag: one.offset_lag,
                        is_future: one.is_future_key,
                    })
                })
                .collect(),
            path: directory.log_dir,
        });
        Ok(described.collect())
    }
}

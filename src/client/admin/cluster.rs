//! The cluster and its brokers (DescribeCluster, KIP-700; Metadata where a broker lacks it).

use super::{Admin, Destination};
use crate::client::error::ClientError;
use crate::protocol::ErrorCode;
use crate::protocol::messages::DescribeClusterRequest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterDescription {
    pub cluster_id: Option<String>,
    pub controller: Option<i32>,
    pub brokers: Vec<BrokerAddress>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    pub id: i32,
    pub host: String,
    pub port: i32,
    pub rack: Option<String>,
}

impl Admin {
    pub async fn describe_cluster(&self) -> Result<ClusterDescription, ClientError> {
        self.persist("describeCluster", async || match self.describe_cluster_once().await {
            Err(ClientError::Unsupported { .. }) => self.cluster_in_metadata().await,
            answer => answer,
        })
        .await
    }

    async fn describe_cluster_once(&self) -> Result<ClusterDescription, ClientError> {
        let response = self.send(Destination::Any, &DescribeClusterRequest::default()).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            code => return Err(ClientError::rejected("describeCluster", code, response.error_message)),
        }
        let brokers = response.brokers.into_iter();
        Ok(ClusterDescription {
            cluster_id: Some(response.cluster_id),
            controller: Some(response.controller_id).filter(|id| *id >= 0),
            brokers: brokers
                .map(|b| BrokerAddress { id: b.broker_id, host: b.host, port: b.port, rack: b.rack })
                .collect(),
        })
    }

    async fn cluster_in_metadata(&self) -> Result<ClusterDescription, ClientError> {
        let metadata = self.metadata(Some(&[])).await?;
        let brokers = metadata.brokers.into_iter();
        Ok(ClusterDescription {
            cluster_id: metadata.cluster_id,
            controller: Some(metadata.controller_id).filter(|id| *id >= 0),
            brokers: brokers
                .map(|b| BrokerAddress { id: b.node_id, host: b.host, port: b.port, rack: b.rack })
                .collect(),
        })
    }
}

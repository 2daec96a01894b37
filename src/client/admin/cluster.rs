//! The cluster and its nodes (DescribeCluster, KIP-700; Metadata where a broker lacks it), and brokers that are gone for
//! good (UnregisterBroker).

use super::{Admin, Destination, Endpoints};
use crate::client::error::ClientError;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{DescribeClusterRequest, UnregisterBrokerRequest};

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
    /// It is registered and takes no part now.
    pub is_fenced: bool,
}

/// What DescribeCluster calls the two kinds of endpoints.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

impl Admin {
    /// The nodes of the kind that this client talks to.
    pub async fn describe_cluster(&self) -> Result<ClusterDescription, ClientError> {
        self.persist("describeCluster", async || match self.describe_cluster_once(false).await {
            Err(ClientError::Unsupported { .. }) if self.endpoints == Endpoints::Brokers => {
                self.cluster_in_metadata().await
            }
            answer => answer,
        })
        .await
    }

    /// The same with brokers that are registered and take no part.
    pub async fn describe_cluster_with_fenced(&self) -> Result<ClusterDescription, ClientError> {
        self.persist("describeCluster", async || self.describe_cluster_once(true).await).await
    }

    pub(super) async fn describe_cluster_once(&self, fenced_too: bool) -> Result<ClusterDescription, ClientError> {
        let (endpoint_type, oldest) = match (self.endpoints, fenced_too) {
            (Endpoints::Controllers, _) => (CONTROLLERS, 1),
            (Endpoints::Brokers, true) => (BROKERS, 2),
            (Endpoints::Brokers, false) => (BROKERS, 0),
        };
        let request =
            DescribeClusterRequest { endpoint_type, include_fenced_brokers: fenced_too, ..Default::default() };
        let response = self.send_to_any(&request, oldest..=2).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            code => return Err(ClientError::rejected("describeCluster", code, response.error_message)),
        }
        let nodes = response.brokers.into_iter();
        let described = ClusterDescription {
            cluster_id: Some(response.cluster_id),
            controller: Some(response.controller_id).filter(|id| *id >= 0),
            brokers: nodes
                .map(|b| BrokerAddress {
                    id: b.broker_id,
                    host: b.host,
                    port: b.port,
                    rack: b.rack,
                    is_fenced: b.is_fenced,
                })
                .collect(),
        };
        if self.endpoints == Endpoints::Controllers {
            self.learn_nodes(&described.brokers, described.controller).await;
        }
        Ok(described)
    }

    /// What Metadata says of the cluster, asked for once.
    pub async fn cluster_in_metadata(&self) -> Result<ClusterDescription, ClientError> {
        let metadata = self.metadata(Some(&[])).await?;
        let brokers = metadata.brokers.into_iter();
        Ok(ClusterDescription {
            cluster_id: metadata.cluster_id,
            controller: Some(metadata.controller_id).filter(|id| *id >= 0),
            brokers: brokers
                .map(|b| BrokerAddress { id: b.node_id, host: b.host, port: b.port, rack: b.rack, is_fenced: false })
                .collect(),
        })
    }

    /// Forgets a broker that will not come back.
    pub async fn unregister_broker(&self, broker: i32) -> Result<(), ClientError> {
        const CALL: &str = "unregisterBroker";
        let request = UnregisterBrokerRequest { broker_id: broker };
        self.persist(CALL, async || {
            let response = self.send(Destination::Controller, &request).await?;
            match ErrorCode::from_code(response.error_code) {
                ErrorCode::None => Ok(()),
                code => Err(ClientError::rejected(CALL, code, response.error_message)),
            }
        })
        .await
    }
}

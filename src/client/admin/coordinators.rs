//! Which broker coordinates a group (FindCoordinator; many groups at once since version 4, KIP-699).

use std::collections::BTreeMap;

use super::{Admin, Destination};
use crate::client::error::ClientError;
use crate::protocol::messages::FindCoordinatorRequest;
use crate::protocol::messages::find_coordinator::Coordinator;
use crate::protocol::{ErrorCode, Rejection};

const GROUP: i8 = 0;

impl Admin {
    /// Groups by the broker that coordinates them, and groups for which none can be named.
    pub(crate) async fn coordinators_of(
        &self,
        call: &'static str,
        groups: &[String],
    ) -> Result<(BTreeMap<i32, Vec<String>>, Vec<(String, Rejection)>), ClientError> {
        let mut coordinators: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        let mut refused = Vec::new();
        for found in self.find_coordinators(groups).await? {
            match ErrorCode::from_code(found.error_code) {
                ErrorCode::None => {
                    self.learn_broker(found.node_id, &found.host, found.port).await;
                    coordinators.entry(found.node_id).or_default().push(found.key);
                }
                code if code.is_retriable() => return Err(ClientError::rejected(call, code, found.error_message)),
                code => refused.push((found.key, Rejection { code, message: found.error_message })),
            }
        }
        Ok((coordinators, refused))
    }

    async fn find_coordinators(&self, groups: &[String]) -> Result<Vec<Coordinator>, ClientError> {
        let together =
            FindCoordinatorRequest { key_type: GROUP, coordinator_keys: groups.to_vec(), ..Default::default() };
        match self.send_within(Destination::Any, &together, 4..=6).await {
            Ok(response) => return Ok(response.coordinators),
            Err(ClientError::Unsupported { .. }) => {}
            Err(error) => return Err(error),
        }
        let mut found = Vec::with_capacity(groups.len());
        for group in groups {
            let request = FindCoordinatorRequest { key: group.clone(), key_type: GROUP, ..Default::default() };
            let response = self.send_within(Destination::Any, &request, 0..=3).await?;
            found.push(Coordinator {
                key: group.clone(),
                node_id: response.node_id,
                host: response.host,
                port: response.port,
                error_code: response.error_code,
                error_message: response.error_message,
            });
        }
        Ok(found)
    }

    /// The coordinator of one group.
    pub(crate) async fn coordinator_of(&self, call: &'static str, group: &str) -> Result<Destination, ClientError> {
        let (coordinators, refused) = self.coordinators_of(call, &[group.to_owned()]).await?;
        match (coordinators.into_keys().next(), refused.into_iter().next()) {
            (Some(id), _) => Ok(Destination::Broker(id)),
            (None, Some((_, rejection))) => Err(ClientError::Rejected { call, rejection }),
            (None, None) => Err(ClientError::rejected(call, ErrorCode::CoordinatorNotAvailable, None)),
        }
    }
}

/// Whether an error code says that the group's coordinator is elsewhere or not ready.
pub(crate) fn coordinator_moved(code: ErrorCode) -> bool {
    use ErrorCode::*;
    matches!(code, CoordinatorNotAvailable | CoordinatorLoadInProgress | NotCoordinator)
}

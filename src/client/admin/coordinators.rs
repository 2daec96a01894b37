//! Which broker coordinates a group or a transactional id (FindCoordinator; many at once since version 4, KIP-699).

use std::collections::BTreeMap;

use super::{Admin, Destination};
use crate::client::error::ClientError;
use crate::protocol::messages::FindCoordinatorRequest;
use crate::protocol::messages::find_coordinator::Coordinator;
use crate::protocol::{ErrorCode, Rejection};

/// What is coordinated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coordinated {
    Group = 0,
    Transaction = 1,
}

impl Admin {
    /// Groups or ids by the broker that coordinates them, and those for which none can be named.
    pub(crate) async fn coordinators_of(
        &self,
        call: &'static str,
        kind: Coordinated,
        keys: &[String],
    ) -> Result<(BTreeMap<i32, Vec<String>>, Vec<(String, Rejection)>), ClientError> {
        let mut coordinators: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        let mut refused = Vec::new();
        for found in self.find_coordinators(kind, keys).await? {
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

    async fn find_coordinators(&self, kind: Coordinated, keys: &[String]) -> Result<Vec<Coordinator>, ClientError> {
        let key_type = kind as i8;
        let together = FindCoordinatorRequest { key_type, coordinator_keys: keys.to_vec(), ..Default::default() };
        match self.send_within(Destination::Any, &together, 4..=6).await {
            Ok(response) => return Ok(response.coordinators),
            Err(ClientError::Unsupported { .. }) => {}
            Err(error) => return Err(error),
        }
        // Version 0 knows groups only.
        let from = i16::from(kind != Coordinated::Group);
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let request = FindCoordinatorRequest { key: key.clone(), key_type, ..Default::default() };
            let response = self.send_within(Destination::Any, &request, from..=3).await?;
            found.push(Coordinator {
                key: key.clone(),
                node_id: response.node_id,
                host: response.host,
                port: response.port,
                error_code: response.error_code,
                error_message: response.error_message,
            });
        }
        Ok(found)
    }

    /// The coordinator of one group or id.
    pub(crate) async fn coordinator_of(
        &self,
        call: &'static str,
        kind: Coordinated,
        key: &str,
    ) -> Result<Destination, ClientError> {
        let (coordinators, refused) = self.coordinators_of(call, kind, &[key.to_owned()]).await?;
        match (coordinators.into_keys().next(), refused.into_iter().next()) {
            (Some(id), _) => Ok(Destination::Broker(id)),
            (None, Some((_, rejection))) => Err(ClientError::Rejected { call, rejection }),
            (None, None) => Err(ClientError::rejected(call, ErrorCode::CoordinatorNotAvailable, None)),
        }
    }
}

/// Whether an error code says that the coordinator is elsewhere or not ready.
pub(crate) fn coordinator_moved(code: ErrorCode) -> bool {
    use ErrorCode::*;
    matches!(code, CoordinatorNotAvailable | CoordinatorLoadInProgress | NotCoordinator)
}

//! What a broker offers: every API with its versions (ApiVersions, KIP-35).

use super::{Admin, Destination};
use crate::client::error::ClientError;
use crate::protocol::ErrorCode;
use crate::protocol::messages::ApiVersionsRequest;

/// An API by its number, whether we know it or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferedApi {
    pub key: i16,
    pub oldest: i16,
    pub newest: i16,
}

impl Admin {
    /// What one broker offers, by number.
    pub async fn api_versions(&self, broker: i32) -> Result<Vec<OfferedApi>, ClientError> {
        let request = ApiVersionsRequest {
            client_software_name: "kavka".to_owned(),
            client_software_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let response = self.send(Destination::Broker(broker), &request).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            code => return Err(ClientError::rejected("apiVersions", code, None)),
        }
        let mut offered: Vec<OfferedApi> = response
            .api_keys
            .into_iter()
            .map(|api| OfferedApi { key: api.api_key, oldest: api.min_version, newest: api.max_version })
            .collect();
        offered.sort_unstable_by_key(|api| api.key);
        Ok(offered)
    }
}

//! ApiVersions: what this broker serves, and at which levels its features are.
//!
//! A version above 4 is answered in the encoding of version 0 with error 35 and the one range that the client needs to
//! ask again (KIP-511); the response header is always the oldest. Versions below 4 omit features whose range begins at 0,
//! which old Java clients refuse (KAFKA-17492). A software name that is not a plain word is refused with error 42.

use crate::broker::BrokerState;
use crate::broker::config::Role;
use crate::broker::handlers::{advertised, served_to};
use crate::broker::request::{Disconnect, RequestContext};
use crate::metadata::{ClusterImage, features};
use crate::protocol::frames::encode_response;
use crate::protocol::messages::api_versions::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use crate::protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};
use crate::protocol::{Api, ErrorCode, Segment};

/// The features that clients are told of. Others may be finalized in a directory that Apache Kafka wrote, but a client
/// that read so would use APIs that are not served.
const ANNOUNCED: &[&str] = &[
    features::METADATA_VERSION,
    features::KRAFT_VERSION,
    features::TRANSACTION_VERSION,
    features::GROUP_VERSION,
    "eligible.leader.replicas.version",
];

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: ApiVersionsRequest,
) -> ApiVersionsResponse {
    if context.api_version >= 3
        && !(is_software_word(&request.client_software_name) && is_software_word(&request.client_software_version))
    {
        return ApiVersionsResponse { error_code: ErrorCode::InvalidRequest.code(), ..Default::default() };
    }
    let image = broker.image();
    ApiVersionsResponse {
        api_keys: served_ranges(context.listener.role),
        supported_features: supported_features(context.api_version),
        finalized_features_epoch: image.end_offset - 1,
        finalized_features: finalized_features(&image),
        ..Default::default()
    }
}

/// The answer to a version of ApiVersions that is too new; every other API closes the connection.
pub fn refuse_version(context: &RequestContext) -> Result<Option<Vec<Segment>>, Disconnect> {
    if context.api != Api::ApiVersions {
        return Err(Disconnect::NotServed { api_key: context.api.key(), api_version: context.api_version });
    }
    let own = served_ranges(context.listener.role)
        .into_iter()
        .filter(|range| range.api_key == Api::ApiVersions.key())
        .collect();
    let response =
        ApiVersionsResponse { error_code: ErrorCode::UnsupportedVersion.code(), api_keys: own, ..Default::default() };
    Ok(Some(encode_response(Api::ApiVersions, &response, 0, context.correlation_id)))
}

fn served_ranges(role: Role) -> Vec<ApiVersion> {
    let mut ranges: Vec<ApiVersion> = served_to(role)
        .map(|(api, versions)| {
            let versions = advertised(*api, versions);
            ApiVersion { api_key: api.key(), min_version: *versions.start(), max_version: *versions.end() }
        })
        .collect();
    ranges.sort_by_key(|range| range.api_key);
    ranges
}

fn supported_features(api_version: i16) -> Vec<SupportedFeatureKey> {
    features::declared()
        .into_iter()
        .filter(|(name, _)| ANNOUNCED.contains(name))
        .filter(|(_, levels)| api_version >= 4 || *levels.start() > 0)
        .map(|(name, levels)| SupportedFeatureKey {
            name: name.to_owned(),
            min_version: *levels.start(),
            max_version: *levels.end(),
        })
        .collect()
}

fn finalized_features(image: &ClusterImage) -> Vec<FinalizedFeatureKey> {
    image
        .features
        .iter()
        .filter(|(name, level)| **level > 0 && ANNOUNCED.contains(&name.as_str()))
        .map(|(name, level)| FinalizedFeatureKey {
            name: name.clone(),
            max_version_level: *level,
            min_version_level: *level,
        })
        .collect()
}

/// `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?`
fn is_software_word(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_names_are_plain_words() {
        assert!(is_software_word("apache-kafka-java"));
        assert!(is_software_word("4.2.1"));
        assert!(!is_software_word(""));
        assert!(!is_software_word("-x"));
        assert!(!is_software_word("two words"));
    }

    #[test]
    fn old_clients_do_not_see_features_that_begin_at_level_0() {
        assert!(supported_features(3).iter().all(|feature| feature.min_version > 0));
        assert!(supported_features(4).iter().any(|feature| feature.min_version == 0));
    }
}

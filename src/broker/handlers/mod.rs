//! The table of the APIs that this broker serves. A handler is a translation; what it must remember is in a log.
//!
//! A line names the API, its request, the versions that are answered and the function that answers. A handler is
//! `async fn (broker: &BrokerState, context: &RequestContext, request: XRequest) -> XResponse` (or an [`Answer`]). What
//! ApiVersions advertises is the same table, but for Produce, see [`advertised`].

pub mod api_versions;
pub mod describe_cluster;
pub mod describe_topic_partitions;
pub mod fetch;
pub mod metadata;
pub mod produce;
pub mod sasl;

use std::ops::RangeInclusive;

use bytes::Bytes;

use super::BrokerState;
use super::dispatch::{decode, encode};
use super::request::{Disconnect, RequestContext};
use crate::protocol::messages::*;
use crate::protocol::{Api, Reader};

macro_rules! serve {
    ($($api:ident $request:ty, $versions:expr => $handler:path;)*) => {
        /// The served APIs with the versions that are answered.
        pub const SERVED: &[(Api, RangeInclusive<i16>)] = &[$((Api::$api, $versions),)*];

        /// Decodes the request, calls its handler, encodes the answer.
        pub(super) async fn call(
            broker: &BrokerState,
            context: &RequestContext,
            body: Reader,
        ) -> Result<Option<Vec<Bytes>>, Disconnect> {
            match context.api {
                $(Api::$api => {
                    let request: $request = decode(context, body)?;
                    encode::<$request>(context, $handler(broker, context, request).await.into())
                })*
                _ => Err(Disconnect::NotServed { api_key: context.api.key(), api_version: context.api_version }),
            }
        }
    };
}

serve! {
    Produce ProduceRequest, 3..=13 => produce::handle;
    Fetch FetchRequest, 4..=18 => fetch::handle;
    Metadata MetadataRequest, 0..=13 => metadata::handle;
    SaslHandshake SaslHandshakeRequest, 0..=1 => sasl::handshake;
    ApiVersions ApiVersionsRequest, 0..=4 => api_versions::handle;
    SaslAuthenticate SaslAuthenticateRequest, 0..=2 => sasl::authenticate;
    DescribeCluster DescribeClusterRequest, 0..=2 => describe_cluster::handle;
    DescribeTopicPartitions DescribeTopicPartitionsRequest, 0..=0 => describe_topic_partitions::handle;
}

/// Whether requests of this API and version are answered.
pub fn accepts(api: Api, version: i16) -> bool {
    SERVED.iter().any(|(served, versions)| *served == api && versions.contains(&version))
}

/// The range that ApiVersions names. Produce begins at 0 there although 3 is the least that is answered: librdkafka up to
/// 2.11.0 sends uncompressed without a word if its oldest version is not in the range (KAFKA-18659).
pub fn advertised(api: Api, versions: &RangeInclusive<i16>) -> RangeInclusive<i16> {
    match api {
        Api::Produce => 0..=*versions.end(),
        _ => versions.clone(),
    }
}

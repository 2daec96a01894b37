//! Kafka seen from outside: settings, the native admin client, and producer and consumer over librdkafka.
//!
//! One [`ClientSettings`] describes how to reach a cluster; the native client reads it directly and librdkafka gets a
//! rendering of it. Administration never starts librdkafka, since a native request is answered before librdkafka has
//! started its threads.

pub mod admin;
pub mod config_providers;
pub mod consumer;
pub mod error;
mod jaas;
mod java_definitions;
pub mod java_keys;
mod librdkafka;
pub mod login;
pub mod producer;
pub mod security;
pub mod settings;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls_missing.rs"]
pub mod tls;
mod tls_settings;

pub use admin::Admin;
pub use error::ClientError;
pub use settings::ClientSettings;

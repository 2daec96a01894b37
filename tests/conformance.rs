//! Do we speak Kafka? Raw frames and librdkafka against a broker in this process, or against any cluster whose address is
//! in `KAVKA_CONFORMANCE_BOOTSTRAP`, so that the same test describes Apache's broker.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "conformance/acls.rs"]
mod acls;
#[path = "conformance/api_versions.rs"]
mod api_versions;
#[path = "conformance/cluster.rs"]
mod cluster;
#[path = "conformance/configs.rs"]
mod configs;
#[path = "conformance/fetch.rs"]
mod fetch;
#[path = "conformance/groups.rs"]
mod groups;
#[path = "conformance/hostile.rs"]
mod hostile;
#[path = "conformance/idempotence.rs"]
mod idempotence;
#[path = "conformance/in_order.rs"]
mod in_order;
#[path = "conformance/list_offsets.rs"]
mod list_offsets;
#[path = "conformance/log_dirs.rs"]
mod log_dirs;
#[path = "conformance/metadata.rs"]
mod metadata;
#[path = "conformance/produce.rs"]
mod produce;
#[path = "conformance/rdkafka.rs"]
mod rdkafka_client;
#[path = "conformance/restart.rs"]
mod restart;
#[path = "conformance/sasl.rs"]
mod sasl;
#[path = "conformance/several_directories.rs"]
mod several_directories;
#[path = "conformance/topics.rs"]
mod topics;
#[path = "conformance/transaction_offsets.rs"]
mod transaction_offsets;
#[path = "conformance/transactions.rs"]
mod transactions;
#[path = "conformance/transcript.rs"]
mod transcript;

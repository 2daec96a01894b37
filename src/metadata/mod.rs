//! The cluster's image: what the metadata log says, in memory; and what snapshots, bootstrap files and the log's batches
//! hold. Pure: the files themselves are read and written by `broker/metadata_log`.

mod apply;
pub mod batches;
mod control;
mod errors;
pub mod features;
pub mod group_configs;
mod image;
mod replay;
pub mod snapshot;
pub mod topic_configs;

pub use control::{ControlRecord, Quorum};
pub use errors::{ContentFault, ReplayError};
pub use image::{
    BROKER_RESOURCE, BrokerImage, ClusterImage, GROUP_RESOURCE, PartitionImage, QuotaEntity, TOPIC_RESOURCE, TopicImage,
};
pub use replay::{Replay, Source};

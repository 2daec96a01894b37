//! The cluster's image: what the metadata log says, in memory. Pure.

mod image;

pub use image::{BrokerImage, ClusterImage, PartitionImage, TopicImage};

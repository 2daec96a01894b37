//! Values in internal logs ↔ bytes. Pure: no files, no time.

pub mod consumer_group;
pub mod consumer_protocol;
pub mod control;
pub mod framing;
pub mod group;
pub mod metadata;
pub mod schemas;
pub mod transaction;

#[cfg(test)]
mod vectors;

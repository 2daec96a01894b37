//! Kafka's wire protocol: primitives, one table per message, frames, APIs, error codes. Pure.

pub mod apis;
pub mod errors;
pub mod frames;
pub mod message;
pub mod messages;
#[cfg(test)]
pub(crate) mod oracle;
pub mod primitives;
pub mod segments;

pub use apis::Api;
pub use errors::{ErrorCode, Rejection};
pub use message::Message;
pub use primitives::{Malformed, Reader, Wire, Writer};
pub use segments::{FileRange, Records, Segment, SourceFile};

//! A record between its line and the producer.
//!
//! Its fields lie in the line, or in the batch that keeps them, unless they had to be decoded.

use std::borrow::Cow;

use crate::client::producer::Outgoing;
use crate::clock::Timestamp;

/// A header: name and value, which may be null.
pub type Header = (String, Option<Vec<u8>>);

/// `None` is null, which is not the same as empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record<'a> {
    pub partition: Option<i32>,
    pub timestamp: Option<Timestamp>,
    pub key: Option<Cow<'a, [u8]>>,
    pub value: Option<Cow<'a, [u8]>>,
    pub headers: Cow<'a, [Header]>,
}

impl Record<'_> {
    pub fn outgoing<'a>(&'a self, topic: &'a str) -> Outgoing<'a> {
        Outgoing {
            topic,
            partition: self.partition,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: &self.headers,
            timestamp: self.timestamp,
        }
    }
}

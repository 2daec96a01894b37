//! A record between its line and the producer.

use crate::client::producer::Outgoing;
use crate::clock::Timestamp;

/// A header: name and value, which may be null.
pub type Header = (String, Option<Vec<u8>>);

/// `None` is null, which is not the same as empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    pub partition: Option<i32>,
    pub timestamp: Option<Timestamp>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Header>,
}

impl Record {
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

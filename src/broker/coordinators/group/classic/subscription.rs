//! The topics that a group's members subscribe to, as far as the broker can read them.
//!
//! Every version of the consumer protocol's subscription starts with `version: i16, topics: [string]` (version 0); what
//! follows is the clients' own business, and other protocol types are not looked into.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::group::ClassicGroup;
use crate::protocol::primitives::{Malformed, Reader, Wire};

impl ClassicGroup {
    /// `None` if the group's subscriptions cannot be known.
    pub fn subscribed_topics(&self) -> Option<BTreeSet<String>> {
        if !self.is_consumer_group() {
            return None;
        }
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            let metadata = member.metadata(self.protocol()?)?;
            topics.extend(topics_of(metadata.clone()).ok()?);
        }
        Some(topics)
    }

    /// Whether a topic is in use; when in doubt, a consumer group uses it.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match self.subscribed_topics() {
            Some(topics) => topics.contains(topic),
            None => self.is_consumer_group(),
        }
    }
}

fn topics_of(subscription: Bytes) -> Result<Vec<String>, Malformed> {
    let mut reader = Reader::new(subscription);
    let version = i16::read(&mut reader, 0, false)?;
    if version < 0 {
        return Err(Malformed::Version(version));
    }
    Vec::<String>::read(&mut reader, 0, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_that_every_version_has_is_read() {
        let later = Bytes::from_static(&[0, 9, 0, 0, 0, 1, 0, 1, b't', 1, 2, 3]);
        assert_eq!(topics_of(later), Ok(vec!["t".to_owned()]));
        assert!(topics_of(Bytes::from_static(&[0xff, 0xff, 0, 0, 0, 0])).is_err());
        assert!(topics_of(Bytes::new()).is_err());
    }
}

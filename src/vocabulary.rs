//! Nouns that every layer shares: topic-partitions, uuids, topic names.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A topic's name and the number of one of its partitions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    pub topic: String,
    pub partition: i32,
}

impl TopicPartition {
    pub fn new(topic: impl Into<String>, partition: i32) -> TopicPartition {
        TopicPartition { topic: topic.into(), partition }
    }
}

/// `topic-partition`, which is also the name of the partition's directory.
impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Kafka's uuid: 16 bytes, written as 22 characters of URL-safe base64 (`Uuid.java`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(pub u128);

impl Uuid {
    /// "No id" on the wire.
    pub const ZERO: Uuid = Uuid(0);
    /// The topic id of `__cluster_metadata`; as a directory id, "unassigned".
    pub const ONE: Uuid = Uuid(1);

    /// A new id: never reserved (below 100), never with a text form that starts with a dash.
    pub fn random() -> Uuid {
        loop {
            let id = Uuid(rand::random::<u128>());
            if id.0 >= 100 && !id.to_string().starts_with('-') {
                return id;
            }
        }
    }

    pub fn is_zero(self) -> bool {
        self == Uuid::ZERO
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_be_bytes()))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = NotAUuid;

    fn from_str(text: &str) -> Result<Uuid, NotAUuid> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        bytes.map(|bytes| Uuid(u128::from_be_bytes(bytes))).ok_or_else(|| NotAUuid(text.to_owned()))
    }
}

/// The text is not 22 characters of URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAUuid(pub String);

impl fmt::Display for NotAUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a Kafka uuid (22 characters of URL-safe base64)", self.0)
    }
}

impl std::error::Error for NotAUuid {}

/// Topics that Kafka itself writes (`Topic.java`); clients see them marked as internal.
pub const INTERNAL_TOPICS: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// The cluster's metadata, which is a topic only by the name of its directory.
pub const METADATA_TOPIC: &str = "__cluster_metadata";

pub fn is_internal_topic(name: &str) -> bool {
    INTERNAL_TOPICS.contains(&name)
}

/// Why a topic name is refused, in the words of `Topic.validate`.
pub fn topic_name_fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the empty string is not allowed".to_owned());
    }
    if name == "." || name == ".." {
        return Some(format!("'{name}' is not allowed"));
    }
    if name.chars().count() > 249 {
        return Some(format!("the length of '{name}' is longer than the max allowed length 249"));
    }
    if name.chars().any(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))) {
        return Some(format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ));
    }
    None
}

/// Java's `String.hashCode`, over UTF-16 code units.
pub fn java_string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// The partition of an internal topic that is responsible for a group or transactional id.
pub fn coordinator_partition(key: &str, partition_count: i32) -> i32 {
    let hash = java_string_hash(key);
    let positive = if hash == i32::MIN { 0 } else { hash.abs() };
    positive % partition_count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_survives_its_text_form() {
        let id: Uuid = "RUP-GArgTa20RW1C1SQCdw".parse().unwrap();
        assert_eq!(id.to_string(), "RUP-GArgTa20RW1C1SQCdw");
        assert_eq!(Uuid::ONE.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert!("short".parse::<Uuid>().is_err());
    }

    #[test]
    fn groups_land_on_the_partition_that_kafka_picks() {
        assert_eq!(coordinator_partition("my-group", 50), 12);
        assert_eq!(coordinator_partition("polygenelubricants", 50), 0);
        assert_eq!(coordinator_partition("tx-1", 50), 20);
        for (text, hash, of_50, of_3) in [
            ("my-group", -1906497762, 12, 0),
            ("g-classic", 486458668, 18, 1),
            ("g-consumer", 935103132, 32, 0),
            ("txgroup", -889628037, 37, 0),
            ("tx-1", 3572520, 20, 0),
            ("polygenelubricants", i32::MIN, 0, 0),
        ] {
            let partitions = (coordinator_partition(text, 50), coordinator_partition(text, 3));
            assert_eq!((java_string_hash(text), partitions), (hash, (of_50, of_3)), "{text}");
        }
    }

    #[test]
    fn a_name_with_a_slash_is_refused() {
        assert!(topic_name_fault("a/b").is_some());
        assert_eq!(topic_name_fault("orders.v1_x-2"), None);
    }
}

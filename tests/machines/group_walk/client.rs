//! A client of either protocol, as the walk sees it.

use kavka::broker::coordinators::group::consumer::Assignment;
use kavka::clock::Timestamp;
use kavka::metadata::ClusterImage;

use super::classic::Classic;
use super::consumer::Consumer;

#[derive(Debug)]
pub enum Client {
    Consumer(Consumer),
    Classic(Classic),
}

impl Client {
    /// Its member id; empty if it has none yet.
    pub fn id(&self) -> &str {
        match self {
            Client::Consumer(consumer) => &consumer.id,
            Client::Classic(classic) => &classic.id,
        }
    }

    pub fn is_classic(&self) -> bool {
        matches!(self, Client::Classic(_))
    }

    pub fn instance(&self) -> Option<&String> {
        match self {
            Client::Consumer(consumer) => consumer.instance.as_ref(),
            Client::Classic(classic) => classic.instance.as_ref(),
        }
    }

    /// The names that it subscribes to, and its regular expression.
    pub fn wants(&self) -> (&[String], Option<&str>) {
        match self {
            Client::Consumer(consumer) => (&consumer.names, consumer.regex.as_deref()),
            Client::Classic(classic) => (&classic.names, None),
        }
    }

    /// Whether it believes to be a member.
    pub fn has_joined(&self) -> bool {
        match self {
            Client::Consumer(consumer) => consumer.epoch > 0,
            Client::Classic(classic) => classic.generation >= 0,
        }
    }

    /// What it reads from.
    pub fn owned(&self) -> &Assignment {
        match self {
            Client::Consumer(consumer) => &consumer.owned,
            Client::Classic(classic) => &classic.owned,
        }
    }

    /// Of that, what nobody else may read.
    pub fn surely_owned(&self, image: &ClusterImage) -> Assignment {
        match self {
            Client::Consumer(consumer) => consumer.owned.clone(),
            Client::Classic(classic) => classic.surely_owned(image),
        }
    }

    /// Generation or epoch.
    pub fn epoch(&self) -> i32 {
        match self {
            Client::Consumer(consumer) => consumer.epoch,
            Client::Classic(classic) => classic.generation,
        }
    }

    pub fn is_settled(&self) -> bool {
        match self {
            Client::Consumer(consumer) => consumer.is_settled(),
            Client::Classic(classic) => classic.is_settled(),
        }
    }

    /// When it does something, unless it waits.
    pub fn next_moment(&self) -> Option<Timestamp> {
        match self {
            Client::Consumer(consumer) => Some(consumer.next_moment()),
            Client::Classic(classic) => classic.next_moment(),
        }
    }

    pub fn is_silent_until(&mut self, until: Timestamp) {
        match self {
            Client::Consumer(consumer) => consumer.silent_until = until,
            Client::Classic(classic) => classic.silent_until = until,
        }
    }
}

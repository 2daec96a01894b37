//! What a `server.properties`, an environment or `--override` sets: values of keys, and remarks on what is not as it says.
//!
//! Nothing is swallowed. A name that no broker knows, a key that changes nothing here and a number of replicas that one
//! broker cannot have are each remarked on once, by name.

use std::collections::BTreeMap;

use super::{BrokerKeys, Effect, InvalidKey, Key};

/// What was set, and what there is to say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerKeys {
    pub keys: BrokerKeys,
    pub remarks: Remarks,
}

/// What is said about keys that do not do what they say. Names only: values may be secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// By name, with the key that may be meant or the reason why there is no such key any more.
    unknown: BTreeMap<String, Option<String>>,
    /// By reason.
    idle: BTreeMap<&'static str, Vec<String>>,
    capped: Vec<String>,
}

/// Keys of other days and of plugins, by the beginning of their names.
const OTHERS: &[(&str, &str)] = &[
    ("advertised.host.name", "advertised.listeners took its place"),
    ("advertised.port", "advertised.listeners took its place"),
    ("allow.everyone.if.no.acl.found", "authorizers are not served yet"),
    ("broker.id.generation.enable", "it was ZooKeeper's; node.id says who the broker is"),
    ("control.plane.listener.name", "it was ZooKeeper's; controller.listener.names took its place"),
    ("confluent.", "it is Confluent's"),
    ("host.name", "listeners took its place"),
    ("inter.broker.protocol.version", "metadata.version took its place: kavka storage format --release-version"),
    ("listener.name.", "TLS and SASL are not served yet"),
    ("log.message.format.version", "records are of the newest format since Kafka 4.0"),
    ("log.message.timestamp.difference.max.ms", "log.message.timestamp.before.max.ms and …after.max.ms took its place"),
    ("offsets.commit.required.acks", "it went with Kafka 4.0"),
    ("password.encoder.", "it was ZooKeeper's"),
    ("port", "listeners took its place"),
    ("reserved.broker.max.id", "it was ZooKeeper's"),
    ("super.users", "authorizers are not served yet"),
    ("zookeeper.", "there is no ZooKeeper: the metadata is in the data directory"),
];

impl ServerKeys {
    /// Takes values in order; of a key that is set again the last value counts.
    pub fn read<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<ServerKeys, InvalidKey> {
        let mut read = ServerKeys::default();
        let last: BTreeMap<&str, &str> = values.into_iter().collect();
        for (name, value) in last {
            match Key::named(name) {
                None => read.remarks.on_stranger(name),
                Some(key) => {
                    read.keys.set(name, value)?;
                    read.remarks.on_key(key, value);
                }
            }
        }
        Ok(read)
    }
}

impl Remarks {
    fn on_stranger(&mut self, name: &str) {
        let is_it = |other: &str| name == other || other.ends_with('.') && name.starts_with(other);
        let known = OTHERS.iter().find(|(other, _)| is_it(other)).map(|(_, why)| (*why).to_owned());
        let said = known.or_else(|| Key::like(name).map(|key| format!("did you mean {}?", key.name)));
        self.unknown.insert(name.to_owned(), said);
    }

    fn on_key(&mut self, key: &Key, value: &str) {
        match key.effect {
            Effect::Heeded => {}
            Effect::Capped if value.trim().parse().is_ok_and(|replicas: i64| replicas <= 1) => {}
            Effect::Capped => self.capped.push(format!("{}={}", key.name, value.trim())),
            Effect::None(why) => self.idle.entry(why).or_default().push(key.name.to_owned()),
        }
    }

    /// The keys of which there is something to say.
    pub fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.idle.is_empty() && self.capped.is_empty()
    }

    /// One line for each thing to say.
    pub fn lines(&self) -> Vec<String> {
        let unknown = self.unknown.iter().map(|(name, said)| match said {
            Some(said) => format!("unknown key {name}: {said}"),
            None => format!("unknown key {name}: no broker configuration has a name like it"),
        });
        let idle = self.idle.iter().map(|(why, names)| format!("of no effect, since {why}: {}", names.join(", ")));
        let capped = (!self.capped.is_empty())
            .then(|| format!("taken for 1, since there is one broker: {}", self.capped.join(", ")));
        unknown.chain(idle).chain(capped).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(values: &[(&str, &str)]) -> Vec<String> {
        ServerKeys::read(values.iter().copied()).unwrap().remarks.lines()
    }

    #[test]
    fn what_does_nothing_is_said_once_by_name() {
        let said = lines(&[
            ("num.io.threads", "8"),
            ("num.network.threads", "3"),
            ("offsets.topic.replication.factor", "3"),
            ("transaction.state.log.replication.factor", "1"),
            ("num.partition", "2"),
            ("zookeeper.connect", "localhost:2181"),
            ("colour", "red"),
            ("log.retention.hours", "1"),
        ]);
        let expected = [
            "unknown key colour: no broker configuration has a name like it",
            "unknown key num.partition: did you mean num.partitions?",
            "unknown key zookeeper.connect: there is no ZooKeeper: the metadata is in the data directory",
            "of no effect, since kavka sizes its threads and buffers by itself: num.io.threads, num.network.threads",
            "taken for 1, since there is one broker: offsets.topic.replication.factor=3",
        ];
        assert_eq!(said, expected);
        assert!(ServerKeys::read([("log.dirs", "/a")]).unwrap().remarks.is_empty());
    }

    #[test]
    fn the_last_value_of_a_key_counts_and_a_bad_one_is_refused_in_kafkas_words_too() {
        let read = ServerKeys::read([("num.partitions", "2"), ("num.partitions", "3")]).unwrap();
        assert_eq!(read.keys.number("num.partitions"), 3);
        let invalid = ServerKeys::read([("num.partitions", "0")]).unwrap_err();
        assert_eq!(invalid.fault, "num.partitions: 0 is less than 1");
        assert_eq!(
            invalid.thrown.unwrap().1,
            "Invalid value 0 for configuration num.partitions: Value must be at least 1"
        );
    }

    #[test]
    fn secrets_are_not_said() {
        let said = lines(&[("ssl.key.password", "hush"), ("sasl.jaas.confi", "hush")]);
        assert!(!said.join(" ").contains("hush"), "{said:?}");
    }
}

//! What librdkafka calls the properties of Kafka's Java clients.
//!
//! Security, addresses and time limits of calls are read by `settings` itself. Everything else is one line in a table:
//! passed on, renamed, converted, or without effect here. Source: Kafka's `CommonClientConfigs`, `ProducerConfig` and
//! `ConsumerConfig`, and librdkafka's `CONFIGURATION.md`.

use super::error::ClientError;

/// Which client a configuration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Producer,
    Consumer,
}

/// What becomes of a property.
#[derive(Clone, Copy)]
enum Rule {
    /// librdkafka has it under the same name.
    Same,
    Renamed(&'static str),
    Converted(fn(&str) -> Result<Entries, String>),
    /// It only tunes the Java client.
    Silent,
    /// It means something that we cannot do.
    NoEffect,
    /// Read elsewhere.
    Known,
}

use Rule::*;

/// Keys and values in librdkafka's spelling.
type Entries = Vec<(&'static str, String)>;

type Table = &'static [(&'static str, Rule)];

const COMMON: Table = &[
    ("bootstrap.servers", Known),
    ("client.id", Known),
    ("security.protocol", Known),
    ("request.timeout.ms", Known),
    ("default.api.timeout.ms", Known),
    ("socket.connection.setup.timeout.ms", Converted(|v| at_least(v, "socket.connection.setup.timeout.ms", 1000))),
    ("client.rack", Same),
    ("client.dns.lookup", Same),
    ("connections.max.idle.ms", Same),
    ("metadata.max.age.ms", Renamed("topic.metadata.refresh.interval.ms")),
    ("metadata.max.idle.ms", Silent),
    ("metadata.recovery.strategy", Same),
    ("metadata.recovery.rebootstrap.trigger.ms", Same),
    ("reconnect.backoff.ms", Same),
    ("reconnect.backoff.max.ms", Same),
    ("retry.backoff.ms", Converted(|v| at_least(v, "retry.backoff.ms", 1))),
    ("retry.backoff.max.ms", Converted(|v| at_least(v, "retry.backoff.max.ms", 1))),
    ("socket.connection.setup.timeout.max.ms", Silent),
    ("send.buffer.bytes", Converted(|v| at_least(v, "socket.send.buffer.bytes", 0))),
    ("receive.buffer.bytes", Converted(|v| at_least(v, "socket.receive.buffer.bytes", 0))),
    ("enable.metrics.push", Same),
    ("interceptor.classes", NoEffect),
    ("security.providers", NoEffect),
    ("metric.reporters", Silent),
    ("metrics.num.samples", Silent),
    ("metrics.sample.window.ms", Silent),
    ("metrics.recording.level", Silent),
    ("auto.include.jmx.reporter", Silent),
    ("config.providers", Known),
    ("bootstrap.controllers", NoEffect),
];

/// Read by `login` and by `tls_settings`, or of no meaning to what is not Java.
const SECURITY: Table = &[
    ("sasl.client.callback.handler.class", Known),
    ("sasl.jaas.config", Known),
    ("sasl.login.callback.handler.class", Known),
    ("sasl.login.class", Known),
    ("sasl.login.connect.timeout.ms", Silent),
    ("sasl.login.read.timeout.ms", Silent),
    ("sasl.login.refresh.buffer.seconds", Silent),
    ("sasl.login.refresh.min.period.seconds", Silent),
    ("sasl.login.refresh.window.factor", Silent),
    ("sasl.login.refresh.window.jitter", Silent),
    ("sasl.login.retry.backoff.max.ms", Silent),
    ("sasl.login.retry.backoff.ms", Silent),
    ("sasl.kerberos.kinit.cmd", NoEffect),
    ("sasl.kerberos.min.time.before.relogin", NoEffect),
    ("sasl.kerberos.service.name", NoEffect),
    ("sasl.kerberos.ticket.renew.jitter", NoEffect),
    ("sasl.kerberos.ticket.renew.window.factor", NoEffect),
    ("sasl.mechanism", Known),
    ("sasl.oauthbearer.assertion.algorithm", NoEffect),
    ("sasl.oauthbearer.assertion.claim.aud", NoEffect),
    ("sasl.oauthbearer.assertion.claim.exp.seconds", NoEffect),
    ("sasl.oauthbearer.assertion.claim.iss", NoEffect),
    ("sasl.oauthbearer.assertion.claim.jti.include", NoEffect),
    ("sasl.oauthbearer.assertion.claim.nbf.seconds", NoEffect),
    ("sasl.oauthbearer.assertion.claim.sub", NoEffect),
    ("sasl.oauthbearer.assertion.file", NoEffect),
    ("sasl.oauthbearer.assertion.private.key.file", NoEffect),
    ("sasl.oauthbearer.assertion.private.key.passphrase", NoEffect),
    ("sasl.oauthbearer.assertion.template.file", NoEffect),
    ("sasl.oauthbearer.client.credentials.client.id", Known),
    ("sasl.oauthbearer.client.credentials.client.secret", Known),
    ("sasl.oauthbearer.clock.skew.seconds", Silent),
    ("sasl.oauthbearer.expected.audience", Silent),
    ("sasl.oauthbearer.expected.issuer", Silent),
    ("sasl.oauthbearer.header.urlencode", Known),
    ("sasl.oauthbearer.jwks.endpoint.refresh.ms", Silent),
    ("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", Silent),
    ("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", Silent),
    ("sasl.oauthbearer.jwks.endpoint.url", Silent),
    ("sasl.oauthbearer.jwt.retriever.class", Known),
    ("sasl.oauthbearer.jwt.validator.class", NoEffect),
    ("sasl.oauthbearer.scope", Known),
    ("sasl.oauthbearer.scope.claim.name", Silent),
    ("sasl.oauthbearer.sub.claim.name", Known),
    ("sasl.oauthbearer.token.endpoint.url", Known),
    ("ssl.cipher.suites", Known),
    ("ssl.client.auth", NoEffect),
    ("ssl.enabled.protocols", Known),
    ("ssl.endpoint.identification.algorithm", Known),
    ("ssl.engine.factory.class", Known),
    ("ssl.key.password", Known),
    ("ssl.keymanager.algorithm", Silent),
    ("ssl.keystore.certificate.chain", Known),
    ("ssl.keystore.key", Known),
    ("ssl.keystore.location", Known),
    ("ssl.keystore.password", Known),
    ("ssl.keystore.type", Known),
    ("ssl.protocol", Known),
    ("ssl.provider", NoEffect),
    ("ssl.secure.random.implementation", NoEffect),
    ("ssl.trustmanager.algorithm", Silent),
    ("ssl.truststore.certificates", Known),
    ("ssl.truststore.location", Known),
    ("ssl.truststore.password", Known),
    ("ssl.truststore.type", Known),
];

const PRODUCER: Table = &[
    ("acks", Same),
    ("linger.ms", Converted(linger)),
    ("batch.size", Converted(|v| at_least(v, "batch.size", 1))),
    ("buffer.memory", Converted(buffer_memory)),
    ("max.block.ms", Known),
    ("max.request.size", Converted(|v| at_least(v, "message.max.bytes", 1000))),
    ("compression.type", Known),
    ("compression.gzip.level", Known),
    ("compression.lz4.level", Known),
    ("compression.zstd.level", Known),
    ("retries", Same),
    ("delivery.timeout.ms", Same),
    ("max.in.flight.requests.per.connection", Same),
    ("enable.idempotence", Known),
    ("transactional.id", Same),
    ("transaction.timeout.ms", Same),
    ("partitioner.class", Converted(partitioner)),
    ("partitioner.ignore.keys", Converted(ignore_keys)),
    ("partitioner.adaptive.partitioning.enable", Silent),
    ("partitioner.availability.timeout.ms", Silent),
    ("key.serializer", Silent),
    ("value.serializer", Silent),
];

const CONSUMER: Table = &[
    ("group.id", Same),
    ("group.instance.id", Same),
    ("group.protocol", Same),
    ("group.remote.assignor", Same),
    ("partition.assignment.strategy", Converted(assignors)),
    ("session.timeout.ms", Same),
    ("heartbeat.interval.ms", Same),
    ("max.poll.interval.ms", Same),
    ("max.poll.records", Silent),
    ("auto.offset.reset", Converted(offset_reset)),
    ("enable.auto.commit", Same),
    ("auto.commit.interval.ms", Same),
    ("isolation.level", Same),
    ("allow.auto.create.topics", Same),
    ("exclude.internal.topics", Converted(internal_topics)),
    ("fetch.min.bytes", Same),
    ("fetch.max.bytes", Same),
    ("fetch.max.wait.ms", Renamed("fetch.wait.max.ms")),
    ("max.partition.fetch.bytes", Same),
    ("check.crcs", Same),
    ("key.deserializer", Silent),
    ("value.deserializer", Silent),
];

/// Prefixes whose keys are read elsewhere, tuned for the Java client, or read by plug-ins.
const PREFIXES: Table = &[("config.providers.", Known), ("internal.", Silent), ("listener.name.", NoEffect)];

const TABLES: [Table; 4] = [COMMON, SECURITY, PRODUCER, CONSUMER];

fn rule_in(table: Table, key: &str) -> Option<Rule> {
    table.iter().find(|(name, _)| *name == key).map(|(_, rule)| *rule)
}

fn rule(key: &str) -> Option<Rule> {
    let named = TABLES.into_iter().find_map(|table| rule_in(table, key));
    named.or_else(|| PREFIXES.iter().find(|(prefix, _)| key.starts_with(prefix)).map(|(_, rule)| *rule))
}

/// What a property becomes for one kind of client; nothing if it is the other kind's.
pub fn translate(role: Role, key: &str, value: &str) -> Result<Entries, ClientError> {
    let own = if role == Role::Producer { PRODUCER } else { CONSUMER };
    let tables = [COMMON, own].into_iter();
    let found = tables.flat_map(|table| table.iter()).find(|(name, _)| *name == key);
    let Some((name, rule)) = found else { return Ok(Vec::new()) };
    let value = value.trim();
    let faulty = |fault| ClientError::Settings(format!("{key}={value}: {fault}"));
    match rule {
        Same => Ok(vec![(name, value.to_owned())]),
        Renamed(other) => Ok(vec![(other, value.to_owned())]),
        Converted(convert) => convert(value).map_err(faulty),
        Silent | NoEffect | Known => Ok(Vec::new()),
    }
}

/// What there is to say about a key that will do nothing here.
pub fn warning_about(key: &str) -> Option<String> {
    match rule(key) {
        Some(NoEffect) => Some(format!("the property {key} has no effect here")),
        Some(_) => None,
        None => Some(match nearest(key) {
            Some(near) => format!("unknown property {key}, ignored; did you mean {near}?"),
            None => format!("unknown property {key}, ignored"),
        }),
    }
}

/// The known key that takes the fewest edits, if they are few.
fn nearest(key: &str) -> Option<&'static str> {
    let names = TABLES.into_iter().flatten().map(|(name, _)| *name);
    let (distance, name) = names.map(|name| (edits(key, name), name)).min()?;
    (distance <= key.len().max(6) / 3).then_some(name)
}

/// Levenshtein's distance, over bytes.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let best = (*cell + 1).min(left + 1).min(diagonal + usize::from(x != y));
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn number(value: &str) -> Result<i64, String> {
    value.parse().map_err(|_| "a number is expected".to_owned())
}

fn at_least(value: &str, key: &'static str, least: i64) -> Result<Entries, String> {
    Ok(vec![(key, number(value)?.max(least).to_string())])
}

/// A flush does not hurry librdkafka, so that a command would wait at its end for as long.
fn linger(value: &str) -> Result<Entries, String> {
    Ok(vec![("linger.ms", number(value)?.clamp(0, 1000).to_string())])
}

/// Memory is the only bound then, as in Java; librdkafka would also count records.
fn buffer_memory(value: &str) -> Result<Entries, String> {
    let kilobytes = (number(value)? / 1024).clamp(1, i64::from(i32::MAX));
    Ok(vec![("queue.buffering.max.kbytes", kilobytes.to_string()), ("queue.buffering.max.messages", "0".to_owned())])
}

fn partitioner(class: &str) -> Result<Entries, String> {
    match class {
        "" | "org.apache.kafka.clients.producer.internals.DefaultPartitioner" => Ok(Vec::new()),
        // Both spread records whatever their keys are, one in turn, the other by chance.
        "org.apache.kafka.clients.producer.RoundRobinPartitioner" => Ok(vec![("partitioner", "random".to_owned())]),
        _ => Err("only the built-in partitioner exists here".to_owned()),
    }
}

fn ignore_keys(value: &str) -> Result<Entries, String> {
    let ignored = value.eq_ignore_ascii_case("true");
    Ok(if ignored { vec![("partitioner", "random".to_owned())] } else { Vec::new() })
}

fn offset_reset(value: &str) -> Result<Entries, String> {
    let value = value.to_ascii_lowercase();
    let reset = match value.as_str() {
        "earliest" | "latest" => value.as_str(),
        "none" => "error",
        _ => return Err("valid values are earliest, latest and none".to_owned()),
    };
    Ok(vec![("auto.offset.reset", reset.to_owned())])
}

/// A pattern of topics does not mean Kafka's own, unless it is said to.
fn internal_topics(value: &str) -> Result<Entries, String> {
    let names = crate::vocabulary::INTERNAL_TOPICS.map(|name| format!("^{name}$")).join(",");
    Ok(if value.eq_ignore_ascii_case("false") { Vec::new() } else { vec![("topic.blacklist", names)] })
}

/// Java's pair of range and cooperative-sticky cannot be one list in librdkafka; range is what both sides then use.
fn assignors(value: &str) -> Result<Entries, String> {
    let mut names = Vec::new();
    for class in value.split(',').map(str::trim).filter(|class| !class.is_empty()) {
        names.push(match class.rsplit('.').next() {
            Some("RangeAssignor") => "range",
            Some("RoundRobinAssignor") => "roundrobin",
            Some("CooperativeStickyAssignor") => "cooperative-sticky",
            _ => return Err(format!("the assignor {class} does not exist here")),
        });
    }
    if names.len() > 1 {
        names.retain(|name| *name != "cooperative-sticky");
    }
    Ok(vec![("partition.assignment.strategy", names.join(","))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(role: Role, key: &str, value: &str) -> Vec<(&'static str, String)> {
        translate(role, key, value).unwrap()
    }

    #[test]
    fn properties_are_passed_on_renamed_or_converted() {
        assert_eq!(one(Role::Producer, "acks", " all "), [("acks", "all".to_owned())]);
        assert_eq!(one(Role::Consumer, "fetch.max.wait.ms", "7"), [("fetch.wait.max.ms", "7".to_owned())]);
        assert_eq!(one(Role::Producer, "send.buffer.bytes", "-1"), [("socket.send.buffer.bytes", "0".to_owned())]);
        assert_eq!(one(Role::Producer, "buffer.memory", "33554432")[0].1, "32768");
        assert_eq!(one(Role::Consumer, "auto.offset.reset", "none"), [("auto.offset.reset", "error".to_owned())]);
        assert!(translate(Role::Consumer, "auto.offset.reset", "smallest").is_err());
    }

    #[test]
    fn properties_of_the_other_kind_of_client_are_left_out() {
        assert!(one(Role::Consumer, "acks", "all").is_empty());
        assert!(one(Role::Producer, "group.id", "g").is_empty());
    }

    #[test]
    fn javas_default_pair_of_assignors_becomes_range() {
        let pair = "org.apache.kafka.clients.consumer.RangeAssignor,\
                    org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
        assert_eq!(one(Role::Consumer, "partition.assignment.strategy", pair)[0].1, "range");
        assert!(translate(Role::Consumer, "partition.assignment.strategy", "x.StickyAssignor").is_err());
    }

    #[test]
    fn an_unknown_property_is_ignored_with_the_nearest_known_one() {
        let warning = warning_about("auto.ofset.reset").unwrap();
        assert_eq!(warning, "unknown property auto.ofset.reset, ignored; did you mean auto.offset.reset?");
        assert_eq!(warning_about("zzz").unwrap(), "unknown property zzz, ignored");
        assert_eq!(warning_about("acks"), None);
        assert_eq!(warning_about("ssl.truststore.location"), None);
        assert!(warning_about("ssl.trustore.location").unwrap().ends_with("did you mean ssl.truststore.location?"));
        assert!(warning_about("ssl.provider").unwrap().contains("has no effect here"));
    }
}

//! Which values Kafka's Java clients accept for their properties, and what they say of others.
//!
//! Recorded from Kafka 4.2.1 by printing `ProducerConfig.configDef()` and `ConsumerConfig.configDef()`; the words are those of
//! its `ConfigException`. Lists, classes and secrets are left to whoever reads them.

use super::error::ClientError;
use super::java_keys::Role;
use crate::properties::Properties;

/// What a value has to be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A whole number of one of Java's types, at least and at most.
    Whole(&'static str, Option<i64>, Option<i64>),
    Decimal(Option<(f64, f64)>),
    Boolean,
    OneOf(&'static [&'static str]),
    OneOfAnyCase(&'static [&'static str]),
    NotEmpty,
    GzipLevel,
    OffsetReset,
    /// A class that has to be one of these; none other can be loaded here.
    Class(&'static [&'static str]),
}

use Kind::*;

const COMMON: &[(&str, Kind)] = &[
    ("client.dns.lookup", OneOf(&["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"])),
    ("send.buffer.bytes", Whole("INT", Some(-1), None)),
    ("receive.buffer.bytes", Whole("INT", Some(-1), None)),
    ("reconnect.backoff.ms", Whole("LONG", Some(0), None)),
    ("reconnect.backoff.max.ms", Whole("LONG", Some(0), None)),
    ("retry.backoff.ms", Whole("LONG", Some(0), None)),
    ("retry.backoff.max.ms", Whole("LONG", Some(0), None)),
    ("enable.metrics.push", Boolean),
    ("request.timeout.ms", Whole("INT", Some(0), None)),
    ("metadata.max.age.ms", Whole("LONG", Some(0), None)),
    ("metrics.sample.window.ms", Whole("LONG", Some(0), None)),
    ("metrics.num.samples", Whole("INT", Some(1), None)),
    ("metrics.recording.level", OneOf(&["INFO", "DEBUG", "TRACE"])),
    ("socket.connection.setup.timeout.ms", Whole("LONG", None, None)),
    ("socket.connection.setup.timeout.max.ms", Whole("LONG", None, None)),
    ("connections.max.idle.ms", Whole("LONG", None, None)),
    ("security.protocol", OneOfAnyCase(&["SASL_SSL", "PLAINTEXT", "SSL", "SASL_PLAINTEXT"])),
    ("sasl.kerberos.ticket.renew.window.factor", Decimal(None)),
    ("sasl.kerberos.ticket.renew.jitter", Decimal(None)),
    ("sasl.kerberos.min.time.before.relogin", Whole("LONG", None, None)),
    ("sasl.login.refresh.window.factor", Decimal(Some((0.5, 1.0)))),
    ("sasl.login.refresh.window.jitter", Decimal(Some((0.0, 0.25)))),
    ("sasl.login.refresh.min.period.seconds", Whole("SHORT", Some(0), Some(900))),
    ("sasl.login.refresh.buffer.seconds", Whole("SHORT", Some(0), Some(3600))),
    ("sasl.login.connect.timeout.ms", Whole("INT", None, None)),
    ("sasl.login.read.timeout.ms", Whole("INT", None, None)),
    ("sasl.login.retry.backoff.max.ms", Whole("LONG", None, None)),
    ("sasl.login.retry.backoff.ms", Whole("LONG", None, None)),
    ("sasl.oauthbearer.assertion.algorithm", OneOfAnyCase(&["ES256", "RS256"])),
    ("sasl.oauthbearer.assertion.claim.exp.seconds", Whole("INT", Some(0), Some(86_400))),
    ("sasl.oauthbearer.assertion.claim.jti.include", Boolean),
    ("sasl.oauthbearer.assertion.claim.nbf.seconds", Whole("INT", Some(0), Some(3600))),
    ("sasl.oauthbearer.jwks.endpoint.refresh.ms", Whole("LONG", None, None)),
    ("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", Whole("LONG", None, None)),
    ("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", Whole("LONG", None, None)),
    ("sasl.oauthbearer.clock.skew.seconds", Whole("INT", None, None)),
    ("sasl.oauthbearer.header.urlencode", Boolean),
    ("default.api.timeout.ms", Whole("INT", Some(0), None)),
    ("metadata.recovery.strategy", OneOfAnyCase(&["REBOOTSTRAP", "NONE"])),
    ("metadata.recovery.rebootstrap.trigger.ms", Whole("LONG", Some(0), None)),
];

const PRODUCER: &[(&str, Kind)] = &[
    ("buffer.memory", Whole("LONG", Some(0), None)),
    ("retries", Whole("INT", Some(0), None)),
    ("acks", OneOf(&["all", "-1", "0", "1"])),
    ("compression.type", OneOf(&["none", "gzip", "snappy", "lz4", "zstd"])),
    ("compression.gzip.level", GzipLevel),
    ("compression.lz4.level", Whole("INT", Some(1), Some(17))),
    ("compression.zstd.level", Whole("INT", Some(-131_072), Some(22))),
    ("batch.size", Whole("INT", Some(0), None)),
    ("partitioner.adaptive.partitioning.enable", Boolean),
    ("partitioner.availability.timeout.ms", Whole("LONG", Some(0), None)),
    ("partitioner.ignore.keys", Boolean),
    ("linger.ms", Whole("LONG", Some(0), None)),
    ("delivery.timeout.ms", Whole("INT", Some(0), None)),
    ("max.request.size", Whole("INT", Some(0), None)),
    ("max.block.ms", Whole("LONG", Some(0), None)),
    ("metadata.max.idle.ms", Whole("LONG", Some(5000), None)),
    ("max.in.flight.requests.per.connection", Whole("INT", Some(1), None)),
    ("partitioner.class", Class(&[DEFAULT_PARTITIONER, "org.apache.kafka.clients.producer.RoundRobinPartitioner"])),
    ("enable.idempotence", Boolean),
    ("transaction.timeout.ms", Whole("INT", None, None)),
    ("transactional.id", NotEmpty),
    ("transaction.two.phase.commit.enable", Boolean),
];

const CONSUMER: &[(&str, Kind)] = &[
    ("group.instance.id", NotEmpty),
    ("session.timeout.ms", Whole("INT", None, None)),
    ("heartbeat.interval.ms", Whole("INT", None, None)),
    ("enable.auto.commit", Boolean),
    ("auto.commit.interval.ms", Whole("INT", Some(0), None)),
    ("max.partition.fetch.bytes", Whole("INT", Some(0), None)),
    ("fetch.min.bytes", Whole("INT", Some(0), None)),
    ("fetch.max.bytes", Whole("INT", Some(0), None)),
    ("fetch.max.wait.ms", Whole("INT", Some(0), None)),
    ("auto.offset.reset", OffsetReset),
    ("check.crcs", Boolean),
    ("max.poll.records", Whole("INT", Some(1), None)),
    ("max.poll.interval.ms", Whole("INT", Some(1), None)),
    ("exclude.internal.topics", Boolean),
    ("internal.throw.on.fetch.stable.offset.unsupported", Boolean),
    ("isolation.level", OneOf(&["read_committed", "read_uncommitted"])),
    ("allow.auto.create.topics", Boolean),
    ("group.protocol", OneOfAnyCase(&["CONSUMER", "CLASSIC"])),
];

/// Gone from Kafka 4, and what an older configuration may name.
const DEFAULT_PARTITIONER: &str = "org.apache.kafka.clients.producer.internals.DefaultPartitioner";

/// What every client reads.
pub fn check_common(properties: &Properties) -> Result<(), ClientError> {
    check_table(COMMON, properties)
}

/// What a producer or a consumer reads beside that.
pub fn check(role: Role, properties: &Properties) -> Result<(), ClientError> {
    check_table(if role == Role::Producer { PRODUCER } else { CONSUMER }, properties)
}

fn check_table(table: &[(&str, Kind)], properties: &Properties) -> Result<(), ClientError> {
    for (key, kind) in table {
        let Some(value) = properties.get(key) else { continue };
        if let Some(fault) = kind.fault(key, value) {
            return Err(ClientError::Settings(format!("Invalid value {value} for configuration {key}: {fault}")));
        }
    }
    Ok(())
}

impl Kind {
    /// What is wrong with a value.
    fn fault(self, key: &str, value: &str) -> Option<String> {
        match self {
            Whole(type_name, least, most) => whole_fault(type_name, value, least, most),
            Decimal(range) => match (value.trim().parse::<f64>(), range) {
                (Err(_), _) => Some("Not a number of type DOUBLE".to_owned()),
                (Ok(number), Some((least, _))) if number < least => Some(format!("Value must be at least {least:?}")),
                (Ok(number), Some((_, most))) if number > most => Some(format!("Value must be no more than {most:?}")),
                _ => None,
            },
            Boolean => {
                let value = value.trim();
                let is_boolean = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
                (!is_boolean).then(|| "Expected value to be either true or false".to_owned())
            }
            OneOf(values) => {
                (!values.contains(&value)).then(|| format!("String must be one of: {}", values.join(", ")))
            }
            OneOfAnyCase(values) => (!values.iter().any(|one| one.eq_ignore_ascii_case(value)))
                .then(|| format!("String must be one of (case insensitive): {}", values.join(", "))),
            NotEmpty => value.is_empty().then(|| "String must be non-empty".to_owned()),
            GzipLevel => whole_fault("INT", value, None, None).or_else(|| {
                let level: i64 = value.trim().parse().unwrap_or(-1);
                let fault = "Value must be between 1 and 9 or equal to -1";
                (!(1..=9).contains(&level) && level != -1).then(|| fault.to_owned())
            }),
            OffsetReset => reset_fault(key, value),
            Class(classes) => (!value.trim().is_empty() && !classes.contains(&value.trim()))
                .then(|| format!("Class {} could not be found.", value.trim())),
        }
    }
}

fn whole_fault(type_name: &str, value: &str, least: Option<i64>, most: Option<i64>) -> Option<String> {
    let bits = match type_name {
        "SHORT" => 16,
        "INT" => 32,
        _ => 64,
    };
    let number = value.trim().parse::<i64>().ok().filter(|number| bits == 64 || number >> (bits - 1) == number >> 63);
    let Some(number) = number else { return Some(format!("Not a number of type {type_name}")) };
    match (least, most) {
        (Some(least), _) if number < least => Some(format!("Value must be at least {least}")),
        (_, Some(most)) if number > most => Some(format!("Value must be no more than {most}")),
        _ => None,
    }
}

/// Java also takes `by_duration:` and a length of time, which librdkafka has not; it is refused later.
fn reset_fault(key: &str, value: &str) -> Option<String> {
    let is_known = matches!(value.to_ascii_lowercase().as_str(), "earliest" | "latest" | "none");
    let durations = "'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'";
    (!is_known && !value.to_ascii_lowercase().starts_with("by_duration:"))
        .then(|| format!("Invalid value `{value}` for configuration {key}. The value must be either {durations}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(role: Role, pair: &str) -> Option<String> {
        let properties = Properties::from_pairs([pair]);
        check_common(&properties).and_then(|()| check(role, &properties)).err().map(|error| error.to_string())
    }

    /// Recorded from Kafka 4.2.1.
    #[test]
    fn what_java_refuses_is_refused_in_its_words() {
        let of = "for configuration";
        let cases = [
            (Role::Consumer, "fetch.min.bytes=abc", format!("abc {of} fetch.min.bytes: Not a number of type INT")),
            (Role::Consumer, "fetch.min.bytes=-1", format!("-1 {of} fetch.min.bytes: Value must be at least 0")),
            (Role::Producer, "linger.ms=x", format!("x {of} linger.ms: Not a number of type LONG")),
            (Role::Producer, "acks=2", format!("2 {of} acks: String must be one of: all, -1, 0, 1")),
            (
                Role::Consumer,
                "enable.auto.commit=maybe",
                format!("maybe {of} enable.auto.commit: Expected value to be either true or false"),
            ),
            (
                Role::Consumer,
                "group.protocol=foo",
                format!("foo {of} group.protocol: String must be one of (case insensitive): CONSUMER, CLASSIC"),
            ),
            (
                Role::Producer,
                "compression.gzip.level=99",
                format!("99 {of} compression.gzip.level: Value must be between 1 and 9 or equal to -1"),
            ),
        ];
        for (role, pair, expected) in cases {
            assert_eq!(fault(role, pair), Some(format!("Invalid value {expected}")), "{pair}");
        }
    }

    #[test]
    fn numbers_are_as_large_as_their_type() {
        assert_eq!(fault(Role::Producer, "retries= 2147483647 "), None);
        assert!(fault(Role::Producer, "retries=2147483648").unwrap().ends_with("Not a number of type INT"));
        assert_eq!(fault(Role::Producer, "linger.ms=2147483648"), None);
        assert_eq!(fault(Role::Consumer, "linger.ms=x"), None);
        assert_eq!(fault(Role::Consumer, "sasl.login.refresh.window.factor=0.8"), None);
        assert!(fault(Role::Consumer, "sasl.login.refresh.window.factor=2").unwrap().ends_with("no more than 1.0"));
        assert_eq!(fault(Role::Consumer, "auto.offset.reset=EARLIEST"), None);
        assert!(fault(Role::Consumer, "auto.offset.reset=smallest").is_some());
    }
}

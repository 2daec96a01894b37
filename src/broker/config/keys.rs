//! Every broker configuration key of Apache Kafka 4.2: type, default, what is allowed.
//!
//! Source: `KafkaConfig.configDef()`. The table is all there is to know about a key; nothing else parses one. Defaults are
//! Kafka's, with the one exception that design.md names: `group.initial.rebalance.delay.ms` is 0, since a broker on one
//! machine has nobody to wait for.

use Kind::*;
use Valid::*;

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Short,
    Int,
    Long,
    Double,
    Text,
    List,
    Class,
    Password,
}

/// What a value may be, beyond its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Valid {
    Any,
    AtLeast(i64),
    Between(i64, i64),
    /// One of these, or for a list a choice of these; upper and lower case are the same.
    OneOf(&'static [&'static str]),
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// `None` is Kafka's null.
    pub default: Option<&'static str>,
    pub valid: Valid,
    /// Not shown to clients.
    pub internal: bool,
}

const fn key(name: &'static str, kind: Kind, default: Option<&'static str>, valid: Valid) -> Key {
    Key { name, kind, default, valid, internal: false }
}

impl Key {
    const fn internal(self) -> Key {
        Key { internal: true, ..self }
    }

    /// The key of this name.
    pub fn named(name: &str) -> Option<&'static Key> {
        KEYS.binary_search_by(|key| key.name.cmp(name)).ok().and_then(|at| KEYS.get(at))
    }

    /// Why `value` is no value of this key.
    pub fn fault(&self, value: &str) -> Option<String> {
        let value = value.trim();
        let number = match self.kind {
            Boolean if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => return None,
            Boolean => return Some(format!("{}: '{value}' is neither true nor false", self.name)),
            Short => value.parse::<i16>().ok().map(f64::from),
            Int => value.parse::<i32>().ok().map(f64::from),
            Long => value.parse::<i64>().ok().map(|n| n as f64),
            Double => value.parse::<f64>().ok(),
            Text | List | Class | Password => return self.choice_fault(value),
        };
        let Some(number) = number else {
            return Some(format!("{}: '{value}' is not a number of type {:?}", self.name, self.kind));
        };
        match self.valid {
            AtLeast(least) if number < least as f64 => Some(format!("{}: {value} is less than {least}", self.name)),
            Between(least, most) if number < least as f64 || number > most as f64 => {
                Some(format!("{}: {value} is not between {least} and {most}", self.name))
            }
            _ => None,
        }
    }

    fn choice_fault(&self, value: &str) -> Option<String> {
        let OneOf(choices) = self.valid else { return None };
        let known = |part: &str| choices.iter().any(|choice| choice.eq_ignore_ascii_case(part));
        let mut parts = if self.kind == List { value.split(',').map(str::trim).collect() } else { vec![value] };
        parts.retain(|part| !(known(part) || part.is_empty() && self.kind == List));
        let unknown = parts.first()?;
        Some(format!("{}: '{unknown}' is not one of {}", self.name, choices.join(", ")))
    }
}

/// In the order of their names.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    key("add.partitions.to.txn.retry.backoff.max.ms", Int, Some("100"), AtLeast(0)),
    key("add.partitions.to.txn.retry.backoff.ms", Int, Some("20"), AtLeast(1)),
    key("advertised.listeners", List, None, Any),
    key("alter.config.policy.class.name", Class, None, Any),
    key("alter.log.dirs.replication.quota.window.num", Int, Some("11"), AtLeast(1)),
    key("alter.log.dirs.replication.quota.window.size.seconds", Int, Some("1"), AtLeast(1)),
    key("authorizer.class.name", Text, Some(""), Any),
    key("auto.create.topics.enable", Boolean, Some("true"), Any),
    key("auto.leader.rebalance.enable", Boolean, Some("true"), Any),
    key("background.threads", Int, Some("10"), AtLeast(1)),
    key("broker.heartbeat.interval.ms", Int, Some("2000"), Any),
    key("broker.id", Int, Some("-1"), Any),
    key("broker.rack", Text, None, Any),
    key("broker.session.timeout.ms", Int, Some("9000"), Any),
    key("client.quota.callback.class", Class, None, Any),
    key("compression.gzip.level", Int, Some("-1"), Between(-1, 9)),
    key("compression.lz4.level", Int, Some("9"), Between(1, 17)),
    key("compression.type", Text, Some("producer"), OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])),
    key("compression.zstd.level", Int, Some("3"), Between(-131072, 22)),
    key("config.providers", List, Some(""), Any),
    key("connection.failed.authentication.delay.ms", Int, Some("100"), AtLeast(0)),
    key("connections.max.idle.ms", Long, Some("600000"), Any),
    key("connections.max.reauth.ms", Long, Some("0"), Any),
    key("controlled.shutdown.enable", Boolean, Some("true"), Any),
    key("controller.listener.names", List, None, Any),
    key("controller.performance.always.log.threshold.ms", Long, Some("2000"), AtLeast(0)).internal(),
    key("controller.performance.sample.period.ms", Long, Some("60000"), AtLeast(100)).internal(),
    key("controller.quorum.append.linger.ms", Int, Some("25"), AtLeast(0)),
    key("controller.quorum.auto.join.enable", Boolean, Some("false"), Any),
    key("controller.quorum.bootstrap.servers", List, Some(""), Any),
    key("controller.quorum.election.backoff.max.ms", Int, Some("1000"), AtLeast(0)),
    key("controller.quorum.election.timeout.ms", Int, Some("1000"), AtLeast(0)),
    key("controller.quorum.fetch.timeout.ms", Int, Some("2000"), AtLeast(0)),
    key("controller.quorum.request.timeout.ms", Int, Some("2000"), AtLeast(0)),
    key("controller.quorum.retry.backoff.ms", Int, Some("20"), AtLeast(0)),
    key("controller.quorum.voters", List, Some(""), Any),
    key("controller.quota.window.num", Int, Some("11"), AtLeast(1)),
    key("controller.quota.window.size.seconds", Int, Some("1"), AtLeast(1)),
    key("controller.socket.timeout.ms", Int, Some("30000"), Any),
    key("create.topic.policy.class.name", Class, None, Any),
    key("default.replication.factor", Int, Some("1"), Any),
    key("delegation.token.expiry.check.interval.ms", Long, Some("3600000"), AtLeast(1)),
    key("delegation.token.expiry.time.ms", Long, Some("86400000"), AtLeast(1)),
    key("delegation.token.max.lifetime.ms", Long, Some("604800000"), AtLeast(1)),
    key("delegation.token.secret.key", Password, None, Any),
    key("delete.records.purgatory.purge.interval.requests", Int, Some("1"), Any),
    key("delete.topic.enable", Boolean, Some("true"), Any),
    key("early.start.listeners", List, None, Any),
    key("fetch.max.bytes", Int, Some("57671680"), AtLeast(1024)),
    key("fetch.purgatory.purge.interval.requests", Int, Some("1000"), Any),
    key("group.consumer.assignors", List, Some("uniform,range"), Any),
    key("group.consumer.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("group.consumer.max.heartbeat.interval.ms", Int, Some("15000"), AtLeast(1)),
    key("group.consumer.max.session.timeout.ms", Int, Some("60000"), AtLeast(1)),
    key("group.consumer.max.size", Int, Some("2147483647"), AtLeast(1)),
    key("group.consumer.migration.policy", Text, Some("bidirectional"), OneOf(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"])),
    key("group.consumer.min.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("group.consumer.min.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("group.consumer.regex.refresh.interval.ms", Int, Some("600000"), AtLeast(10000)).internal(),
    key("group.consumer.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("group.coordinator.append.linger.ms", Int, Some("-1"), AtLeast(-1)),
    key("group.coordinator.rebalance.protocols", List, Some("classic,consumer,streams"), OneOf(&["consumer", "classic", "share", "streams"])),
    key("group.coordinator.threads", Int, Some("4"), AtLeast(1)),
    key("group.initial.rebalance.delay.ms", Int, Some("0"), Any),
    key("group.max.session.timeout.ms", Int, Some("1800000"), Any),
    key("group.max.size", Int, Some("2147483647"), AtLeast(1)),
    key("group.min.session.timeout.ms", Int, Some("6000"), Any),
    key("group.share.assignors", List, Some("simple"), Any),
    key("group.share.delivery.count.limit", Int, Some("5"), Between(2, 10)),
    key("group.share.enable", Boolean, Some("false"), Any).internal(),
    key("group.share.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("group.share.initialize.retry.interval.ms", Int, Some("30000"), AtLeast(1)).internal(),
    key("group.share.max.heartbeat.interval.ms", Int, Some("15000"), AtLeast(1)),
    key("group.share.max.record.lock.duration.ms", Int, Some("60000"), Between(30000, 3600000)),
    key("group.share.max.session.timeout.ms", Int, Some("60000"), AtLeast(1)),
    key("group.share.max.share.sessions", Int, Some("2000"), AtLeast(1)),
    key("group.share.max.size", Int, Some("200"), Between(1, 1000)),
    key("group.share.min.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("group.share.min.record.lock.duration.ms", Int, Some("15000"), Between(1000, 30000)),
    key("group.share.min.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("group.share.partition.max.record.locks", Int, Some("2000"), Between(100, 10000)),
    key("group.share.persister.class.name", Text, Some("org.apache.kafka.server.share.persister.DefaultStatePersister"), Any).internal(),
    key("group.share.record.lock.duration.ms", Int, Some("30000"), Between(1000, 3600000)),
    key("group.share.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("group.streams.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("group.streams.initial.rebalance.delay.ms", Int, Some("3000"), AtLeast(0)),
    key("group.streams.max.heartbeat.interval.ms", Int, Some("15000"), AtLeast(1)),
    key("group.streams.max.session.timeout.ms", Int, Some("60000"), AtLeast(1)),
    key("group.streams.max.size", Int, Some("2147483647"), AtLeast(1)),
    key("group.streams.max.standby.replicas", Int, Some("2"), AtLeast(0)),
    key("group.streams.min.heartbeat.interval.ms", Int, Some("5000"), AtLeast(1)),
    key("group.streams.min.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("group.streams.num.standby.replicas", Int, Some("0"), AtLeast(0)),
    key("group.streams.session.timeout.ms", Int, Some("45000"), AtLeast(1)),
    key("initial.broker.registration.timeout.ms", Int, Some("60000"), Any),
    key("inter.broker.listener.name", Text, None, Any),
    key("internal.metadata.delete.delay.millis", Long, Some("60000"), Any).internal(),
    key("internal.metadata.log.segment.bytes", Int, None, Any).internal(),
    key("internal.metadata.max.batch.size.in.bytes", Int, Some("8388608"), Any).internal(),
    key("internal.metadata.max.fetch.size.in.bytes", Int, Some("8388608"), Any).internal(),
    key("kafka.metrics.polling.interval.secs", Int, Some("10"), AtLeast(1)),
    key("kafka.metrics.reporters", List, Some(""), Any),
    key("leader.imbalance.check.interval.seconds", Long, Some("300"), AtLeast(1)),
    key("listener.security.protocol.map", Text, Some("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"), Any),
    key("listeners", List, Some("PLAINTEXT://:9092"), Any),
    key("log.cleaner.backoff.ms", Long, Some("15000"), AtLeast(0)),
    key("log.cleaner.dedupe.buffer.size", Long, Some("134217728"), Any),
    key("log.cleaner.delete.retention.ms", Long, Some("86400000"), AtLeast(0)),
    key("log.cleaner.enable", Boolean, Some("true"), Any),
    key("log.cleaner.io.buffer.load.factor", Double, Some("0.9"), Any),
    key("log.cleaner.io.buffer.size", Int, Some("524288"), AtLeast(0)),
    key("log.cleaner.io.max.bytes.per.second", Double, Some("1.7976931348623157E308"), Any),
    key("log.cleaner.max.compaction.lag.ms", Long, Some("9223372036854775807"), AtLeast(1)),
    key("log.cleaner.min.cleanable.ratio", Double, Some("0.5"), Between(0, 1)),
    key("log.cleaner.min.compaction.lag.ms", Long, Some("0"), AtLeast(0)),
    key("log.cleaner.threads", Int, Some("1"), AtLeast(0)),
    key("log.cleanup.policy", List, Some("delete"), OneOf(&["compact", "delete"])),
    key("log.dir", List, Some("/tmp/kafka-logs"), Any),
    key("log.dir.failure.timeout.ms", Long, Some("30000"), AtLeast(1)),
    key("log.dirs", List, None, Any),
    key("log.flush.interval.messages", Long, Some("9223372036854775807"), AtLeast(1)),
    key("log.flush.interval.ms", Long, None, Any),
    key("log.flush.offset.checkpoint.interval.ms", Int, Some("60000"), AtLeast(0)),
    key("log.flush.scheduler.interval.ms", Long, Some("9223372036854775807"), Any),
    key("log.flush.start.offset.checkpoint.interval.ms", Int, Some("60000"), AtLeast(0)),
    key("log.index.interval.bytes", Int, Some("4096"), AtLeast(0)),
    key("log.index.size.max.bytes", Int, Some("10485760"), AtLeast(4)),
    key("log.initial.task.delay.ms", Long, Some("30000"), AtLeast(0)).internal(),
    key("log.local.retention.bytes", Long, Some("-2"), AtLeast(-2)),
    key("log.local.retention.ms", Long, Some("-2"), AtLeast(-2)),
    key("log.message.timestamp.after.max.ms", Long, Some("3600000"), AtLeast(0)),
    key("log.message.timestamp.before.max.ms", Long, Some("9223372036854775807"), AtLeast(0)),
    key("log.message.timestamp.type", Text, Some("CreateTime"), OneOf(&["CreateTime", "LogAppendTime"])),
    key("log.preallocate", Boolean, Some("false"), Any),
    key("log.retention.bytes", Long, Some("-1"), Any),
    key("log.retention.check.interval.ms", Long, Some("300000"), AtLeast(1)),
    key("log.retention.hours", Int, Some("168"), Any),
    key("log.retention.minutes", Int, None, Any),
    key("log.retention.ms", Long, None, Any),
    key("log.roll.hours", Int, Some("168"), AtLeast(1)),
    key("log.roll.jitter.hours", Int, Some("0"), AtLeast(0)),
    key("log.roll.jitter.ms", Long, None, Any),
    key("log.roll.ms", Long, None, Any),
    key("log.segment.bytes", Int, Some("1073741824"), AtLeast(1048576)),
    key("log.segment.delete.delay.ms", Long, Some("60000"), AtLeast(0)),
    key("max.connection.creation.rate", Int, Some("2147483647"), AtLeast(0)),
    key("max.connections", Int, Some("2147483647"), AtLeast(0)),
    key("max.connections.per.ip", Int, Some("2147483647"), AtLeast(0)),
    key("max.connections.per.ip.overrides", Text, Some(""), Any),
    key("max.incremental.fetch.session.cache.slots", Int, Some("1000"), AtLeast(0)),
    key("max.request.partition.size.limit", Int, Some("2000"), AtLeast(1)),
    key("message.max.bytes", Int, Some("1048588"), AtLeast(0)),
    key("metadata.log.dir", Text, None, Any),
    key("metadata.log.max.record.bytes.between.snapshots", Long, Some("20971520"), AtLeast(1)),
    key("metadata.log.max.snapshot.interval.ms", Long, Some("3600000"), AtLeast(0)),
    key("metadata.log.segment.bytes", Int, Some("1073741824"), AtLeast(8388608)),
    key("metadata.log.segment.ms", Long, Some("604800000"), Any),
    key("metadata.max.idle.interval.ms", Int, Some("500"), AtLeast(0)),
    key("metadata.max.retention.bytes", Long, Some("104857600"), Any),
    key("metadata.max.retention.ms", Long, Some("604800000"), Any),
    key("metric.reporters", List, Some("org.apache.kafka.common.metrics.JmxReporter"), Any),
    key("metrics.num.samples", Int, Some("2"), AtLeast(1)),
    key("metrics.recording.level", Text, Some("INFO"), Any),
    key("metrics.sample.window.ms", Long, Some("30000"), AtLeast(1)),
    key("min.insync.replicas", Int, Some("1"), AtLeast(1)),
    key("node.id", Int, None, AtLeast(0)),
    key("num.io.threads", Int, Some("8"), AtLeast(1)),
    key("num.network.threads", Int, Some("3"), AtLeast(1)),
    key("num.partitions", Int, Some("1"), AtLeast(1)),
    key("num.recovery.threads.per.data.dir", Int, Some("2"), AtLeast(1)),
    key("num.replica.alter.log.dirs.threads", Int, None, Any),
    key("num.replica.fetchers", Int, Some("1"), AtLeast(1)),
    key("offset.metadata.max.bytes", Int, Some("4096"), Any),
    key("offsets.commit.timeout.ms", Int, Some("5000"), AtLeast(1)),
    key("offsets.load.buffer.size", Int, Some("5242880"), AtLeast(1)),
    key("offsets.retention.check.interval.ms", Long, Some("600000"), AtLeast(1)),
    key("offsets.retention.minutes", Int, Some("10080"), AtLeast(1)),
    key("offsets.topic.compression.codec", Int, Some("0"), Any),
    key("offsets.topic.num.partitions", Int, Some("50"), AtLeast(1)),
    key("offsets.topic.replication.factor", Short, Some("3"), AtLeast(1)),
    key("offsets.topic.segment.bytes", Int, Some("104857600"), AtLeast(1)),
    key("principal.builder.class", Class, Some("org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder"), Any),
    key("process.roles", List, None, OneOf(&["broker", "controller"])),
    key("producer.id.expiration.check.interval.ms", Int, Some("600000"), AtLeast(1)).internal(),
    key("producer.id.expiration.ms", Int, Some("86400000"), AtLeast(1)),
    key("producer.purgatory.purge.interval.requests", Int, Some("1000"), Any),
    key("queued.max.request.bytes", Long, Some("-1"), Any),
    key("queued.max.requests", Int, Some("500"), AtLeast(1)),
    key("quota.window.num", Int, Some("11"), AtLeast(1)),
    key("quota.window.size.seconds", Int, Some("1"), AtLeast(1)),
    key("remote.fetch.max.wait.ms", Int, Some("500"), AtLeast(1)),
    key("remote.list.offsets.request.timeout.ms", Long, Some("30000"), AtLeast(1)),
    key("remote.log.index.file.cache.total.size.bytes", Long, Some("1073741824"), AtLeast(1)),
    key("remote.log.manager.copier.thread.pool.size", Int, Some("10"), AtLeast(1)),
    key("remote.log.manager.copy.max.bytes.per.second", Long, Some("9223372036854775807"), AtLeast(1)),
    key("remote.log.manager.copy.quota.window.num", Int, Some("11"), AtLeast(1)),
    key("remote.log.manager.copy.quota.window.size.seconds", Int, Some("1"), AtLeast(1)),
    key("remote.log.manager.expiration.thread.pool.size", Int, Some("10"), AtLeast(1)),
    key("remote.log.manager.fetch.max.bytes.per.second", Long, Some("9223372036854775807"), AtLeast(1)),
    key("remote.log.manager.fetch.quota.window.num", Int, Some("11"), AtLeast(1)),
    key("remote.log.manager.fetch.quota.window.size.seconds", Int, Some("1"), AtLeast(1)),
    key("remote.log.manager.follower.thread.pool.size", Int, Some("2"), AtLeast(1)),
    key("remote.log.manager.task.interval.ms", Long, Some("30000"), AtLeast(1)),
    key("remote.log.manager.task.retry.backoff.max.ms", Long, Some("30000"), AtLeast(1)).internal(),
    key("remote.log.manager.task.retry.backoff.ms", Long, Some("500"), AtLeast(1)).internal(),
    key("remote.log.manager.task.retry.jitter", Double, Some("0.2"), Between(0, 1)).internal(),
    key("remote.log.manager.thread.pool.size", Int, Some("2"), AtLeast(1)),
    key("remote.log.metadata.custom.metadata.max.bytes", Int, Some("128"), AtLeast(0)),
    key("remote.log.metadata.manager.class.name", Text, Some("org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager"), Any),
    key("remote.log.metadata.manager.class.path", Text, None, Any),
    key("remote.log.metadata.manager.impl.prefix", Text, Some("rlmm.config."), Any),
    key("remote.log.metadata.manager.listener.name", Text, None, Any),
    key("remote.log.reader.max.pending.tasks", Int, Some("100"), AtLeast(1)),
    key("remote.log.reader.threads", Int, Some("10"), AtLeast(1)),
    key("remote.log.storage.manager.class.name", Text, None, Any),
    key("remote.log.storage.manager.class.path", Text, None, Any),
    key("remote.log.storage.manager.impl.prefix", Text, Some("rsm.config."), Any),
    key("remote.log.storage.system.enable", Boolean, Some("false"), Any),
    key("replica.fetch.backoff.ms", Int, Some("1000"), AtLeast(0)),
    key("replica.fetch.max.bytes", Int, Some("1048576"), AtLeast(0)),
    key("replica.fetch.min.bytes", Int, Some("1"), Any),
    key("replica.fetch.response.max.bytes", Int, Some("10485760"), AtLeast(0)),
    key("replica.fetch.wait.max.ms", Int, Some("500"), Any),
    key("replica.high.watermark.checkpoint.interval.ms", Long, Some("5000"), Any),
    key("replica.lag.time.max.ms", Long, Some("30000"), Any),
    key("replica.selector.class", Text, None, Any),
    key("replica.socket.receive.buffer.bytes", Int, Some("65536"), Any),
    key("replica.socket.timeout.ms", Int, Some("30000"), Any),
    key("replication.quota.window.num", Int, Some("11"), AtLeast(1)),
    key("replication.quota.window.size.seconds", Int, Some("1"), AtLeast(1)),
    key("request.timeout.ms", Int, Some("30000"), Any),
    key("sasl.client.callback.handler.class", Class, None, Any),
    key("sasl.enabled.mechanisms", List, Some("GSSAPI"), Any),
    key("sasl.jaas.config", Password, None, Any),
    key("sasl.kerberos.kinit.cmd", Text, Some("/usr/bin/kinit"), Any),
    key("sasl.kerberos.min.time.before.relogin", Long, Some("60000"), Any),
    key("sasl.kerberos.principal.to.local.rules", List, Some("DEFAULT"), Any),
    key("sasl.kerberos.service.name", Text, None, Any),
    key("sasl.kerberos.ticket.renew.jitter", Double, Some("0.05"), Any),
    key("sasl.kerberos.ticket.renew.window.factor", Double, Some("0.8"), Any),
    key("sasl.login.callback.handler.class", Class, None, Any),
    key("sasl.login.class", Class, None, Any),
    key("sasl.login.connect.timeout.ms", Int, None, Any),
    key("sasl.login.read.timeout.ms", Int, None, Any),
    key("sasl.login.refresh.buffer.seconds", Short, Some("300"), Any),
    key("sasl.login.refresh.min.period.seconds", Short, Some("60"), Any),
    key("sasl.login.refresh.window.factor", Double, Some("0.8"), Any),
    key("sasl.login.refresh.window.jitter", Double, Some("0.05"), Any),
    key("sasl.login.retry.backoff.max.ms", Long, Some("10000"), Any),
    key("sasl.login.retry.backoff.ms", Long, Some("100"), Any),
    key("sasl.mechanism.controller.protocol", Text, Some("GSSAPI"), Any),
    key("sasl.mechanism.inter.broker.protocol", Text, Some("GSSAPI"), Any),
    key("sasl.oauthbearer.assertion.algorithm", Text, Some("RS256"), OneOf(&["ES256", "RS256"])),
    key("sasl.oauthbearer.assertion.claim.aud", Text, None, Any),
    key("sasl.oauthbearer.assertion.claim.exp.seconds", Int, Some("300"), Between(0, 86400)),
    key("sasl.oauthbearer.assertion.claim.iss", Text, None, Any),
    key("sasl.oauthbearer.assertion.claim.jti.include", Boolean, Some("false"), Any),
    key("sasl.oauthbearer.assertion.claim.nbf.seconds", Int, Some("60"), Between(0, 3600)),
    key("sasl.oauthbearer.assertion.claim.sub", Text, None, Any),
    key("sasl.oauthbearer.assertion.file", Text, None, Any),
    key("sasl.oauthbearer.assertion.private.key.file", Text, None, Any),
    key("sasl.oauthbearer.assertion.private.key.passphrase", Password, None, Any),
    key("sasl.oauthbearer.assertion.template.file", Text, None, Any),
    key("sasl.oauthbearer.client.credentials.client.id", Text, None, Any),
    key("sasl.oauthbearer.client.credentials.client.secret", Password, None, Any),
    key("sasl.oauthbearer.clock.skew.seconds", Int, Some("30"), Any),
    key("sasl.oauthbearer.expected.audience", List, Some(""), Any),
    key("sasl.oauthbearer.expected.issuer", Text, None, Any),
    key("sasl.oauthbearer.jwks.endpoint.refresh.ms", Long, Some("3600000"), Any),
    key("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", Long, Some("10000"), Any),
    key("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", Long, Some("100"), Any),
    key("sasl.oauthbearer.jwks.endpoint.url", Text, None, Any),
    key("sasl.oauthbearer.jwt.retriever.class", Class, Some("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever"), Any),
    key("sasl.oauthbearer.jwt.validator.class", Class, Some("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator"), Any),
    key("sasl.oauthbearer.scope", Text, None, Any),
    key("sasl.oauthbearer.scope.claim.name", Text, Some("scope"), Any),
    key("sasl.oauthbearer.sub.claim.name", Text, Some("sub"), Any),
    key("sasl.oauthbearer.token.endpoint.url", Text, None, Any),
    key("sasl.server.callback.handler.class", Class, None, Any),
    key("sasl.server.max.receive.size", Int, Some("524288"), Any),
    key("security.inter.broker.protocol", Text, Some("PLAINTEXT"), OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])),
    key("security.providers", Text, None, Any),
    key("server.max.startup.time.ms", Long, Some("9223372036854775807"), AtLeast(0)).internal(),
    key("share.coordinator.append.linger.ms", Int, Some("-1"), AtLeast(-1)),
    key("share.coordinator.cold.partition.snapshot.interval.ms", Int, Some("300000"), AtLeast(1)).internal(),
    key("share.coordinator.load.buffer.size", Int, Some("5242880"), AtLeast(1)),
    key("share.coordinator.snapshot.update.records.per.snapshot", Int, Some("500"), AtLeast(0)),
    key("share.coordinator.state.topic.compression.codec", Int, Some("0"), Any),
    key("share.coordinator.state.topic.min.isr", Short, Some("2"), AtLeast(1)),
    key("share.coordinator.state.topic.num.partitions", Int, Some("50"), AtLeast(1)),
    key("share.coordinator.state.topic.prune.interval.ms", Int, Some("300000"), AtLeast(1)).internal(),
    key("share.coordinator.state.topic.replication.factor", Short, Some("3"), AtLeast(1)),
    key("share.coordinator.state.topic.segment.bytes", Int, Some("104857600"), AtLeast(1)),
    key("share.coordinator.threads", Int, Some("1"), AtLeast(1)),
    key("share.coordinator.write.timeout.ms", Int, Some("5000"), AtLeast(1)),
    key("share.fetch.purgatory.purge.interval.requests", Int, Some("1000"), Any),
    key("socket.connection.setup.timeout.max.ms", Long, Some("30000"), Any),
    key("socket.connection.setup.timeout.ms", Long, Some("10000"), Any),
    key("socket.listen.backlog.size", Int, Some("50"), AtLeast(1)),
    key("socket.receive.buffer.bytes", Int, Some("102400"), Any),
    key("socket.request.max.bytes", Int, Some("104857600"), AtLeast(1)),
    key("socket.send.buffer.bytes", Int, Some("102400"), Any),
    key("ssl.allow.dn.changes", Boolean, Some("false"), Any),
    key("ssl.allow.san.changes", Boolean, Some("false"), Any),
    key("ssl.cipher.suites", List, Some(""), Any),
    key("ssl.client.auth", Text, Some("none"), OneOf(&["required", "requested", "none"])),
    key("ssl.enabled.protocols", List, Some("TLSv1.2,TLSv1.3"), Any),
    key("ssl.endpoint.identification.algorithm", Text, Some("https"), Any),
    key("ssl.engine.factory.class", Class, None, Any),
    key("ssl.key.password", Password, None, Any),
    key("ssl.keymanager.algorithm", Text, Some("SunX509"), Any),
    key("ssl.keystore.certificate.chain", Password, None, Any),
    key("ssl.keystore.key", Password, None, Any),
    key("ssl.keystore.location", Text, None, Any),
    key("ssl.keystore.password", Password, None, Any),
    key("ssl.keystore.type", Text, Some("JKS"), Any),
    key("ssl.principal.mapping.rules", Text, Some("DEFAULT"), Any),
    key("ssl.protocol", Text, Some("TLSv1.3"), Any),
    key("ssl.provider", Text, None, Any),
    key("ssl.secure.random.implementation", Text, None, Any),
    key("ssl.trustmanager.algorithm", Text, Some("PKIX"), Any),
    key("ssl.truststore.certificates", Password, None, Any),
    key("ssl.truststore.location", Text, None, Any),
    key("ssl.truststore.password", Password, None, Any),
    key("ssl.truststore.type", Text, Some("JKS"), Any),
    key("telemetry.max.bytes", Int, Some("1048576"), AtLeast(1)),
    key("transaction.abort.timed.out.transaction.cleanup.interval.ms", Int, Some("10000"), AtLeast(1)),
    key("transaction.max.timeout.ms", Int, Some("900000"), AtLeast(1)),
    key("transaction.partition.verification.enable", Boolean, Some("true"), Any),
    key("transaction.remove.expired.transaction.cleanup.interval.ms", Int, Some("3600000"), AtLeast(1)),
    key("transaction.state.log.load.buffer.size", Int, Some("5242880"), AtLeast(1)),
    key("transaction.state.log.min.isr", Int, Some("2"), AtLeast(1)),
    key("transaction.state.log.num.partitions", Int, Some("50"), AtLeast(1)),
    key("transaction.state.log.replication.factor", Short, Some("3"), AtLeast(1)),
    key("transaction.state.log.segment.bytes", Int, Some("104857600"), AtLeast(1)),
    key("transaction.two.phase.commit.enable", Boolean, Some("false"), Any),
    key("transactional.id.expiration.ms", Int, Some("604800000"), AtLeast(1)),
    key("unclean.leader.election.enable", Boolean, Some("false"), Any),
    key("unclean.leader.election.interval.ms", Long, Some("300000"), AtLeast(1)).internal(),
    key("unstable.api.versions.enable", Boolean, Some("false"), Any).internal(),
    key("unstable.feature.versions.enable", Boolean, Some("false"), Any).internal(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_sorted_and_their_defaults_are_valid() {
        assert!(KEYS.is_sorted_by(|a, b| a.name < b.name));
        for key in KEYS {
            assert_eq!(key.default.and_then(|default| key.fault(default)), None);
        }
    }

    #[test]
    fn a_value_outside_its_range_is_named() {
        let partitions = Key::named("num.partitions").unwrap();
        assert_eq!(partitions.fault("0").as_deref(), Some("num.partitions: 0 is less than 1"));
        assert!(partitions.fault("many").is_some());
        let policy = Key::named("log.cleanup.policy").unwrap();
        assert_eq!(policy.fault("compact, delete"), None);
        assert!(policy.fault("shred").is_some());
    }
}

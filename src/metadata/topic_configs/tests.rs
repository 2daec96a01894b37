use super::*;

fn fault(name: &str, value: &str) -> Option<String> {
    value_fault(topic_config(name).unwrap(), value)
}

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

#[test]
fn the_table_is_sorted_and_its_defaults_are_valid() {
    assert!(TOPIC_CONFIGS.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert_eq!(TOPIC_CONFIGS.len(), 33);
    for config in TOPIC_CONFIGS {
        assert_eq!(value_fault(config, config.default), None, "{}", config.name);
    }
}

/// Each line recorded from Kafka 4.2.1.
#[test]
fn faults_are_in_kafkas_words() {
    let recorded = [
        ("retention.ms", "abc", "Invalid value abc for configuration retention.ms: Not a number of type LONG"),
        ("retention.ms", "", "Invalid value  for configuration retention.ms: Not a number of type LONG"),
        ("retention.ms", "-5", "Invalid value -5 for configuration retention.ms: Value must be at least -1"),
        ("segment.bytes", "10", "Invalid value 10 for configuration segment.bytes: Value must be at least 1048576"),
        ("segment.bytes", "1e9", "Invalid value 1e9 for configuration segment.bytes: Not a number of type INT"),
        (
            "segment.bytes",
            "99999999999",
            "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT",
        ),
        (
            "cleanup.policy",
            "foo",
            "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
        ),
        ("cleanup.policy", "compact,,delete", "Configuration 'cleanup.policy' values must not be empty."),
        (
            "compression.type",
            "foo",
            "Invalid value foo for configuration compression.type: String must be one of: uncompressed, zstd, lz4, \
             snappy, gzip, producer",
        ),
        (
            "preallocate",
            "foo",
            "Invalid value foo for configuration preallocate: Expected value to be either true or false",
        ),
        (
            "compression.gzip.level",
            "0",
            "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1",
        ),
        (
            "compression.lz4.level",
            "18",
            "Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17",
        ),
        (
            "min.cleanable.dirty.ratio",
            "2",
            "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
        ),
        (
            "min.cleanable.dirty.ratio",
            "x",
            "Invalid value x for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE",
        ),
        (
            "follower.replication.throttled.replicas",
            "1:1,x",
            "Invalid value [1:1, x] for configuration follower.replication.throttled.replicas: \
             follower.replication.throttled.replicas must be the literal '*' or a list of replicas in the following \
             format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
        ),
    ];
    for (name, value, words) in recorded {
        assert_eq!(fault(name, value).as_deref(), Some(words));
    }
}

#[test]
fn what_kafka_takes_is_taken() {
    for (name, value) in [
        ("cleanup.policy", ""),
        ("cleanup.policy", "compact, delete"),
        ("cleanup.policy", "compact,compact"),
        ("segment.bytes", " 2000000 "),
        ("retention.ms", "+5"),
        ("preallocate", "TRUE"),
        ("follower.replication.throttled.replicas", "*"),
        ("follower.replication.throttled.replicas", "0:1,1:1"),
        ("compression.gzip.level", "-1"),
    ] {
        assert_eq!(fault(name, value), None, "{name}={value}");
    }
}

#[test]
fn a_set_of_values_must_not_contradict_itself() {
    let lag = values(&[("min.compaction.lag.ms", "100"), ("max.compaction.lag.ms", "50")]);
    assert_eq!(
        set_fault(&lag).unwrap(),
        "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (50)"
    );
    let unknown = values(&[("retention.ms", "x"), ("unknown.thing", "1")]);
    assert_eq!(set_fault(&unknown).unwrap(), "Unknown topic config name: unknown.thing");
    assert!(set_fault(&values(&[("remote.storage.enable", "true")])).is_some());
    assert_eq!(set_fault(&values(&[("remote.storage.enable", "false"), ("retention.ms", "5")])), None);
}

#[test]
fn the_nearest_value_counts_and_coarser_keys_only_where_no_finer_one_is_set() {
    let retention = topic_config("retention.ms").unwrap();
    let fixed = values(&[("log.retention.hours", "2")]);
    let default = values(&[("log.retention.ms", "77")]);
    let own = values(&[("retention.ms", "5")]);
    let broker = |dynamic_default| BrokerValues { dynamic: None, dynamic_default, fixed: &fixed };
    let text = |(value, source): (String, ConfigSource)| format!("{value} {source:?}");
    assert_eq!(text(retention.effective(None, &broker(None))), "7200000 StaticBroker");
    assert_eq!(text(retention.effective(None, &broker(Some(&default)))), "77 DynamicDefaultBroker");
    assert_eq!(text(retention.effective(Some(&own), &broker(Some(&default)))), "5 DynamicTopic");
    let throttled = topic_config("leader.replication.throttled.replicas").unwrap();
    assert_eq!(text(throttled.effective(Some(&own), &broker(None))), " Default");
}

#[test]
fn values_are_shown_as_they_were_understood() {
    let shown = |name: &str, value: &str| normalized(topic_config(name).unwrap().config_type, value);
    assert_eq!(shown("segment.bytes", " 2000000 "), "2000000");
    assert_eq!(shown("retention.ms", "+5"), "5");
    assert_eq!(shown("preallocate", "TRUE"), "true");
    assert_eq!(shown("cleanup.policy", "compact, delete"), "compact,delete");
    assert_eq!(shown("min.cleanable.dirty.ratio", "1"), "1.0");
    assert_eq!(shown("compression.type", "zstd"), "zstd");
    assert_eq!(normalized(ConfigType::Double, "1.7976931348623157E308"), "1.7976931348623157E308");
    assert_eq!(normalized(ConfigType::Double, "20000000"), "2.0E7");
}

#[test]
fn a_fraction_is_at_most_one_and_other_doubles_are_not_bounded() {
    let fault = |valid, value| Rule { name: "rate", config_type: ConfigType::Double, valid }.fault(value);
    assert_eq!(fault(Valid::Any, "1048576.5"), None);
    assert_eq!(fault(Valid::Any, "-1"), None);
    assert!(fault(Valid::Between(0, 1), "1.5").unwrap().ends_with("Value must be no more than 1"));
    assert!(fault(Valid::Any, "fast").unwrap().ends_with("Not a number of type DOUBLE"));
}

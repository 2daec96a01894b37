//! What Kafka's console producer checks before it begins, in its order and words (recorded from 4.2.1).

use super::args::Args;
use super::plan::Plan;
use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT};
use crate::client::ClientSettings;

/// Kafka's class for lines, under its name and without the package.
const LINE_READERS: [&str; 2] = ["org.apache.kafka.tools.LineMessageReader", "LineMessageReader"];

/// Older names beside the new ones.
pub fn older_names(args: &Args) -> Result<(), Failure> {
    let pairs = [
        ("command-config", args.target.command_config.is_some(), "producer.config", args.producer_config.is_some()),
        (
            "command-property",
            !args.command_property.is_empty(),
            "producer-property",
            !args.producer_property.is_empty(),
        ),
        ("reader-property", !args.reader_property.is_empty(), "property", !args.property.is_empty()),
    ];
    match pairs.into_iter().find(|(_, new, _, old)| *new && *old) {
        None => Ok(()),
        Some((new, _, old, _)) => Err(Failure::usage(format!("--{old} is the older name of --{new}; use one of them"))
            .apache_usage(format!("Options --{new} and --{old} cannot be specified together."))),
    }
}

/// What Kafka's tool says on stdout about options that it will drop.
pub fn notices(args: &Args) -> Vec<String> {
    let future = "a future version";
    let olds = [
        ("producer-property", !args.producer_property.is_empty(), future, "command-property"),
        ("producer.config", args.producer_config.is_some(), future, "command-config"),
        ("property", !args.property.is_empty(), future, "reader-property"),
        ("max-partition-memory-bytes", args.max_partition_memory_bytes.is_some(), "Apache Kafka 5.0", "batch-size"),
    ];
    let used = olds.into_iter().filter(|(_, used, ..)| *used);
    used.map(|(old, _, when, new)| {
        format!("Warning: --{old} is deprecated and will be removed in {when}. Use --{new} instead.")
    })
    .collect()
}

/// A list of servers that looks like one; whether their ports can be is found out later.
pub fn servers(servers: Option<&str>) -> Result<(), Failure> {
    let bad = |message: &str| Failure::usage(message).apache_usage(format!("{message}\n"));
    let servers = servers.filter(|servers| !servers.trim().is_empty());
    let Some(servers) = servers else { return Err(bad("Error while validating the bootstrap address")) };
    let has_port = |server: &str| {
        server
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match servers.split(',').all(has_port) {
        true => Ok(()),
        false => Err(bad("Please provide valid host:port like host1:9091,host2:9092")),
    }
}

/// Only somebody with a transactional id commits.
pub fn transactions(plan: &Plan, settings: &ClientSettings) -> Result<(), Failure> {
    match plan.transaction_records.is_some() && settings.property("transactional.id").is_none() {
        true => Err(Failure::usage("--transaction-records needs --transactional-id")),
        false => Ok(()),
    }
}

/// Other classes cannot be loaded here. One that Java itself has is there, but reads no records.
pub fn line_reader(class: Option<&str>) -> Result<(), Failure> {
    match class {
        Some(class) if !LINE_READERS.contains(&class) => {
            let failure = Failure::usage(format!("the line reader {class} does not exist here"));
            Err(match class.starts_with("java.lang.") {
                true => failure.thrown(
                    ILLEGAL_ARGUMENT,
                    "The reader must implement org.apache.kafka.tools.api.RecordReader interface",
                ),
                false => failure.thrown("java.lang.ClassNotFoundException", class),
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn older_names_are_noticed_in_kafkas_words_and_order() {
        let words = ["--property", "a=b", "--producer-property", "acks=1", "--max-partition-memory-bytes", "9"];
        let words = ["produce", "--topic", "t"].into_iter().chain(words);
        let notices = notices(&Command::try_parse_from(words).unwrap().args);
        let soon = "is deprecated and will be removed in";
        assert_eq!(
            notices,
            [
                format!("Warning: --producer-property {soon} a future version. Use --command-property instead."),
                format!("Warning: --property {soon} a future version. Use --reader-property instead."),
                format!("Warning: --max-partition-memory-bytes {soon} Apache Kafka 5.0. Use --batch-size instead."),
            ]
        );
    }

    #[test]
    fn every_server_needs_a_port() {
        assert!(servers(Some("a:1,b:99999")).is_ok());
        for bad in [None, Some(" "), Some("a"), Some("a:1,b"), Some("a:x"), Some("a:1,")] {
            assert!(servers(bad).is_err(), "{bad:?}");
        }
    }
}

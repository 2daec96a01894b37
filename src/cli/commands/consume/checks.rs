//! Options of `consume` that belong together or exclude each other, in the order in which Kafka's tool checks them.

use super::args::Args;
use crate::cli::dialect::hash_order::{self, Made};
use crate::cli::failure::Failure;
use crate::cli::tools::Dialect;
use crate::cli::usage;
use crate::properties::Properties;

/// What can be said from the options alone. kavka itself takes --offset without --partition.
pub fn options(args: &Args, dialect: Dialect) -> Result<(), Failure> {
    if args.topic.is_some() == args.include.is_some() {
        return Err(Failure::usage("exactly one of --topic and --include is needed")
            .apache_usage("Exactly one of the following arguments is required: [topic], [include]"));
    }
    if args.partitions.is_some() && args.topic.is_none() {
        return Err(Failure::usage("--partitions needs --topic"));
    }
    if args.partition.is_some() && args.topic.is_none() {
        return Err(Failure::usage("--partition needs --topic")
            .apache_usage("The topic is required when partition is specified."));
    }
    if !dialect.is_apache() && args.partition.is_some_and(|partition| partition < 0) {
        return Err(Failure::usage("--partition is a number from 0"));
    }
    if let Some(count) = args.max_messages.filter(|count| !dialect.is_apache() && *count < 0) {
        return Err(Failure::usage(format!("--max-messages {count}: no number of records is below 0"))
            .hint("--last shows so many records of the end; without --max-messages reading goes on"));
    }
    if dialect.is_apache() && args.offset.is_some() && args.partition.is_none() {
        return Err(Failure::usage("--offset needs --partition")
            .apache_usage("The partition is required when offset is specified."));
    }
    if args.from_beginning && args.offset.is_some() {
        return Err(Failure::usage("--from-beginning and --offset cannot be used together")
            .apache_usage("Options from-beginning and offset cannot be specified together."));
    }
    if dialect.is_apache() {
        usage::required(args.target.bootstrap_server.is_some(), "bootstrap-server", "the tool")?;
    }
    exclusive(
        ("consumer-property", !args.consumer_property.is_empty()),
        ("command-property", !args.command_property.is_empty()),
    )?;
    exclusive(
        ("consumer.config", args.consumer_config.is_some()),
        ("command-config", args.target.command_config.is_some()),
    )
}

/// The options of the formatter, which Kafka's tool comes to last.
pub fn formatter(args: &Args) -> Result<(), Failure> {
    exclusive(("property", !args.property.is_empty()), ("formatter-property", !args.formatter_property.is_empty()))
}

/// An older name and the new one, each with whether it is given.
fn exclusive(old: (&str, bool), new: (&str, bool)) -> Result<(), Failure> {
    match (old, new) {
        ((old, true), (new, true)) => {
            Err(Failure::usage(format!("--{old} is the older name of --{new}; use one of them"))
                .apache_usage(format!("Options --{old} and --{new} cannot be specified together.")))
        }
        _ => Ok(()),
    }
}

/// What Kafka's tool says on stdout about an option that it will drop, if it is used.
pub fn notice(old: &str, is_used: bool, new: &str) -> Option<String> {
    is_used
        .then(|| format!("Option --{old} is deprecated and will be removed in a future version. Use --{new} instead."))
}

/// The group, which may be named in three places but not differently.
pub fn group(args: &Args, properties: &Properties, in_file: Option<&str>) -> Result<Option<String>, Failure> {
    let mut groups: Vec<&str> = Vec::new();
    for group in [args.group.as_deref(), properties.get("group.id"), in_file].into_iter().flatten() {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    if groups.len() > 1 {
        let detected = hash_order::by_key(groups.clone(), |group| group, Made::Empty).join("', '");
        let places = "(directly using '--group', via '--consumer-property', or via '--consumer.config')";
        return Err(Failure::usage(format!(
            "the groups {} contradict each other: name one",
            usage::listed(&groups, "and")
        ))
        .apache_usage(format!(
            "The group ids provided in different places {places} do not match. Detected group ids: '{detected}'"
        )));
    }
    if !groups.is_empty() && args.partition.is_some() {
        return Err(Failure::usage("a group and --partition cannot be used together: a group shares partitions out")
            .apache_usage("Options group and partition cannot be specified together."));
    }
    if !groups.is_empty() && args.offset.is_some() {
        return Err(Failure::usage("a group and --offset cannot be used together: a group has offsets of its own")
            .hint("`kavka groups --reset-offsets` moves them"));
    }
    Ok(groups.first().map(|group| (*group).to_owned()))
}

//! From flags to a plan: what is read, from where, until when, and how it is written.

use std::time::Duration;

use regex::Regex;

use super::args::{Args, OutputForm};
use super::text_format::TextFormat;
use crate::cli::failure::Failure;
use crate::cli::target_cluster::TargetArgs;
use crate::cli::tools::Dialect;
use crate::properties::Properties;

/// Everything that is decided before a cluster is known.
#[derive(Debug, Clone)]
pub struct Plan {
    pub target: TargetArgs,
    pub source: Source,
    pub partition: Option<i32>,
    pub start: Start,
    /// The group that was asked for. A group of the file or of the properties is found in the settings later.
    pub group: Option<String>,
    pub max_messages: Option<u64>,
    pub timeout: Option<Duration>,
    pub until_end: bool,
    pub form: Form,
    pub skip_on_error: bool,
    pub systest_events: bool,
    /// What the flags and properties of the command line say, in Java's spelling; stronger than a file.
    pub properties: Properties,
    /// What Kafka's tool says on stdout about options that it will drop.
    pub notices: Vec<String>,
}

#[derive(Debug, Clone)]
pub enum Source {
    Topic(String),
    /// All topics whose whole name matches.
    Matching(Regex),
}

/// Where reading starts when no committed offset says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Earliest,
    Latest,
    At(i64),
}

/// How records are written.
#[derive(Debug, Clone)]
pub enum Form {
    Text(TextFormat),
    Jsonl,
    /// Not at all; they are only counted.
    Nothing,
}

pub fn plan(args: Args, dialect: Dialect) -> Result<Plan, Failure> {
    let source = source(&args)?;
    check_place(&args, dialect)?;
    let properties = consumer_properties(&args);
    let start = start(&args, &properties)?;
    let form = form(&args)?;
    let notices = notices(&args);
    let mut target = args.target;
    target.command_config = target.command_config.or(args.consumer_config);
    Ok(Plan {
        target,
        source,
        partition: args.partition,
        start,
        group: args.group,
        max_messages: args.max_messages.and_then(|count| u64::try_from(count).ok()),
        timeout: args.timeout_ms.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis),
        until_end: args.until_end,
        form,
        skip_on_error: args.skip_message_on_error,
        systest_events: args.enable_systest_events,
        properties,
        notices,
    })
}

fn notices(args: &Args) -> Vec<String> {
    let olds = [
        ("consumer-property", !args.consumer_property.is_empty(), "command-property"),
        ("consumer.config", args.consumer_config.is_some(), "command-config"),
        ("property", !args.property.is_empty(), "formatter-property"),
    ];
    let used = olds.into_iter().filter(|(_, used, _)| *used);
    used.map(|(old, _, new)| {
        format!("Option --{old} is deprecated and will be removed in a future version. Use --{new} instead.")
    })
    .collect()
}

fn source(args: &Args) -> Result<Source, Failure> {
    match (&args.topic, &args.include) {
        (Some(topic), None) => Ok(Source::Topic(topic.clone())),
        (None, Some(pattern)) => Regex::new(&format!("^(?:{pattern})$"))
            .map(Source::Matching)
            .map_err(|error| Failure::usage(format!("--include is no regular expression: {error}"))),
        _ => Err(Failure::usage("exactly one of --topic and --include is needed")
            .apache_usage("Exactly one of the following arguments is required: [topic], [include]")),
    }
}

/// Kafka's checks of flags that say where to read, in its order. kavka itself takes --offset without --partition.
fn check_place(args: &Args, dialect: Dialect) -> Result<(), Failure> {
    if args.partition.is_some() && args.topic.is_none() {
        return Err(Failure::usage("--partition needs --topic")
            .apache_usage("The topic is required when partition is specified."));
    }
    if args.from_beginning && args.offset.is_some() {
        return Err(Failure::usage("--from-beginning and --offset cannot be used together")
            .apache_usage("Options from-beginning and offset cannot be specified together."));
    }
    if dialect.is_apache() && args.offset.is_some() && args.partition.is_none() {
        return Err(Failure::usage("--offset needs --partition")
            .apache_usage("The partition is required when offset is specified."));
    }
    if args.group.is_some() && args.partition.is_some() {
        return Err(Failure::usage("--group and --partition cannot be used together: a group shares partitions out")
            .apache_usage("Options group and partition cannot be specified together."));
    }
    if args.group.is_some() && args.offset.is_some() {
        return Err(Failure::usage("--group and --offset cannot be used together: a group has offsets of its own")
            .hint("`kavka groups --reset-offsets` moves them"));
    }
    if args.partition.is_some_and(|partition| partition < 0) {
        return Err(Failure::usage("--partition is a number from 0"));
    }
    Ok(())
}

/// Properties of the command line, and over them the flags that stand for properties.
fn consumer_properties(args: &Args) -> Properties {
    let mut properties = Properties::from_pairs(args.command_property.iter().chain(&args.consumer_property));
    if let Some(level) = &args.isolation_level {
        properties.set("isolation.level", level);
    }
    properties
}

fn start(args: &Args, properties: &Properties) -> Result<Start, Failure> {
    let reset = properties.get("auto.offset.reset");
    if let Some(reset) = reset.filter(|reset| args.from_beginning && *reset != "earliest") {
        let pair = format!("--from-beginning and 'auto.offset.reset={reset}'");
        return Err(Failure::usage(format!("{pair} contradict each other; remove one of them")));
    }
    let Some(offset) = &args.offset else {
        let earliest = args.from_beginning || reset == Some("earliest");
        return Ok(if earliest { Start::Earliest } else { Start::Latest });
    };
    let bad = || {
        let valid = "Valid values are 'earliest', 'latest', or a non-negative long.";
        Failure::usage(format!("'{offset}' is no offset: earliest, latest or a number from 0"))
            .apache_usage(format!("The provided offset value '{offset}' is incorrect. {valid}"))
    };
    match offset.to_ascii_lowercase().as_str() {
        "earliest" => Ok(Start::Earliest),
        "latest" => Ok(Start::Latest),
        number => number.parse().ok().filter(|offset| *offset >= 0).map(Start::At).ok_or_else(bad),
    }
}

/// The formatter's file, over it the two flags for deserializers, over them the command line.
fn form(args: &Args) -> Result<Form, Failure> {
    if args.output == OutputForm::Jsonl {
        return Ok(Form::Jsonl);
    }
    let class = args.formatter.as_deref().unwrap_or("DefaultMessageFormatter");
    match class.strip_prefix("org.apache.kafka.tools.consumer.").unwrap_or(class) {
        "NoOpMessageFormatter" => return Ok(Form::Nothing),
        "DefaultMessageFormatter" | "LoggingMessageFormatter" => {}
        _ => return Err(Failure::usage(format!("the formatter {class} does not exist here")).apache_usage(class)),
    }
    let mut properties = match &args.formatter_config {
        Some(path) => Properties::read_file(path).map_err(|error| Failure::usage(error.to_string()))?,
        None => Properties::new(),
    };
    let deserializers =
        [("key.deserializer", &args.key_deserializer), ("value.deserializer", &args.value_deserializer)];
    for (key, class) in deserializers {
        if let Some(class) = class {
            properties.set(key, class);
        }
    }
    properties.extend(&Properties::from_pairs(args.formatter_property.iter().chain(&args.property)));
    TextFormat::new(&properties).map(Form::Text)
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

    fn planned(words: &[&str]) -> Result<Plan, Failure> {
        let words = ["consume"].iter().chain(words);
        plan(Command::try_parse_from(words).unwrap().args, Dialect::Kavka)
    }

    fn start_of(words: &[&str]) -> Start {
        planned(words).unwrap().start
    }

    #[test]
    fn where_reading_starts() {
        assert_eq!(start_of(&["--topic", "t"]), Start::Latest);
        assert_eq!(start_of(&["--topic", "t", "--from-beginning"]), Start::Earliest);
        assert_eq!(start_of(&["--topic", "t", "--offset", "EARLIEST"]), Start::Earliest);
        assert_eq!(start_of(&["--topic", "t", "--partition", "0", "--offset", "17"]), Start::At(17));
        assert_eq!(start_of(&["--topic", "t", "--consumer-property", "auto.offset.reset=earliest"]), Start::Earliest);
    }

    #[test]
    fn flags_that_contradict_each_other_are_usage_errors() {
        let cases: &[&[&str]] = &[
            &[],
            &["--topic", "t", "--include", "t"],
            &["--include", "("],
            &["--include", "t", "--partition", "0"],
            &["--topic", "t", "--partition", "0", "--group", "g"],
            &["--topic", "t", "--offset", "1", "--group", "g"],
            &["--topic", "t", "--offset", "-1"],
            &["--topic", "t", "--offset", "soon"],
            &["--topic", "t", "--from-beginning", "--offset", "1"],
            &["--topic", "t", "--from-beginning", "--command-property", "auto.offset.reset=latest"],
            &["--topic", "t", "--formatter", "a.B"],
        ];
        for words in cases {
            assert_eq!(planned(words).unwrap_err().kind.code(), 2, "{words:?}");
        }
    }

    #[test]
    fn negative_limits_are_none() {
        let plan = planned(&["--topic", "t", "--max-messages", "-1", "--timeout-ms", "-1"]).unwrap();
        assert_eq!((plan.max_messages, plan.timeout), (None, None));
    }

    #[test]
    fn a_pattern_must_match_the_whole_name() {
        let Source::Matching(pattern) = planned(&["--include", "a|b"]).unwrap().source else { panic!("no pattern") };
        assert!(pattern.is_match("a") && pattern.is_match("b") && !pattern.is_match("ab"));
    }
}

//! From flags to a plan: what is read, from where, until when, and how it is written.

use std::time::Duration;

use regex::Regex;

use super::args::{Args, OutputForm};
use super::checks;
use super::deserializer::Deserializer;
use super::internal_topics::InternalFormat;
use super::text_format::TextFormat;
use crate::cli::dialect::{java_pattern, logged};
use crate::cli::failure::{ApacheForm, Failure};
use crate::cli::target_cluster::TargetArgs;
use crate::cli::tools::Dialect;
use crate::client::ClientSettings;
use crate::properties::Properties;

/// Everything that is decided before a cluster is known.
#[derive(Debug, Clone)]
pub struct Plan {
    pub target: TargetArgs,
    pub source: Source,
    pub partition: Option<i32>,
    pub start: Start,
    /// The group that was asked for. A group of the file may be found in the settings later.
    pub group: Option<String>,
    pub max_messages: Option<u64>,
    pub timeout: Option<Duration>,
    pub until_end: bool,
    pub form: Form,
    pub skip_on_error: bool,
    pub systest_events: bool,
    /// What the flags and properties of the command line say, in Java's spelling; stronger than a file.
    pub properties: Properties,
    /// What Kafka's tool logs about the formatter.
    pub log: Vec<String>,
    pub is_apache: bool,
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
    /// Nothing was said; see [`Plan::learn_start`].
    Default,
    Earliest,
    Latest,
    At(i64),
}

impl Start {
    /// The offset that was named.
    pub fn offset(self) -> Option<i64> {
        match self {
            Start::At(offset) => Some(offset),
            Start::Default | Start::Earliest | Start::Latest => None,
        }
    }
}

/// How records are written.
#[derive(Debug, Clone)]
pub enum Form {
    Text(TextFormat),
    /// Records of an internal topic of Kafka's, one object behind the other.
    Internal(InternalFormat),
    Jsonl,
    /// Not at all; they are only counted.
    Nothing,
}

/// `known` are the settings as far as they are known: those of a file, if it has been read.
pub fn plan(args: Args, known: Option<&ClientSettings>, dialect: Dialect) -> Result<Plan, Failure> {
    checks::options(&args, dialect)?;
    let properties = consumer_properties(&args);
    let group = checks::group(&args, &properties, known.and_then(|settings| settings.property("group.id")))?;
    let reset = properties.get("auto.offset.reset").or_else(|| known?.property("auto.offset.reset"));
    let start = start(&args, reset)?;
    let (form, log) = form(&args, dialect)?;
    let source = source(&args)?;
    let mut target = args.target;
    target.command_config = target.command_config.or(args.consumer_config);
    Ok(Plan {
        target,
        source,
        partition: args.partition,
        start,
        group,
        max_messages: args.max_messages.and_then(|count| u64::try_from(count).ok()),
        timeout: args.timeout_ms.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis),
        until_end: args.until_end,
        form,
        skip_on_error: args.skip_message_on_error,
        systest_events: args.enable_systest_events,
        properties,
        log,
        is_apache: dialect.is_apache(),
    })
}

impl Plan {
    /// What a file says about the start counts when the command line says nothing.
    pub fn learn_start(&mut self, settings: &ClientSettings) {
        let is_earliest =
            settings.property("auto.offset.reset").is_some_and(|reset| reset.eq_ignore_ascii_case("earliest"));
        if self.start == Start::Default {
            self.start = if is_earliest { Start::Earliest } else { Start::Latest };
        }
    }
}

fn source(args: &Args) -> Result<Source, Failure> {
    match (&args.topic, &args.include) {
        (Some(topic), _) => Ok(Source::Topic(topic.clone())),
        (None, pattern) => {
            let pattern = pattern.as_deref().unwrap_or_default();
            let compiled = Regex::new(&format!("^(?:{pattern})$"));
            compiled.map(Source::Matching).map_err(|error| java_pattern::failure("--include", pattern, &error))
        }
    }
}

/// Properties of the command line, and over them the flags that stand for properties.
fn consumer_properties(args: &Args) -> Properties {
    let mut properties = Properties::from_pairs(args.command_property.iter().chain(&args.consumer_property));
    if let Some(level) = &args.isolation_level {
        properties.set("isolation.level", level);
    }
    properties
}

fn start(args: &Args, reset: Option<&str>) -> Result<Start, Failure> {
    if let Some(reset) = reset.filter(|reset| args.from_beginning && *reset != "earliest") {
        let pair = format!("--from-beginning and 'auto.offset.reset={reset}'");
        return Err(Failure::usage(format!("{pair} contradict each other; remove one of them"))
            .in_apache(ApacheForm::Line(format!("Can't simultaneously specify {pair}, please remove one option"))));
    }
    let Some(offset) = &args.offset else {
        return Ok(if args.from_beginning { Start::Earliest } else { Start::Default });
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

/// The formatter's file, over it the two flags for deserializers, over them the command line. Kafka's tool only logs a
/// deserializer that it does not find; the lines come with the form.
fn form(args: &Args, dialect: Dialect) -> Result<(Form, Vec<String>), Failure> {
    checks::formatter(args)?;
    if args.output == OutputForm::Jsonl {
        return Ok((Form::Jsonl, Vec::new()));
    }
    let class = args.formatter.as_deref().unwrap_or("DefaultMessageFormatter");
    let name = class.strip_prefix(FORMATTERS).unwrap_or(class);
    let internal = InternalFormat::of_class(name);
    let is_silent = match name {
        _ if internal.is_some() => true,
        "NoOpMessageFormatter" => true,
        "DefaultMessageFormatter" | "LoggingMessageFormatter" => false,
        _ => return Err(Failure::usage(format!("the formatter {class} does not exist here")).apache_usage(class)),
    };
    let mut properties = match &args.formatter_config {
        Some(path) => Properties::read_file(path)
            .map_err(|error| Failure::usage(error.to_string()).apache_usage(path.display().to_string()))?,
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
    let mut log = Vec::new();
    let format = TextFormat::new(&properties, |class| match dialect {
        Dialect::Kavka => Deserializer::of_class(class).map(Some),
        Dialect::Apache(_) => {
            let found = Deserializer::of_java(class);
            if found.is_none() && !is_silent {
                let text = format!("Unable to instantiate a deserializer from {class}");
                let line = logged("ERROR", &text, "org.apache.kafka.tools.consumer.DefaultMessageFormatter");
                log.push(format!("{line}\njava.lang.ClassNotFoundException: {class}"));
            }
            Ok(found)
        }
    })?;
    let form = match internal {
        Some(internal) => Form::Internal(internal),
        None if is_silent => Form::Nothing,
        None => Form::Text(format),
    };
    Ok((form, log))
}

/// The package of Kafka's formatters.
const FORMATTERS: &str = "org.apache.kafka.tools.consumer.";

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
        plan(Command::try_parse_from(words).unwrap().args, None, Dialect::Kavka)
    }

    fn start_of(words: &[&str]) -> Start {
        let mut plan = planned(words).unwrap();
        let mut settings = ClientSettings::plaintext("a:1");
        settings.apply(&plan.properties).unwrap();
        plan.learn_start(&settings);
        plan.start
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
